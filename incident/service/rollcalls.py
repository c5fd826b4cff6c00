"""Asking those on a roll call: a notice to everyone, with a link by which one press answers, signed in or not."""

from collections.abc import Iterator, Sequence

from incident.domain.crisis_events import RollCallStarted
from incident.domain.events import DomainEvent
from incident.domain.roster import Roster

ROLL = "rollcall:"
"""In a link's claim this and the roll call's number stand where a page's id does elsewhere."""


def asked(events: Sequence[DomainEvent], roster: Roster) -> Iterator[tuple[str, str]]:
    """(roll call, person) for everyone a new roll call asks; visitors have no address and are asked on the floor."""
    for event in events:
        if isinstance(event, RollCallStarted):
            yield from ((event.rollcall_id, person) for person in event.people if person in roster.people)
