"""How the events of a running playbook change an incident. Part of the fold in ``incident.py``."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from incident.domain import events_playbook as e
from incident.domain.parts import Condition, Task, Verdict
from incident.domain.plan import Plan

if TYPE_CHECKING:
    from incident.domain.incident import Incident


def planned_tasks(plan: Plan) -> dict[str, Task]:
    """The plan's tasks before anything happened; one with a condition waits until that was read."""
    return {
        task.id: Task(task, applies=Verdict.UNKNOWN if task.when or task.undoes else Verdict.YES) for task in plan.tasks
    }


def _condition(s: "Incident", ev: e.ConditionRead, at: datetime, _actor: str) -> None:
    verdict = Verdict(ev.verdict)
    kind, _, name = ev.subject.partition(":")
    task = s.tasks.get(name) if kind == "task" else None
    if task is not None:
        task.applies, task.asks = verdict, ev.asks
    known = s.conditions.get(ev.subject)
    since = known.since if known is not None and known.verdict is verdict else at
    s.conditions[ev.subject] = Condition(verdict, since, ev.asks)


def _deadline(s: "Incident", ev: e.DeadlineSet, _at: datetime, _actor: str) -> None:
    if task := s.tasks.get(ev.task_id):
        task.due_at = ev.due_at
        s.day_anchors[ev.task_id] = ev.anchor_at


def _anchor(s: "Incident", ev: e.AnchorAmended, _at: datetime, _actor: str) -> None:
    s.anchors[ev.anchor] = ev.at
    for task in s.tasks.values():
        if task.plan.due_from == ev.anchor and not task.finished:
            task.overdue_step = 0


def _amended(s: "Incident", ev: e.PlanAmended, _at: datetime, _actor: str) -> None:
    known = s.tasks.get(ev.task.id)
    if known is None:
        s.tasks[ev.task.id] = Task(ev.task)
    else:
        known.plan, known.overdue_step = ev.task, 0


def _called(s: "Incident", ev: e.IncidentCalled, _at: datetime, _actor: str) -> None:
    if ev.rule not in s.called:
        s.called = (*s.called, ev.rule)


EVOLVE_PLAYBOOK: dict[type, Callable[["Incident", Any, datetime, str], None]] = {
    e.ConditionRead: _condition,
    e.DeadlineSet: _deadline,
    e.AnchorAmended: _anchor,
    e.PlanAmended: _amended,
    e.IncidentCalled: _called,
}
