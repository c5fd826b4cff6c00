"""One sentence for every event of command, as the timeline tells them: English is the key, ``crisis.po`` the Chinese.

Care offers are told without names: there are none in the log.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from incident.domain import crisis_events as x


def msg(text: str) -> str:
    """Marks an English text as one that has a translation; returns it unchanged."""
    return text


class Teller(Protocol):
    """What the timeline offers: sentences in the reader's language, names instead of ids."""

    language: str

    def say(self, sentence: str, /, **values: object) -> str: ...
    def person(self, person_id: str) -> str: ...
    def position(self, position_id: str) -> str: ...
    def item(self, item_id: str) -> str: ...
    def called(self, name: str) -> str: ...
    def when(self, at: datetime | None) -> str: ...


CALL_REASONS: dict[str, str] = {
    "meeting": msg("the group is called to a meeting"),
    "order": msg("an order was given and must be read back"),
    "order_unread": msg("nobody has read an order back"),
    "order_late": msg("an order is not carried out in time"),
    "meeting_short": msg("the meeting has no quorum yet"),
    "handover": msg("a hand-over waits for its receiver"),
    "handover_waits": msg("a hand-over is not signed yet"),
    "handover_signed": msg("the hand-over was signed"),
    "period_over": msg("the time for the objectives is over"),
    "strain": msg("people have been on duty for too long"),
    "approval_wanted": msg("a message waits for approval"),
    "message_overdue": msg("a message to those affected is late"),
    "clock_due_soon": msg("a reporting deadline runs out soon"),
    "clock_overdue": msg("a reporting deadline has passed"),
    "rollcall_silent": msg("people have not answered the roll call"),
    "help_needed": msg("somebody needs help"),
    "quorum": msg("enough people are there"),
    "meeting_over": msg("the meeting is over"),
    "read_back": msg("the order was read back"),
    "order_done": msg("the order was carried out"),
    "approved": msg("the message was approved"),
    "rejected_text": msg("the draft was rejected"),
    "draft_expired": msg("the draft has expired"),
    "message_out": msg("the message is out"),
    "clock_decided": msg("it was signed that no report is needed"),
    "clock_filed": msg("the report was made"),
    "everyone_answered": msg("everyone has answered"),
    "rollcall_over": msg("the roll call is over"),
}
"""Why people are called, and why they no longer are."""

ROLL_ANSWERS = {
    "safe": msg("safe"), "can_work": msg("safe and able to work"), "need_help": msg("needs help"), "away": msg("away"),
}  # fmt: skip
STAGES = {
    "first": msg("first message"), "update": msg("update"), "clear": msg("all-clear"), "holding": msg("holding line"),
}  # fmt: skip
_DECISIONS = {
    "required": msg("Clock “{clock}”: a report is required. {why}"),
    "not_required": msg("Clock “{clock}”: signed that no report is required. {why}"),
    "unknown": msg("Clock “{clock}”: not decided, it goes on. {why}"),
}
YES_NO = {"yes": msg("yes"), "no": msg("no"), "unknown": msg("unknown")}
ANCHOR_WORDS: dict[str, str] = {
    "aware": msg("became aware"), "discovered": msg("discovered"), "classified": msg("graded as reportable"),
    "determined": msg("materiality determined"), "assessed": msg("assessed as notifiable"),
    "handled": msg("handling finished"), "began": msg("began"), "detected": msg("detected"), "opened": msg("opened"),
    "recovered": msg("recovered"), "ended": msg("signed off"),
}  # fmt: skip
"""Facts with a time that clocks count from."""
CARE_KINDS = {"talk": msg("a talk"), "rest": msg("rest"), "counsellor": msg("a counsellor"), "leave": msg("leave")}


PLACES: dict[str, str] = {
    "group:leadership": msg("leads the leadership group"), "group:response": msg("leads the response group"),
    "group:logistics": msg("leads the logistics group"), "clocks": msg("alone answers for reports"),
    "approvals": msg("alone approves messages"),
}  # fmt: skip
"""Critical places that one person should not hold two of."""


