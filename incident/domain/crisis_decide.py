"""Decides commands about command and people. Pure; doing it twice changes nothing."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from incident.domain import crisis_commands as k
from incident.domain import crisis_events as x
from incident.domain import events as e
from incident.domain.calls import rungs
from incident.domain.commands import Command
from incident.domain.crisis_calls import call, close
from incident.domain.crisis_parts import Meeting, Order, RollCall
from incident.domain.crisis_plan import CLOCK_ANCHORS, Limits, RollCallPlan
from incident.domain.decide_tasks import holds, required
from incident.domain.errors import BadInput, NotAllowed
from incident.domain.incident import Incident
from incident.domain.said import said
from incident.domain.words import Group

ANSWERS = ("safe", "can_work", "need_help", "away")
CARE = ("talk", "rest", "counsellor", "leave")
MAX_PEOPLE = 5000
MAX_OBJECTIVES = 5
MAX_WORDS = 2000
CLOCK_SKEW = timedelta(minutes=1)


def filled(name: str, text: str) -> str:
    """What somebody wrote, without blanks around it. Raises BadInput when it is empty or endless."""
    if len(text) > MAX_WORDS:
        raise BadInput(said("{name}: longer than {most} characters", name=name, most=MAX_WORDS), remedy="shorten it")
    return required(name, text)


def one_of(name: str, value: str, known: tuple[str, ...]) -> str:
    """The value. Raises BadInput that lists the known ones."""
    if value not in known:
        raise BadInput(
            said("{name}: '{value}' is unknown", name=name, value=value),
            remedy=said("one of {names}", names=", ".join(known) or said("none")),
        )
    return value


def leads(s: Incident, person: str) -> bool:
    """True for the one in command and for whoever leads the leadership group."""
    return person in {s.commander, s.leads.get(Group.LEADERSHIP)} - {"", None}


def may_sign(s: Incident, person: str, *positions: str) -> bool:
    """True for whoever holds one of these positions in the incident, and for those who lead it."""
    return leads(s, person) or any(position and holds(s, person, position) for position in positions)


def limits(s: Incident) -> Limits:
    """The plan's limits, or the usual ones."""
    return s.crisis.plan.limits if s.crisis.plan else Limits()


def _anchor(s: Incident, cmd: k.SetAnchor, now: datetime) -> list[e.DomainEvent]:
    one_of("anchor", cmd.anchor, CLOCK_ANCHORS)
    if cmd.moment > now + CLOCK_SKEW:
        raise BadInput("moment: lies in the future", remedy="give the time at which it happened")
    if s.anchors.get(cmd.anchor) == cmd.moment:
        return []
    return [x.AnchorSet(cmd.anchor, cmd.moment, filled("source", cmd.source))]


# --- command -------------------------------------------------------------------------------------------------------


def _convene(s: Incident, cmd: k.ConveneMeeting, now: datetime) -> list[e.DomainEvent]:
    staff = s.plan.group(cmd.group) if s.plan else None
    if s.plan is None or staff is None:
        raise BadInput(
            said("group: {group} is not in this playbook", group=cmd.group.value),
            remedy="choose a group of the playbook",
        )
    if any(m.group is cmd.group and m.closed_at is None for m in s.crisis.meetings.values()):
        return []
    number = len(s.crisis.meetings) + 1
    found: list[e.DomainEvent] = []
    if cmd.group not in s.convened:
        found.append(e.GroupConvened(cmd.group, "meeting"))
    quorum = cmd.quorum or staff.quorum or min(limits(s).quorum, len(set(staff.positions)))
    meeting = x.MeetingCalled(f"m{number}", cmd.group, cmd.place.strip(), quorum, cmd.starts_at or now)
    first = e.CallStep("everyone", staff.positions)
    return [*found, meeting, e.CallOpened(f"meeting:m{number}:1", "meeting", (first, *rungs(s.plan, (cmd.group,))))]


def _attend(s: Incident, cmd: k.MarkAttendance, _now: datetime) -> list[e.DomainEvent]:
    meeting = _meeting(s, cmd.meeting_id)
    person = filled("person", cmd.person)
    if person in (meeting.present if cmd.present else meeting.excused):
        return []
    found: list[e.DomainEvent] = [x.AttendanceMarked(meeting.id, person, cmd.present)]
    present = len({*meeting.present, person}) if cmd.present else 0
    if meeting.quorum_at is None and present >= meeting.quorum:
        found += [x.QuorumReached(meeting.id, present), *close(s, f"meeting:{meeting.id}:", "quorum")]
    return found


