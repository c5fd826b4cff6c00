"""CACAO 2.0 (OASIS security playbooks): our playbooks out, other people's manual steps in.

Out: every task is an ``action`` step with one ``manual`` command; its position is an agent; what CACAO has no word for
(deadline, condition, evidence, waiver) rides in an extension, and nothing of it is needed to read the steps. Tasks
become layers of ``parallel`` steps: a layer waits for the whole one before it, which is never less than ``needs``.
In: the manual commands of a CACAO playbook, in the order its steps are reached, as the tasks of a new playbook file.
"""

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Any

from incident.domain.plan import Plan, TaskPlan
from incident.domain.roster import Roster
from incident.domain.words import Group

SPEC = "cacao-2.0"
_SPACE = uuid.UUID("6f2d3f0e-5a0b-5c57-9d2c-7d7d8f1c2a41")
"""Names our ids are derived from, so that the same playbook is always exported with the same ids."""
_GROUPS = {Group.LEADERSHIP: "leadership", Group.RESPONSE: "response", Group.LOGISTICS: "logistics"}
_VARIABLES = {"bool": "bool", "tribool": "string", "number": "string", "text": "string", "list": "list",
              "datetime": "string", "choice": "string"}  # fmt: skip


def to_cacao(plan: Plan, roster: Roster, language: str, approved_on: date, modified: datetime) -> dict[str, Any]:
    """The playbook as a CACAO 2.0 object in one language.

    ``approved_on`` dates its creation, ``modified`` (aware) this version; both end up in UTC.
    """
    maker, extension = _id("identity", "tocsin"), _id("extension-definition", "tocsin-task")
    created = datetime.combine(approved_on, time(), UTC)
    workflow = _workflow(plan, language, extension)
    positions = sorted({p for task in plan.tasks for p in (task.owner, task.backup) if p})
    found: dict[str, Any] = {
        "type": "playbook",
        "spec_version": SPEC,
        "id": _id("playbook", plan.id),
        "name": plan.title.in_(language),
        "description": f"{plan.title.in_(language)} ({plan.id} {plan.version})",
        "playbook_types": ["mitigation", "remediation"],
        "playbook_activities": ["step-sequence"],
        "created_by": maker,
        "created": _stamp(created),
        "modified": _stamp(max(created, modified)),
        "labels": ["tocsin", plan.scenario.value],
        "workflow_start": next(key for key, step in workflow.items() if step["type"] == "start"),
        "workflow": workflow,
        "agent_definitions": {
            _agent(p): {"type": "group", "name": roster.title(p).in_(language), "description": p} for p in positions
        },
        "extension_definitions": {
            extension: {
                "type": "extension-definition",
                "name": "Tocsin task",
                "description": "Deadline, condition, evidence and other terms of a task that people do.",
                "created_by": maker,
                "schema": "Fields of a task in playbook/v1; see docs/playbooks.md of Tocsin.",
                "version": "1.0.0",
            }
        },
    }
    if plan.vars:
        found["playbook_variables"] = {
            f"__{var.name}__": {"type": _VARIABLES[var.type], "description": var.ask.in_(language)} for var in plan.vars
        }
    return found


def _workflow(plan: Plan, language: str, extension: str) -> dict[str, Any]:
    """start → layer → layer … → end; a layer of several tasks is a parallel step whose branches each end."""
    name = plan.id
    end = _id("end", f"{name}/end")
    steps: dict[str, Any] = {}
    following = end
    for number, layer in reversed(list(enumerate(_layers(plan)))):
        if len(layer) == 1:
            steps[_step(name, layer[0])] = {**_action(layer[0], language, extension), "on_completion": following}
            following = _step(name, layer[0])
            continue
        branch_end = _id("end", f"{name}/{number}/end")
        steps[branch_end] = {"type": "end"}
        for task in layer:
            steps[_step(name, task)] = {**_action(task, language, extension), "on_completion": branch_end}
        parallel = _id("parallel", f"{name}/{number}")
        steps[parallel] = {
            "type": "parallel",
            "name": f"{number + 1}",
            "next_steps": [_step(name, task) for task in layer],
            "on_completion": following,
        }
        following = parallel
    steps[end] = {"type": "end"}
    return {_id("start", f"{name}/start"): {"type": "start", "on_completion": following}, **steps}


def _action(task: TaskPlan, language: str, extension: str) -> dict[str, Any]:
    title = task.title.in_(language)
    detail = task.detail.in_(language) if task.detail else ""
    terms = {
        "id": task.id, "phase": task.phase.value, "kind": task.kind, "group": _GROUPS[task.group],
        "owner": task.owner, "backup": task.backup, "needs": list(task.needs), "when": task.when,
        "due_from": task.due_from, "due_seconds": int(task.due_in.total_seconds()) if task.due_in is not None else None,
        "due_business_days": task.due_days or None, "evidence": list(task.evidence), "source": list(task.source),
        "sets": task.sets, "undo": task.undo, "drill": task.drill, "blocks_end": task.blocks_end,
        "options": [{"id": o.id, "title": o.title.in_(language)} for o in task.options],
    }  # fmt: skip
    return {
        "type": "action",
        "name": title,
        **({"description": detail} if detail else {}),
        "commands": [{"type": "manual", "command": f"{title}\n{detail}".strip()}],
        "agent": _agent(task.owner),
        "step_extensions": {extension: {key: value for key, value in terms.items() if value not in (None, "", [])}},
    }


def _layers(plan: Plan) -> Iterator[list[TaskPlan]]:
    """Tasks that may be done side by side, layer after layer; none before one it needs."""
    left, finished = list(plan.tasks), set[str]()
    known = {task.id for task in left}
    while left:
        layer = [task for task in left if all(need in finished or need not in known for need in task.needs)] or left
        yield layer
        finished |= {task.id for task in layer}
        left = [task for task in left if task.id not in finished]


def _step(playbook: str, task: TaskPlan) -> str:
    return _id("action", f"{playbook}/{task.id}")


def _agent(position: str) -> str:
    return _id("group", position)


def _id(kind: str, name: str) -> str:
    return f"{kind}--{uuid.uuid5(_SPACE, f'{kind}:{name}')}"


def _stamp(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"