def _term(table: dict[str, str], key: str, c: Teller) -> str:
    return c.say(table[key]) if key in table else key


def _anchor(name: str, c: Teller) -> str:
    """An anchor in words; the filing of another clock is named by that clock."""
    kind, _, clock = name.partition(":")
    if kind == "filed":
        return c.say(msg("“{clock}” was filed"), clock=c.called(f"clock:{clock}"))
    return _term(ANCHOR_WORDS, name, c)


def _line(line: str, c: Teller) -> str:
    """Who hears it, with the id by which the line is spoken of."""
    heard = c.called(f"line:{line}")
    return c.say(msg("{audience} ({line})"), audience=heard, line=line) if heard != line else line


def _with(text: str, note: str, c: Teller) -> str:
    return c.say(msg("{text}: {detail}"), text=text, detail=note) if note else text


def _order(ev: x.OrderGiven, c: Teller) -> str:
    return c.say(msg("Order {order} to {position}: {text}"), order=ev.order_id, position=c.position(ev.position),
                 text=ev.text)  # fmt: skip


def _order_chased(ev: x.OrderChased, c: Teller) -> str:
    late = msg("Order {order} is late, people are called")
    return c.say(late if ev.why == "late" else msg("Nobody has read order {order} back, people are called"),
                 order=ev.order_id)  # fmt: skip


def _strained(ev: x.StrainNoted, c: Teller) -> str:
    rest = msg("{person} has worked too long without a break")
    return c.say(rest if ev.advice == "rest" else msg("{person} has been on duty for too long and must be relieved"),
                 person=c.person(ev.person))  # fmt: skip


def _flagged(ev: x.CommandFlagged, c: Teller) -> str:
    if ev.kind == "span":
        return c.say(msg("{person} leads more people than one can: name sub-leaders"), person=c.person(ev.person))
    places = c.say(msg(", ")).join(_term(PLACES, place, c) for place in ev.places)
    return c.say(msg("{person} is needed in two critical places: {places}"), person=c.person(ev.person), places=places)


def _confirmed(ev: x.OrderConfirmed, c: Teller) -> str:
    pattern = msg("Read-back of order {order} was right") if ev.right else msg("Read-back of order {order} was wrong")
    return _with(c.say(pattern, order=ev.order_id), ev.note, c)


def _attendance(ev: x.AttendanceMarked, c: Teller) -> str:
    pattern = msg("{person} takes part in meeting {meeting}")
    if not ev.present:
        pattern = msg("{person} is excused from meeting {meeting}")
    return c.say(pattern, person=c.person(ev.person), meeting=ev.meeting_id)


def _objectives(ev: x.ObjectivesSet, c: Teller) -> str:
    return c.say(msg("Objectives of period {period}: {texts}"), period=ev.period, texts=" / ".join(ev.texts))


def _offered(ev: x.HandoverOffered, c: Teller) -> str:
    text = c.say(msg("Hand-over {id} signed by {giver} for {receiver}"), id=ev.handover_id, giver=c.person(ev.giver),
                 receiver=c.person(ev.receiver))  # fmt: skip
    return c.say(msg("{text}; worries: {worries}"), text=text, worries=" / ".join(ev.worries)) if ev.worries else text


def _signed(ev: x.HandoverSigned, c: Teller) -> str:
    return c.say(msg("{receiver} took over from {giver} and said: {words}"), receiver=c.person(ev.receiver),
                 giver=c.person(ev.giver), words=ev.words)  # fmt: skip


def _entered(ev: x.FloorEntered, c: Teller) -> str:
    return _with(c.say(msg("{person} is on the floor"), person=c.person(ev.person)), ev.place, c)


def _rollcall(ev: x.RollCallStarted, c: Teller) -> str:
    return c.say(msg("Roll call {id} of {shift}: {count} people asked"), id=ev.rollcall_id, shift=ev.shift,
                 count=len(ev.people))  # fmt: skip