def _close_meeting(s: Incident, cmd: k.CloseMeeting, _now: datetime) -> list[e.DomainEvent]:
    meeting = _meeting(s, cmd.meeting_id)
    if meeting.closed_at is not None:
        return []
    minutes = filled("minutes", cmd.minutes)
    return [x.MeetingClosed(meeting.id, minutes), *close(s, f"meeting:{meeting.id}:", "meeting_over")]


def _objectives(s: Incident, cmd: k.SetObjectives, now: datetime) -> list[e.DomainEvent]:
    texts = tuple(text.strip() for text in cmd.texts if text.strip())
    if not 1 <= len(texts) <= MAX_OBJECTIVES:
        raise BadInput(
            said("objectives: {count} given", count=len(texts)),
            remedy=said("give one to {most}", most=MAX_OBJECTIVES),
        )
    if cmd.until is not None and cmd.until <= now:
        raise BadInput("until: lies in the past", remedy="say when the period ends")
    for text in texts:
        filled("objectives", text)
    if (texts, cmd.until) == (s.crisis.objectives, s.crisis.period_until):
        return []
    return [x.ObjectivesSet(s.crisis.period + 1, texts, cmd.until)]


def _give(s: Incident, cmd: k.GiveOrder, _now: datetime) -> list[e.DomainEvent]:
    text, position = filled("text", cmd.text), filled("position", cmd.position)
    same = (o for o in s.crisis.orders.values() if o.status != "done")
    if any((o.text, o.position) == (text, position) for o in same):
        return []
    order_id = f"o{len(s.crisis.orders) + 1}"
    return [x.OrderGiven(order_id, text, position, cmd.due_at), *call(s, f"order:{order_id}:1", "order", position)]


def _read_back(s: Incident, cmd: k.ReadBackOrder, _now: datetime) -> list[e.DomainEvent]:
    order = _order(s, cmd.order_id)
    if order.status != "given":
        return []
    words = filled("words", cmd.words)
    return [x.OrderReadBack(order.id, cmd.by, words), *close(s, f"order:{order.id}:", "read_back")]


def _confirm(s: Incident, cmd: k.ConfirmOrder, _now: datetime) -> list[e.DomainEvent]:
    order = _order(s, cmd.order_id)
    if order.status in {"confirmed", "done"}:
        return []
    if order.status == "given":
        raise BadInput(
            said("{order}: was not read back yet", order=order.id), remedy="let the receiver say it again first"
        )
    if order.read_back_by == cmd.by and order.by != cmd.by:
        raise NotAllowed(
            said("{order}: who reads an order back can't confirm it", order=order.id),
            remedy="whoever gave it confirms it",
        )
    if cmd.right:
        return [x.OrderConfirmed(order.id, True, cmd.note)]
    number = sum(1 for one in s.calls if one.startswith(f"order:{order.id}:")) + 1
    again = call(s, f"order:{order.id}:{number}", "order", order.position)
    return [x.OrderConfirmed(order.id, False, filled("note", cmd.note)), *again]


def _carry_out(s: Incident, cmd: k.CarryOutOrder, _now: datetime) -> list[e.DomainEvent]:
    order = _order(s, cmd.order_id)
    if order.status == "done":
        return []
    return [x.OrderCarriedOut(order.id, cmd.note), *close(s, f"order:{order.id}:", "order_done")]


