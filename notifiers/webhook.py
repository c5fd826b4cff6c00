"""Messages as signed JSON over HTTP POST, for receivers Tocsin does not know.

The body and the signature are described in ``docs/notifiers.md``; ``signature`` is also what a receiver written
in Python needs to check them.
"""

import base64
import hashlib
import hmac
import json
import ssl
import time
from collections.abc import Callable
from typing import ClassVar

import httpx

from incident.domain.message import Message, Receipt, SendError
from incident.domain.trace import to_header
from notifiers.refusals import from_status
from notifiers.settings import WebhookSettings
from notifiers.wording import banner, headline

VERSION = 1
"""Version of the body; it grows only when a field changes its meaning or goes away."""


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """The value of ``X-Tocsin-Signature``: HMAC-SHA256 over timestamp, a dot, and the body as sent."""
    digest = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256)
    return f"v1={digest.hexdigest()}"


def document(message: Message) -> dict[str, object]:
    """The body as plain containers; without the address, which the receiver knows."""
    return {
        "version": VERSION,
        "id": message.id,
        "kind": message.kind.value,
        "language": message.language,
        "timezone": message.timezone,
        "incident_id": message.incident_id,
        "page_id": message.page_id,
        "level": message.level,
        "drill": message.drill,
        "banner": banner(message) or None,
        "title": headline(message),
        "body": message.body,
        "at": message.at.isoformat(),
        "facts": [{"label": fact.label, "value": fact.value} for fact in message.facts],
        "actions": [{"id": a.id, "label": a.label, "url": a.url} for a in message.actions],
        "attachments": [
            {
                "filename": a.filename,
                "media_type": a.media_type,
                "content_base64": base64.b64encode(a.content).decode(),
            }
            for a in message.attachments
        ],
        "update": message.update,
    }


class WebhookNotifier:
    """Posts messages to the URL they are addressed to."""

    kind: ClassVar[str] = "webhook"

    def __init__(self, settings: WebhookSettings, clock: Callable[[], float] = time.time) -> None:
        self.settings = settings
        self._clock = clock
        verify = ssl.create_default_context(cafile=settings.ca_file)
        proxy = settings.proxy.get_secret_value() if settings.proxy else None
        # trust_env off: a proxy variable meant for something else must not carry incident texts away.
        self._client = httpx.Client(timeout=settings.timeout, verify=verify, proxy=proxy, trust_env=False)

    def send(self, message: Message) -> Receipt:
        """POST one message; any 2xx is success. Redirects are not followed: they would carry the text elsewhere.

        Raises SendError. The receipt is the message's own id, so that ``update`` tells the receiver what to replace.
        """
        body = json.dumps(document(message), ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
        timestamp = str(int(self._clock()))
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Tocsin",
            "Idempotency-Key": message.id,
            **({"traceparent": to_header(message.trace, message.id)} if message.trace else {}),
            "X-Tocsin-Timestamp": timestamp,
            "X-Tocsin-Signature": signature(self.settings.secret.get_secret_value(), timestamp, body),
        }
        try:
            # Streamed and not read: a receiver that drips an endless answer can't hold the sender.
            with self._client.stream("POST", message.to, content=body, headers=headers) as answer:
                if answer.is_success:
                    return Receipt(ref=message.update or message.id)
                raise from_status(answer.status_code, answer.headers.get("Retry-After"))
        except httpx.TimeoutException:
            raise SendError("timeout", "no answer in time", permanent=False) from None
        except (httpx.InvalidURL, httpx.UnsupportedProtocol):
            raise SendError("bad_address", "not an http or https URL", permanent=True) from None
        except httpx.HTTPError as error:
            raise SendError("unreachable", type(error).__name__, permanent=False) from None

    def close(self) -> None:
        """Close the connection pool."""
        self._client.close()
