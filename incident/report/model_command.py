"""How the incident was commanded, as data of the report. Same rules as in ``model.py``."""

from dataclasses import dataclass, field
from datetime import datetime

from incident.domain.words import Text


@dataclass(frozen=True, slots=True)
class ClockRow:
    """A reporting deadline, planned against filed.

    ``due_at`` is when a report counted as late, None while what it counts from had not happened; ``former`` are
    the due times before it was amended. ``decision`` is required, not_required or unknown.
    """

    id: str
    title: Text
    authority: Text
    article: str
    status: str
    due_at: datetime | None
    former: tuple[datetime, ...]
    decision: str
    decided_by: Text | None
    decided_at: datetime | None
    reason: str
    filed_at: datetime | None
    filed_by: Text | None
    receipt: str
    late_reason: str


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message that went out; ``due_at`` is when its line's first message was due, None for later ones."""

    at: datetime
    audience: Text
    channel: str
    stage: str
    wording: Text
    approved_by: Text | None
    auto: bool
    simulated: bool
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order. ``status`` is given, read_back, confirmed or done; ``words`` are the read-back."""

    id: str
    at: datetime
    by: Text
    position: Text
    text: str
    due_at: datetime | None
    status: str
    read_back_by: Text | None
    words: str
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class MeetingRow:
    """A meeting of a group; ``quorum_at`` is when enough people were there."""

    id: str
    group: str
    called_at: datetime
    quorum: int
    quorum_at: datetime | None
    present: tuple[Text, ...]
    excused: tuple[Text, ...]
    closed_at: datetime | None
    minutes: str


@dataclass(frozen=True, slots=True)
class PeriodRow:
    """The objectives of a period."""

    period: int
    at: datetime
    texts: tuple[str, ...]
    until: datetime | None


@dataclass(frozen=True, slots=True)
class HandoverRow:
    """A group handed over; ``signed_at`` is the receiver's signature."""

    group: str
    giver: Text
    receiver: Text
    at: datetime
    signed_at: datetime | None
    worries: tuple[str, ...]
    words: str


@dataclass(frozen=True, slots=True)
class RollRow:
    """A roll call in numbers, without names; ``most_at`` is when 95 in 100 had answered."""

    shift: str
    started_at: datetime
    asked: int
    counts: dict[str, int]
    most_at: datetime | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class TakingRow:
    """Pieces taken from the store; ``out`` are neither back nor explained."""

    item: str
    at: datetime
    person: Text
    count: int
    returned: int
    explained: int
    out: int
    reasons: tuple[str, ...]
    title: Text | None = None

    @property
    def name(self) -> Text:
        """What the item is called; its id in a report that was issued before titles were kept."""
        return self.title or Text.same(self.item)


@dataclass(frozen=True, slots=True)
class CommandRecord:
    """All of it. ``care`` are counts: offered, accepted, declined; nobody is named."""

    clocks: tuple[ClockRow, ...] = ()
    messages: tuple[MessageRow, ...] = ()
    orders: tuple[OrderRow, ...] = ()
    meetings: tuple[MeetingRow, ...] = ()
    periods: tuple[PeriodRow, ...] = ()
    handovers: tuple[HandoverRow, ...] = ()
    rollcalls: tuple[RollRow, ...] = ()
    takings: tuple[TakingRow, ...] = ()
    care: dict[str, int] = field(default_factory=dict)
