"""The report as data: language-neutral, frozen. Texts are pairs, reasons are the log's own words, times are UTC.

``None`` in a time or a number means that the log does not say; renderings print it as unknown.
"""

from dataclasses import dataclass, field
from datetime import datetime

from incident.domain.words import Text
from incident.report.model_command import CommandRecord

SCHEMA = "tocsin-report/1"


@dataclass(frozen=True, slots=True)
class Statement:
    """What somebody wrote: words, who and when."""

    text: str
    by: Text
    at: datetime


@dataclass(frozen=True, slots=True)
class Summary:
    """The first page. ``anchors`` are the incident's facts with a time; ``worst_level`` the gravest it had."""

    incident_id: str
    scenario: str
    title: Text
    code_name: str
    description: str
    status: str
    level: int
    worst_level: int
    impact: int
    urgency: int
    anchors: dict[str, datetime]
    commander: Text | None
    reported_by: Text | None
    ended_by: Text | None
    statement: str
    drill: str | None
    drill_stopped: str
    restricted: bool
    labels: dict[str, str]


@dataclass(frozen=True, slots=True)
class Moment:
    """A key moment: an anchor, a change of level, somebody taking the lead, a phase."""

    at: datetime
    text: Text


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """One entry of the log as a sentence in both languages."""

    seq: int
    occurred_at: datetime
    recorded_at: datetime
    actor: Text
    kind: str
    text: Text
    late: bool
    group: str = ""


@dataclass(frozen=True, slots=True)
class LevelRow:
    at: datetime
    old: int
    new: int
    reason: str
    by: Text


@dataclass(frozen=True, slots=True)
class SeatRow:
    role: str
    position: Text
    person: Text | None


@dataclass(frozen=True, slots=True)
class LeadRow:
    """Who led a group from when until when (None: until now)."""

    person: Text
    acting: bool
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class GroupRow:
    group: str
    convened_at: datetime | None
    seats: tuple[SeatRow, ...]
    leads: tuple[LeadRow, ...]


@dataclass(frozen=True, slots=True)
class PageRow:
    """One page. ``failures`` are (channel, reason) pairs; ``answered`` tells that this person answered the call."""

    at: datetime
    person: Text
    position: Text
    status: str
    via: str
    delivered_at: datetime | None
    failures: tuple[tuple[str, str], ...]
    answered: bool


@dataclass(frozen=True, slots=True)
class CallRow:
    """A call: who was paged, on how many rungs, who answered. ``nobody`` are positions that nobody held."""

    id: str
    reason: str
    task: Text | None
    opened_at: datetime
    rungs: int
    tries: int
    answered_at: datetime | None
    answered_by: Text | None
    via: str
    closed_at: datetime | None
    closed_reason: str
    nobody: tuple[Text, ...]
    pages: tuple[PageRow, ...]


@dataclass(frozen=True, slots=True)
class TaskRow:
    """Planned against actual. ``late_by`` is in seconds: 0 in time, None without a deadline that has begun to run.

    ``verdict`` is ``on_time``, ``late``, ``done`` (no deadline), ``waived``, ``open`` or ``overdue``.
    """

    id: str
    title: Text
    phase: str
    group: str
    kind: str
    owner: Text
    due_at: datetime | None
    planned_from: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    status: str
    verdict: str
    late_by: float | None
    by: Text | None
    note: str
    simulated: bool
    blocks_end: bool
    reminders: int
    source: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PhaseRow:
    phase: str
    entered_at: datetime | None
    left_at: datetime | None
    planned: int
    on_time: int
    late: int
    waived: int
    open: int


@dataclass(frozen=True, slots=True)
class FactRow:
    """A fact as last set. ``changes`` counts how often it was set."""

    name: str
    value: str
    by: Text
    at: datetime
    changes: int


_NO_WORDS = Text("", "")


@dataclass(frozen=True, slots=True)
class SignalRow:
    """Signals of one rule: how many, when, and the evidence of the first. ``window`` are (epoch s, value) pairs."""

    rule: str
    title: Text
    raised_at: datetime
    count: int
    why: str
    expected: str
    seen: str
    unit: str
    unusual: str
    since: datetime | None
    window: tuple[tuple[float, float], ...]
    contributors: tuple[tuple[str, float], ...]
    samples: tuple[str, ...]
    meaning: Text = _NO_WORDS


@dataclass(frozen=True, slots=True)
class SuppressedRow:
    """Signals that were held back, by reason."""

    title: Text
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class LinkRow:
    other: str
    relation: str
    reason: str


@dataclass(frozen=True, slots=True)
class ActionRow:
    """An improvement. ``overdue`` tells that it is open although its day has passed."""

    id: str
    text: str
    owner: Text
    due_at: datetime | None
    done_at: datetime | None
    note: str
    overdue: bool


@dataclass(frozen=True, slots=True)
class Metric:
    """One number: seconds, a count, or ``value`` of ``of``. ``unknown`` says why there is none.

    ``unknown`` is empty, ``not_yet`` (may still happen), ``not_recorded`` or ``contradictory`` (times out of order).
    """

    key: str
    kind: str
    value: float | None
    of: float | None = None
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where the report comes from: plan and log. ``head`` is the hash of the log's last entry."""

    plan_id: str
    plan_version: str
    plan_hash: str
    plan_title: Text | None
    plan_source: tuple[str, ...]
    entries: int
    head: str
    last_recorded_at: datetime | None
    late_entries: int


@dataclass(frozen=True, slots=True)
class Report:
    """An incident's report at ``built_at``; ``final`` once it was signed off (or the drill was stopped).

    ``unknowns`` name what a reader would look for and the log doesn't hold: see ``UNKNOWNS`` in ``labels.py``.
    Reports that were issued before there was a ``command`` have an empty one.
    """

    built_at: datetime
    final: bool
    summary: Summary
    moments: tuple[Moment, ...]
    cause: tuple[Statement, ...]
    process: tuple[Statement, ...]
    after_care: tuple[Statement, ...]
    told: tuple[Text, ...]
    facts: tuple[FactRow, ...]
    levels: tuple[LevelRow, ...]
    groups: tuple[GroupRow, ...]
    calls: tuple[CallRow, ...]
    phases: tuple[PhaseRow, ...]
    tasks: tuple[TaskRow, ...]
    decisions: tuple[Statement, ...]
    updates: tuple[Statement, ...]
    handovers: tuple[Statement, ...]
    overrides: tuple[Statement, ...]
    metrics: tuple[Metric, ...]
    actions: tuple[ActionRow, ...]
    signals: tuple[SignalRow, ...]
    suppressed: tuple[SuppressedRow, ...]
    links: tuple[LinkRow, ...]
    timeline: tuple[TimelineRow, ...]
    unknowns: tuple[str, ...]
    provenance: Provenance
    command: CommandRecord = field(default_factory=CommandRecord)
    schema: str = field(default=SCHEMA)

    @property
    def drill(self) -> bool:
        """True for a drill's incident."""
        return self.summary.drill is not None
