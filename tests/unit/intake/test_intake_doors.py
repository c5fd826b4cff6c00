"""The HTTP doors, from outside."""

import base64
import gzip
import hashlib
import hmac
import json
import zlib
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from incident.domain.errors import BadInput
from incident.domain.signal import Signal
from incident.intake.event import Event
from incident.intake.heartbeats import Heartbeat
from incident.intake.memory import MemoryIntake

SENDER = {"authorization": "Bearer acd"}
COACH = {"authorization": "Bearer coach"}
JSON = {"content-type": "application/json"}
EVENT = {"specversion": "1.0", "id": "e-1", "source": "acd", "type": "shop.opened", "data": {}}
ALERT = {"labels": {"alertname": "Down", "service": "crm"}}
NOW = "1772417700"


def test_accepted_events_are_in_the_inbox(client: httpx.Client, inbox: MemoryIntake) -> None:
    """202 counts them; a second one with the same name is taken once."""
    for _ in range(2):
        answer = client.post("/api/v1/events", json=EVENT, headers=SENDER)
        assert (answer.status_code, answer.json()) == (202, {"accepted": 1, "rejected": []})
    (item,) = inbox.items
    assert isinstance(item, Event)
    assert item.id == "e-1"


def test_a_mixed_batch_is_taken_in_part(client: httpx.Client, inbox: MemoryIntake) -> None:
    """The good ones in, the bad ones listed and kept with their reason."""
    answer = client.post(
        "/api/v1/events", json=[EVENT, {**EVENT, "type": ""}], headers={**SENDER, "accept-language": "en"}
    )
    assert answer.status_code == 202
    assert answer.json() == {
        "accepted": 1,
        "rejected": [
            {
                "index": 1,
                "reason": "bad_attribute",
                "detail": "A required attribute is missing or not valid (type is missing)",
            }
        ],
    }
    (letter,) = inbox.rejected
    assert (letter.origin, letter.sender, letter.index, letter.reason_code) == ("events", "acd", 1, "bad_attribute")
    assert json.loads(letter.body)["id"] == "e-1"


def test_reasons_are_told_in_the_readers_language(client: httpx.Client) -> None:
    """Chinese unless English is asked for."""
    answer = client.post("/api/v1/events", content=b"{", headers={**SENDER, **JSON})
    assert answer.json()["rejected"][0]["detail"] == "不是有效的 UTF-8 JSON"


@pytest.mark.parametrize(
    ("content", "headers", "status", "reason"),
    [
        (b"{", JSON, 400, "not_json"),
        (b"[1, 2]", JSON, 400, "bad_shape"),
        (b"x", {"content-type": "image/png"}, 415, "media_type"),
        (b" " * 300_000, JSON, 413, "too_large"),
        (gzip.compress(b" " * 50_000_000, mtime=0), {**JSON, "content-encoding": "gzip"}, 413, "too_large"),
        (b"no zip", {**JSON, "content-encoding": "gzip"}, 400, "bad_encoding"),
        (gzip.compress(b"[]", mtime=0)[:-4], {**JSON, "content-encoding": "gzip"}, 400, "bad_encoding"),
        (gzip.compress(b"[]", mtime=0) + b"tail", {**JSON, "content-encoding": "gzip"}, 400, "bad_encoding"),
        (b"x", {**JSON, "content-encoding": "br"}, 400, "bad_encoding"),
    ],
)
def test_what_cannot_be_read_is_refused_and_kept(
    client: httpx.Client, inbox: MemoryIntake, content: bytes, headers: dict[str, str], status: int, reason: str
) -> None:
    """Floods, bombs and rubbish: the right status, the same body shape, a dead letter."""
    answer = client.post("/api/v1/events", content=content, headers={**SENDER, **headers})
    assert (answer.status_code, answer.json()["rejected"][0]["reason"]) == (status, reason)
    assert inbox.rejected[0].reason_code == reason
    assert inbox.items == []


@pytest.mark.parametrize(("pack", "encoding"), [(gzip.compress, "gzip"), (zlib.compress, "deflate")])
def test_compressed_bodies_are_taken(
    client: httpx.Client, inbox: MemoryIntake, pack: Callable[[bytes], bytes], encoding: str
) -> None:
    """Senders far away may save bytes."""
    headers = {**SENDER, **JSON, "content-encoding": encoding}
    assert client.post("/api/v1/events", content=pack(json.dumps(EVENT).encode()), headers=headers).status_code == 202
    assert len(inbox.items) == 1


