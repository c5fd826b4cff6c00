"""What a missed deadline leads to. It calls people, and never touches the task.

Step 1, at the deadline: owner and backup. Step 2, one ``overdue_every`` later: the head of the task's group, then its
deputies. Step 3, one later still: the leadership. Each call goes on to the next rungs until somebody answers.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from incident.domain.events import CallStep
from incident.domain.incident import Incident, Task
from incident.domain.plan import Plan, TaskPlan
from incident.domain.words import Group
from incident.domain.work import groups_at_work, open_at_work

__all__ = ["STEPS", "groups_at_work", "ladder", "next_step_at", "open_at_work", "overdue_steps"]

STEPS = 3


def overdue_steps(incident: Incident, until: datetime | None = None) -> Iterator[tuple[Task, int, datetime]]:
    """The next escalation step of each task with the instant it is due; with ``until`` all steps due by then.

    A task that waits for another one that was overdue earlier is silent: whoever holds up the chain is called, not
    everybody behind. It speaks, from its own deadline, once the way is free.
    """
    plan = incident.plan
    if plan is None or (incident.drill and incident.ended):
        return
    open_tasks = {t.plan.id: t for t in open_at_work(incident)}
    deadlines = {task_id: incident.due_of(task.plan) for task_id, task in open_tasks.items()}
    if until is not None and not any(due is not None and due <= until for due in deadlines.values()):
        return
    held_up = _held_up(open_tasks, deadlines)
    for task_id, due in deadlines.items():
        task, held_up_at = open_tasks[task_id], held_up[task_id]
        if due is None:
            continue
        last = STEPS if until is not None else min(task.overdue_step + 1, STEPS)
        for step in range(task.overdue_step + 1, last + 1):
            at = due + (step - 1) * plan.overdue_every
            if (until is None or at <= until) and (held_up_at is None or at < held_up_at):
                yield task, step, at


def next_step_at(incident: Incident) -> datetime | None:
    """The earliest instant at which a late task will call somebody next.

    While nothing was ever overdue that is the earliest deadline: whoever waits for a late task is later than that one.
    """
    if any(task.overdue_step for task in incident.tasks.values()) or (incident.drill and incident.ended):
        return min((at for _, _, at in overdue_steps(incident)), default=None)
    deadlines = (incident.due_of(task.plan) for task in open_at_work(incident))
    return min((due for due in deadlines if due is not None), default=None) if incident.plan else None


def _held_up(open_tasks: Mapping[str, Task], deadlines: Mapping[str, datetime | None]) -> dict[str, datetime | None]:
    """For each task the earliest deadline among the unfinished ones it waits for, directly or not.

    Walks without recursion: a plan may be one long chain. In a plan that waits in a circle the walk ends all the same.
    """
    found: dict[str, datetime | None] = {}
    entered: set[str] = set()
    stack = list(open_tasks)
    while stack:
        task_id = stack[-1]
        needs = [need for need in open_tasks[task_id].plan.needs if need in open_tasks]
        ahead = [need for need in needs if need not in entered and need not in found]
        if task_id not in entered and ahead:
            entered.add(task_id)
            stack.extend(ahead)
            continue
        stack.pop()
        if task_id not in found:
            moments = (moment for need in needs for moment in (deadlines[need], found.get(need)))
            found[task_id] = min((moment for moment in moments if moment is not None), default=None)
    return found


def ladder(plan: Plan, task: TaskPlan, first_step: int, asks: tuple[str, ...] = ()) -> tuple[CallStep, ...]:
    """Whom an overdue task calls, rung by rung, from ``first_step`` (1–3) to the last one.

    ``asks`` are facts the task waits for: who knows them is called with its owner.
    """
    knowing = (var.who for name in asks if (var := plan.var(name)) and var.who)
    group = plan.group(task.group) or next(iter(plan.groups), None)
    leadership = plan.group(Group.LEADERSHIP) or group
    rungs = [(1, "owner", _unique((task.owner, *((task.backup,) if task.backup else ()), *knowing)))]
    if group:
        rungs += [(2, "head", (group.head,)), (2, "deputies", group.deputies)]
    if leadership:
        rungs.append((3, "leadership", (leadership.head, *leadership.deputies)))
        rungs.append((3, "leadership_members", leadership.members))
    steps: dict[tuple[str, ...], CallStep] = {}
    for step, name, positions in rungs:
        if step >= first_step and positions:
            steps.setdefault(positions, CallStep(name, positions))
    return tuple(steps.values()) or (CallStep("owner", (task.owner,)),)


def _unique(positions: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(positions))
