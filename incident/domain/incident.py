"""The incident: a fold over its log. ``evolve`` is the only way its state changes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from incident.domain import events as e
from incident.domain.crisis_evolve import CRISIS_EVOLVE
from incident.domain.crisis_parts import Crisis
from incident.domain.evolve_playbook import EVOLVE_PLAYBOOK, planned_tasks
from incident.domain.parts import (
    Call,
    Condition,
    FollowUp,
    Page,
    PageStatus,
    Status,
    Task,
    TaskStatus,
    Verdict,
)
from incident.domain.plan import Plan, TaskPlan
from incident.domain.signal import Evidence
from incident.domain.words import Degree, Group, Phase, Scenario, Text

__all__ = ["Call", "FollowUp", "Incident", "Page", "PageStatus", "Status", "Task", "TaskStatus", "evolve", "fold"]


MAX_RULES = 50
"""Rules remembered in the state; the log has them all."""


@dataclass(slots=True)
class Incident:
    """State of one incident after ``version`` log entries. Change it with ``evolve`` only."""

    id: str = ""
    version: int = 0
    scenario: Scenario = Scenario.OTHER
    title: Text = field(default_factory=lambda: Text.same(""))
    description: str = ""
    status: Status = Status.OPEN
    level: int = 4
    impact: Degree = Degree.LOW
    urgency: Degree = Degree.LOW
    level_by_person: bool = False
    restricted: bool = False
    code_name: str = ""
    drill: str | None = None
    correlation_key: str = ""
    trace: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    anchors: dict[str, datetime] = field(default_factory=dict)
    reported_by: str | None = None
    commander: str = ""
    plan: Plan | None = None
    seats: tuple[e.Seat, ...] = ()
    convened: tuple[Group, ...] = ()
    leads: dict[Group, str] = field(default_factory=dict)
    phase: Phase | None = None
    tasks: dict[str, Task] = field(default_factory=dict)
    calls: dict[str, Call] = field(default_factory=dict)
    pages: dict[str, Page] = field(default_factory=dict)
    page_count: int = 0
    signals_joined: int = 0
    signals_active: int = 0
    rules: tuple[str, ...] = ()
    evidence: Evidence = field(default_factory=Evidence)
    links: dict[str, str] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    facts_by: dict[str, str] = field(default_factory=dict)
    signal_labels: dict[str, dict[str, str]] = field(default_factory=dict)
    conditions: dict[str, Condition] = field(default_factory=dict)
    day_anchors: dict[str, datetime] = field(default_factory=dict)
    answered: tuple[str, ...] = ()
    called: tuple[str, ...] = ()
    touched_at: datetime | None = None
    audience: tuple[str, ...] = ()
    follow_ups: dict[str, FollowUp] = field(default_factory=dict)
    cause: str = ""
    process: str = ""
    after_care: str = ""
    ended_by: str = ""
    crisis: Crisis = field(default_factory=Crisis)

    @property
    def ended(self) -> bool:
        """True after a person's signature."""
        return self.status is Status.ENDED

    @property
    def acknowledged(self) -> bool:
        """True once anybody has answered."""
        return "acknowledged" in self.anchors

    def due_of(self, task: TaskPlan) -> datetime | None:
        """The task's deadline, None while its anchor has not happened, it has none, or there is nothing to do."""
        live = self.tasks.get(task.id)
        if live is not None and live.applies is Verdict.NO and live.status is TaskStatus.PLANNED:
            return None
        if task.due_days:
            return live.due_at if live is not None and task.due_from in self.anchors else None
        anchor = self.anchors.get(task.due_from)
        return anchor + task.due_in if anchor is not None and task.due_in is not None else None

    def ready(self, task: Task) -> bool:
        """True when the task can be worked on: unfinished, known to be needed, and what it needs is settled."""
        if task.finished or (task.applies is not Verdict.YES and task.status is TaskStatus.PLANNED):
            return False
        return all(self.tasks[n].settled for n in task.plan.needs if n in self.tasks)

    def pending_pages(self, call_id: str | None = None) -> tuple[Page, ...]:
        """Pages not yet delivered, cancelled or given up, of one call or of all."""
        return tuple(
            p for p in self.pages.values()
            if p.status is PageStatus.REQUESTED and (call_id is None or p.call_id == call_id)
        )  # fmt: skip


