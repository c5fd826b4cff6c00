"""What the intake needs from the rest: a place that keeps what it took, and to know who is sending."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from incident.intake.results import Item, Reason


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sends. ``name`` is the token's or the webhook's; it is empty for somebody who showed no credentials."""

    name: str
    may_send: bool
    may_drill: bool = False


ANONYMOUS = Caller(name="", may_send=False)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A rejected item, kept so that nothing vanishes without a named reason.

    ``origin`` is the door it came through (``events``, ``alerts``, ``webhook:zabbix`` …) and ``sender`` the caller's
    name. ``body`` is as it came, capped at 16 KiB; it may hold personal data: show it to nobody unmasked.
    """

    origin: str
    sender: str
    index: int
    reason_code: Reason
    reason: str
    body: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Accepted:
    """What the commit came to: ``new`` items were stored, ``duplicates`` were there already."""

    new: int
    duplicates: int = 0


class IntakePort(Protocol):
    """Where items go."""

    def accept(self, items: Sequence[Item], rejected: Sequence[DeadLetter], received_at: datetime) -> Accepted:
        """Keep all of ``items`` and ``rejected``; returns only after the durable commit, all or nothing.

        An item whose ``dedupe_key`` was kept before is a duplicate and changes nothing. May be called from
        several threads. Raises Unavailable when it can't commit: the caller is told to try again.
        """
        ...
