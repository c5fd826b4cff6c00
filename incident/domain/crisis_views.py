"""What pages and cards show of a commanded crisis: hand-over card, messages, people, materials. Pure folds."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from incident.domain.crisis_clocks import ClockLine, blocking_clocks, clock_board
from incident.domain.crisis_decide import limits, unfinished_decisions
from incident.domain.crisis_evolve import AWAY, stays
from incident.domain.crisis_parts import Draft, Duty, Handover, Order, RollCall, Taking
from incident.domain.crisis_plan import Line
from incident.domain.incident import Incident
from incident.domain.words import Group

SPAN = 7
"""How many people one person can lead when the plan doesn't say."""


@dataclass(frozen=True, slots=True)
class Span:
    """How many people answer to a group's leader."""

    group: Group
    leader: str
    people: int
    limit: int

    @property
    def too_wide(self) -> bool:
        """More than one person can lead: appoint sub-leaders."""
        return self.people > self.limit


@dataclass(frozen=True, slots=True)
class Strain:
    """How long somebody has been at it. ``advice`` is relieve, rest or empty."""

    person: str
    on_duty: timedelta
    without_break: timedelta
    advice: str


@dataclass(frozen=True, slots=True)
class Double:
    """One person in two critical places at once."""

    person: str
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """The hand-over card (ICS 201): what whoever takes over must know."""

    objectives: tuple[str, ...]
    period: int
    until: datetime | None
    decisions: tuple[str, ...]
    orders: tuple[Order, ...]
    clocks: tuple[ClockLine, ...]
    leaders: dict[Group, str]
    strain: tuple[Strain, ...]
    doubles: tuple[Double, ...]
    spans: tuple[Span, ...]
    out: tuple[Taking, ...]
    unaccounted: int
    in_need: int
    worries: tuple[str, ...]
    handovers: tuple[Handover, ...]


@dataclass(frozen=True, slots=True)
class LineStatus:
    """One line of communication: the last text, the next one due and when, drafts waiting.

    ``due`` names the stage that is due (``first``, ``update``, ``clear``), empty when nothing is; ``expired`` tells
    that what stands outside is out of date.
    """

    line: Line
    stage: str
    released_at: datetime | None
    due: str
    due_at: datetime | None
    overdue: bool
    expired: bool
    waiting: tuple[Draft, ...]


@dataclass(frozen=True, slots=True)
class RollStatus:
    """A roll call in numbers, and those to look for."""

    roll: RollCall
    counts: dict[str, int]
    silent: tuple[str, ...]
    in_need: tuple[str, ...]
    share: float


def card(incident: Incident, now: datetime) -> Card:
    """Everything for a hand-over, as of ``now``."""
    crisis = incident.crisis
    rolls = [roll_status(r) for r in crisis.rollcalls.values() if r.closed_at is None]
    return Card(
        objectives=crisis.objectives, period=crisis.period, until=crisis.period_until,
        decisions=unfinished_decisions(incident),
        orders=tuple(o for o in crisis.orders.values() if o.status != "done"),
        clocks=tuple(line for line in clock_board(incident, now) if not line.clock.settled),
        leaders=dict(incident.leads), strain=tuple(s for s in strain(incident, now) if s.advice),
        doubles=doubles(incident), spans=spans(incident), out=out(incident),
        unaccounted=sum(len(r.silent) for r in rolls), in_need=sum(len(r.in_need) for r in rolls),
        worries=tuple(dict.fromkeys(w for h in crisis.handovers.values() for w in h.worries)),
        handovers=tuple(crisis.handovers.values()),
    )  # fmt: skip


def spans(incident: Incident) -> tuple[Span, ...]:
    """For each group that meets: how many people its leader leads."""
    found = []
    for group in incident.convened:
        seated = {s.person for s in incident.seats if s.group is group and s.person}
        leader = incident.leads.get(group, "")
        planned = incident.plan.group(group) if incident.plan else None
        found.append(Span(group, leader, len(seated - {leader}), planned.span if planned else SPAN))
    return tuple(found)


def strain(incident: Incident, now: datetime) -> tuple[Strain, ...]:
    """Everybody on duty, longest first. Over the duty limit: to be relieved; too long without a break: to rest.

    The end lets everybody go: what is left then is work of ordinary days.
    """
    if incident.ended:
        return ()
    allowed = limits(incident)
    found = []
    for person, duty in incident.crisis.duties.items():
        if duty.ended_at is not None or gone_by(incident, person, duty, now):
            continue
        total, awake = now - duty.since, now - duty.rested_at
        advice = "relieve" if total >= allowed.duty else "rest" if awake >= allowed.rest_after else ""
        found.append(Strain(person, total, awake, advice))
    return tuple(sorted(found, key=lambda s: s.on_duty, reverse=True))


