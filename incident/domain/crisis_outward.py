"""Decides commands about messages, materials and clocks. Pure; doing it twice changes nothing."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from incident.domain import crisis_commands as k
from incident.domain import crisis_events as x
from incident.domain import events as e
from incident.domain.commands import Command
from incident.domain.crisis_calls import call, close
from incident.domain.crisis_decide import COMMAND_TABLE, filled, may_sign, one_of
from incident.domain.crisis_parts import Clock, Draft, Taking
from incident.domain.crisis_plan import STAGES, Line
from incident.domain.crisis_words import slips
from incident.domain.errors import BadInput, NotAllowed
from incident.domain.incident import Incident
from incident.domain.said import as_said, said
from incident.domain.words import Text

MAX_MESSAGE = 5000
DECISIONS = ("required", "not_required", "unknown")
CONDITIONS = ("good", "broken", "empty")


def release(
    s: Incident, line: Line, message_id: str, stage: str, text: Text, now: datetime, *, by: str = "", auto: bool = False
) -> x.MessageReleased:
    """The event by which a text goes out on a line now, with its next update and its end of validity."""
    cadence = cadence_of(s, line)
    return x.MessageReleased(
        message_id, line.id, stage, text, by, auto, simulated=s.drill is not None,
        next_update_at=now + cadence if cadence is not None and stage != "clear" else None,
        expires_at=now + line.expires_in if line.expires_in is not None and stage != "clear" else None,
    )  # fmt: skip


def cadence_of(s: Incident, line: Line) -> timedelta | None:
    """From one message to the next: as the level says, and the slowest there is once the harm is contained.

    None when the line owes no updates at this level.
    """
    usual = line.cadence.get(s.level)
    return max(line.cadence.values()) if usual is not None and "mitigated" in s.anchors else usual


def check_words(s: Incident, text: Text) -> None:
    """Raises BadInput that lists every forbidden phrase in either language, and why it is one."""
    phrases = s.crisis.plan.comms.never_say if s.crisis.plan else ()
    found = dict.fromkeys((*slips(text.zh, phrases), *slips(text.en, phrases)))
    faults = tuple(f"“{slip.words}”: {slip.why.zh} / {slip.why.en}" for slip in found)
    if faults:
        what = said("must not be said: {words}", words="; ".join(faults))
        raise BadInput(what, remedy="say it in other words", faults=faults)


def _draft(s: Incident, cmd: k.WriteDraft, now: datetime) -> list[e.DomainEvent]:
    line = _line(s, cmd.line)
    one_of("stage", cmd.stage, STAGES)
    if not cmd.wording.zh.strip() or not cmd.wording.en.strip():
        raise BadInput("text: is empty in one language", remedy="write it in Chinese and English")
    if len(cmd.wording.zh) > MAX_MESSAGE or len(cmd.wording.en) > MAX_MESSAGE:
        raise BadInput(said("text: longer than {most} characters", most=MAX_MESSAGE), remedy="shorten it")
    template = line.templates.get(cmd.stage)
    empty = [name for name in (template.fields if template else ()) if not cmd.fields.get(name, "").strip()]
    if empty:
        raise BadInput(
            said("fields: {names} are missing", names=", ".join(empty)), remedy="fill in every field the template needs"
        )
    check_words(s, cmd.wording)
    waiting = [d for d in s.crisis.drafts.values() if d.status == "draft" and (d.line, d.stage) == (line.id, cmd.stage)]
    if any(d.text == cmd.wording for d in waiting):
        return []
    draft_id = f"d{len(s.crisis.drafts) + 1}"
    expires = now + line.expires_in if line.expires_in is not None else None
    found: list[e.DomainEvent] = []
    for old in waiting:
        found += [x.DraftRejected(old.id, "superseded"), *close(s, f"comms:{old.id}:", "superseded")]
    found.append(x.DraftWritten(draft_id, line.id, cmd.stage, cmd.wording, dict(cmd.fields), expires))
    return [*found, *call(s, f"comms:{draft_id}:approve", "approval_wanted", line.approver, line.backup)]


def _approve(s: Incident, cmd: k.ApproveDraft, now: datetime) -> list[e.DomainEvent]:
    draft = _waiting(s, cmd.draft_id)
    if draft.status == "released":
        return []
    line = _line(s, draft.line)
    if draft.status != "draft":
        raise BadInput(
            said("{draft} is {status} already", draft=draft.id, status=as_said(draft.status)),
            remedy="write a new one from today's facts",
        )
    if draft.expires_at is not None and draft.expires_at <= now:
        raise BadInput(said("{draft} has expired", draft=draft.id), remedy="write a new one from today's facts")
    if not may_sign(s, cmd.by, line.approver, line.backup):
        raise NotAllowed(
            said("{draft}: needs the approval of {approver}", draft=draft.id, approver=line.approver),
            remedy="ask the approver or the lead",
        )
    check_words(s, draft.text)
    out = release(s, line, draft.id, draft.stage, draft.text, now, by=cmd.by)
    return [out, *close(s, f"comms:{draft.id}:", "approved"), *close(s, f"line:{line.id}:", "message_out")]


def _reject(s: Incident, cmd: k.RejectDraft, _now: datetime) -> list[e.DomainEvent]:
    draft = _waiting(s, cmd.draft_id)
    if draft.status == "rejected":
        return []
    if draft.status != "draft":
        raise BadInput(
            said("{draft} is {status} already", draft=draft.id, status=as_said(draft.status)),
            remedy="what is out can be corrected by an update",
        )
    return [x.DraftRejected(draft.id, filled("reason", cmd.reason)), *close(s, f"comms:{draft.id}:", "rejected_text")]


# --- materials -----------------------------------------------------------------------------------------------------


def _take(s: Incident, cmd: k.TakeMaterial, _now: datetime) -> list[e.DomainEvent]:
    if not 0 < cmd.count <= 100_000:
        raise BadInput(said("count: {count}", count=cmd.count), remedy="give a whole number above zero")
    number = f"t{len(s.crisis.takings) + 1}"
    return [x.MaterialTaken(number, filled("item", cmd.item), cmd.count, filled("person", cmd.person), cmd.note)]


def _give_back(s: Incident, cmd: k.ReturnMaterial, _now: datetime) -> list[e.DomainEvent]:
    taking = _taking(s, cmd.taking_id)
    one_of("condition", cmd.condition, CONDITIONS)
    count = _pieces(taking, cmd.count)
    return [x.MaterialReturned(taking.id, count, cmd.condition)] if count else []


def _explain(s: Incident, cmd: k.ExplainMaterial, _now: datetime) -> list[e.DomainEvent]:
    taking = _taking(s, cmd.taking_id)
    count = _pieces(taking, cmd.count)
    return [x.MaterialExplained(taking.id, count, filled("reason", cmd.reason))] if count else []


def _pieces(taking: Taking, count: int) -> int:
    """How many pieces are meant: 0 means all that are out."""
    if count < 0 or count > taking.out:
        raise BadInput(
            said("count: {count}, but {out} are out", count=count, out=taking.out),
            remedy="give the number that is out, or none",
        )
    return count or taking.out


# --- clocks --------------------------------------------------------------------------------------------------------


def _start(s: Incident, cmd: k.StartClock, _now: datetime) -> list[e.DomainEvent]:
    return [] if cmd.terms.id in s.crisis.clocks else [x.ClockStarted(cmd.terms.id, cmd.terms)]


def _question(s: Incident, cmd: k.AnswerQuestion, _now: datetime) -> list[e.DomainEvent]:
    asked = {question.id for clock in s.crisis.clocks.values() for question in clock.terms.questions}
    one_of("question", cmd.question, tuple(sorted(asked)))
    one_of("answer", cmd.answer, ("yes", "no", "unknown"))
    known = s.crisis.answers.get(cmd.question)
    if known is not None and (known.answer, known.reason) == (cmd.answer, cmd.reason):
        return []
    return [x.QuestionAnswered(cmd.question, cmd.answer, cmd.reason)]


def _decide(s: Incident, cmd: k.DecideClock, _now: datetime) -> list[e.DomainEvent]:
    clock = _clock(s, cmd.clock_id)
    one_of("decision", cmd.decision, DECISIONS)
    reason = filled("reason", cmd.reason) if cmd.decision == "not_required" else cmd.reason.strip()
    if (clock.decision, clock.reason) == (cmd.decision, reason):
        return []
    terms = clock.terms
    if cmd.decision == "not_required" and not may_sign(s, cmd.by, terms.owner, terms.backup):
        raise NotAllowed(
            said(
                "{terms}: only {owner} can sign that no report is needed",
                terms=terms.id,
                owner=terms.owner or said("the lead"),
            ),
            remedy="let the clock's owner, its backup or the lead decide",
        )
    stop = close(s, f"clock:{terms.id}:", "clock_decided") if cmd.decision == "not_required" else []
    return [x.ClockDecided(terms.id, cmd.decision, reason), *stop]


def _file(s: Incident, cmd: k.FileClock, now: datetime) -> list[e.DomainEvent]:
    clock = _clock(s, cmd.clock_id)
    filed_at, receipt = cmd.at or now, cmd.receipt.strip()
    if any(f.receipt == receipt and (receipt or f.at == filed_at) for f in clock.filings):
        return []
    due = last_moment(clock)
    late = due is not None and filed_at > due and not clock.filings
    if late and not cmd.late_reason.strip():
        raise BadInput(said("{terms}: filed too late", terms=clock.terms.id), remedy="say why it is late")
    filed = x.ClockFiled(clock.terms.id, receipt, cmd.note, cmd.late_reason.strip(), simulated=s.drill is not None)
    return [filed, *close(s, f"clock:{clock.terms.id}:", "clock_filed")]


def last_moment(clock: Clock) -> datetime | None:
    """When a report counts as late: the due time, with the house's own target where the law only says at once."""
    if clock.due_at is None:
        return None
    return clock.due_at + (clock.terms.target or timedelta()) if clock.terms.immediate else clock.due_at