def _offer(s: Incident, cmd: k.OfferHandover, _now: datetime) -> list[e.DomainEvent]:
    giver, receiver = s.leads.get(cmd.group), filled("receiver", cmd.receiver)
    if giver is None:
        raise BadInput(said("group: nobody leads {group} yet", group=cmd.group.value), remedy="take the lead first")
    if cmd.by != giver and not leads(s, cmd.by):
        raise NotAllowed("only who leads a group can hand it over", remedy="ask its leader, or take the lead")
    if receiver == giver:
        raise BadInput("receiver: leads the group already", remedy="name somebody else")
    if any((h.group, h.receiver, h.signed_at) == (cmd.group, receiver, None) for h in s.crisis.handovers.values()):
        return []
    worries = tuple(filled("worries", w) for w in cmd.worries[:20] if w.strip())
    decisions = unfinished_decisions(s)
    orders = tuple(o.id for o in s.crisis.orders.values() if o.status != "done")
    clocks = tuple(c.terms.id for c in s.crisis.clocks.values() if not c.settled)
    handover_id = f"h{len(s.crisis.handovers) + 1}"
    offered = x.HandoverOffered(
        handover_id, cmd.group, giver, receiver, s.crisis.objectives, orders, decisions, clocks, worries
    )
    seat = seat_of(s, receiver, cmd.group)
    return [offered, *(call(s, f"handover:{handover_id}:1", "handover", seat) if seat else ())]


def _take_over(s: Incident, cmd: k.SignHandover, _now: datetime) -> list[e.DomainEvent]:
    one_of("handover", cmd.handover_id, tuple(s.crisis.handovers))
    handover = s.crisis.handovers[cmd.handover_id]
    if handover.signed_at is not None:
        return []
    if cmd.by != handover.receiver:
        raise NotAllowed(
            said("{handover} is for somebody else", handover=handover.id), remedy="the named receiver signs"
        )
    words = filled("words", cmd.words)
    head = next((seat for seat in s.seats if seat.group is handover.group and seat.role == "head"), None)
    position, acting = (head.position, head.person != cmd.by) if head else (handover.group.value, True)
    return [
        x.HandoverSigned(handover.id, handover.group, handover.giver, handover.receiver, words),
        e.PositionAssumed(handover.group, "head", position, cmd.by, acting=acting),
        *(event for one in s.crisis.handovers.values() if one.group is handover.group
          for event in close(s, f"handover:{one.id}:", "handover_signed")),
    ]  # fmt: skip


def seat_of(s: Incident, person: str, group: Group) -> str:
    """The position by which somebody can be called: one in this group before any other; empty without a seat."""
    seats = sorted((seat.group is not group, seat.position) for seat in s.seats if seat.person == person)
    return seats[0][1] if seats else ""


# --- people --------------------------------------------------------------------------------------------------------


def _duty(s: Incident, cmd: k.ReportDuty, _now: datetime) -> list[e.DomainEvent]:
    person = filled("person", cmd.person)
    duty = s.crisis.duties.get(person)
    on = duty is not None and duty.ended_at is None
    match one_of("what", cmd.what, ("start", "end", "break")):
        case "start":
            return [] if on else [x.DutyStarted(person)]
        case "end":
            return [x.DutyEnded(person)] if on else []
        case _:
            if not on:
                raise BadInput(said("{person} is not on duty", person=person), remedy="report the start of duty first")
            return [x.BreakTaken(person)]


def _floor(s: Incident, cmd: k.MarkFloor, _now: datetime) -> list[e.DomainEvent]:
    person = filled("person", cmd.person)
    if cmd.here:
        return [] if s.crisis.floor.get(person) == cmd.place else [x.FloorEntered(person, cmd.place)]
    return [x.FloorLeft(person)] if person in s.crisis.floor else []


def _rollcall(s: Incident, cmd: k.StartRollCall, now: datetime) -> list[e.DomainEvent]:
    named = tuple(dict.fromkeys(p.strip() for p in (cmd.people or tuple(s.crisis.floor)) if p.strip()))
    if not named or len(named) > MAX_PEOPLE:
        raise BadInput(
            said("people: {count} named", count=len(named)), remedy="name those on shift, or mark who is on the floor"
        )
    shift = filled("shift", cmd.shift)
    if any(r.closed_at is None and r.shift == shift for r in s.crisis.rollcalls.values()):
        return []
    wait = s.crisis.plan.rollcall.answer_within if s.crisis.plan else RollCallPlan().answer_within
    return [x.RollCallStarted(f"r{len(s.crisis.rollcalls) + 1}", shift, named, now + wait)]


