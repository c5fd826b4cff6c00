"""What a commanded crisis consists of: clocks, drafts, meetings, orders, roll calls, things taken.

All of it is state of one incident.
"""

from dataclasses import dataclass, field
from datetime import datetime

from incident.domain.crisis_plan import ClockTerms, CrisisPlan
from incident.domain.words import Group, Text


@dataclass(frozen=True, slots=True)
class DueChange:
    """A due time as it was computed at ``at``: from which fact, of when."""

    at: datetime
    anchor: str
    anchor_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Filing:
    """A report made, with the proof of it."""

    at: datetime
    by: str
    receipt: str
    late_reason: str = ""


@dataclass(slots=True)
class Clock:
    """A duty that ticks. ``changes`` holds every due time it ever had, the newest last."""

    terms: ClockTerms
    started_at: datetime
    due_at: datetime | None = None
    changes: tuple[DueChange, ...] = ()
    filings: tuple[Filing, ...] = ()
    decision: str = "unknown"
    decided_by: str = ""
    decided_at: datetime | None = None
    reason: str = ""
    step: int = 0

    @property
    def settled(self) -> bool:
        """True once a report was made, or a person signed that none is needed."""
        return bool(self.filings) or self.decision == "not_required"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person answered to a question, and when."""

    answer: str
    by: str
    at: datetime
    reason: str = ""


@dataclass(slots=True)
class Draft:
    """A text on its way out. ``status`` is draft, released, rejected or expired."""

    id: str
    line: str
    stage: str
    text: Text
    by: str
    at: datetime
    status: str = "draft"
    expires_at: datetime | None = None
    released_at: datetime | None = None
    approved_by: str = ""
    auto: bool = False
    note: str = ""


@dataclass(slots=True)
class LineState:
    """How a line stands: when something last went out, which stage, what is due next and was called about."""

    stage: str = ""
    released_at: datetime | None = None
    next_update_at: datetime | None = None
    expires_at: datetime | None = None
    called_for: tuple[datetime, ...] = ()


@dataclass(slots=True)
class Meeting:
    """A meeting of a group, and who came."""

    id: str
    group: Group
    place: str
    quorum: int
    starts_at: datetime
    called_at: datetime
    present: tuple[str, ...] = ()
    excused: tuple[str, ...] = ()
    quorum_at: datetime | None = None
    closed_at: datetime | None = None
    minutes: str = ""
    asked_at: datetime | None = None
    step: int = 0


@dataclass(slots=True)
class Order:
    """An order. ``status`` is given, read_back, confirmed or done.

    ``asked_at`` is when somebody last took the call about it: from then on the read-back is owed.
    """

    id: str
    text: str
    position: str
    by: str
    at: datetime
    due_at: datetime | None = None
    status: str = "given"
    read_back_by: str = ""
    words: str = ""
    done_at: datetime | None = None
    asked_at: datetime | None = None
    unread_step: int = 0
    late_step: int = 0


@dataclass(slots=True)
class Handover:
    """A hand-over under way or done; both sign."""

    id: str
    group: Group
    giver: str
    receiver: str
    at: datetime
    worries: tuple[str, ...] = ()
    signed_at: datetime | None = None
    words: str = ""


@dataclass(slots=True)
class Duty:
    """How long somebody has been at work on this incident, and since when without a break.

    ``seen_at`` is when they last did something, ``reported`` that somebody said they are on duty; ``noted`` is what
    people were called about already.
    """

    since: datetime
    rested_at: datetime
    seen_at: datetime
    reported: bool = False
    ended_at: datetime | None = None
    noted: tuple[str, ...] = ()


@dataclass(slots=True)
class RollCall:
    """Who was asked and what they answered; ``answers`` by person."""

    id: str
    shift: str
    people: tuple[str, ...]
    started_at: datetime
    answer_by: datetime
    answers: dict[str, str] = field(default_factory=dict)
    helped: tuple[str, ...] = ()
    step: int = 0
    closed_at: datetime | None = None

    @property
    def silent(self) -> tuple[str, ...]:
        """Those of whom nothing is known, in the order they were listed."""
        return tuple(p for p in self.people if p not in self.answers)

    @property
    def in_need(self) -> tuple[str, ...]:
        """Those who need help and to whom none was sent yet."""
        return tuple(p for p, answer in self.answers.items() if answer == "need_help" and p not in self.helped)


@dataclass(slots=True)
class Taking:
    """Pieces taken from the store, returned, and explained."""

    id: str
    item: str
    count: int
    person: str
    at: datetime
    returned: int = 0
    explained: int = 0

    @property
    def out(self) -> int:
        """How many are out and unexplained."""
        return max(0, self.count - self.returned - self.explained)


@dataclass(slots=True)
class Crisis:
    """The part of an incident's state that its command works with."""

    plan: CrisisPlan | None = None
    clocks: dict[str, Clock] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    drafts: dict[str, Draft] = field(default_factory=dict)
    lines: dict[str, LineState] = field(default_factory=dict)
    meetings: dict[str, Meeting] = field(default_factory=dict)
    objectives: tuple[str, ...] = ()
    period: int = 0
    period_until: datetime | None = None
    period_called: int = 0
    flagged: tuple[str, ...] = ()
    orders: dict[str, Order] = field(default_factory=dict)
    handovers: dict[str, Handover] = field(default_factory=dict)
    duties: dict[str, Duty] = field(default_factory=dict)
    floor: dict[str, str] = field(default_factory=dict)
    rollcalls: dict[str, RollCall] = field(default_factory=dict)
    care: dict[str, str] = field(default_factory=dict)
    takings: dict[str, Taking] = field(default_factory=dict)
    messages: int = 0
