"""The raw fact from outside, as everything downstream of the intake sees it."""

import time
from typing import Any

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One CloudEvent, decoded.

    ``source`` + ``id`` name it (a second one with the same pair is the same event). ``type`` is from the
    catalogue (``metric.sampled`` …) or anything a rule is mapped to. ``time`` is when it happened, in epoch
    seconds, UTC. ``data`` is the decoded JSON body. ``drill`` is the id of the drill run that sent it. ``trace`` is
    the W3C trace id it came with, or that of its request.
    """

    id: str
    source: str
    type: str
    time: float
    subject: str = ""
    data: dict[str, Any] = msgspec.field(default_factory=dict)
    drill: str | None = None
    trace: str = ""


def event_now(event_type: str, source: str, data: dict[str, Any], *, event_id: str) -> Event:
    """An event that happens now; for the edge only (it reads the clock)."""
    return Event(id=event_id, source=source, type=event_type, time=time.time(), data=data)