def _roll_answer(s: Incident, cmd: k.AnswerRollCall, _now: datetime) -> list[e.DomainEvent]:
    roll = _roll(s, cmd.rollcall_id)
    person, answer = filled("person", cmd.person), one_of("answer", cmd.answer, ANSWERS)
    if roll.answers.get(person) == answer and person not in roll.helped:
        return []
    found: list[e.DomainEvent] = [x.RollCallAnswered(roll.id, person, answer, "" if cmd.by == person else cmd.by)]
    if not set(roll.silent) - {person}:
        found += close(s, f"rollcall:{roll.id}:silent", "everyone_answered")
    if answer == "need_help":
        care = s.crisis.plan.rollcall if s.crisis.plan else RollCallPlan()
        number = sum(1 for one in s.calls if one.startswith(f"rollcall:{roll.id}:help")) + 1
        found += call(s, f"rollcall:{roll.id}:help:{number}", "help_needed", care.care, care.owner)
    return found


def _help(s: Incident, cmd: k.SendHelp, _now: datetime) -> list[e.DomainEvent]:
    roll = _roll(s, cmd.rollcall_id)
    if roll.answers.get(cmd.person) != "need_help":
        raise BadInput(
            "person: has not asked for help",
            remedy=said("one of {names}", names=", ".join(roll.in_need) or said("nobody")),
        )
    return [] if cmd.person in roll.helped else [x.HelpSent(roll.id, cmd.person, cmd.note)]


def _close_roll(s: Incident, cmd: k.CloseRollCall, _now: datetime) -> list[e.DomainEvent]:
    roll = _roll(s, cmd.rollcall_id)
    if roll.closed_at is not None:
        return []
    if (roll.silent or roll.in_need) and not cmd.note.strip():
        raise BadInput(
            said(
                "{roll}: {count} have not answered, {waiting} wait for help",
                roll=roll.id,
                count=len(roll.silent),
                waiting=len(roll.in_need),
            ),
            remedy="find them first, or say in a note why it is closed all the same",
        )
    return [x.RollCallClosed(roll.id, cmd.note.strip()), *close(s, f"rollcall:{roll.id}:", "rollcall_over")]


def _care(s: Incident, cmd: k.OfferCare, _now: datetime) -> list[e.DomainEvent]:
    return [x.CareOffered(f"care{len(s.crisis.care) + 1}", one_of("kind", cmd.kind, CARE))]


def _care_answer(s: Incident, cmd: k.AnswerCare, _now: datetime) -> list[e.DomainEvent]:
    one_of("offer", cmd.offer_id, tuple(s.crisis.care))
    wanted = "accepted" if cmd.accepted else "declined"
    return [] if s.crisis.care[cmd.offer_id] == wanted else [x.CareAnswered(cmd.offer_id, cmd.accepted)]


def unfinished_decisions(s: Incident) -> tuple[str, ...]:
    """Ids of decision tasks that nobody has decided."""
    return tuple(
        t.plan.id for t in s.tasks.values()
        if t.plan.kind == "decision" and not t.finished
    )  # fmt: skip


def _meeting(s: Incident, meeting_id: str) -> Meeting:
    return s.crisis.meetings[one_of("meeting", meeting_id, tuple(s.crisis.meetings))]


def _order(s: Incident, order_id: str) -> Order:
    return s.crisis.orders[one_of("order", order_id, tuple(s.crisis.orders))]


def _roll(s: Incident, rollcall_id: str) -> RollCall:
    return s.crisis.rollcalls[one_of("rollcall", rollcall_id, tuple(s.crisis.rollcalls))]


COMMAND_TABLE: dict[type[Command], Callable[[Incident, Any, datetime], list[e.DomainEvent]]] = {
    k.SetAnchor: _anchor,
    k.ConveneMeeting: _convene,
    k.MarkAttendance: _attend,
    k.CloseMeeting: _close_meeting,
    k.SetObjectives: _objectives,
    k.GiveOrder: _give,
    k.ReadBackOrder: _read_back,
    k.ConfirmOrder: _confirm,
    k.CarryOutOrder: _carry_out,
    k.OfferHandover: _offer,
    k.SignHandover: _take_over,
    k.ReportDuty: _duty,
    k.MarkFloor: _floor,
    k.StartRollCall: _rollcall,
    k.AnswerRollCall: _roll_answer,
    k.SendHelp: _help,
    k.CloseRollCall: _close_roll,
    k.OfferCare: _care,
    k.AnswerCare: _care_answer,
}
