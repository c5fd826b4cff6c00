"""Faults of a playbook that only the whole file shows: circles, unknown ids, groups without deputies, missing texts.

Works on the parsed YAML, not on the validated model, so that one run tells these faults together with the schema's.
Every function takes the file and yields readable lines with file, line and remedy.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from incident.domain.plan import Plan
from incident.domain.said import Said, said
from incident.domain.words import LEVELS, Group, Phase
from incident.yamlfile import YamlFile
from playbooks.lint_conditions import condition_faults
from playbooks.lint_tasks import decision_faults
from playbooks.raw import (
    Path,
    RawTask,
    as_dict,
    as_list,
    did_you_mean,
    level_rows,
    positions_named,
    positions_of_command,
    raw_tasks,
    seats,
    section,
)
from playbooks.schema_tasks import MAX_TASKS, Part

_CHINESE = re.compile(r"[㐀-鿿]")
_BEFORE_END = {phase.value for phase in Phase} - {Phase.REPORT.value}


def lint(
    file: YamlFile, positions: Collection[str] | None = None, parts: Mapping[str, Part] | None = None
) -> Iterator[str]:
    """All faults of one file. ``positions`` are the roster's; without them positions are not looked up.

    ``parts`` are those that tasks may call, by id.
    """
    parts = parts or {}
    tasks = raw_tasks(file)
    if len(tasks) > MAX_TASKS:
        yield file.fault(
            ("phases",),
            said("{count} tasks", count=len(tasks)),
            said("keep at most {most}; split the playbook", most=MAX_TASKS),
        )
        return
    yield from _phases(file)
    yield from _duplicates(file, tasks)
    yield from _needs(file, tasks)
    yield from _never_due(file, tasks)
    yield from _groups(file)
    yield from _staffing(file)
    yield from _levels(file)
    yield from decision_faults(file, tasks, parts)
    yield from condition_faults(file, tasks, parts)
    yield from _outside_groups(file, tasks)
    yield from _untranslated(file, file.data, ())
    if positions is not None:
        yield from _unknown_positions(file, tasks, positions)


def never_free(file: YamlFile, plan: Plan) -> Iterator[str]:
    """Tasks that wait for a task of a group which their level does not convene; nobody would do that one."""
    paths = {task.id: task.path for task in raw_tasks(file)}
    for level in sorted(plan.levels):
        convened = plan.convened_at(level)
        for task in plan.tasks:
            for number, need in enumerate(task.needs):
                waited_for = plan.task(need)
                if waited_for and task.group in convened and waited_for.group not in convened:
                    what = said(
                        "at level {level} nobody does '{need}': {group} is not convened",
                        level=level,
                        need=need,
                        group=waited_for.group,
                    )
                    remedy = said(
                        "convene {group} at level {level}, or set the group of '{need}'",
                        group=waited_for.group,
                        level=level,
                        need=need,
                    )
                    yield file.fault((*paths[task.id], "needs", number), what, remedy)


def _phases(file: YamlFile) -> Iterator[str]:
    order = [phase.value for phase in Phase]
    last = -1
    for number, phase in enumerate(as_list(as_dict(file.data).get("phases"))):
        name = as_dict(phase).get("id")
        if name not in order:
            continue
        if order.index(name) <= last:
            yield file.fault(
                ("phases", number, "id"),
                said("'{name}' comes too late", name=name),
                said("order: {names}", names=", ".join(order)),
            )
        last = max(last, order.index(name))


def _duplicates(file: YamlFile, tasks: list[RawTask]) -> Iterator[str]:
    first: dict[str, int] = {}
    for task in tasks:
        line = file.line((*task.path, "id"))
        if task.id in first:
            what = said("'{id}' is there already (line {line})", id=task.id, line=first[task.id])
            yield file.fault((*task.path, "id"), what, said("give one of them another id"))
        first.setdefault(task.id, line)


def _needs(file: YamlFile, tasks: list[RawTask]) -> Iterator[str]:
    known: dict[str, RawTask] = {}
    for task in tasks:
        known.setdefault(task.id, task)  # of two with one id the first counts
    for task in tasks:
        for number, need in enumerate(as_list(task.fields.get("needs"))):
            if isinstance(need, str) and need not in known:
                remedy = did_you_mean(need, known, said("add that task, or take the need out"))
                yield file.fault(
                    (*task.path, "needs", number), said("needs '{need}', which is no task here", need=need), remedy
                )
    circles = list(_circles(known))
    for circle in circles:
        path = (*known[circle[0]].path, "needs")
        ring = " → ".join((*circle, circle[0]))
        yield file.fault(
            path, said("tasks wait for each other in a circle: {ring}", ring=ring), said("take one of these needs out")
        )
    in_circle = {task for circle in circles for task in circle}
    for task_id in (t for t in _stuck(known, set()) if t not in in_circle):
        task = known[task_id]
        yield file.fault(
            task.path, said("'{task}' can never start: it waits for a circle", task=task_id), said("mend the circle")
        )


def _stuck(known: dict[str, RawTask], free: set[str]) -> dict[str, list[str]]:
    """Tasks that can never become ready (in a circle, or behind one), with the stuck ones each waits for.

    ``free`` are taken for finished.
    """
    waits = {t: {need for need in task.needs if need in known} - free for t, task in known.items() if t not in free}
    while ready := {task_id for task_id, needs in waits.items() if not needs & waits.keys()}:
        waits = {task_id: needs for task_id, needs in waits.items() if task_id not in ready}
    return {task_id: [need for need in known[task_id].needs if need in waits] for task_id in waits}


def _circles(known: dict[str, RawTask]) -> Iterator[list[str]]:
    """Circles that share no task: from any stuck task, follow what it waits for until a task comes again."""
    broken: set[str] = set()
    while stuck := _stuck(known, broken):
        trail: list[str] = []
        at = next(iter(stuck))
        while at not in trail:
            trail.append(at)
            at = stuck[at][0]
        circle = trail[trail.index(at) :]
        broken.update(circle)
        yield circle


def _never_due(file: YamlFile, tasks: list[RawTask]) -> Iterator[str]:
    for task in tasks:
        due = as_dict(task.fields.get("due"))
        blocks = task.fields.get("blocks_end", True) is not False and task.phase in _BEFORE_END
        if due.get("from") == "ended" and blocks:
            what = said("'{task}' is due after the end, which waits for it", task=task.id)
            yield file.fault((*task.path, "due"), what, said("count from another anchor, or set blocks_end: false"))


def _groups(file: YamlFile) -> Iterator[str]:
    heads: dict[str, str] = {}
    groups = as_dict(as_dict(file.data).get("groups"))
    for name in (group.value for group in Group if group.value in groups):
        spec, here = as_dict(groups[name]), ("groups", name)
        head, deputies = spec.get("head"), as_list(spec.get("deputies"))
        if "deputies" in spec and not deputies:
            yield file.fault(
                (*here, "deputies"),
                said("{name} has no deputy", name=name),
                said("name at least one position to stand in"),
            )
        if head in deputies:
            yield file.fault(
                (*here, "deputies"),
                said("'{head}' can't stand in for itself", head=head),
                said("name another position"),
            )
        if isinstance(head, str) and head in heads:
            what = said("'{head}' heads {heads} already", head=head, heads=heads[head])
            yield file.fault((*here, "head"), what, said("one position can't head two groups: name another"))
        if isinstance(head, str):
            heads.setdefault(head, name)


def _levels(file: YamlFile) -> Iterator[str]:
    rows = level_rows(file)
    if not rows:
        return
    seen: set[Any] = set()
    for path, level, _ in rows:
        if level not in LEVELS:
            what = said("has no level") if level is None else said("there is no level {level}", level=level)
            yield file.fault(path, what, said("levels are 1 (gravest) to 4"))
        elif level in seen:
            yield file.fault(
                path, said("level {level} is there already", level=level), said("join both conditions with ||")
            )
        seen.add(level)
    if missing := [str(level) for level in LEVELS if level not in seen]:
        yield file.fault(
            ("levels",),
            said("level {names} is missing", names=", ".join(missing)),
            said("tell whom each level convenes"),
        )
    yield from _matrix(file, rows)


def _matrix(file: YamlFile, rows: list[tuple[Path, Any, dict[Any, Any]]]) -> Iterator[str]:
    """With conditions, the first row that holds counts: the last row must hold always, and no other may."""
    if not any("when" in row for _, _, row in rows):
        return
    for path, level, row in rows[:-1]:
        if "when" not in row:
            what = said("level {level} always holds, the rows below it are never reached", level=level)
            yield file.fault(path, what, said("give it a condition (when), or put it last"))
    if "when" in rows[-1][2]:
        yield file.fault(
            (*rows[-1][0], "when"), said("no level when no condition holds"), said("let the last row hold always")
        )


def _outside_groups(file: YamlFile, tasks: list[RawTask]) -> Iterator[str]:
    seated = {position for _, position in seats(file)}
    for path, position in positions_named(file, tasks) if seated else ():
        if position not in seated:
            remedy = did_you_mean(position, seated, said("add the position to a group's members"))
            yield file.fault(path, said("'{position}' sits in none of the groups", position=position), remedy)


def _staffing(file: YamlFile) -> Iterator[str]:
    """Groups larger than one person can lead, quorums nobody can reach."""
    limit = as_dict(section(file, "limits")).get("span_of_control", 7)
    for name, group in as_dict(section(file, "groups")).items():
        spec, here = as_dict(group), ("groups", name)
        led = [p for field in ("deputies", "members") for p in as_list(spec.get(field))]
        if isinstance(limit, int) and len(led) > limit and not as_list(spec.get("sub_leads")):
            what = said("{count} positions are led by one, more than {limit}", count=len(led), limit=limit)
            yield file.fault(here, what, said("name sub_leads among them, or raise limits.span_of_control"))
        for number, lead in enumerate(as_list(spec.get("sub_leads"))):
            if lead not in led:
                remedy = did_you_mean(
                    str(lead), [str(p) for p in led], said("name one of the group's deputies or members")
                )
                yield file.fault((*here, "sub_leads", number), said("'{lead}' is not in this group", lead=lead), remedy)
        quorum = spec.get("quorum")
        if isinstance(quorum, int) and quorum > len(led) + 1:
            what = said(
                "{quorum} people can't be reached: the group has {count} positions", quorum=quorum, count=len(led) + 1
            )
            yield file.fault((*here, "quorum"), what, said("lower the quorum"))


def _unknown_positions(file: YamlFile, tasks: list[RawTask], known: Collection[str]) -> Iterator[str]:
    data = as_dict(file.data)
    used = [*seats(file), *positions_named(file, tasks), *positions_of_command(file)]
    used.append((("owner",), str(data.get("owner") or "")))
    used.append((("approved", "by"), str(as_dict(data.get("approved")).get("by") or "")))
    for path, position in used:
        if position and position not in known:
            remedy = did_you_mean(position, known, said("add it to people.yaml, or name another position"))
            yield file.fault(path, said("nobody on the roster holds '{position}'", position=position), remedy)


_WRITTEN_IN: dict[str, tuple[Callable[[str], bool], Said]] = {
    "zh": (lambda text: bool(_CHINESE.search(text)), said("write it in Chinese")),
    "en": (lambda text: not _CHINESE.search(text), said("write it in English")),
}


def _untranslated(file: YamlFile, node: Any, path: Path) -> Iterator[str]:
    if isinstance(node, list):
        for number, item in enumerate(node):
            yield from _untranslated(file, item, (*path, number))
        return
    here = as_dict(node)
    if here.keys() & _WRITTEN_IN.keys():
        for language, (well, remedy) in _WRITTEN_IN.items():
            text = here.get(language)
            if isinstance(text, str) and text.strip() and not well(text):
                yield file.fault((*path, language), said("is not translated"), remedy)
        return
    for key, value in here.items():
        yield from _untranslated(file, value, (*path, key))
