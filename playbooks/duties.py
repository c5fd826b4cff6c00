"""What command owes by the clock: read-backs, orders in time, hand-overs, a quorum, new objectives, relief for the
tired. Pure.

Time only calls people. While somebody is being called about a matter already it waits; it calls again once that call
was taken and still nothing has come of it.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from incident.domain import crisis_events as x
from incident.domain import events as e
from incident.domain.calls import rungs
from incident.domain.crisis_calls import call
from incident.domain.crisis_decide import limits, seat_of
from incident.domain.crisis_parts import Duty, Handover, Meeting, Order
from incident.domain.crisis_views import doubles, gone_by, spans
from incident.domain.incident import Incident
from incident.domain.words import Group

READ_BACK = timedelta(minutes=10)
"""How long an order that somebody has taken may go without being read back."""
GATHER = timedelta(minutes=10)
"""How long a group may take to come together."""
GATHERED = timedelta(hours=1)
"""How often people may be called about tired colleagues: those of one hour are told together."""
SIGN = timedelta(minutes=10)
"""How long a hand-over may wait for whoever is to take over."""
STEPS = 3
"""How often people are called about one matter."""


def advance(incident: Incident, now: datetime) -> list[e.DomainEvent]:
    """What has become due by ``now`` and is not in the log yet."""
    if incident.ended:
        return []
    return [
        *(event for order in incident.crisis.orders.values() for event in _order(incident, order, now)),
        *(event for meeting in incident.crisis.meetings.values() for event in _meeting(incident, meeting, now)),
        *(event for one in incident.crisis.handovers.values() for event in _handover(incident, one, now)),
        *_period(incident, now),
        *_strain(incident, now),
        *_flags(incident),
    ]


def next_due(incident: Incident) -> datetime | None:
    """The earliest instant at which ``advance`` has something to say; None while only a command can change that."""
    if incident.ended:
        return None
    crisis = incident.crisis
    moments = [at for order in crisis.orders.values() for _, _, at in _order_steps(incident, order)]
    moments += [at for meeting in crisis.meetings.values() for _, at in _meeting_steps(incident, meeting)]
    moments += [at for one in crisis.handovers.values() for _, at in _handover_steps(incident, one)]
    moments += [at for _, _, at in _tired(incident)]
    if crisis.period_until is not None and crisis.period_called < crisis.period:
        moments.append(crisis.period_until)
    if next(_flags(incident), None) is not None:
        moments.append(incident.anchors["opened"])
    return min(moments, default=None)


def _busy(incident: Incident, prefix: str) -> bool:
    """Whether people are being called about this already."""
    return any(one.open and one.id.startswith(prefix) for one in incident.calls.values())


def _order_steps(incident: Incident, order: Order) -> Iterator[tuple[str, int, datetime]]:
    if order.status == "done" or _busy(incident, f"order:{order.id}:"):
        return
    if order.status == "given" and order.unread_step < STEPS:
        step = order.unread_step + 1
        yield "unread", step, (order.asked_at or order.at) + READ_BACK
    if order.due_at is not None and order.late_step < STEPS:
        step = order.late_step + 1
        every = incident.plan.overdue_every if incident.plan else GATHER
        yield "late", step, order.due_at + order.late_step * every


def _order(incident: Incident, order: Order, now: datetime) -> Iterator[e.DomainEvent]:
    for why, step, at in _order_steps(incident, order):
        if at <= now:
            yield x.OrderChased(order.id, why, step)
            yield from call(incident, f"order:{order.id}:{why}:{step}", f"order_{why}", order.position)
            return


def _meeting_steps(incident: Incident, meeting: Meeting) -> Iterator[tuple[int, datetime]]:
    over = meeting.quorum_at is not None or meeting.closed_at is not None or meeting.step >= STEPS
    if not over and not _busy(incident, f"meeting:{meeting.id}:"):
        yield meeting.step + 1, max(meeting.starts_at, meeting.asked_at or meeting.starts_at) + GATHER


def _meeting(incident: Incident, meeting: Meeting, now: datetime) -> Iterator[e.DomainEvent]:
    for step, at in _meeting_steps(incident, meeting):
        staff = incident.plan.group(meeting.group) if incident.plan else None
        if at > now or incident.plan is None or staff is None:
            continue
        yield x.MeetingChased(meeting.id, step, len(meeting.present))
        everyone = e.CallStep("everyone", staff.positions)
        steps = (everyone, *rungs(incident.plan, (meeting.group,)))
        yield e.CallOpened(f"meeting:{meeting.id}:{step + 1}", "meeting_short", steps)


def _handover_steps(incident: Incident, handover: Handover) -> Iterator[tuple[int, datetime]]:
    """Nothing once it was signed, or when the group is led by somebody else than who offered it."""
    about = f"handover:{handover.id}:"
    over = handover.signed_at is not None or incident.leads.get(handover.group) != handover.giver
    if over or incident.plan is None or _busy(incident, about):
        return
    called = [one.opened_at for one in incident.calls.values() if one.id.startswith(about)]
    if len(called) < STEPS:
        yield len(called) + 1, max(called, default=handover.at) + SIGN


def _handover(incident: Incident, handover: Handover, now: datetime) -> Iterator[e.DomainEvent]:
    for step, at in _handover_steps(incident, handover):
        if at <= now:
            receiver = seat_of(incident, handover.receiver, handover.group)
            yield from call(incident, f"handover:{handover.id}:{step}", "handover_waits", receiver)


def _period(incident: Incident, now: datetime) -> Iterator[e.DomainEvent]:
    crisis = incident.crisis
    if crisis.period_until is None or now < crisis.period_until or crisis.period_called >= crisis.period:
        return
    yield x.PeriodOver(crisis.period)
    met = next((g for g in (Group.LEADERSHIP, Group.RESPONSE) if g in incident.convened), None)
    staff = incident.plan.group(met) if incident.plan and met else None
    yield from call(incident, f"period:{crisis.period}", "period_over", staff.head if staff else "")


def _tired(incident: Incident) -> Iterator[tuple[str, str, datetime]]:
    """Who is to be relieved or to rest, and from when; nobody once things have recovered and people stand down."""
    if "recovered" in incident.anchors:
        return
    allowed = limits(incident)
    asked = [one.opened_at for one in incident.calls.values() if one.reason == "strain"]
    again = max(asked) + GATHERED if asked else datetime.min.replace(tzinfo=UTC)
    for person, duty in incident.crisis.duties.items():
        if duty.ended_at is None:
            for advice, at in _limits_of(duty, allowed.duty, allowed.rest_after):
                if not gone_by(incident, person, duty, at):
                    yield person, advice, max(at, again)


def _limits_of(duty: Duty, longest: timedelta, rest: timedelta) -> Iterator[tuple[str, datetime]]:
    if "relieve" in duty.noted:
        return
    yield "relieve", duty.since + longest
    if "rest" not in duty.noted:
        yield "rest", duty.rested_at + rest


def _strain(incident: Incident, now: datetime) -> Iterator[e.DomainEvent]:
    """A break that is due stands in the log and on the card; somebody to be relieved is worth a call."""
    noted: dict[str, str] = {}
    for person, advice, at in _tired(incident):
        if at <= now:
            noted.setdefault(person, advice)
    yield from (x.StrainNoted(person, advice) for person, advice in noted.items())
    if "relieve" in noted.values() and incident.crisis.plan and not _busy(incident, "strain:"):
        number = sum(1 for one in incident.calls if one.startswith("strain:")) + 1
        plan = incident.crisis.plan.rollcall
        yield from call(incident, f"strain:{number}", "strain", plan.owner, plan.backup)


def _flags(incident: Incident) -> Iterator[e.DomainEvent]:
    """What is unwise about command, told once each."""
    told = incident.crisis.flagged
    for double in doubles(incident):
        if f"double:{double.person}" not in told:
            yield x.CommandFlagged("double", double.person, double.places)
    for span in spans(incident):
        if span.too_wide and span.leader and f"span:{span.leader}" not in told:
            yield x.CommandFlagged("span", span.leader, (f"group:{span.group.value}",))
