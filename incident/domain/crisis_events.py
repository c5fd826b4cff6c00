"""What happens while a crisis is commanded: meetings, orders, messages, clocks, materials, people. Past tense, frozen.

Same rules as in ``events.py``, whose union they join. Who was offered care is not in the log: offers carry a number,
never a name.
"""

from dataclasses import dataclass, field
from datetime import datetime

from incident.domain.crisis_plan import ClockTerms, CrisisPlan
from incident.domain.words import Group, Text


@dataclass(frozen=True, slots=True)
class CrisisPlanned:
    """The plan for clocks, messages and people was adopted, with the terms as they stood."""

    plan: CrisisPlan


@dataclass(frozen=True, slots=True)
class AnchorSet:
    """A fact got its time, or a better one; ``source`` says how it is known."""

    anchor: str
    moment: datetime
    source: str


# --- command -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MeetingCalled:
    meeting_id: str
    group: Group
    place: str
    quorum: int
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class AttendanceMarked:
    meeting_id: str
    person: str
    present: bool


@dataclass(frozen=True, slots=True)
class QuorumReached:
    meeting_id: str
    present: int


@dataclass(frozen=True, slots=True)
class MeetingClosed:
    meeting_id: str
    minutes: str


@dataclass(frozen=True, slots=True)
class ObjectivesSet:
    """What is to be reached in a period; ``until`` is when they are looked at again."""

    period: int
    texts: tuple[str, ...]
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class OrderGiven:
    order_id: str
    text: str
    position: str
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OrderReadBack:
    """The receiver said the order again in own words: the receipt."""

    order_id: str
    by: str
    words: str


@dataclass(frozen=True, slots=True)
class OrderConfirmed:
    """Whoever gave it heard it right (or not, then it is to be read back again)."""

    order_id: str
    right: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class OrderCarriedOut:
    order_id: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class OrderChased:
    """Time called people about an order: ``why`` is ``unread`` (nobody read it back) or ``late``."""

    order_id: str
    why: str
    step: int


@dataclass(frozen=True, slots=True)
class MeetingChased:
    """A meeting has no quorum yet, and people are called to it once more."""

    meeting_id: str
    step: int
    present: int


@dataclass(frozen=True, slots=True)
class PeriodOver:
    """The time for the objectives has run out; they want to be looked at again."""

    period: int


@dataclass(frozen=True, slots=True)
class StrainNoted:
    """Somebody has been at it for too long; ``advice`` is ``relieve`` or ``rest``."""

    person: str
    advice: str


@dataclass(frozen=True, slots=True)
class CommandFlagged:
    """Something about command is unwise: one person in two critical places (``double``), or too many people under
    one leader (``span``). ``places`` says where."""

    kind: str
    person: str
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HandoverOffered:
    """The giver's signature under the card: objectives, open orders, open decisions, clocks, worries."""

    handover_id: str
    group: Group
    giver: str
    receiver: str
    objectives: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()
    decisions: tuple[str, ...] = ()
    clocks: tuple[str, ...] = ()
    worries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HandoverSigned:
    """The receiver's signature: what was understood, in own words."""

    handover_id: str
    group: Group
    giver: str
    receiver: str
    words: str


# --- people --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DutyStarted:
    person: str


@dataclass(frozen=True, slots=True)
class DutyEnded:
    person: str


@dataclass(frozen=True, slots=True)
class BreakTaken:
    person: str


@dataclass(frozen=True, slots=True)
class FloorEntered:
    person: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class FloorLeft:
    person: str


@dataclass(frozen=True, slots=True)
class RollCallStarted:
    rollcall_id: str
    shift: str
    people: tuple[str, ...]
    answer_by: datetime


@dataclass(frozen=True, slots=True)
class RollCallAnswered:
    """``answer`` is safe, can_work, need_help or away; ``via`` tells who or what reported it."""

    rollcall_id: str
    person: str
    answer: str
    via: str = ""


@dataclass(frozen=True, slots=True)
class RollCallChased:
    """Some did not answer in time: people are called to find them."""

    rollcall_id: str
    step: int
    silent: int


@dataclass(frozen=True, slots=True)
class HelpSent:
    rollcall_id: str
    person: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class RollCallClosed:
    rollcall_id: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class CareOffered:
    offer_id: str
    kind: str


@dataclass(frozen=True, slots=True)
class CareAnswered:
    offer_id: str
    accepted: bool


# --- messages ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DraftWritten:
    draft_id: str
    line: str
    stage: str
    wording: Text
    fields: dict[str, str] = field(default_factory=dict)
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DraftRejected:
    draft_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class DraftExpired:
    draft_id: str


@dataclass(frozen=True, slots=True)
class MessageReleased:
    """A text is out. ``auto`` marks a holding line that nobody had to approve again; a drill's is ``simulated``."""

    message_id: str
    line: str
    stage: str
    wording: Text
    approved_by: str = ""
    auto: bool = False
    simulated: bool = False
    next_update_at: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MessageOverdue:
    """A first message, an update or the all-clear is late; ``what`` is the stage."""

    line: str
    what: str
    due_at: datetime


# --- materials -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MaterialTaken:
    taking_id: str
    item: str
    count: int
    person: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class MaterialReturned:
    taking_id: str
    count: int
    condition: str = "good"


@dataclass(frozen=True, slots=True)
class MaterialExplained:
    """Pieces that don't come back: used up, lost, broken, or still needed, in words."""

    taking_id: str
    count: int
    reason: str


# --- clocks --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ClockStarted:
    """A clock was put on the wall, by the plan or by a person, with the book's terms of that moment."""

    clock_id: str
    terms: ClockTerms


@dataclass(frozen=True, slots=True)
class QuestionAnswered:
    """``answer`` is yes, no or unknown. When and by whom stands on the entry: gradings must be recorded with time."""

    question: str
    answer: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ClockDueSet:
    """A due time was computed, or computed anew because its anchor was amended or the filing before it was made."""

    clock_id: str
    anchor: str
    anchor_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class ClockDecided:
    """``decision`` is required, not_required or unknown; the entry's actor signed it."""

    clock_id: str
    decision: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ClockFiled:
    """A report went to the authority or client. ``late_reason`` is given when it went too late."""

    clock_id: str
    receipt: str = ""
    note: str = ""
    late_reason: str = ""
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class ClockCalled:
    """People were called about a clock: step 1 before it runs out, then again and again after."""

    clock_id: str
    step: int
    due_at: datetime


CrisisEvent = (
    CrisisPlanned | AnchorSet
    | MeetingCalled | AttendanceMarked | QuorumReached | MeetingClosed | ObjectivesSet
    | OrderGiven | OrderReadBack | OrderConfirmed | OrderCarriedOut | OrderChased | MeetingChased | PeriodOver
    | StrainNoted | CommandFlagged | HandoverOffered | HandoverSigned
    | DutyStarted | DutyEnded | BreakTaken | FloorEntered | FloorLeft
    | RollCallStarted | RollCallAnswered | RollCallChased | HelpSent | RollCallClosed | CareOffered | CareAnswered
    | DraftWritten | DraftRejected | DraftExpired | MessageReleased | MessageOverdue
    | MaterialTaken | MaterialReturned | MaterialExplained
    | ClockStarted | QuestionAnswered | ClockDueSet | ClockDecided | ClockFiled | ClockCalled
)  # fmt: skip
