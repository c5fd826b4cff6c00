"""Commands of a crisis: command, people, messages, materials, clocks.

``crisis_decide`` and ``crisis_outward`` decide them.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from incident.domain.commands import Command
from incident.domain.crisis_plan import ClockTerms
from incident.domain.words import Group, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAnchor(Command):
    """Say when something happened (``aware``, ``classified``, ``determined`` …), and how that is known."""

    anchor: str
    moment: datetime
    source: str
    name: ClassVar[str] = "anchor"


# --- command -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ConveneMeeting(Command):
    """Call a group together (P4.2). ``quorum`` 0 takes the plan's."""

    group: Group = Group.LEADERSHIP
    place: str = ""
    quorum: int = 0
    starts_at: datetime | None = None
    name: ClassVar[str] = "convene"


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkAttendance(Command):
    meeting_id: str
    person: str
    present: bool = True
    name: ClassVar[str] = "attend"


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseMeeting(Command):
    meeting_id: str
    minutes: str
    name: ClassVar[str] = "close-meeting"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetObjectives(Command):
    """One to five aims for the coming period."""

    texts: tuple[str, ...]
    until: datetime | None = None
    name: ClassVar[str] = "objectives"


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveOrder(Command):
    """Order something from a position; it is called until somebody answers, and reads the order back."""

    text: str
    position: str
    due_at: datetime | None = None
    name: ClassVar[str] = "order"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadBackOrder(Command):
    order_id: str
    words: str
    name: ClassVar[str] = "read-back"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmOrder(Command):
    """The giver says whether the read-back was right; ``note`` says what was not."""

    order_id: str
    right: bool = True
    note: str = ""
    name: ClassVar[str] = "confirm-order"


@dataclass(frozen=True, slots=True, kw_only=True)
class CarryOutOrder(Command):
    order_id: str
    note: str = ""
    name: ClassVar[str] = "order-done"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferHandover(Command):
    """Hand a group over: the leader signs the card and names the worries."""

    group: Group
    receiver: str
    worries: tuple[str, ...] = ()
    name: ClassVar[str] = "hand-over"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignHandover(Command):
    """The receiver signs, saying in own words how things stand."""

    handover_id: str
    words: str
    name: ClassVar[str] = "take-over"


# --- people --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDuty(Command):
    """Somebody begins or ends work on the incident, or takes a break: ``what`` is start, end or break."""

    person: str
    what: str
    name: ClassVar[str] = "duty"


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkFloor(Command):
    """Somebody comes onto the floor or leaves it; ``person`` may be a visitor."""

    person: str
    here: bool = True
    place: str = ""
    name: ClassVar[str] = "floor"


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRollCall(Command):
    """Ask everyone of a shift; without ``people`` those on the floor."""

    shift: str
    people: tuple[str, ...] = ()
    name: ClassVar[str] = "rollcall"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRollCall(Command):
    """Somebody is ``safe``, ``can_work``, in ``need_help`` or ``away``; ``person`` may be reported by another."""

    rollcall_id: str
    person: str
    answer: str
    name: ClassVar[str] = "rollcall-answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class SendHelp(Command):
    rollcall_id: str
    person: str
    note: str = ""
    name: ClassVar[str] = "rollcall-help"


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseRollCall(Command):
    """Everyone is accounted for; with people missing ``note`` must say why it is closed all the same."""

    rollcall_id: str
    note: str = ""
    name: ClassVar[str] = "rollcall-close"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferCare(Command):
    """Support was offered to somebody, who stays unnamed; ``kind`` is talk, rest, counsellor or leave."""

    kind: str = "talk"
    name: ClassVar[str] = "care"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerCare(Command):
    offer_id: str
    accepted: bool
    name: ClassVar[str] = "care-answer"


# --- messages ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteDraft(Command):
    """A finished text for a line and stage, waiting for its approver."""

    line: str
    stage: str
    wording: Text
    fields: dict[str, str] = field(default_factory=dict)
    name: ClassVar[str] = "draft"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveDraft(Command):
    """Approve a draft: it goes out."""

    draft_id: str
    name: ClassVar[str] = "approve"


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectDraft(Command):
    draft_id: str
    reason: str
    name: ClassVar[str] = "reject"


# --- materials -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeMaterial(Command):
    """``person`` takes pieces from the store."""

    item: str
    count: int
    person: str
    note: str = ""
    name: ClassVar[str] = "take"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnMaterial(Command):
    """Pieces come back; ``condition`` is good, broken or empty."""

    taking_id: str
    count: int = 0
    condition: str = "good"
    name: ClassVar[str] = "return"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainMaterial(Command):
    """Pieces don't come back, and this is why."""

    taking_id: str
    reason: str
    count: int = 0
    name: ClassVar[str] = "explain"


# --- clocks --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class StartClock(Command):
    """Put a clock of the book on the wall, with the book's terms of today."""

    terms: ClockTerms
    name: ClassVar[str] = "clock-start"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerQuestion(Command):
    """Answer a question that decides about clocks: yes, no or unknown."""

    question: str
    answer: str
    reason: str = ""
    name: ClassVar[str] = "clock-answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideClock(Command):
    """Sign that a report is ``required``, ``not_required`` (with the reason), or still ``unknown``."""

    clock_id: str
    decision: str
    reason: str = ""
    name: ClassVar[str] = "clock-decide"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileClock(Command):
    """The report was made at ``at``; ``receipt`` proves it. Too late, it needs ``late_reason``."""

    clock_id: str
    receipt: str = ""
    note: str = ""
    late_reason: str = ""
    name: ClassVar[str] = "clock-file"