def fold(entries: Iterable[e.Entry], start: Incident | None = None) -> Incident:
    """The state after ``entries``, from ``start`` (a snapshot) or from nothing."""
    state = start or Incident()
    for entry in entries:
        evolve(state, entry.event, entry.occurred_at, entry.actor)
    return state


def evolve(state: Incident, event: e.DomainEvent, at: datetime, actor: str) -> None:
    """Apply one event in place. Never fails and decides nothing: what is in the log has happened."""
    kind = type(event)
    handler = _EVOLVE.get(kind)
    if handler is not None:
        handler(state, event, at, actor)
    command = CRISIS_EVOLVE.get(kind.__name__)
    if command is not None:
        command(state, event, at, actor)
    if state.touched_at is None or at > state.touched_at:
        state.touched_at = at
    state.version += 1


def _opened(s: Incident, ev: e.IncidentOpened, at: datetime, _actor: str) -> None:
    s.id, s.scenario, s.title, s.description = ev.incident_id, ev.scenario, ev.title, ev.description
    s.level, s.impact, s.urgency = ev.level, ev.impact, ev.urgency
    s.restricted, s.code_name, s.drill = ev.restricted, ev.code_name, ev.drill
    s.correlation_key, s.labels, s.reported_by = ev.correlation_key, dict(ev.labels), ev.reported_by
    s.trace = ev.trace
    s.anchors = {"began": ev.began_at, "detected": ev.detected_at, "opened": at}
    if ev.reported_by:
        s.audience = (ev.reported_by,)


def _signals_joined(s: Incident, ev: e.SignalsJoined, _at: datetime, _actor: str) -> None:
    s.signals_joined += len(ev.signal_ids)
    s.signals_active += len(ev.signal_ids)
    if ev.more_rules or ev.rule not in s.rules:
        s.rules = tuple(dict.fromkeys((*s.rules, ev.rule, *ev.more_rules)))[:MAX_RULES]
    if ev.rule in s.signal_labels or len(s.signal_labels) < MAX_RULES:
        s.signal_labels[ev.rule] = ev.labels
    if not s.evidence.seen:
        s.evidence = ev.evidence


def _signals_cleared(s: Incident, ev: e.SignalsCleared, _at: datetime, _actor: str) -> None:
    s.signals_active = max(0, s.signals_active - len(ev.signal_ids))


def _signals_split(s: Incident, ev: e.SignalsSplit, _at: datetime, _actor: str) -> None:
    s.signals_joined = max(0, s.signals_joined - len(ev.signal_ids))
    s.signals_active = max(0, s.signals_active - len(ev.signal_ids))
    s.rules = tuple(rule for rule in s.rules if rule not in ev.rules)
    for rule in ev.rules:
        s.signal_labels.pop(rule, None)


def _level(s: Incident, ev: e.LevelChanged, _at: datetime, _actor: str) -> None:
    s.level, s.impact, s.urgency = ev.new, ev.impact, ev.urgency
    s.level_by_person = s.level_by_person or ev.by_person


def _activated(s: Incident, ev: e.PlaybookActivated, _at: datetime, _actor: str) -> None:
    s.plan, s.seats = ev.plan, ev.seats
    s.tasks = planned_tasks(ev.plan)
    _widen(s, *(seat.person for seat in ev.seats if seat.person and seat.group in s.convened))


def _convened(s: Incident, ev: e.GroupConvened, _at: datetime, _actor: str) -> None:
    if ev.group not in s.convened:
        s.convened = (*s.convened, ev.group)
    _widen(s, *(seat.person for seat in s.seats if seat.person and seat.group is ev.group))


def _assumed(s: Incident, ev: e.PositionAssumed, _at: datetime, _actor: str) -> None:
    s.leads[ev.group] = ev.person
    _answers(s, ev.person)
    s.commander = s.commander or ev.person
    _widen(s, ev.person)


