"""Domain events: what happened to an incident, in the past tense, frozen. They are the log's entries.

When and by whom stands on the entry (``Entry``), not in the event. Names and fields are stored: adding a field needs
a default, removing or renaming one needs a migration.
"""

from dataclasses import dataclass, field
from datetime import datetime

from incident.domain.crisis_events import CrisisEvent
from incident.domain.events_playbook import AnchorAmended, ConditionRead, DeadlineSet, IncidentCalled, PlanAmended
from incident.domain.plan import Plan
from incident.domain.signal import Evidence
from incident.domain.words import Degree, Group, Phase, Scenario, Text


@dataclass(frozen=True, slots=True)
class Seat:
    """A place in a group: ``role`` is head, deputy or member; ``person`` is None when nobody holds the position."""

    group: Group
    role: str
    position: str
    person: str | None


@dataclass(frozen=True, slots=True)
class CallStep:
    """One rung of a call: the positions asked at the same time. ``name`` tells which rung it is."""

    name: str
    positions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IncidentOpened:
    incident_id: str
    scenario: Scenario
    title: Text
    level: int
    impact: Degree
    urgency: Degree
    correlation_key: str
    began_at: datetime
    detected_at: datetime
    labels: dict[str, str] = field(default_factory=dict)
    restricted: bool = False
    code_name: str = ""
    drill: str | None = None
    reported_by: str | None = None
    description: str = ""
    trace: str = ""


@dataclass(frozen=True, slots=True)
class SignalsJoined:
    """Signals that belong to this incident. ``why`` names the correlation rule, and what it rests on after a colon.

    ``rule``, title and evidence are those of the gravest; ``more_rules`` names up to 20 others.
    """

    signal_ids: tuple[str, ...]
    why: str
    rule: str
    title: Text
    impact: Degree
    urgency: Degree
    labels: dict[str, str] = field(default_factory=dict)
    evidence: Evidence = field(default_factory=Evidence)
    more_rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SignalsCleared:
    signal_ids: tuple[str, ...]
    why: str = "cleared"


@dataclass(frozen=True, slots=True)
class SignalsSuppressed:
    """Signals that did not open or join an incident, with the reason's name and what it refers to."""

    signal_ids: tuple[str, ...]
    rule: str
    title: Text
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class SignalsSplit:
    """A person says that these signals are about something else: they make up the incident ``other`` from now on.

    ``rules`` have no signal left here.
    """

    signal_ids: tuple[str, ...]
    other: str
    reason: str
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AllSignalsCleared:
    pass


@dataclass(frozen=True, slots=True)
class LevelChanged:
    old: int
    new: int
    impact: Degree
    urgency: Degree
    reason: str
    by_person: bool = False


@dataclass(frozen=True, slots=True)
class PlaybookActivated:
    plan: Plan
    seats: tuple[Seat, ...]


@dataclass(frozen=True, slots=True)
class GroupConvened:
    group: Group
    reason: str


@dataclass(frozen=True, slots=True)
class PositionAssumed:
    group: Group
    role: str
    position: str
    person: str
    acting: bool = False


@dataclass(frozen=True, slots=True)
class PhaseEntered:
    phase: Phase


@dataclass(frozen=True, slots=True)
class TaskStarted:
    task_id: str


@dataclass(frozen=True, slots=True)
class TaskDone:
    task_id: str
    note: str = ""
    simulated: bool = False
    choice: str = ""
    proofs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TaskWaived:
    task_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class TaskReopened:
    task_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class TaskOverdue:
    """A deadline passed. It escalates (``step`` counts how often) and never changes the task."""

    task_id: str
    due_at: datetime
    step: int


@dataclass(frozen=True, slots=True)
class CallOpened:
    """People are paged from now on, rung by rung, until somebody answers."""

    call_id: str
    reason: str
    steps: tuple[CallStep, ...]
    task_id: str | None = None


