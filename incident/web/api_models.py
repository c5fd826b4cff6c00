"""What the API answers, as pydantic models: they are its description too."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from incident.domain.incident import Incident
from incident.domain.signal import Signal
from incident.report.timeline import Line
from incident.service.records import OutboxRow, StoredReport, StoredSignal
from incident.service.views import Desktop, IncidentLine, TaskLine
from incident.web.gate import Reader


class Problem(BaseModel):
    """Why it could not be done, and what to do about it."""

    message: str = Field(examples=["INC-2026-0007 is restricted"])
    remedy: str = Field(examples=["ask the incident's lead to let you in"])
    faults: list[str] = Field(default_factory=list)


class ErrorAnswer(BaseModel):
    """The body of every error."""

    error: Problem


ERRORS: dict[int | str, dict[str, Any]] = {
    401: {"model": ErrorAnswer, "description": "No valid token."},
    403: {"model": ErrorAnswer, "description": "The token's role or the incident's restriction forbids it."},
    422: {"model": ErrorAnswer, "description": "The input makes no sense; every fault is named."},
    503: {"model": ErrorAnswer, "description": "The database is away; try again after Retry-After seconds."},
}
NOT_FOUND: dict[int | str, dict[str, Any]] = {**ERRORS, 404: {"model": ErrorAnswer, "description": "Not there."}}


class Answer(BaseModel):
    """Base of the answers."""

    model_config = ConfigDict(extra="forbid")


class IncidentSummary(Answer):
    """A line of the list. ``hidden``: restricted, and the caller sees its code name only; all else is null."""

    id: str = Field(examples=["INC-2026-0007"])
    title: str = Field(examples=["IVR answers one call in three with an error"])
    hidden: bool
    restricted: bool
    drill: bool
    status: str | None = Field(examples=["acknowledged"])
    scenario: str | None = Field(examples=["system-outage"])
    level: int | None = Field(examples=[2], description="1 (gravest) to 4")
    opened_at: datetime | None
    updated_at: datetime | None
    ended_at: datetime | None

    @classmethod
    def of(cls, line: IncidentLine, language: str) -> "IncidentSummary":
        """A line of the list, redacted already."""
        return cls(
            id=line.id, title=line.title.in_(language), hidden=line.hidden, restricted=line.restricted,
            drill=line.drill, status=line.status or None, scenario=line.scenario, level=line.level,
            opened_at=line.opened_at, updated_at=line.updated_at, ended_at=line.ended_at,
        )  # fmt: skip


class TaskAnswer(Answer):
    """A task as it stands. ``overdue`` says that its deadline has passed; it never changes the status."""

    id: str = Field(examples=["verify"])
    title: str
    phase: str = Field(examples=["response"])
    group: str = Field(examples=["response"])
    kind: str
    status: str = Field(examples=["planned"])
    owner: str = Field(description="position", examples=["supervisor"])
    holder: str | None = Field(description="name of who holds the position in this incident")
    due_at: datetime | None
    overdue: bool
    ready: bool = Field(description="false while it waits for other tasks")
    needs: list[str]
    started_at: datetime | None
    finished_at: datetime | None
    by: str
    note: str

    @classmethod
    def of(cls, line: TaskLine, language: str) -> "TaskAnswer":
        """A task in the reader's language."""
        task, plan = line.task, line.task.plan
        return cls(
            id=plan.id, title=plan.title.in_(language), phase=plan.phase.value, group=plan.group.value, kind=plan.kind,
            status=task.status.value, owner=plan.owner, holder=line.holder.in_(language) if line.holder else None,
            due_at=line.due_at, overdue=line.overdue, ready=line.ready, needs=list(plan.needs),
            started_at=task.started_at, finished_at=task.finished_at, by=task.by.removeprefix("person:"),
            note=task.note,
        )  # fmt: skip


class TimelineAnswer(Answer):
    """One entry of the log in words. ``late``: entered clearly later than it happened."""

    seq: int
    occurred_at: datetime
    recorded_at: datetime
    actor: str
    kind: str
    text: str
    late: bool

    @classmethod
    def of(cls, line: Line) -> "TimelineAnswer":
        """An entry."""
        return cls(
            seq=line.seq, occurred_at=line.occurred_at, recorded_at=line.recorded_at, actor=line.actor, kind=line.kind,
            text=line.text, late=line.late,
        )  # fmt: skip


class EvidenceAnswer(Answer):
    """Why somebody should believe it. ``window`` are (epoch seconds, value) pairs; ``samples`` are masked."""

    expected: str
    seen: str
    unit: str
    unusual: str
    since: datetime | None
    window: list[tuple[float, float]]
    samples: list[str]
    contributors: list[tuple[str, float]] = Field(description="what it comes from, with its share (0–1)")


class Seat(Answer):
    """A place in a group; ``person`` is null when nobody holds the position."""

    group: str
    role: str
    position: str
    person: str | None


