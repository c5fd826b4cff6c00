"""Who is on duty when, and when nobody is. Pure: roster and times in, spans out; all instants are UTC."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from incident.domain.roster import Roster, Rotation

_TICK = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Gap:
    """Nobody holds ``position`` from ``start`` until ``end``."""

    position: str
    start: datetime
    end: datetime


def shifts(roster: Roster, position: str, start: datetime, end: datetime) -> list[tuple[str, datetime, datetime]]:
    """Who is asked first for ``position``, as (person, from, to) within [start, end).

    Times nobody holds it are left out; handing over to oneself is one shift.
    """
    return [(person, since, until) for person, since, until in _spans(roster, position, start, end) if person]


def gaps(roster: Roster, start: datetime, end: datetime) -> list[Gap]:
    """Times within [start, end) in which a position has nobody, by position and time."""
    return [
        Gap(position, since, until)
        for position in roster.positions
        for person, since, until in _spans(roster, position, start, end)
        if person is None
    ]


def _spans(
    roster: Roster, position: str, start: datetime, end: datetime
) -> list[tuple[str | None, datetime, datetime]]:
    spans: list[tuple[str | None, datetime, datetime]] = []
    instants = [*_changes(roster, position, start, end), end.astimezone(UTC)]
    for since, until in pairwise(instants):
        holders = roster.holders(position, since)
        person = holders[0].id if holders else None
        began = spans.pop()[1] if spans and spans[-1][0] == person else since
        spans.append((person, began, until))
    return spans


def _changes(roster: Roster, position: str, start: datetime, end: datetime) -> list[datetime]:
    """Every instant in [start, end) at which the holder may change, the start first."""
    known = roster.positions.get(position)
    instants = {start}
    for override in roster.overrides:
        if override.position == position:
            instants |= {override.start, override.end}
    for person in roster.people.values():
        instants |= {instant for span in person.away for instant in span}
    if known is not None and known.rotation is not None:
        instants |= set(_turns(known.rotation, start, end))
    return sorted(instant.astimezone(UTC) for instant in instants if start <= instant < end)


def _turns(rotation: Rotation, start: datetime, end: datetime) -> Iterator[datetime]:
    at = start
    while at < end:
        # When clocks go back a wall-clock time comes twice, and the next change may lie before ``at``.
        at = max(rotation.next_change(at), at + _TICK)
        yield at
