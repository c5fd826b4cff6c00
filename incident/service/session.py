"""One incident in one transaction: record events, let what follows follow, save log, state and outbox together."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from incident.domain import events as e
from incident.domain.calls import advance_calls, next_due, open_calls
from incident.domain.incident import Incident, evolve
from incident.domain.roster import Person, Roster
from incident.domain.suppression import ServiceMap
from incident.service.ports import Planner, Store
from incident.service.projection import Board, project

MAX_ROUNDS = 500
"""More rounds than any plan has tasks and rungs: reaching it means that two rules chase each other."""
SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Rules:
    """What decisions rest on besides the incident: who holds which position, the playbooks, the service map."""

    roster: Roster
    planner: Planner
    services: ServiceMap = field(default_factory=ServiceMap)
    board: Board | None = None


@dataclass(slots=True)
class _Part:
    events: list[e.DomainEvent]
    actor: str
    at: datetime


class Session:
    """Collects what happens to one incident until ``save`` writes it all at once."""

    def __init__(self, incident: Incident, rules: Rules, now: datetime) -> None:
        self.incident = incident
        self._rules = rules
        self._now = now
        self._start = incident.version
        self._parts: list[_Part] = []

    @property
    def events(self) -> list[e.DomainEvent]:
        """Everything recorded so far."""
        return [event for part in self._parts for event in part.events]

    def record(self, events: Sequence[e.DomainEvent], actor: str, at: datetime | None = None) -> None:
        """Apply events; ``at`` is when they happened if that was not now."""
        if not events:
            return
        for event in events:
            evolve(self.incident, event, at or self._now, actor)
        last = self._parts[-1] if self._parts else None
        if last is not None and (last.actor, last.at) == (actor, at or self._now):
            last.events.extend(events)
        else:
            self._parts.append(_Part(list(events), actor, at or self._now))

    def settle(self) -> None:
        """Let the plan and the calls say all they have to say at this instant."""
        rules, incident, now = self._rules, self.incident, self._now
        if incident.plan is None and not incident.ended:
            self.record(rules.planner.activate(incident, rules.roster, now), SYSTEM)
        for _ in range(MAX_ROUNDS):
            found = rules.planner.advance(incident, rules.roster, now) or open_calls(incident)
            found = found or advance_calls(incident, rules.roster, now)
            if not found:
                return
            self.record([*found, *self._unreachable(found)], SYSTEM)
        raise RuntimeError(f"{incident.id}: its rules don't come to rest")

    def save_due(self, store: Store) -> None:
        """Save, and if nothing happened at least remember when to look again."""
        if self._parts:
            self.save(store)
        else:
            store.incidents.set_due(self.incident.id, self._due())

    def save(self, store: Store) -> None:
        """Write log entries, newest state, next due time and outbox rows. Raises Conflict when somebody was first."""
        if not self._parts:
            return
        expected, head = self._start, ""
        for part in self._parts:
            entries = store.log.append(
                self.incident.id, part.events, actor=part.actor, occurred_at=part.at, recorded_at=self._now,
                expected=expected,
            )  # fmt: skip
            expected, head = expected + len(part.events), entries[-1].hash
        store.incidents.save(self.incident, due_at=self._due(), head=head, updated_at=self._now)
        project(store, self.incident, self.events, self._rules.roster, self._rules.board, self._now)

    def _due(self) -> datetime | None:
        moments = (next_due(self.incident), self._rules.planner.next_due(self.incident))
        return min((moment for moment in moments if moment is not None), default=None)

    def _unreachable(self, events: Sequence[e.DomainEvent]) -> list[e.DomainEvent]:
        """A page to somebody without an address fails at once, so that the next rung is not kept waiting."""
        found: list[e.DomainEvent] = []
        for event in events:
            if isinstance(event, e.PageRequested):
                person = self._rules.roster.people.get(event.person)
                if person is None or not contacts_of(person, drill=self.incident.drill is not None):
                    reason = "no_drill_address" if self.incident.drill else "no_address"
                    found.append(e.PageFailed(event.page_id, event.person, "", reason, permanent=True))
                    found.append(e.PageUndeliverable(event.page_id, event.person))
        return found


def contacts_of(person: Person, *, drill: bool) -> tuple[tuple[str, str], ...]:
    """(via, to) pairs by preference; in a drill only those of the drill address book."""
    chosen = person.drill_contacts if drill else person.contacts
    return tuple((contact.via, contact.to) for contact in chosen)