def _line(s: Incident, line_id: str) -> Line:
    lines = s.crisis.plan.comms.lines if s.crisis.plan else ()
    one_of("line", line_id, tuple(line.id for line in lines))
    return next(line for line in lines if line.id == line_id)


def _waiting(s: Incident, draft_id: str) -> Draft:
    return s.crisis.drafts[one_of("draft", draft_id, tuple(s.crisis.drafts))]


def _taking(s: Incident, taking_id: str) -> Taking:
    return s.crisis.takings[one_of("taking", taking_id, tuple(s.crisis.takings))]


def _clock(s: Incident, clock_id: str) -> Clock:
    return s.crisis.clocks[one_of("clock", clock_id, tuple(s.crisis.clocks))]


CRISIS_DECIDE: dict[type[Command], Callable[[Incident, Any, datetime], list[e.DomainEvent]]] = {
    **COMMAND_TABLE,
    k.WriteDraft: _draft,
    k.ApproveDraft: _approve,
    k.RejectDraft: _reject,
    k.TakeMaterial: _take,
    k.ReturnMaterial: _give_back,
    k.ExplainMaterial: _explain,
    k.StartClock: _start,
    k.AnswerQuestion: _question,
    k.DecideClock: _decide,
    k.FileClock: _file,
}
"""All commands of a crisis and how they are decided."""

CRISIS_AFTER_END = (
    k.SetAnchor, k.AnswerQuestion, k.DecideClock, k.FileClock, k.StartClock, k.ReturnMaterial, k.ExplainMaterial,
    k.OfferCare, k.AnswerCare, k.ReportDuty,
)  # fmt: skip
"""What still makes sense once an incident has ended: reports to authorities, things coming back, care."""
