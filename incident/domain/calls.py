"""Paging until somebody answers: who is asked next, and when. Pure; the roster says who holds a position at ``now``."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import zip_longest

from incident.domain import events as e
from incident.domain.incident import Call, Incident, PageStatus
from incident.domain.plan import Plan
from incident.domain.roster import Roster
from incident.domain.words import Group

ALARM = "alarm"
FALLBACK_ACK_WITHIN = timedelta(minutes=5)


def rungs(plan: Plan, groups: Iterable[Group]) -> tuple[e.CallStep, ...]:
    """Heads of the groups; their deputies, one after the other; leadership; last of all everyone in the plan, unless
    the plan stays with the leadership."""
    asked = [g for group in groups if (g := plan.group(group))]
    steps = [e.CallStep("heads", _unique(g.head for g in asked))]
    for number, deputies in enumerate(zip_longest(*(g.deputies for g in asked)), start=1):
        steps.append(e.CallStep(f"deputies:{number}", _unique(d for d in deputies if d)))
    leadership = plan.group(Group.LEADERSHIP)
    stays_with_leadership = leadership is not None and plan.paging.last_resort == "leadership"
    if leadership and (leadership not in asked or stays_with_leadership):
        steps.append(e.CallStep("leadership", _unique((leadership.head, *leadership.deputies))))
    if not stays_with_leadership:
        steps.append(e.CallStep("everyone", _unique(p for g in plan.groups for p in (g.head, *g.deputies))))
    return tuple(step for step in steps if step.positions)


def open_calls(incident: Incident) -> list[e.DomainEvent]:
    """Calls that ought to be open and are not yet: the alarm, and one for each group convened later."""
    if incident.plan is None or incident.ended:
        return []
    if ALARM not in incident.calls:
        return [e.CallOpened(ALARM, "alarm", rungs(incident.plan, incident.convened))]
    called = {p for call in incident.calls.values() for step in call.steps[:1] for p in step.positions}
    return [
        e.CallOpened(f"convene:{group.group.value}", "convene", rungs(incident.plan, (group.group,)))
        for group in incident.plan.groups
        if group.group in incident.convened
        and group.head not in called
        and f"convene:{group.group.value}" not in incident.calls
    ]


def advance_calls(incident: Incident, roster: Roster, now: datetime) -> list[e.DomainEvent]:
    """Everything due at ``now`` for the open calls, one rung each. Apply the events and ask again until none come."""
    if incident.ended:
        return [e.CallClosed(call.id, "incident_ended") for call in incident.calls.values() if call.open]
    found: list[e.DomainEvent] = []
    for call in incident.calls.values():
        if call.open and call.due_at is not None and (call.due_at <= now or _all_undeliverable(incident, call)):
            found.extend(_step(incident, call, roster, now, found))
    return found


def answer(incident: Incident, by: str, via: str) -> list[e.DomainEvent]:
    """An acknowledgement by ``by``: answers every open call and cancels what is pending. Again changes nothing."""
    found: list[e.DomainEvent] = []
    if not incident.acknowledged:
        found.append(e.IncidentAcknowledged(by, via))
    found.extend(e.CallAnswered(call.id, by, via) for call in incident.calls.values() if call.open)
    pending = tuple(page.id for page in incident.pending_pages())
    if pending:
        found.append(e.PagesCancelled(pending, "acknowledged"))
    if found:
        found.extend(_takes_command(incident, by))
    return found


def escalate(incident: Incident, reason: str) -> list[e.DomainEvent]:
    """Send every open call to its next rung at once; call the leadership when all were answered."""
    waiting: list[e.DomainEvent] = [e.CallHurried(c.id, reason) for c in incident.calls.values() if c.open]
    if waiting:
        return waiting
    if incident.plan is None:
        return []
    number = sum(1 for call in incident.calls if call.startswith("escalated")) + 1
    return [e.CallOpened(f"escalated:{number}", reason, rungs(incident.plan, (Group.LEADERSHIP,)))]


def next_due(incident: Incident) -> datetime | None:
    """When ``advance_calls`` will next have something to say."""
    return min((call.due_at for call in incident.calls.values() if call.open and call.due_at), default=None)


def _step(
    incident: Incident, call: Call, roster: Roster, now: datetime, before: Sequence[e.DomainEvent]
) -> list[e.DomainEvent]:
    """One rung of one call. ``before`` are this round's events of other calls, not yet applied."""
    plan = incident.plan
    ack_within = plan.paging.ack_within if plan else FALLBACK_ACK_WITHIN
    tries = plan.paging.tries if plan else 1
    found: list[e.DomainEvent] = []
    stale = tuple(page.id for page in incident.pending_pages(call.id))
    if stale:
        found.append(e.PagesCancelled(stale, "superseded"))
    busy = _called_elsewhere(incident, call, now - ack_within, before)
    number = incident.page_count + sum(isinstance(event, e.PageRequested) for event in before)
    step, attempt, reason = _next_rung(incident, call, tries)
    while True:
        asked: dict[str, str] = {}
        for position in call.steps[step].positions:
            holders = roster.holders(position, now)
            if not holders:
                found.append(e.NobodyOnDuty(call.id, position))
            for person in holders[: attempt + 1]:
                asked.setdefault(person.id, position)
        if asked or step == len(call.steps) - 1:
            free = [(person, position) for person, position in asked.items() if person not in busy]
            pages = [
                e.PageRequested(f"{incident.id}-p{number + n}", call.id, person, position, call.reason)
                for n, (person, position) in enumerate(free, start=1)
            ]
            return [*found, e.CallStepped(call.id, step, attempt, reason, now + ack_within), *pages]
        step, attempt, reason = step + 1, 0, "nobody_on_duty"