@dataclass(frozen=True, slots=True)
class CallStepped:
    """A rung is tried. ``step`` and ``attempt`` count from 0; an answer is due at ``due_at``."""

    call_id: str
    step: int
    attempt: int
    reason: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class CallHurried:
    """A person asked for the next rung at once."""

    call_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class NobodyOnDuty:
    call_id: str
    position: str


@dataclass(frozen=True, slots=True)
class CallAnswered:
    call_id: str
    by: str
    via: str


@dataclass(frozen=True, slots=True)
class CallClosed:
    call_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class PageRequested:
    page_id: str
    call_id: str
    person: str
    position: str
    reason: str


@dataclass(frozen=True, slots=True)
class PageDelivered:
    page_id: str
    person: str
    via: str
    ref: str = ""


@dataclass(frozen=True, slots=True)
class PageFailed:
    page_id: str
    person: str
    via: str
    reason: str
    permanent: bool
    next_via: str | None = None


@dataclass(frozen=True, slots=True)
class PageUndeliverable:
    page_id: str
    person: str


@dataclass(frozen=True, slots=True)
class PagesCancelled:
    page_ids: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class IncidentAcknowledged:
    by: str
    via: str


@dataclass(frozen=True, slots=True)
class NoteAdded:
    text: str
    kind: str = "note"


@dataclass(frozen=True, slots=True)
class FactSet:
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class IncidentLinked:
    """``relation`` is how this one stands to ``other``: ``caused_by``, ``causes`` or ``related``."""

    other: str
    relation: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AudienceChanged:
    person: str
    added: bool
    reason: str


@dataclass(frozen=True, slots=True)
class IncidentMitigated:
    note: str = ""


@dataclass(frozen=True, slots=True)
class IncidentResolved:
    """The service is back. ``cause`` and ``after_care`` are two of the report's three parts (H9.2)."""

    cause: str = ""
    process: str = ""
    after_care: str = ""


@dataclass(frozen=True, slots=True)
class IncidentEnded:
    """Signed off by a person; the report to management follows."""

    by: str
    statement: str = ""


@dataclass(frozen=True, slots=True)
class IncidentReopened:
    reason: str


@dataclass(frozen=True, slots=True)
class DrillStopped:
    """A drill was broken off: a real incident opened, or somebody called it off. Ends the drill's incident."""

    run: str
    reason: str


@dataclass(frozen=True, slots=True)
class ActionOpened:
    """Something to improve afterwards: who does it until when."""

    action_id: str
    text: str
    owner: str
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ActionDone:
    action_id: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReportIssued:
    report_id: str
    recipients: tuple[str, ...]


DomainEvent = (
    IncidentOpened | SignalsJoined | SignalsCleared | SignalsSuppressed | SignalsSplit | AllSignalsCleared
    | LevelChanged | PlaybookActivated | GroupConvened | PositionAssumed | PhaseEntered
    | TaskStarted | TaskDone | TaskWaived | TaskReopened | TaskOverdue
    | CallOpened | CallStepped | CallHurried | NobodyOnDuty | CallAnswered | CallClosed
    | PageRequested | PageDelivered | PageFailed | PageUndeliverable | PagesCancelled
    | IncidentAcknowledged | NoteAdded | FactSet | IncidentLinked | AudienceChanged
    | IncidentMitigated | IncidentResolved | IncidentEnded | IncidentReopened
    | DrillStopped | ActionOpened | ActionDone | ReportIssued
    | ConditionRead | DeadlineSet | AnchorAmended | PlanAmended | IncidentCalled
    | CrisisEvent
)  # fmt: skip

EVENT_TYPES: dict[str, type[DomainEvent]] = {kind.__name__: kind for kind in DomainEvent.__args__}
"""Stored name → class."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the log. ``seq`` counts from 1 in each stream; ``actor`` is ``person:ID``, ``system`` …

    ``occurred_at`` is when it happened, ``recorded_at`` when Tocsin learned of it.
    """

    stream: str
    seq: int
    event: DomainEvent
    actor: str
    occurred_at: datetime
    recorded_at: datetime
    hash: str = ""
