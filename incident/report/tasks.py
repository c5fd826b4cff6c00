"""Planned against actual: the report's rows for tasks and phases. Pure."""

from collections.abc import Sequence
from datetime import datetime

from incident.domain import events as e
from incident.domain.incident import Incident, Task, TaskStatus
from incident.domain.words import Phase
from incident.report.model import PhaseRow, TaskRow
from incident.report.names import Names


def task_rows(state: Incident, log: Sequence[e.Entry], names: Names, now: datetime) -> tuple[TaskRow, ...]:
    """Every task of the plan, in the plan's order, with its verdict at ``now`` (a drill's, at its end)."""
    if state.drill is not None:
        now = min(now, state.anchors.get("ended", now))  # a drill that is over asks nobody for anything any more
    simulated = {x.event.task_id for x in log if isinstance(x.event, e.TaskDone) and x.event.simulated}
    return tuple(_row(task, state, names, now, task.plan.id in simulated) for task in state.tasks.values())


def _row(task: Task, state: Incident, names: Names, now: datetime, simulated: bool) -> TaskRow:
    plan, due = task.plan, state.due_of(task.plan)
    late_by = None if due is None else max(0.0, ((task.finished_at or now) - due).total_seconds())
    return TaskRow(
        id=plan.id, title=plan.title, phase=plan.phase.value, group=plan.group.value, kind=plan.kind,
        owner=names.position(plan.owner), due_at=due, planned_from=state.anchors.get(plan.due_from),
        started_at=task.started_at, finished_at=task.finished_at, status=task.status.value,
        verdict=_verdict(task, late_by), late_by=late_by, by=names.actor(task.by) if task.by else None,
        note=task.note, simulated=simulated and task.status is TaskStatus.DONE, blocks_end=plan.blocks_end,
        reminders=task.overdue_step, source=plan.source,
    )  # fmt: skip


def _verdict(task: Task, late_by: float | None) -> str:
    if task.status is TaskStatus.WAIVED:
        return "waived"
    if task.status is TaskStatus.DONE:
        return "done" if late_by is None else "late" if late_by else "on_time"
    return "overdue" if late_by else "open"


def phase_rows(state: Incident, log: Sequence[e.Entry], tasks: Sequence[TaskRow]) -> tuple[PhaseRow, ...]:
    """The six phases, when they were entered and how their tasks went; phases without either are left out."""
    entered: dict[str, datetime] = {}
    for entry in log:
        if isinstance(entry.event, e.PhaseEntered):
            entered.setdefault(entry.event.phase.value, entry.occurred_at)
    starts = sorted(entered.values())
    found = []
    for phase in Phase:
        own = [t for t in tasks if t.phase == phase.value]
        if not own and phase.value not in entered:
            continue
        at = entered.get(phase.value)
        left = next((s for s in starts if s > at), state.anchors.get("ended")) if at else None
        found.append(PhaseRow(
            phase.value, at, left, planned=len(own), on_time=sum(t.verdict in {"on_time", "done"} for t in own),
            late=sum(t.verdict == "late" for t in own), waived=sum(t.verdict == "waived" for t in own),
            open=sum(t.verdict in {"open", "overdue"} for t in own),
        ))  # fmt: skip
    return tuple(found)