def _called_elsewhere(
    incident: Incident, call: Call, since: datetime, before: Sequence[e.DomainEvent]
) -> frozenset[str]:
    """Who is being paged for another open call of this incident anyway: one answer serves all of its calls."""
    waiting = {PageStatus.REQUESTED, PageStatus.DELIVERED}
    earlier = {
        page.person
        for page in incident.pages.values()
        if page.call_id != call.id and page.requested_at > since and page.status in waiting
        and incident.calls[page.call_id].open
    }  # fmt: skip
    return frozenset(earlier | {event.person for event in before if isinstance(event, e.PageRequested)})


def _next_rung(incident: Incident, call: Call, tries: int) -> tuple[int, int, str]:
    last = len(call.steps) - 1
    if call.step < 0:
        return 0, 0, "opened"
    if call.hurried:
        return min(call.step + 1, last), 0, call.hurried
    if _all_undeliverable(incident, call):
        return call.step + 1, 0, "undeliverable"
    if call.attempt + 1 < tries:
        return call.step, call.attempt + 1, "no_answer"
    if call.step < last:
        return call.step + 1, 0, "no_answer"
    return last, 1, "last_resort"


def _all_undeliverable(incident: Incident, call: Call) -> bool:
    """True when no page of the present try can arrive and there is a further rung to go to."""
    if not call.current or call.step >= len(call.steps) - 1:
        return False
    return all(incident.pages[p].status is PageStatus.UNDELIVERABLE for p in call.current)


def _takes_command(incident: Incident, person: str) -> list[e.DomainEvent]:
    """Whoever answers first for a group leads it: their own before others', the head in person or as acting head."""
    free = [
        seat
        for seat in incident.seats
        if seat.person == person and seat.group in incident.convened and seat.group not in incident.leads
    ]
    if not free:
        return []
    seat = min(free, key=lambda one: (_ROLES.index(one.role), _GROUPS.index(one.group)))
    head = next((s for s in incident.seats if s.group is seat.group and s.role == "head"), seat)
    return [e.PositionAssumed(seat.group, "head", head.position, person, acting=head.person != person)]


_ROLES = ("head", "deputy", "member")
_GROUPS = (Group.RESPONSE, Group.LOGISTICS, Group.LEADERSHIP)
"""Where somebody with a place in several groups is needed first."""


def _unique(positions: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(positions))
