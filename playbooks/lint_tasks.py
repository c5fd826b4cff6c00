"""Faults of what tasks do besides being done: decisions, facts, measures, anchors, called parts, after-care."""

from collections.abc import Iterator, Mapping

from incident.domain.errors import BadInput
from incident.domain.facts import canonical
from incident.domain.plan import VAR_TYPES, VarPlan
from incident.domain.said import said
from incident.domain.words import Phase, Text
from incident.yamlfile import YamlFile
from playbooks.business import known_country
from playbooks.raw import Path, RawTask, as_dict, as_list, did_you_mean, section
from playbooks.schema_tasks import Part
from playbooks.types import unknown_anchor


def decision_faults(file: YamlFile, tasks: list[RawTask], parts: Mapping[str, Part]) -> Iterator[str]:
    """All faults of this kind in one file."""
    facts = dict(_vars(file))
    ids = {task.id: task for task in tasks}
    yield from _facts(file, facts)
    for task in tasks:
        yield from _decision(file, task, facts)
        yield from _undo(file, task, ids)
        yield from _anchors(file, task)
        yield from _duties(file, task, parts)
    yield from _undone_twice(file, tasks)
    yield from _phases(file)
    yield from _others(file, ids)


def _vars(file: YamlFile) -> Iterator[tuple[str, VarPlan]]:
    for name, spec in as_dict(section(file, "vars")).items():
        kind = as_dict(spec).get("type")
        if isinstance(name, str) and kind in VAR_TYPES:
            options = tuple(o for o in as_list(spec.get("options")) if isinstance(o, str))
            yield name, VarPlan(name, kind, Text("", ""), options=options, initial=str(spec.get("initial") or ""))


def _facts(file: YamlFile, facts: Mapping[str, VarPlan]) -> Iterator[str]:
    for name, var in facts.items():
        here: Path = ("vars", name)
        if (var.type == "choice") != bool(var.options):
            what = (
                said("a choice needs options")
                if var.type == "choice"
                else said("a {type} has no options", type=var.type)
            )
            yield file.fault(here, what, said("list the answers under options, for type choice alone"))
        try:
            canonical(var, var.initial)
        except BadInput as error:
            yield file.fault((*here, "initial"), error.whole)


def _decision(file: YamlFile, task: RawTask, facts: Mapping[str, VarPlan]) -> Iterator[str]:
    sets, options = task.text("sets"), as_list(task.fields.get("options"))
    var = facts.get(sets)
    if sets and var is None:
        yield file.fault(
            (*task.path, "sets"),
            said("there is no fact '{fact}'", fact=sets),
            did_you_mean(sets, facts, said("add it to vars")),
        )
    if options and task.text("kind") not in {"decision", "legal"}:
        yield file.fault(
            (*task.path, "options"), said("only a decision has options"), said("set kind: decision, or legal")
        )
    seen: set[str] = set()
    for number, option in enumerate(options):
        here = (*task.path, "options", number)
        word = as_dict(option).get("id")
        if word in seen:
            yield file.fault(
                here, said("option '{word}' is there already", word=word), said("give one of them another id")
            )
        seen.add(str(word))
        value = as_dict(option).get("set", word)
        try:
            if var is not None and isinstance(value, str):
                canonical(var, value)
        except BadInput as error:
            yield file.fault(here, error.whole)


def _undo(file: YamlFile, task: RawTask, ids: Mapping[str, RawTask]) -> Iterator[str]:
    undo = task.text("undo")
    if task.fields.get("temporary") is True and not undo:
        what = said("'{task}' is temporary and nothing takes it back", task=task.id)
        yield file.fault(task.path, what, said("name the task that does under undo"))
    if undo == task.id or (undo and undo not in ids):
        remedy = did_you_mean(undo, ids.keys() - {task.id}, said("add that task"))
        yield file.fault((*task.path, "undo"), said("'{undo}' is no other task here", undo=undo), remedy)


def _undone_twice(file: YamlFile, tasks: list[RawTask]) -> Iterator[str]:
    first: dict[str, str] = {}
    for task in tasks:
        undo = task.text("undo")
        if undo and first.setdefault(undo, task.id) != task.id:
            what = said("'{undo}' takes back '{first}' already", undo=undo, first=first[undo])
            yield file.fault((*task.path, "undo"), what, said("give each measure its own undo task"))


def _anchors(file: YamlFile, task: RawTask) -> Iterator[str]:
    declared = tuple(a for a in as_list(section(file, "anchors")) if isinstance(a, str))
    anchor = as_dict(task.fields.get("due")).get("from")
    if isinstance(anchor, str) and (hint := unknown_anchor(anchor, declared)):
        yield file.fault((*task.path, "due", "from"), said("unknown anchor '{anchor}'", anchor=anchor), hint)
    marks = task.text("marks")
    if marks and marks not in declared:
        remedy = did_you_mean(marks, declared, said("declare it under anchors"))
        yield file.fault((*task.path, "marks"), said("'{marks}' is no anchor of this playbook", marks=marks), remedy)


def _duties(file: YamlFile, task: RawTask, parts: Mapping[str, Part]) -> Iterator[str]:
    if task.fields.get("proof") == "required" and not as_list(task.fields.get("evidence")):
        yield file.fault(
            (*task.path, "proof"), said("evidence is required, but none is named"), said("list it under evidence")
        )
    if task.text("kind") == "legal" and not (task.text("backup") and task.fields.get("due")):
        what = said("'{task}' is a legal duty without a stand-in or a deadline", task=task.id)
        yield file.fault(task.path, what, said("give it backup and due"))
    call = task.text("call")
    if call and call not in parts:
        remedy = did_you_mean(call, parts, said("put it into the folder 'parts' beside the playbook"))
        yield file.fault((*task.path, "call"), said("there is no part '{call}'", call=call), remedy)


def _phases(file: YamlFile) -> Iterator[str]:
    phases = [as_dict(phase) for phase in as_list(section(file, "phases"))]
    names = {str(phase.get("id")) for phase in phases}
    for number, phase in enumerate(phases):
        beside = phase.get("parallel_with")
        if isinstance(beside, str) and beside in set(Phase) and (beside not in names or beside == phase.get("id")):
            what = said("'{beside}' is no other phase of this playbook", beside=beside)
            yield file.fault(("phases", number, "parallel_with"), what, said("name a phase that is there"))


def _others(file: YamlFile, ids: Mapping[str, RawTask]) -> Iterator[str]:
    for duty, task_id in as_dict(section(file, "after_care")).items():
        if isinstance(task_id, str) and task_id not in ids:
            remedy = did_you_mean(task_id, ids, said("add that task"))
            yield file.fault(("after_care", duty), said("'{task}' is no task here", task=task_id), remedy)
    for number, start in enumerate(as_list(section(file, "start_playbook"))):
        if as_dict(start).get("playbook") == section(file, "scenario"):
            yield file.fault(
                ("start_playbook", number, "playbook"), said("would start itself"), said("name another scenario")
            )
    country = section(file, "calendar")
    if isinstance(country, str) and not known_country(country):
        yield file.fault(
            ("calendar",),
            said("there is no calendar of '{country}'", country=country),
            said("write a country code, such as CN"),
        )
