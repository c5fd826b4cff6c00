"""The part of ``playbook/v1`` about work: phases, tasks, decisions, deadlines, and parts that playbooks share."""

from typing import Literal

from pydantic import Field

from incident.domain.plan import OptionPlan, TaskPlan, WaiverPlan
from incident.domain.words import Group, Phase
from incident.service.roster_file import Bilingual, Words
from incident.yamlfile import Strict
from playbooks.types import Anchor, Deadline, FactName, Id, When

MAX_TASKS = 500
"""More tasks than any crisis team can work; keeps checking quick on a hostile file."""
MAX_NEEDS = 50


class Due(Strict):
    """A deadline: so long after a fact that has a time, in clock time or business days."""

    from_: Anchor = Field(alias="from")
    in_: Deadline = Field(alias="in")


class Option(Strict):
    """One answer to a decision; ``set`` is what it makes of the decision's fact."""

    id: Id
    do: Bilingual
    set: Words | None = None


class Waiver(Strict):
    """Who may leave a task out, giving the reason; nobody else may."""

    by: tuple[Id, ...] = Field(min_length=1, max_length=MAX_NEEDS)


class TaskSpec(Strict):
    """One task: what to do, who does it until when, what must be finished before, what proves it."""

    id: Id
    kind: Literal["action", "decision", "comms", "check", "resource", "rollcall", "legal"] = "action"
    do: Bilingual
    detail: Bilingual | None = None
    owner: Id
    backup: Id | None = None
    group: Group | None = None
    needs: tuple[Id, ...] = Field(default=(), max_length=MAX_NEEDS)
    when: When | None = None
    due: Due | None = None
    options: tuple[Option, ...] = Field(default=(), max_length=20)
    sets: FactName | None = None
    marks: Id | None = None
    evidence: tuple[Words, ...] = ()
    proof: Literal["asked", "required"] = "asked"
    waive: Waiver | Literal["never", "anyone"] = "anyone"
    temporary: bool = False
    undo: Id | None = None
    call: Id | None = None
    source: tuple[Words, ...] = ()
    drill: Literal["real", "simulate", "skip"] = "real"
    blocks_end: bool = True


class PhaseSpec(Strict):
    """One of the six phases, its gates and its tasks (P4)."""

    id: Phase
    entry: When | None = None
    exit: When | None = None
    parallel_with: Phase | None = None
    tasks: tuple[TaskSpec, ...] = Field(max_length=MAX_TASKS)


class Part(Strict):
    """A file of tasks that playbooks share: a task ``call:``s it, and is finished after all of its tasks."""

    schema_: Literal["playbook-part/v1"] = Field(alias="schema")
    id: Id
    version: Words
    title: Bilingual
    tasks: tuple[TaskSpec, ...] = Field(min_length=1, max_length=50)


def task_plan(task: TaskSpec, phase: Phase, group: Group, undoes: str) -> TaskPlan:
    """The task as the domain sees it. ``undoes`` is the temporary measure it takes back, if any."""
    needs = (*task.needs, *((undoes,) if undoes and undoes not in task.needs else ()))
    return TaskPlan(
        id=task.id,
        phase=phase,
        title=task.do.text,
        owner=task.owner,
        kind=task.kind,
        backup=task.backup,
        group=group,
        needs=needs,
        due_from=task.due.from_ if task.due else "opened",
        due_in=task.due.in_.time if task.due else None,
        due_days=task.due.in_.days if task.due else 0,
        detail=task.detail.text if task.detail else None,
        evidence=task.evidence,
        source=task.source,
        drill=task.drill,
        blocks_end=task.blocks_end,
        when=task.when or "",
        options=tuple(OptionPlan(o.id, o.do.text, o.set or "") for o in task.options),
        sets=task.sets or "",
        marks=task.marks or "",
        proof=task.proof == "required",
        waiver=_waiver(task.waive),
        undo=task.undo or "",
        undoes=undoes,
    )


def _waiver(rule: Waiver | str) -> WaiverPlan:
    return WaiverPlan(rule.by) if isinstance(rule, Waiver) else WaiverPlan(never=rule == "never")