def gone_by(incident: Incident, person: str, duty: Duty, now: datetime) -> bool:
    """Whether somebody who once answered has not been seen for so long that they must have gone."""
    return not stays(incident, person, duty) and now - duty.seen_at >= AWAY


def doubles(incident: Incident) -> tuple[Double, ...]:
    """People in more than one critical place: leading two groups, or leading one and alone answering for a clock or
    approving messages."""
    places: dict[str, dict[str, None]] = defaultdict(dict)
    heads: dict[Group, str] = {}
    alone: dict[str, str] = {}
    for seat in incident.seats:
        if seat.person:
            alone[seat.position] = seat.person
            if seat.role == "head" and seat.group in incident.convened:
                heads[seat.group] = seat.person
    for group, person in {**heads, **incident.leads}.items():
        places[person][f"group:{group.value}"] = None
    for clock in incident.crisis.clocks.values():
        owner, backup = alone.get(clock.terms.owner), alone.get(clock.terms.backup)
        if owner and not clock.settled and backup in {None, owner}:
            places[owner]["clocks"] = None
    for line in incident.crisis.plan.comms.lines if incident.crisis.plan else ():
        approver, backup = alone.get(line.approver), alone.get(line.backup)
        if approver and backup in {None, approver} and incident.level <= line.from_level:
            places[approver]["approvals"] = None
    return tuple(Double(person, tuple(held)) for person, held in places.items() if len(held) > 1)


def comms_board(incident: Incident, now: datetime) -> tuple[LineStatus, ...]:
    """All lines that this level calls for, and any other on which something was said."""
    plan = incident.crisis.plan
    lines = plan.comms.lines if plan else ()
    return tuple(
        line_status(incident, line, now)
        for line in lines
        if incident.level <= line.from_level or line.id in incident.crisis.lines
    )


def line_status(incident: Incident, line: Line, now: datetime) -> LineStatus:
    """How one line stands."""
    state = incident.crisis.lines.get(line.id)
    due, due_at = next_message(incident, line)
    waiting = tuple(d for d in incident.crisis.drafts.values() if d.line == line.id and d.status == "draft")
    return LineStatus(
        line=line, stage=state.stage if state else "", released_at=state.released_at if state else None,
        due=due, due_at=due_at, overdue=due_at is not None and now > due_at,
        expired=bool(state and state.expires_at and now > state.expires_at), waiting=waiting,
    )  # fmt: skip


def next_message(incident: Incident, line: Line) -> tuple[str, datetime | None]:
    """The stage that is due on a line and when; an empty stage when nothing is."""
    state = incident.crisis.lines.get(line.id)
    if incident.ended:
        return "", None
    recovered = incident.anchors.get("recovered")
    if state is None or state.released_at is None:
        opened = incident.anchors.get("opened")
        if recovered or line.first_within is None or opened is None or incident.level > line.from_level:
            return "", None
        return "first", opened + line.first_within
    if state.stage == "clear":
        return "", None
    if recovered is not None:
        return ("clear", recovered + line.first_within) if line.first_within else ("", None)
    return ("update", state.next_update_at) if state.next_update_at else ("", None)


def out(incident: Incident) -> tuple[Taking, ...]:
    """What was taken from the store and is neither back nor explained."""
    return tuple(taking for taking in incident.crisis.takings.values() if taking.out)


def roll_status(roll: RollCall) -> RollStatus:
    """A roll call in numbers; ``share`` of those asked have answered (0–1)."""
    counts = {"safe": 0, "can_work": 0, "need_help": 0, "away": 0, "silent": len(roll.silent)}
    for answer in roll.answers.values():
        counts[answer] = counts.get(answer, 0) + 1
    answered = len(roll.people) - len(roll.silent)
    return RollStatus(roll, counts, roll.silent, roll.in_need, answered / len(roll.people) if roll.people else 1.0)


def care_counts(incident: Incident) -> dict[str, int]:
    """Offers of care in numbers, which is all there is to tell about them."""
    states = list(incident.crisis.care.values())
    return {"offered": len(states), "accepted": states.count("accepted"), "declined": states.count("declined")}


def crisis_blockers(incident: Incident) -> tuple[str, ...]:
    """What of all this keeps an incident from ending: ``clock:ID``, ``material:ITEM``, ``rollcall:ID``."""
    rolls = (r for r in incident.crisis.rollcalls.values() if r.closed_at is None and (r.silent or r.in_need))
    return (
        *(f"clock:{clock_id}" for clock_id in blocking_clocks(incident)),
        *dict.fromkeys(f"material:{taking.item}" for taking in out(incident)),
        *(f"rollcall:{roll.id}" for roll in rolls),
    )