def test_an_empty_batch_is_no_fault(client: httpx.Client) -> None:
    """Nothing to take, nothing to complain about."""
    assert client.post("/api/v1/events", json=[], headers=SENDER).json() == {"accepted": 0, "rejected": []}


def test_when_nothing_can_be_kept_the_sender_is_told_when_to_return(client: httpx.Client, inbox: MemoryIntake) -> None:
    """503 with Retry-After at every door: never a 202 for what is not durable."""
    inbox.away = True
    for path, body in (
        ("/api/v1/events", EVENT),
        ("/api/v2/alerts", [ALERT]),
        ("/api/v1/webhooks/generic", {"events": [EVENT]}),
    ):
        answer = client.post(path, json=body, headers=SENDER)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert client.get("/ping/nightly-backup?key=k-1").status_code == 503


@pytest.mark.parametrize("path", ["/api/v1/events", "/api/v2/alerts", "/api/v1/webhooks/generic"])
def test_only_those_who_may_send_get_in(client: httpx.Client, inbox: MemoryIntake, path: str) -> None:
    """401 for nobody, 403 for somebody who may only read."""
    assert client.post(path, json=[]).status_code == 401
    assert client.post(path, json=[], headers={"authorization": "Bearer reader"}).status_code == 403
    assert client.post(path, content=b" " * 300_000).status_code in {401, 413}
    assert inbox.items == []
    assert inbox.rejected == []


def test_a_drill_mark_needs_a_sender_that_may_drill(client: httpx.Client, inbox: MemoryIntake) -> None:
    """The same event, two senders."""
    marked = {**EVENT, "tocsindrill": "d-1"}
    assert (
        client.post("/api/v1/events", json=marked, headers=SENDER).json()["rejected"][0]["reason"]
        == "drill_not_allowed"
    )
    assert client.post("/api/v1/events", json=marked, headers=COACH).status_code == 202
    assert [item.drill for item in inbox.items] == ["d-1"]


def test_prometheus_finds_an_alertmanager(
    client: httpx.Client, inbox: MemoryIntake, sample: Callable[[str], Any]
) -> None:
    """200 and not a word when all is well; a JSON text when something is not, with the good ones kept."""
    answer = client.post("/api/v2/alerts", json=sample("prometheus"), headers=SENDER)
    assert (answer.status_code, answer.content) == (200, b"")
    answer = client.post("/api/v2/alerts", json=[{"labels": {}}, ALERT], headers=SENDER)
    assert answer.status_code == 400
    assert answer.json() == "alert 0: The labels are not valid (at least one label pair required)"
    assert [item.rule for item in inbox.items if isinstance(item, Signal)] == ["HighErrorRate", "Down"]


def test_amtool_can_ask_for_status_and_alerts(client: httpx.Client, inbox: MemoryIntake) -> None:
    """Every field that Alertmanager's clients insist on is there."""
    status = client.get("/api/v2/status", headers=SENDER).json()
    assert status.keys() == {"cluster", "config", "uptime", "versionInfo"}
    assert status["versionInfo"].keys() == {"branch", "buildDate", "buildUser", "goVersion", "revision", "version"}
    assert client.get("/api/v2/alerts", headers=SENDER).json() == []
    assert client.get("/api/v2/alerts?filter=bad", headers=SENDER).status_code == 400
    assert client.get("/api/v2/alerts").status_code == 401


def sign(secret: str, message: bytes) -> bytes:
    """HMAC-SHA256."""
    return hmac.new(secret.encode(), message, hashlib.sha256).digest()


