"""Lets an incident's clocks run: starts them, computes when they run out, calls people. Pure; ``now`` is an argument.

Time only ever calls people: nothing here decides that a report is needed or not, and nothing is filed.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from incident.domain import crisis_events as x
from incident.domain import events as e
from incident.domain.crisis_calls import close, ladder
from incident.domain.crisis_clocks import warn_at
from incident.domain.crisis_outward import last_moment
from incident.domain.crisis_parts import Clock
from incident.domain.crisis_plan import ClockTerms
from incident.domain.incident import Incident
from playbooks.clockbook.calc import Due, due

AGAIN = (timedelta(), timedelta(hours=1), timedelta(hours=4), timedelta(hours=24))
"""When people are called about a report that is late, counted from its last moment. Step 1 comes before it."""


def advance(incident: Incident, now: datetime) -> list[e.DomainEvent]:
    """What has become due by ``now`` and is not in the log yet."""
    if _over(incident):
        return []
    found: list[e.DomainEvent] = [x.ClockStarted(terms.id, terms) for terms in _to_start(incident)]
    for clock in incident.crisis.clocks.values():
        fresh = _fresh(incident, clock)
        if fresh is not None:
            found.append(x.ClockDueSet(clock.terms.id, fresh.anchor, fresh.anchor_at, fresh.due_at))
        elif not clock.settled:
            found.extend(_call(incident, clock, now))
    return found


def next_due(incident: Incident) -> datetime | None:
    """The earliest instant at which ``advance`` has something to say; one in the past means at once."""
    if _over(incident):
        return None
    clocks = incident.crisis.clocks.values()
    if any(_to_start(incident)) or any(_fresh(incident, clock) for clock in clocks):
        return incident.anchors["opened"]
    return min((at for clock in clocks if not clock.settled for _, at in _steps(clock)), default=None)


def _over(incident: Incident) -> bool:
    """A drill's clocks stop with it; a real incident's reports stay owed after its end."""
    return incident.drill is not None and incident.ended


def _to_start(incident: Incident) -> Iterator[ClockTerms]:
    plan = incident.crisis.plan
    if plan is None or incident.ended:
        return
    for terms in plan.clocks:
        if incident.level <= terms.from_level and terms.id not in incident.crisis.clocks:
            yield terms


def _fresh(incident: Incident, clock: Clock) -> Due | None:
    """The due time when it is another one than the log says; nothing for a clock that a person has stopped."""
    if clock.decision == "not_required":
        return None
    found = due(clock.terms, incident.anchors, incident.crisis.clocks)
    if found is None:
        return None
    last = clock.changes[-1] if clock.changes else None
    if last is not None and (last.anchor, last.anchor_at, last.due_at) == (found.anchor, found.anchor_at, found.due_at):
        return None
    return found


def _steps(clock: Clock) -> Iterator[tuple[int, datetime]]:
    """Calls that are not in the log yet, and when."""
    warning, end = warn_at(clock), last_moment(clock)
    if warning is None or end is None:
        return
    for step, at in enumerate((warning, *(end + wait for wait in AGAIN)), start=1):
        if step > clock.step:
            yield step, at


def _call(incident: Incident, clock: Clock, now: datetime) -> Iterator[e.DomainEvent]:
    """One call: after a standstill only the newest. It asks the owner, the backup, then the leadership."""
    reached = [step for step, at in _steps(clock) if at <= now]
    if not reached or clock.due_at is None:
        return
    step, terms = reached[-1], clock.terms
    yield x.ClockCalled(terms.id, step, clock.due_at)
    yield from close(incident, f"clock:{terms.id}:", "superseded")
    steps = ladder(incident, terms.owner, terms.backup)
    if steps:
        reason = "clock_due_soon" if step == 1 else "clock_overdue"
        yield e.CallOpened(f"clock:{terms.id}:{len(clock.changes)}.{step}", reason, steps)