def _answered(ev: x.RollCallAnswered, c: Teller) -> str:
    text = c.say(msg("Roll call {id}: {person} — {answer}"), id=ev.rollcall_id, person=c.person(ev.person),
                 answer=_term(ROLL_ANSWERS, ev.answer, c))  # fmt: skip
    return c.say(msg("{text} (reported by {who})"), text=text, who=c.person(ev.via)) if ev.via else text


def _helped(ev: x.HelpSent, c: Teller) -> str:
    return _with(c.say(msg("Help sent to {person}"), person=c.person(ev.person)), ev.note, c)


def _draft(ev: x.DraftWritten, c: Teller) -> str:
    return c.say(msg("Draft {id} for {line}, {stage}"), id=ev.draft_id, line=_line(ev.line, c),
                 stage=_term(STAGES, ev.stage, c))  # fmt: skip


def _released(ev: x.MessageReleased, c: Teller) -> str:
    pattern = msg("Message out on {line}, {stage}: {words}")
    if ev.auto:
        pattern = msg("Holding line out on {line} by itself: {words}")
    if ev.simulated:
        pattern = msg("Message on {line} simulated, {stage}: {words}")
    words = ev.wording.in_(c.language)
    return c.say(pattern, line=_line(ev.line, c), stage=_term(STAGES, ev.stage, c), words=words)


def _overdue(ev: x.MessageOverdue, c: Teller) -> str:
    return c.say(msg("Message on {line} is late, {stage}; it was due {due}"), line=_line(ev.line, c),
                 stage=_term(STAGES, ev.what, c), due=c.when(ev.due_at))  # fmt: skip


def _taken(ev: x.MaterialTaken, c: Teller) -> str:
    text = c.say(msg("{person} took {count} × {item} ({id})"), person=c.person(ev.person), count=ev.count,
                 item=c.item(ev.item), id=ev.taking_id)  # fmt: skip
    return _with(text, ev.note, c)


def _explained(ev: x.MaterialExplained, c: Teller) -> str:
    return c.say(msg("{count} × {item} ({id}) will not come back: {why}"), count=ev.count,
                 item=c.called(f"taking:{ev.taking_id}"), id=ev.taking_id, why=ev.reason)  # fmt: skip


def _of(ev: Any, c: Teller) -> str:
    """The clock's title."""
    return c.called(f"clock:{ev.clock_id}")


def _clock(ev: x.ClockStarted, c: Teller) -> str:
    return c.say(msg("Clock started: {clock}"), clock=ev.terms.title.in_(c.language))


def _question(ev: x.QuestionAnswered, c: Teller) -> str:
    text = c.say(msg("“{question}” answered: {answer}"), question=c.called(f"question:{ev.question}"),
                 answer=_term(YES_NO, ev.answer, c))  # fmt: skip
    return _with(text, ev.reason, c)


def _due(ev: x.ClockDueSet, c: Teller) -> str:
    return c.say(msg("Clock “{clock}” runs until {due}, counted from {anchor} at {at}"), clock=_of(ev, c),
                 due=c.when(ev.due_at), anchor=_anchor(ev.anchor, c), at=c.when(ev.anchor_at))  # fmt: skip


def _decided(ev: x.ClockDecided, c: Teller) -> str:
    pattern = _DECISIONS.get(ev.decision, _DECISIONS["unknown"])
    return c.say(pattern, clock=_of(ev, c), why=ev.reason).strip()


def _filed(ev: x.ClockFiled, c: Teller) -> str:
    pattern = msg("Report for clock “{clock}” simulated") if ev.simulated else msg("Report for clock “{clock}” made")
    text = _with(c.say(pattern, clock=_of(ev, c)), ev.receipt, c)
    return c.say(msg("{text}; late because {why}"), text=text, why=ev.late_reason) if ev.late_reason else text


def _says(text: str, note: str = "") -> Callable[[Any, Teller], str]:
    """A sentence whose gaps are the event's own fields, people by name; ``note`` names a field to add."""

    def tell(ev: Any, c: Teller) -> str:
        values = {name: getattr(ev, name) for name in ev.__dataclass_fields__}
        for name in ("person", "by"):
            if name in values:
                values[name] = c.person(values[name])
        return _with(c.say(text, **values), str(values.get(note) or "") if note else "", c)

    return tell


