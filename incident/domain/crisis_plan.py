"""What a playbook says about clocks, messages, roll calls and command, as the domain sees it.

It is written into the incident's log when the playbook is adopted, terms of law and contract included: a corrected
clock book never changes what a running incident was told.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta

from incident.domain.words import Text

UNITS = ("immediate", "elapsed", "days", "business_days", "months")
"""How a limit is counted: at once, elapsed minutes, or calendar days, business days and calendar months on the
authority's own wall clock."""

CLOCK_ANCHORS = ("aware", "discovered", "classified", "determined", "assessed", "handled")
"""Facts with a time that only clocks count from; people set them. Plan anchors count too."""

FALLBACKS = {"aware": ("detected", "opened"), "discovered": ("aware", "detected", "opened"), "handled": ("ended",)}
"""What an anchor that nobody has set is taken to be, so that an unknown keeps ticking. Determinations have none."""

STAGES = ("first", "update", "clear")
PARTS = ("public_relations", "reassurance", "adjustment", "inside")
"""The three parts of a crisis plan (H9.1), and what is said inside the house."""


@dataclass(frozen=True, slots=True)
class Limit:
    """One way a deadline is counted: so much (minutes when ``elapsed``) after the fact ``anchor``, or after the
    filing of the clock ``after``: its first one, or its newest with ``latest``.

    It gives way to the others when the fact ``unless_later`` happened only after it had run out.
    """

    unit: str
    amount: int = 0
    anchor: str = ""
    after: str = ""
    latest: bool = False
    unless_later: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A question that helps people decide whether a clock applies; ``applies_if`` is yes or no."""

    id: str
    ask: Text
    applies_if: str = "yes"


@dataclass(frozen=True, slots=True)
class ClockTerms:
    """One duty to report or tell: what the law or contract says, where it says so, and who sees to it.

    The earliest of ``limits`` counts. ``timezone``, ``calendar`` (a country of the holiday calendars) and ``day_ends``
    (HH:MM) say how days are counted. ``target`` is the house's own limit where the law says "immediately".
    """

    id: str
    title: Text
    limits: tuple[Limit, ...]
    jurisdiction: str = ""
    authority: Text = field(default_factory=lambda: Text.same(""))
    article: str = ""
    source: str = ""
    verified_on: date | None = None
    in_force: date | None = None
    confidence: str = "low"
    questions: tuple[Question, ...] = ()
    checklist: tuple[Text, ...] = ()
    phased: bool = False
    exemption: Text | None = None
    note: Text | None = None
    timezone: str = "Asia/Shanghai"
    calendar: str = ""
    day_ends: str = ""
    target: timedelta | None = None
    warn_before: timedelta | None = None
    owner: str = ""
    backup: str = ""
    from_level: int = 4
    rule: str = ""

    @property
    def immediate(self) -> bool:
        """True when the law says "immediately" and gives no number."""
        return any(limit.unit == "immediate" for limit in self.limits)


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that must not be said outside, and why."""

    words: tuple[str, ...]
    why: Text


@dataclass(frozen=True, slots=True)
class Template:
    """A text with gaps, and the fields it can't do without."""

    text: Text
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One audience on one channel, by stage. It is due at levels up to ``from_level`` (1 is the gravest).

    ``holding`` goes out by itself, ``hold_after`` a draft waits for its approver, or when the first message is late:
    it was approved beforehand.
    """

    id: str
    part: str
    audience: Text
    channel: str
    owner: str
    approver: str
    backup: str = ""
    templates: dict[str, Template] = field(default_factory=dict)
    first_within: timedelta | None = None
    cadence: dict[int, timedelta] = field(default_factory=dict)
    expires_in: timedelta | None = None
    hold_after: timedelta | None = None
    holding: Text | None = None
    from_level: int = 4


@dataclass(frozen=True, slots=True)
class CommsPlan:
    """Who hears what, when and from whom; ``never_say`` holds for every line."""

    lines: tuple[Line, ...] = ()
    never_say: tuple[Phrase, ...] = ()

    def line(self, line_id: str) -> Line | None:
        """The line of that id."""
        return next((line for line in self.lines if line.id == line_id), None)


@dataclass(frozen=True, slots=True)
class RollCallPlan:
    """Who runs a roll call, who looks after those who need help, and how long an answer may take."""

    owner: str = ""
    backup: str = ""
    care: str = ""
    answer_within: timedelta = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one person can carry: hours on duty, hours without a break; heads for a quorum unless the group says."""

    duty: timedelta = timedelta(hours=8)
    rest_after: timedelta = timedelta(hours=4)
    quorum: int = 2


@dataclass(frozen=True, slots=True)
class MaterialNeed:
    """So many pieces of an item that a playbook takes from the store."""

    item: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class CrisisPlan:
    """All of it, for one scenario."""

    clocks: tuple[ClockTerms, ...] = ()
    comms: CommsPlan = field(default_factory=CommsPlan)
    rollcall: RollCallPlan = field(default_factory=RollCallPlan)
    materials: tuple[MaterialNeed, ...] = ()
    limits: Limits = field(default_factory=Limits)