def _phase(s: Incident, ev: e.PhaseEntered, _at: datetime, _actor: str) -> None:
    s.phase = ev.phase


def _task_started(s: Incident, ev: e.TaskStarted, at: datetime, actor: str) -> None:
    if task := s.tasks.get(ev.task_id):
        task.status, task.started_at, task.by = TaskStatus.STARTED, at, actor


def _task_done(s: Incident, ev: e.TaskDone, at: datetime, actor: str) -> None:
    if task := s.tasks.get(ev.task_id):
        task.status, task.finished_at, task.by, task.note = TaskStatus.DONE, at, actor, ev.note
        task.choice, task.proofs = ev.choice, ev.proofs
        if task.plan.marks:
            s.anchors.setdefault(task.plan.marks, at)


def _task_waived(s: Incident, ev: e.TaskWaived, at: datetime, actor: str) -> None:
    if task := s.tasks.get(ev.task_id):
        task.status, task.finished_at, task.by, task.note = TaskStatus.WAIVED, at, actor, ev.reason


def _task_reopened(s: Incident, ev: e.TaskReopened, _at: datetime, _actor: str) -> None:
    if task := s.tasks.get(ev.task_id):
        task.status, task.finished_at, task.note = TaskStatus.STARTED, None, ev.reason


def _task_overdue(s: Incident, ev: e.TaskOverdue, _at: datetime, _actor: str) -> None:
    if task := s.tasks.get(ev.task_id):
        task.overdue_step = ev.step


def _call_opened(s: Incident, ev: e.CallOpened, at: datetime, _actor: str) -> None:
    s.calls[ev.call_id] = Call(ev.call_id, ev.reason, ev.steps, at, ev.task_id, due_at=at)


def _call_stepped(s: Incident, ev: e.CallStepped, _at: datetime, _actor: str) -> None:
    if call := s.calls.get(ev.call_id):
        call.step, call.attempt, call.due_at = ev.step, ev.attempt, ev.due_at
        call.current, call.hurried = (), ""


def _call_hurried(s: Incident, ev: e.CallHurried, at: datetime, _actor: str) -> None:
    if call := s.calls.get(ev.call_id):
        call.due_at, call.hurried = at, ev.reason


def _call_answered(s: Incident, ev: e.CallAnswered, _at: datetime, _actor: str) -> None:
    if call := s.calls.get(ev.call_id):
        call.closed, call.answered_by, call.due_at = True, ev.by, None
    _answers(s, ev.by)


def _call_closed(s: Incident, ev: e.CallClosed, _at: datetime, _actor: str) -> None:
    if call := s.calls.get(ev.call_id):
        call.closed, call.due_at = True, None


def _page_requested(s: Incident, ev: e.PageRequested, at: datetime, _actor: str) -> None:
    s.pages[ev.page_id] = Page(ev.page_id, ev.call_id, ev.person, ev.position, ev.reason, at)
    s.page_count += 1
    if call := s.calls.get(ev.call_id):
        call.current = (*call.current, ev.page_id)
    _widen(s, ev.person)


def _page_delivered(s: Incident, ev: e.PageDelivered, at: datetime, _actor: str) -> None:
    if page := s.pages.get(ev.page_id):
        page.status, page.via, page.ref, page.delivered_at = PageStatus.DELIVERED, ev.via, ev.ref, at


def _page_undeliverable(s: Incident, ev: e.PageUndeliverable, _at: datetime, _actor: str) -> None:
    if page := s.pages.get(ev.page_id):
        page.status = PageStatus.UNDELIVERABLE


def _pages_cancelled(s: Incident, ev: e.PagesCancelled, _at: datetime, _actor: str) -> None:
    for page_id in ev.page_ids:
        if page := s.pages.get(page_id):
            page.status = PageStatus.CANCELLED


def _acknowledged(s: Incident, ev: e.IncidentAcknowledged, at: datetime, _actor: str) -> None:
    s.anchors.setdefault("acknowledged", at)
    _answers(s, ev.by)
    s.commander = s.commander or ev.by
    if s.status is Status.OPEN:
        s.status = Status.ACKNOWLEDGED