class IncidentAnswer(IncidentSummary):
    """An incident as it stands. For outsiders of a restricted one everything but the summary is null or empty."""

    description: str | None = None
    impact: int | None = None
    urgency: int | None = None
    labels: dict[str, str] = Field(default_factory=dict)
    moments: dict[str, datetime] = Field(
        default_factory=dict, description="began, detected, opened, acknowledged, mitigated, recovered, ended"
    )
    commander: str | None = Field(default=None, description="person in command")
    leads: dict[str, str] = Field(default_factory=dict, description="group → person")
    seats: list[Seat] = Field(default_factory=list)
    phase: str | None = None
    playbook: str | None = None
    signals: int = 0
    signals_active: int = 0
    evidence: EvidenceAnswer | None = None
    links: dict[str, str] = Field(default_factory=dict, description="other incident → relation")
    facts: dict[str, str] = Field(default_factory=dict)
    tasks_open: int = 0
    tasks_overdue: int = 0
    next_due_at: datetime | None = None
    blockers: list[str] = Field(default_factory=list, description="what keeps it from ending")

    @classmethod
    def whole(cls, line: IncidentLine, desk: Desktop, reader: Reader) -> "IncidentAnswer":
        """The incident, for a viewer for whom ``desk`` was made."""
        summary = IncidentSummary.of(line, reader.language).model_dump()
        if desk.hidden:
            return cls(**summary)
        incident = desk.incident
        return cls(
            **summary, description=incident.description, impact=int(incident.impact), urgency=int(incident.urgency),
            labels=incident.labels, moments=incident.anchors, commander=incident.commander or None,
            leads={group.value: person for group, person in incident.leads.items()},
            seats=[Seat(group=s.group.value, role=s.role, position=s.position, person=s.person)
                   for s in incident.seats],
            phase=incident.phase.value if incident.phase else None,
            playbook=f"{incident.plan.id} {incident.plan.version}" if incident.plan else None,
            signals=incident.signals_joined, signals_active=incident.signals_active,
            evidence=_evidence(incident, reader.language),
            links=incident.links, facts=incident.facts, tasks_open=sum(not t.task.finished for t in desk.tasks),
            tasks_overdue=sum(t.overdue for t in desk.tasks),
            next_due_at=desk.next_deadline.task.due_at if desk.next_deadline else None, blockers=list(desk.blockers),
        )  # fmt: skip


class PageAnswer(Answer):
    """A message that goes or went out. Addresses are never told."""

    id: str
    kind: str = Field(description="page, page_update, notice, board or report")
    incident: str | None
    person: str | None
    channels: list[str] = Field(description="by preference")
    state: str = Field(description="pending, sending, sent, failed or cancelled")
    attempts: int
    reason: str = Field(description="why the last try failed")
    drill: bool
    created_at: datetime
    due_at: datetime

    @classmethod
    def of(cls, row: OutboxRow) -> "PageAnswer":
        """A row of the outbox without addresses."""
        return cls(
            id=row.id, kind=row.kind, incident=row.incident_id, person=row.person,
            channels=[via for via, _ in row.contacts], state=row.state, attempts=row.attempts, reason=row.last_reason,
            drill=row.drill, created_at=row.created_at, due_at=row.due_at,
        )  # fmt: skip


class SignalAnswer(Answer):
    """A detector's verdict and what became of it. ``suppressed`` names why it was held back, else it is empty."""

    id: str
    rule: str
    title: str
    scenario: str
    state: str
    labels: dict[str, str]
    incident: str | None
    suppressed: str
    suppressed_detail: str
    drill: str | None
    evidence: EvidenceAnswer | None
    first_at: datetime
    last_at: datetime
    cleared_at: datetime | None

    @classmethod
    def of(cls, stored: StoredSignal, language: str) -> "SignalAnswer":
        """A signal in the reader's language."""
        signal = stored.signal
        return cls(
            id=signal.id, rule=signal.rule, title=signal.title.in_(language), scenario=signal.scenario.value,
            state=stored.state, labels=signal.labels, incident=stored.incident_id, suppressed=stored.suppressed,
            suppressed_detail=stored.suppressed_detail, drill=signal.drill, evidence=_evidence(signal, language),
            first_at=stored.first_at, last_at=stored.last_at, cleared_at=stored.cleared_at,
        )  # fmt: skip


class ReportSummary(Answer):
    """An issued report. Of a hidden incident only its number and code name are told."""

    id: str
    incident: IncidentSummary
    created_at: datetime | None
    final: bool | None

    @classmethod
    def of(cls, stored: StoredReport, line: IncidentLine, language: str) -> "ReportSummary":
        """A line of the list of reports."""
        return cls(
            id=stored.id, incident=IncidentSummary.of(line, language),
            created_at=None if line.hidden else stored.created_at, final=None if line.hidden else stored.final,
        )  # fmt: skip


def _evidence(of: Incident | Signal, language: str) -> EvidenceAnswer | None:
    """The evidence of an incident or signal, None when there is none."""
    evidence = of.evidence
    if not evidence.seen and not evidence.window:
        return None
    return EvidenceAnswer(
        expected=evidence.expected, seen=evidence.seen, unit=evidence.unit, unusual=evidence.how_unusual(language),
        since=evidence.since, window=list(evidence.window), samples=list(evidence.samples),
        contributors=[(one.name, one.share) for one in evidence.contributors],
    )  # fmt: skip