def test_a_signed_webhook_needs_no_token(
    client: httpx.Client, inbox: MemoryIntake, sample: Callable[[str], Any]
) -> None:
    """Sentry signs the body, Zendesk time and body, Grafana time, colon and body, Zabbix shows a shared secret."""
    sentry, zendesk, grafana = (json.dumps(sample(n)).encode() for n in ("sentry_alert", "zendesk_ticket", "grafana"))
    stamp = "2026-03-02T02:14:58Z"
    calls = {
        "sentry": (
            sentry,
            {"sentry-hook-resource": "event_alert", "sentry-hook-signature": sign("s-secret", sentry).hex()},
        ),
        "zendesk": (
            zendesk,
            {
                "x-zendesk-webhook-signature": base64.b64encode(sign("z-secret", stamp.encode() + zendesk)).decode(),
                "x-zendesk-webhook-signature-timestamp": stamp,
            },
        ),
        "grafana": (
            grafana,
            {
                "x-grafana-alerting-signature": sign("g-secret", NOW.encode() + b":" + grafana).hex(),
                "x-grafana-alerting-timestamp": NOW,
            },
        ),
        "zabbix": (json.dumps(sample("zabbix_problem")).encode(), {"x-tocsin-token": "shared-secret"}),
    }
    for source, (body, headers) in calls.items():
        answer = client.post(f"/api/v1/webhooks/{source}", content=body, headers={**JSON, **headers})
        assert (answer.status_code, answer.json()["rejected"]) == (202, []), source
        wrong = {name: value[::-1] if "sign" in name or "token" in name else value for name, value in headers.items()}
        answer = client.post(f"/api/v1/webhooks/{source}", content=body, headers={**JSON, **wrong})
        assert answer.status_code == 401, source
    assert len(inbox.items) == 5


@pytest.mark.parametrize("stamp", ["1772417000", "soon", "", "٣"])
def test_an_old_signature_is_not_accepted_again(client: httpx.Client, stamp: str, sample: Callable[[str], Any]) -> None:
    """A recorded call can't be replayed later."""
    body = json.dumps(sample("grafana")).encode()
    headers = [
        (b"x-grafana-alerting-signature", sign("g-secret", stamp.encode() + b":" + body).hex().encode()),
        (b"x-grafana-alerting-timestamp", stamp.encode()),
    ]
    assert client.post("/api/v1/webhooks/grafana", content=body, headers=headers).status_code == 401


def test_an_unknown_source_is_not_found(client: httpx.Client) -> None:
    """404, whoever asks."""
    assert client.post("/api/v1/webhooks/nobody", json={}, headers=SENDER).status_code == 404


def test_a_webhook_of_no_interest_is_still_a_success(client: httpx.Client, inbox: MemoryIntake) -> None:
    """Otherwise the sender would try again for ever."""
    answer = client.post("/api/v1/webhooks/zendesk", json={"type": "zen:event-type:user.created"}, headers=SENDER)
    assert (answer.status_code, answer.json()["accepted"], inbox.items) == (202, 0, [])


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_ping_becomes_a_heartbeat(client: httpx.Client, inbox: MemoryIntake, method: str) -> None:
    """With its key, or with a slug nobody can guess; it says when the next is due if that is known."""
    assert client.request(method, "/ping/nightly-backup?key=k-1").text == "OK"
    assert client.request(method, "/ping/zq81mmx0c47vtyp2rw95/fail").text == "OK"
    assert [item.data for item in inbox.items if isinstance(item, Event)] == [
        {"slug": "nightly-backup", "status": "ok", "period_s": 86_400},
        {"slug": "zq81mmx0c47vtyp2rw95", "status": "fail"},
    ]


@pytest.mark.parametrize(
    "path", ["/ping/nightly-backup", "/ping/nightly-backup?key=k-2", "/ping/other", "/ping/é?key=é"]
)
def test_a_ping_with_a_wrong_key_learns_nothing(client: httpx.Client, inbox: MemoryIntake, path: str) -> None:
    """An unknown slug and a wrong key look the same."""
    answer = client.get(path)
    assert (answer.status_code, answer.json()["detail"]) == (404, "no such heartbeat")
    assert inbox.items == []


@pytest.mark.parametrize(
    ("slug", "period", "key"), [("short", 60, None), ("a b", 60, "k"), ("", 60, "k"), ("job", 0, "k")]
)
def test_a_heartbeat_anybody_could_send_is_not_configured(slug: str, period: float, key: str | None) -> None:
    """The settings say so before the first ping."""
    with pytest.raises(BadInput):
        Heartbeat(slug, period, key)


def test_the_api_description_tells_bodies_and_answers(client: httpx.Client) -> None:
    """Bodies are read by hand, yet described in full."""
    paths = client.get("/api/openapi.json").json()["paths"]
    events = paths["/api/v1/events"]["post"]
    assert set(events["requestBody"]["content"]) >= {"application/cloudevents+json", "application/x-ndjson"}
    assert {"202", "400", "413", "503"} <= events["responses"].keys()
    assert "requestBody" in paths["/api/v2/alerts"]["post"]
    assert paths["/ping/{slug}"].keys() == {"get", "post"}
