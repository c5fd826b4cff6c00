"""How events of command change the state. Like ``incident.evolve``: never fails, decides nothing."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from incident.domain import crisis_events as x
from incident.domain.crisis_parts import (
    Answer,
    Clock,
    Draft,
    DueChange,
    Duty,
    Filing,
    Handover,
    LineState,
    Meeting,
    Order,
    RollCall,
    Taking,
)

if TYPE_CHECKING:
    from incident.domain.incident import Incident


AWAY = timedelta(hours=4)
"""Whoever answered once and has done nothing for so long is taken to have gone."""


def _planned(s: "Incident", ev: x.CrisisPlanned, _at: datetime, _actor: str) -> None:
    s.crisis.plan = ev.plan


def _anchor(s: "Incident", ev: x.AnchorSet, _at: datetime, _actor: str) -> None:
    s.anchors[ev.anchor] = ev.moment


def _meeting(s: "Incident", ev: x.MeetingCalled, at: datetime, _actor: str) -> None:
    s.crisis.meetings[ev.meeting_id] = Meeting(ev.meeting_id, ev.group, ev.place, ev.quorum, ev.starts_at, at)


def _attendance(s: "Incident", ev: x.AttendanceMarked, at: datetime, _actor: str) -> None:
    if meeting := s.crisis.meetings.get(ev.meeting_id):
        meeting.present = tuple(p for p in meeting.present if p != ev.person)
        meeting.excused = tuple(p for p in meeting.excused if p != ev.person)
        if ev.present:
            meeting.present = (*meeting.present, ev.person)
            _on_duty(s, ev.person, at)
        else:
            meeting.excused = (*meeting.excused, ev.person)


def _quorum(s: "Incident", ev: x.QuorumReached, at: datetime, _actor: str) -> None:
    if meeting := s.crisis.meetings.get(ev.meeting_id):
        meeting.quorum_at = at


def _meeting_closed(s: "Incident", ev: x.MeetingClosed, at: datetime, _actor: str) -> None:
    if meeting := s.crisis.meetings.get(ev.meeting_id):
        meeting.closed_at, meeting.minutes = at, ev.minutes


def _objectives(s: "Incident", ev: x.ObjectivesSet, _at: datetime, _actor: str) -> None:
    s.crisis.objectives, s.crisis.period, s.crisis.period_until = ev.texts, ev.period, ev.until


def _order(s: "Incident", ev: x.OrderGiven, at: datetime, actor: str) -> None:
    s.crisis.orders[ev.order_id] = Order(ev.order_id, ev.text, ev.position, _person(actor), at, ev.due_at)


def _read_back(s: "Incident", ev: x.OrderReadBack, _at: datetime, _actor: str) -> None:
    if order := s.crisis.orders.get(ev.order_id):
        order.status, order.read_back_by, order.words = "read_back", ev.by, ev.words


def _confirmed(s: "Incident", ev: x.OrderConfirmed, _at: datetime, _actor: str) -> None:
    if order := s.crisis.orders.get(ev.order_id):
        order.status = "confirmed" if ev.right else "given"
        if not ev.right:
            order.asked_at, order.unread_step = None, 0


def _carried_out(s: "Incident", ev: x.OrderCarriedOut, at: datetime, _actor: str) -> None:
    if order := s.crisis.orders.get(ev.order_id):
        order.status, order.done_at = "done", at


def _order_chased(s: "Incident", ev: x.OrderChased, _at: datetime, _actor: str) -> None:
    if order := s.crisis.orders.get(ev.order_id):
        if ev.why == "unread":
            order.unread_step = ev.step
        else:
            order.late_step = ev.step


def _meeting_chased(s: "Incident", ev: x.MeetingChased, _at: datetime, _actor: str) -> None:
    if meeting := s.crisis.meetings.get(ev.meeting_id):
        meeting.step = ev.step


def _period_over(s: "Incident", ev: x.PeriodOver, _at: datetime, _actor: str) -> None:
    s.crisis.period_called = ev.period


def _strain(s: "Incident", ev: x.StrainNoted, _at: datetime, _actor: str) -> None:
    if duty := s.crisis.duties.get(ev.person):
        duty.noted = (*duty.noted, ev.advice)


def _flagged(s: "Incident", ev: x.CommandFlagged, _at: datetime, _actor: str) -> None:
    s.crisis.flagged = (*s.crisis.flagged, f"{ev.kind}:{ev.person}")


def _offered(s: "Incident", ev: x.HandoverOffered, at: datetime, _actor: str) -> None:
    s.crisis.handovers[ev.handover_id] = Handover(
        ev.handover_id, ev.group, ev.giver, ev.receiver, at, ev.worries
    )  # fmt: skip


def _signed(s: "Incident", ev: x.HandoverSigned, at: datetime, _actor: str) -> None:
    if handover := s.crisis.handovers.get(ev.handover_id):
        handover.signed_at, handover.words = at, ev.words
    if s.commander == ev.giver:
        s.commander = ev.receiver


def _duty(s: "Incident", ev: x.DutyStarted, at: datetime, _actor: str) -> None:
    _on_duty(s, ev.person, at, reported=True)


def _duty_ended(s: "Incident", ev: x.DutyEnded, at: datetime, _actor: str) -> None:
    if duty := s.crisis.duties.get(ev.person):
        duty.ended_at = at


def _break(s: "Incident", ev: x.BreakTaken, at: datetime, _actor: str) -> None:
    if duty := s.crisis.duties.get(ev.person):
        duty.rested_at = duty.seen_at = at
        duty.noted = tuple(advice for advice in duty.noted if advice != "rest")


def _entered(s: "Incident", ev: x.FloorEntered, _at: datetime, _actor: str) -> None:
    s.crisis.floor[ev.person] = ev.place


def _left(s: "Incident", ev: x.FloorLeft, _at: datetime, _actor: str) -> None:
    s.crisis.floor.pop(ev.person, None)


def _rollcall(s: "Incident", ev: x.RollCallStarted, at: datetime, _actor: str) -> None:
    s.crisis.rollcalls[ev.rollcall_id] = RollCall(ev.rollcall_id, ev.shift, ev.people, at, ev.answer_by)


def _answered(s: "Incident", ev: x.RollCallAnswered, _at: datetime, _actor: str) -> None:
    if call := s.crisis.rollcalls.get(ev.rollcall_id):
        call.answers[ev.person] = ev.answer
        call.helped = tuple(p for p in call.helped if p != ev.person)


def _chased(s: "Incident", ev: x.RollCallChased, _at: datetime, _actor: str) -> None:
    if call := s.crisis.rollcalls.get(ev.rollcall_id):
        call.step = ev.step


def _helped(s: "Incident", ev: x.HelpSent, _at: datetime, _actor: str) -> None:
    if call := s.crisis.rollcalls.get(ev.rollcall_id):
        call.helped = (*call.helped, ev.person)


def _rollcall_closed(s: "Incident", ev: x.RollCallClosed, at: datetime, _actor: str) -> None:
    if call := s.crisis.rollcalls.get(ev.rollcall_id):
        call.closed_at = at


def _care(s: "Incident", ev: x.CareOffered, _at: datetime, _actor: str) -> None:
    s.crisis.care[ev.offer_id] = "offered"


def _care_answered(s: "Incident", ev: x.CareAnswered, _at: datetime, _actor: str) -> None:
    s.crisis.care[ev.offer_id] = "accepted" if ev.accepted else "declined"


def _draft(s: "Incident", ev: x.DraftWritten, at: datetime, actor: str) -> None:
    s.crisis.drafts[ev.draft_id] = Draft(
        ev.draft_id, ev.line, ev.stage, ev.wording, _person(actor), at, expires_at=ev.expires_at
    )  # fmt: skip


def _rejected(s: "Incident", ev: x.DraftRejected, _at: datetime, _actor: str) -> None:
    if draft := s.crisis.drafts.get(ev.draft_id):
        draft.status, draft.note = "rejected", ev.reason


def _expired(s: "Incident", ev: x.DraftExpired, _at: datetime, _actor: str) -> None:
    if draft := s.crisis.drafts.get(ev.draft_id):
        draft.status = "expired"


def _released(s: "Incident", ev: x.MessageReleased, at: datetime, actor: str) -> None:
    draft = s.crisis.drafts.setdefault(
        ev.message_id, Draft(ev.message_id, ev.line, ev.stage, ev.wording, _person(actor), at)
    )  # fmt: skip
    draft.status, draft.released_at, draft.auto, draft.expires_at = "released", at, ev.auto, ev.expires_at
    draft.approved_by = ev.approved_by
    line = s.crisis.lines.setdefault(ev.line, LineState())
    line.stage, line.released_at, line.next_update_at, line.expires_at = (
        ev.stage, at, ev.next_update_at, ev.expires_at,
    )  # fmt: skip
    s.crisis.messages += 1


def _message_overdue(s: "Incident", ev: x.MessageOverdue, _at: datetime, _actor: str) -> None:
    line = s.crisis.lines.setdefault(ev.line, LineState())
    line.called_for = (*line.called_for, ev.due_at)


def _taken(s: "Incident", ev: x.MaterialTaken, at: datetime, _actor: str) -> None:
    s.crisis.takings[ev.taking_id] = Taking(ev.taking_id, ev.item, ev.count, ev.person, at)


def _returned(s: "Incident", ev: x.MaterialReturned, _at: datetime, _actor: str) -> None:
    if taking := s.crisis.takings.get(ev.taking_id):
        taking.returned += ev.count


def _explained(s: "Incident", ev: x.MaterialExplained, _at: datetime, _actor: str) -> None:
    if taking := s.crisis.takings.get(ev.taking_id):
        taking.explained += ev.count


def _clock(s: "Incident", ev: x.ClockStarted, at: datetime, _actor: str) -> None:
    s.crisis.clocks[ev.clock_id] = Clock(ev.terms, at)


def _question(s: "Incident", ev: x.QuestionAnswered, at: datetime, actor: str) -> None:
    s.crisis.answers[ev.question] = Answer(ev.answer, _person(actor), at, ev.reason)


def _due_set(s: "Incident", ev: x.ClockDueSet, at: datetime, _actor: str) -> None:
    if clock := s.crisis.clocks.get(ev.clock_id):
        clock.due_at = ev.due_at
        clock.changes = (*clock.changes, DueChange(at, ev.anchor, ev.anchor_at, ev.due_at))
        clock.step = 0


def _decided(s: "Incident", ev: x.ClockDecided, at: datetime, actor: str) -> None:
    if clock := s.crisis.clocks.get(ev.clock_id):
        clock.decision, clock.reason, clock.decided_by, clock.decided_at = ev.decision, ev.reason, _person(actor), at


def _filed(s: "Incident", ev: x.ClockFiled, at: datetime, actor: str) -> None:
    if clock := s.crisis.clocks.get(ev.clock_id):
        clock.filings = (*clock.filings, Filing(at, _person(actor), ev.receipt, ev.late_reason))


def _clock_called(s: "Incident", ev: x.ClockCalled, _at: datetime, _actor: str) -> None:
    if clock := s.crisis.clocks.get(ev.clock_id):
        clock.step = ev.step


def _works(s: "Incident", ev: Any, at: datetime, actor: str) -> None:
    """Whoever answers, leads or works on a task is on duty from then on."""
    person = getattr(ev, "person", "") or getattr(ev, "by", "") or _person(actor)
    if person:
        _on_duty(s, person, at)


def _answers(s: "Incident", ev: Any, at: datetime, actor: str) -> None:
    """Whoever takes a call about an order or a meeting owes the read-back, or the attendance, from then on."""
    _works(s, ev, at, actor)
    kind, _, rest = str(ev.call_id).partition(":")
    about = rest.partition(":")[0]
    if kind == "order" and (order := s.crisis.orders.get(about)):
        order.asked_at = at
    if kind == "meeting" and (meeting := s.crisis.meetings.get(about)):
        meeting.asked_at = at


def _on_duty(s: "Incident", person: str, at: datetime, *, reported: bool = False) -> None:
    duty = s.crisis.duties.get(person)
    if duty is None or duty.ended_at is not None or (not stays(s, person, duty) and at - duty.seen_at >= AWAY):
        s.crisis.duties[person] = Duty(at, at, at, reported)
    else:
        duty.seen_at = max(duty.seen_at, at)


def stays(s: "Incident", person: str, duty: Duty) -> bool:
    """Whether somebody is on duty until told otherwise: it was reported, or they lead a group."""
    return duty.reported or person == s.commander or person in s.leads.values()


def _person(actor: str) -> str:
    return actor.removeprefix("person:") if actor.startswith("person:") else ""


CRISIS_EVOLVE: dict[str, Callable[[Any, Any, datetime, str], None]] = {
    kind.__name__: handler
    for kind, handler in (
        (x.CrisisPlanned, _planned), (x.AnchorSet, _anchor),
        (x.MeetingCalled, _meeting), (x.AttendanceMarked, _attendance), (x.QuorumReached, _quorum),
        (x.MeetingClosed, _meeting_closed), (x.ObjectivesSet, _objectives),
        (x.OrderGiven, _order), (x.OrderReadBack, _read_back), (x.OrderConfirmed, _confirmed),
        (x.OrderCarriedOut, _carried_out), (x.OrderChased, _order_chased), (x.MeetingChased, _meeting_chased),
        (x.PeriodOver, _period_over), (x.StrainNoted, _strain), (x.CommandFlagged, _flagged),
        (x.HandoverOffered, _offered), (x.HandoverSigned, _signed),
        (x.DutyStarted, _duty), (x.DutyEnded, _duty_ended), (x.BreakTaken, _break),
        (x.FloorEntered, _entered), (x.FloorLeft, _left),
        (x.RollCallStarted, _rollcall), (x.RollCallAnswered, _answered), (x.RollCallChased, _chased),
        (x.HelpSent, _helped), (x.RollCallClosed, _rollcall_closed),
        (x.CareOffered, _care), (x.CareAnswered, _care_answered),
        (x.DraftWritten, _draft), (x.DraftRejected, _rejected), (x.DraftExpired, _expired),
        (x.MessageReleased, _released), (x.MessageOverdue, _message_overdue),
        (x.MaterialTaken, _taken), (x.MaterialReturned, _returned), (x.MaterialExplained, _explained),
        (x.ClockStarted, _clock), (x.QuestionAnswered, _question), (x.ClockDueSet, _due_set),
        (x.ClockDecided, _decided), (x.ClockFiled, _filed), (x.ClockCalled, _clock_called),
    )
} | {"CallAnswered": _answers, "PositionAssumed": _works, "TaskStarted": _works, "TaskDone": _works}  # fmt: skip
"""By name of the event's class: four of the common events also tell that somebody is at work."""