def _fact(s: Incident, ev: e.FactSet, _at: datetime, actor: str) -> None:
    s.facts[ev.name] = ev.value
    s.facts_by[ev.name] = actor if ev.value else ""


def _linked(s: Incident, ev: e.IncidentLinked, _at: datetime, _actor: str) -> None:
    s.links[ev.other] = ev.relation


def _audience(s: Incident, ev: e.AudienceChanged, _at: datetime, _actor: str) -> None:
    if ev.added:
        _widen(s, ev.person)
    else:
        s.audience = tuple(p for p in s.audience if p != ev.person)


def _mitigated(s: Incident, _ev: e.IncidentMitigated, at: datetime, _actor: str) -> None:
    s.status = Status.MITIGATED
    s.anchors["mitigated"] = at


def _resolved(s: Incident, ev: e.IncidentResolved, at: datetime, _actor: str) -> None:
    s.status = Status.RESOLVED
    s.anchors["recovered"] = at
    s.anchors.setdefault("mitigated", at)
    s.cause, s.process, s.after_care = ev.cause or s.cause, ev.process or s.process, ev.after_care or s.after_care


def _ended(s: Incident, ev: e.IncidentEnded, at: datetime, _actor: str) -> None:
    s.status, s.ended_by = Status.ENDED, ev.by
    s.anchors["ended"] = at


def _reopened(s: Incident, _ev: e.IncidentReopened, _at: datetime, _actor: str) -> None:
    s.status = Status.ACKNOWLEDGED
    for anchor in ("mitigated", "recovered", "ended"):
        s.anchors.pop(anchor, None)


def _drill_stopped(s: Incident, _ev: e.DrillStopped, at: datetime, _actor: str) -> None:
    s.status = Status.ENDED
    s.anchors["ended"] = at


def _action_opened(s: Incident, ev: e.ActionOpened, _at: datetime, _actor: str) -> None:
    s.follow_ups[ev.action_id] = FollowUp(ev.action_id, ev.text, ev.owner, ev.due_at)


def _action_done(s: Incident, ev: e.ActionDone, at: datetime, _actor: str) -> None:
    if action := s.follow_ups.get(ev.action_id):
        action.done_at = at


def _answers(s: Incident, person: str) -> None:
    if person and person not in s.answered:
        s.answered = (*s.answered, person)


def _widen(s: Incident, *people: str) -> None:
    for person in people:
        if person not in s.audience:
            s.audience = (*s.audience, person)


_EVOLVE: dict[type, Callable[[Incident, Any, datetime, str], None]] = {
    e.IncidentOpened: _opened,
    e.SignalsJoined: _signals_joined,
    e.SignalsCleared: _signals_cleared,
    e.SignalsSplit: _signals_split,
    e.LevelChanged: _level,
    e.PlaybookActivated: _activated,
    e.GroupConvened: _convened,
    e.PositionAssumed: _assumed,
    e.PhaseEntered: _phase,
    e.TaskStarted: _task_started,
    e.TaskDone: _task_done,
    e.TaskWaived: _task_waived,
    e.TaskReopened: _task_reopened,
    e.TaskOverdue: _task_overdue,
    e.CallOpened: _call_opened,
    e.CallStepped: _call_stepped,
    e.CallHurried: _call_hurried,
    e.CallAnswered: _call_answered,
    e.CallClosed: _call_closed,
    e.PageRequested: _page_requested,
    e.PageDelivered: _page_delivered,
    e.PageUndeliverable: _page_undeliverable,
    e.PagesCancelled: _pages_cancelled,
    e.IncidentAcknowledged: _acknowledged,
    e.FactSet: _fact,
    e.IncidentLinked: _linked,
    e.AudienceChanged: _audience,
    e.IncidentMitigated: _mitigated,
    e.IncidentResolved: _resolved,
    e.IncidentEnded: _ended,
    e.IncidentReopened: _reopened,
    e.DrillStopped: _drill_stopped,
    e.ActionOpened: _action_opened,
    e.ActionDone: _action_done,
    **EVOLVE_PLAYBOOK,
}