SENTENCES: dict[type, tuple[str, Callable[[Any, Any], str]]] = {
    x.CrisisPlanned: ("plan", lambda _ev, c: c.say(msg("Clocks, messages and roll call planned"))),
    x.AnchorSet: ("milestone", lambda ev, c: _with(
        c.say(msg("Time of “{anchor}” set to {at}"), anchor=_anchor(ev.anchor, c), at=c.when(ev.moment)),
        ev.source, c)),
    x.MeetingCalled: ("people", _says(msg("Meeting {meeting_id} called, quorum {quorum}"), "place")),
    x.AttendanceMarked: ("people", _attendance),
    x.QuorumReached: ("milestone", _says(msg("Meeting {meeting_id} has its quorum: {present} present"))),
    x.MeetingClosed: ("people", _says(msg("Meeting {meeting_id} closed"), "minutes")),
    x.ObjectivesSet: ("decision", _objectives),
    x.OrderGiven: ("decision", _order),
    x.OrderReadBack: ("decision", _says(msg("{by} read order {order_id} back: {words}"))),
    x.OrderConfirmed: ("decision", _confirmed),
    x.OrderCarriedOut: ("decision", _says(msg("Order {order_id} carried out"), "note")),
    x.OrderChased: ("overdue", _order_chased),
    x.MeetingChased: ("overdue", _says(
        msg("Meeting {meeting_id} lacks a quorum ({present} present): people are called"))),
    x.PeriodOver: ("overdue", _says(msg("The time for the objectives of period {period} is over"))),
    x.StrainNoted: ("people", _strained),
    x.CommandFlagged: ("people", _flagged),
    x.HandoverOffered: ("people", _offered),
    x.HandoverSigned: ("people", _signed),
    x.DutyStarted: ("people", _says(msg("{person} is on duty"))),
    x.DutyEnded: ("people", _says(msg("{person} was relieved"))),
    x.BreakTaken: ("people", _says(msg("{person} took a break"))),
    x.FloorEntered: ("people", _entered),
    x.FloorLeft: ("people", _says(msg("{person} left the floor"))),
    x.RollCallStarted: ("people", _rollcall),
    x.RollCallAnswered: ("people", _answered),
    x.RollCallChased: ("overdue", _says(msg("Roll call {rollcall_id}: {silent} without an answer, people are called"))),
    x.HelpSent: ("people", _helped),
    x.RollCallClosed: ("people", _says(msg("Roll call {rollcall_id} closed"), "note")),
    x.CareOffered: ("people", lambda ev, c: c.say(
        msg("Care was offered ({what})"), what=_term(CARE_KINDS, ev.kind, c))),
    x.CareAnswered: ("people", lambda ev, c: c.say(
        msg("An offer of care was accepted") if ev.accepted else msg("An offer of care was declined"))),
    x.DraftWritten: ("note", _draft),
    x.DraftRejected: ("note", _says(msg("Draft {draft_id} rejected"), "reason")),
    x.DraftExpired: ("note", _says(msg("Draft {draft_id} expired before it was approved"))),
    x.MessageReleased: ("milestone", _released),
    x.MessageOverdue: ("overdue", _overdue),
    x.MaterialTaken: ("note", _taken),
    x.MaterialReturned: ("note", lambda ev, c: c.say(
        msg("{count} × {item} ({id}) returned"), count=ev.count, item=c.called(f"taking:{ev.taking_id}"),
        id=ev.taking_id)),
    x.MaterialExplained: ("note", _explained),
    x.ClockStarted: ("plan", _clock),
    x.QuestionAnswered: ("decision", _question),
    x.ClockDueSet: ("plan", _due),
    x.ClockDecided: ("decision", _decided),
    x.ClockFiled: ("milestone", _filed),
    x.ClockCalled: ("overdue", lambda ev, c: c.say(
        msg("Clock “{clock}”: people are called, step {step}"), clock=_of(ev, c), step=ev.step)),
}  # fmt: skip
"""Event class → kind of line and its sentence. A test keeps it complete."""
