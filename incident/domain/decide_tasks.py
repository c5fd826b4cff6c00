"""Commands about the running plan: tasks, decisions, facts, anchors, amendments. Pure; part of ``decide``."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from incident.domain import commands as c
from incident.domain import events as e
from incident.domain.errors import BadInput, NotAllowed
from incident.domain.events_playbook import AnchorAmended, PlanAmended
from incident.domain.facts import answers, canonical
from incident.domain.incident import Incident, Task, TaskStatus
from incident.domain.plan import ANCHORS, OptionPlan, TaskPlan
from incident.domain.said import Said, said
from incident.domain.words import Group, Phase, Text

MAX_ADDED = 100
"""Tasks that may be added to a running plan; more is a plan of its own."""
MAX_FACTS = 500
MAX_NAME = 100


def find_task(s: Incident, task_id: str) -> Task:
    """The task of that id. Raises BadInput with the ids there are."""
    task = s.tasks.get(task_id)
    if task is None:
        raise BadInput(
            said("task: '{task}' is not in this playbook", task=task_id),
            remedy=said("one of {names}", names=", ".join(s.tasks) or said("none")),
        )
    return task


def required(name: str, text: str) -> str:
    """``text`` without blanks around it. Raises BadInput when nothing is left."""
    if not text.strip():
        raise BadInput(said("{name}: is empty", name=name), remedy="give a few words")
    return text.strip()


def set_fact(s: Incident, cmd: c.SetFact, _now: datetime) -> list[e.DomainEvent]:
    """A fact is told; of a declared type it must be one of its answers. Telling it again changes nothing."""
    name = required("fact", cmd.fact)
    if len(name) > MAX_NAME or (name not in s.facts and len(s.facts) >= MAX_FACTS):
        raise BadInput(
            said("fact: longer than {most} characters, or too many facts", most=MAX_NAME),
            remedy="put it in a note",
        )
    var = s.plan.var(name) if s.plan else None
    value = canonical(var, cmd.value) if var else cmd.value
    return [] if s.facts.get(name) == value else [e.FactSet(name, value)]


def start(s: Incident, cmd: c.StartTask, _now: datetime) -> list[e.DomainEvent]:
    """Somebody begins; also with a task whose condition does not hold (yet)."""
    task = find_task(s, cmd.task_id)
    return [] if task.status is not TaskStatus.PLANNED else [e.TaskStarted(task.plan.id)]


def complete(s: Incident, cmd: c.CompleteTask, _now: datetime) -> list[e.DomainEvent]:
    """A person finishes a task: what it needs is settled, the decision is taken, the evidence is there."""
    task = find_task(s, cmd.task_id)
    if task.finished:
        return []
    waiting = [n for n in task.plan.needs if n in s.tasks and not s.tasks[n].settled]
    if waiting:
        raise BadInput(
            said("{plan}: still needs {names}", plan=task.plan.id, names=", ".join(waiting)),
            remedy="finish or waive these first",
        )
    simulated = s.drill is not None and task.plan.drill == "simulate"
    if task.plan.proof and not simulated and not cmd.proofs and not cmd.note.strip():
        asked = ", ".join(task.plan.evidence) or said("evidence")
        raise BadInput(
            said("{plan}: needs evidence: {asked}", plan=task.plan.id, asked=asked),
            remedy="say in the note where it is kept",
        )
    choice, facts = _choice(s, task.plan, cmd)
    done = e.TaskDone(task.plan.id, cmd.note, simulated=simulated, choice=choice, proofs=cmd.proofs)
    return [*(f for f in facts if s.facts.get(f.name) != f.value), done]


def waive(s: Incident, cmd: c.WaiveTask, _now: datetime) -> list[e.DomainEvent]:
    """A person with the right to decides that a task is left out, and why. Raises NotAllowed for anybody else."""
    task = find_task(s, cmd.task_id)
    if task.finished:
        return []
    reason = required("reason", cmd.reason)
    rule = task.plan.waiver
    if rule.never:
        raise NotAllowed(said("{plan} can't be waived", plan=task.plan.id), remedy="it has to be done")
    if rule.by and not any(holds(s, cmd.by, position) for position in rule.by):
        raise NotAllowed(
            said("{plan} can be waived by {names} only", plan=task.plan.id, names=", ".join(rule.by)),
            remedy="ask one of these",
        )
    return [e.TaskWaived(task.plan.id, reason)]


def reopen(s: Incident, cmd: c.ReopenTask, _now: datetime) -> list[e.DomainEvent]:
    """A finished task turns out not to be."""
    task = find_task(s, cmd.task_id)
    return [e.TaskReopened(task.plan.id, required("reason", cmd.reason))] if task.finished else []


def amend_anchor(s: Incident, cmd: c.AmendAnchor, now: datetime) -> list[e.DomainEvent]:
    """A fact with a time is corrected; deadlines follow, the old time stays in the log."""
    known = (*ANCHORS, *(s.plan.anchors if s.plan else ()))
    if cmd.anchor not in known:
        raise BadInput(
            said("anchor: '{anchor}' is not there", anchor=cmd.anchor),
            remedy=said("one of {names}", names=", ".join(known)),
        )
    if cmd.to > now + timedelta(minutes=1):
        raise BadInput("to: lies in the future", remedy="give the time at which it happened")
    old = s.anchors.get(cmd.anchor)
    if old is None and cmd.anchor in ANCHORS:
        raise BadInput(
            said("anchor: '{anchor}' has not happened yet", anchor=cmd.anchor), remedy="amend it once it has"
        )
    if old == cmd.to:
        return []
    return [AnchorAmended(cmd.anchor, cmd.to, old, required("reason", cmd.reason))]


def amend_plan(s: Incident, cmd: c.AmendTask, now: datetime) -> list[e.DomainEvent]:
    """A task is added to the running plan or changed in it, with the reason. Never a silent edit."""
    reason = required("reason", cmd.reason)
    known = s.tasks.get(cmd.task_id)
    if known is None:
        return [PlanAmended(_added(s, cmd, now), reason)]
    if known.finished:
        raise BadInput(said("{task} is finished already", task=cmd.task_id), remedy="reopen it, or add another task")
    plan = known.plan
    if cmd.title:
        plan = replace(plan, title=Text.same(cmd.title.strip()))
    if cmd.owner:
        plan = replace(plan, owner=cmd.owner)
    if cmd.due_at is not None:
        opened = s.anchors["opened"]
        plan = replace(plan, due_from="opened", due_in=max(cmd.due_at - opened, timedelta()), due_days=0)
    return [] if plan == known.plan else [PlanAmended(plan, reason)]


def holds(s: Incident, person: str, position: str) -> bool:
    """Whether a person holds a position in this incident, by seat or as acting head of its group."""
    if any(seat.person == person and seat.position == position for seat in s.seats):
        return True
    heads = {seat.group: seat.position for seat in s.seats if seat.role == "head"}
    return any(heads.get(group) == position and leader == person for group, leader in s.leads.items())


def _added(s: Incident, cmd: c.AmendTask, now: datetime) -> TaskPlan:
    if len(s.tasks) - (len(s.plan.tasks) if s.plan else 0) >= MAX_ADDED:
        raise BadInput(said("more than {most} tasks were added", most=MAX_ADDED), remedy="open a linked incident")
    if not cmd.task_id.strip() or len(cmd.task_id) > MAX_NAME:
        raise BadInput("task: needs a short id", remedy="such as call_landlord")
    if not cmd.owner:
        raise BadInput(said("{task}: has no owner", task=cmd.task_id), remedy="name the position that does it")
    opened = s.anchors.get("opened", now)
    return TaskPlan(
        id=cmd.task_id, phase=cmd.phase or s.phase or Phase.RESPONSE, title=Text.same(required("title", cmd.title)),
        owner=cmd.owner, group=_group_of(s, cmd.owner),
        due_in=max(cmd.due_at - opened, timedelta()) if cmd.due_at is not None else None,
    )  # fmt: skip


def _group_of(s: Incident, position: str) -> Group:
    """The group a position sits in; one that is at work already before one that is not."""
    groups = [seat.group for seat in s.seats if seat.position == position]
    return next((g for g in groups if g in s.convened), groups[0] if groups else Group.RESPONSE)


def _choice(s: Incident, plan: TaskPlan, cmd: c.CompleteTask) -> tuple[str, list[e.FactSet]]:
    """What was decided, and the fact it tells. A button has no words: then it stays unknown, and is asked for."""
    var = s.plan.var(plan.sets) if s.plan and plan.sets else None
    choice = cmd.choice.strip() or _first_word(cmd.note)
    if plan.options:
        option = next((o for o in plan.options if choice in {o.id, o.title.zh, o.title.en}), None)
        if option is None and cmd.choice.strip():
            raise BadInput(
                said("{plan}: '{choice}' is no option", plan=plan.id, choice=choice[:40]),
                remedy=_say(o.id for o in plan.options),
            )
        return (option.id, [_fact_of(plan, option)] if plan.sets else []) if option else ("", [])
    if var is None:
        return cmd.choice.strip(), []
    told = cmd.choice.strip() or (choice if answers(var) else cmd.note.strip())
    if not told or (not cmd.choice.strip() and answers(var) and told not in answers(var)):
        return "", []
    return told, [e.FactSet(var.name, canonical(var, told))]


def _fact_of(plan: TaskPlan, option: OptionPlan) -> e.FactSet:
    return e.FactSet(plan.sets, option.value or option.id)


def _first_word(note: str) -> str:
    return note.split(maxsplit=1)[0].rstrip(":：,，.。;；") if note.strip() else ""


def _say(words: Iterable[str]) -> Said:
    return said("say {names}", names=", ".join(words))
