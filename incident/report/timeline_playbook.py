"""Sentences of the timeline about a running playbook: conditions, deadlines, amendments, incidents called for."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from incident.domain import events_playbook as e
from incident.domain.parts import Verdict
from incident.report import words
from incident.report.words import msg

if TYPE_CHECKING:
    from incident.report.timeline import Context

_SUBJECTS = {
    "task": msg("Condition of task “{name}”"),
    "entry": msg("Entry gate of {name}"),
    "exit": msg("Exit gate of {name}"),
    "level": msg("Condition for {name}"),
    "end": msg("End criterion “{name}”"),
    "link": msg("Condition for a linked incident “{name}”"),
}


def _condition(ev: e.ConditionRead, c: "Context") -> str:
    what = _subject(ev.subject, c)
    if ev.verdict == Verdict.YES:
        return c.say(msg("{what}: met"), what=what)
    if ev.verdict == Verdict.NO:
        return c.say(msg("{what}: not met"), what=what)
    return c.say(msg("{what}: needs a fact — {asks}"), what=what, asks=c.t(msg("; ")).join(_ask(n, c) for n in ev.asks))


def _subject(subject: str, c: "Context") -> str:
    kind, _, name = subject.partition(":")
    if not name or kind not in _SUBJECTS:
        return c.t(msg("All end criteria"))
    if kind == "task":
        name = c.task(name)
    elif kind in {"entry", "exit"}:
        name = c.t(words.PHASES.get(name, name))
    elif kind == "level":
        name = c.t(words.LEVELS.get(int(name), name)) if name.isdigit() else name
    elif kind == "link" and c.plan:
        scenario = next((link.scenario for link in c.plan.links if link.id == name), name)
        name = c.t(words.SCENARIOS.get(scenario, name))
    elif kind == "end" and c.plan:
        name = next((x.text.in_(c.language) for x in c.plan.end.criteria if x.id == name), name)
    return c.say(_SUBJECTS[kind], name=name)


def _ask(name: str, c: "Context") -> str:
    if c.plan is None:
        return name
    question, var = c.plan.question(name).in_(c.language), c.plan.var(name)
    if var is None or not var.who:
        return question
    return c.say(msg("ask {who}: {question}"), who=c.position(var.who), question=question)


def _deadline(ev: e.DeadlineSet, c: "Context") -> str:
    return c.say(msg("Deadline by business days: {task}, {at}"), task=c.task(ev.task_id), at=c.when(ev.due_at))


def _anchor(ev: e.AnchorAmended, c: "Context") -> str:
    name = c.t(words.ANCHORS.get(ev.anchor, ev.anchor))
    if ev.old is None:
        return c.say(msg("Time set: {name} {at} — {why}"), name=name, at=c.when(ev.at), why=ev.reason)
    return c.say(msg("Time corrected: {name} {at}, before {old} — {why}"), name=name, at=c.when(ev.at),
                 old=c.when(ev.old), why=ev.reason)  # fmt: skip


def _amended(ev: e.PlanAmended, c: "Context") -> str:
    owner = c.position(ev.task.owner)
    return c.say(msg("Plan amended: {task} ({owner}) — {why}"), task=ev.task.title.in_(c.language), owner=owner,
                 why=ev.reason)  # fmt: skip


def _called(ev: e.IncidentCalled, c: "Context") -> str:
    scenario = c.t(words.SCENARIOS.get(ev.scenario, str(ev.scenario)))
    return c.say(msg("The playbook calls for a linked incident: {scenario}"), scenario=scenario)


DESCRIBE_PLAYBOOK: dict[type, tuple[str, Callable[[Any, "Context"], str]]] = {
    e.ConditionRead: ("condition", _condition),
    e.DeadlineSet: ("plan", _deadline),
    e.AnchorAmended: ("plan", _anchor),
    e.PlanAmended: ("plan", _amended),
    e.IncidentCalled: ("incident", _called),
}
"""Event class → kind of line and the sentence, merged into the timeline's table."""
