"""The signed JSON that receivers get, and how they check it."""

import base64
import hashlib
import hmac
import json

import pytest
from pydantic import ValidationError

from incident.domain.message import Attachment, SendError
from notifiers.testing import LocalServer, Received, sample
from notifiers.webhook import WebhookNotifier, WebhookSettings, signature

SECRET = "a-secret-shared-with-receivers"
SETTINGS = WebhookSettings(secret=SECRET, timeout=2)


def sent(**changes: object) -> Received:
    with LocalServer() as server:
        notifier = WebhookNotifier(SETTINGS, clock=lambda: 1_770_000_000.7)
        notifier.send(sample(to=f"{server.url}/hook", **changes))
        notifier.close()
        return server.received[0]


def test_the_body_is_the_documented_document() -> None:
    """Every documented field is there; the address is not."""
    body = json.loads(sent().body)
    assert {name: body[name] for name in ("version", "id", "kind", "level", "drill", "at")} == {
        "version": 1,
        "id": "out-0001",
        "kind": "page",
        "level": 1,
        "drill": False,
        "at": "2026-03-02T01:30:00+00:00",
    }
    assert body["facts"][0] == {"label": "受影响坐席", "value": "128"}
    assert body["actions"][0]["id"] == "ack"
    assert "to" not in body


def test_a_receiver_can_check_the_signature_with_any_hmac() -> None:
    """HMAC-SHA256 over timestamp, dot, body — recomputed here without the product's help."""
    request = sent()
    stamp = request.headers["x-tocsin-timestamp"]
    digest = hmac.new(SECRET.encode(), stamp.encode() + b"." + request.body, hashlib.sha256).hexdigest()
    assert stamp == "1770000000"
    assert request.headers["x-tocsin-signature"] == f"v1={digest}" == signature(SECRET, stamp, request.body)


def test_a_retry_carries_the_same_idempotency_key() -> None:
    """Receivers drop doubles by it."""
    assert sent().headers["idempotency-key"] == sent().headers["idempotency-key"] == "out-0001"


def test_files_travel_whole() -> None:
    """Contents are base64 in the document."""
    request = sent(attachments=(Attachment("报告.pdf", "application/pdf", b"\x00\xff"),))
    file = json.loads(request.body)["attachments"][0]
    assert (file["filename"], base64.b64decode(file["content_base64"])) == ("报告.pdf", b"\x00\xff")


def test_a_drill_says_so_in_words_and_as_a_field() -> None:
    """A receiver that only shows the title shows the mark too."""
    body = json.loads(sent(drill=True).body)
    assert body["drill"] is True
    assert body["title"].startswith("【演练】")
    assert "【演练】" in body["banner"]


@pytest.mark.parametrize("to", ["", "ftp://x.example/", "no-url", "http://", "http://[::1"])
def test_an_address_that_is_no_url_is_refused_for_good(to: str) -> None:
    """Nothing is tried again."""
    with pytest.raises(SendError) as caught:
        WebhookNotifier(SETTINGS).send(sample(to=to))
    assert (caught.value.reason, caught.value.permanent) == ("bad_address", True)


def test_a_short_secret_is_refused() -> None:
    """A signature is worth what its secret is worth."""
    with pytest.raises(ValidationError):
        WebhookSettings.model_validate({"secret": "short"})
