"""Heartbeat pings: ``/ping/{slug}`` says a job is alive, ``/ping/{slug}/fail`` that it failed.

A ping needs no account, so that any script or scheduler can send one. What protects it is the slug: only slugs that
are configured count, and each either has a ``key`` that the caller must add (``?key=``) or is itself too long to guess.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from incident.domain.errors import BadInput, NotFound
from incident.domain.said import said
from incident.intake.event import Event

UNGUESSABLE = 20
"""Characters a slug must have to stand without a key: 20 random letters and digits are over 100 bits."""


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """A configured heartbeat. ``period_s`` is the longest silence that is still normal, in seconds; None: learn it."""

    slug: str
    period_s: float | None = None
    key: str | None = None

    def __post_init__(self) -> None:
        if not self.slug or len(self.slug) > 200 or not self.slug.replace("-", "").replace("_", "").isalnum():
            raise BadInput("heartbeat slug is not valid", remedy="use letters, digits, '-' and '_'")
        if self.period_s is not None and self.period_s <= 0:
            raise BadInput(
                said("heartbeat {slug}: period must be positive", slug=self.slug), remedy="give seconds above 0"
            )
        if not self.key and len(self.slug) < UNGUESSABLE:
            raise BadInput(
                said("heartbeat {slug}: anybody could send it", slug=self.slug),
                remedy=said("give it a key, or a random slug of at least {least} characters", least=UNGUESSABLE),
            )


def ping(known: Mapping[str, Heartbeat], slug: str, key: str, *, ok: bool, now: float, event_id: str) -> Event:
    """The heartbeat event of one ping. Raises NotFound for an unknown slug and for a wrong key alike."""
    found = known.get(slug)
    right = hmac.compare_digest(
        (found.key or "").encode() if found else b"", key.encode() if found and found.key else b""
    )
    if found is None or not right:
        raise NotFound("no such heartbeat", remedy="check the address and its key")
    data: dict[str, str | float] = {"slug": slug, "status": "ok" if ok else "fail"}
    if found.period_s is not None:
        data["period_s"] = found.period_s
    return Event(id=event_id, source="ping", type="heartbeat", time=now, subject=slug, data=data)
