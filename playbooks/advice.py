"""What is unwise about a playbook though it would run: who holds what at a given time, approval and review dates.

Works on a loaded playbook; every line names the file, the place and the remedy, like a fault.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from incident.domain.plan import Plan
from incident.domain.roster import Roster
from incident.domain.said import said
from incident.yamlfile import YamlFile
from playbooks.condition import compile_condition
from playbooks.lint_conditions import conditions
from playbooks.raw import raw_tasks
from playbooks.schema import Playbook

AT_ONCE = 3
"""So many tasks of one person with deadlines within ``CLOSE`` of each other are more than one person can do."""
CLOSE = timedelta(minutes=5)


def staffing_faults(file: YamlFile, plan: Plan, roster: Roster, now: datetime) -> Iterator[str]:
    """Faults by the people on duty at ``now``: one person heading two groups, groups with nobody to lead them."""
    heads: dict[str, str] = {}
    for group in plan.groups:
        here = ("groups", group.group.value, "head")
        leaders = [p for position in (group.head, *group.deputies) for p in roster.holders(position, now)[:1]]
        if not leaders:
            yield file.fault(
                here, said("nobody holds head or deputy at that time"), said("put somebody on duty in people.yaml")
            )
        first = next(iter(roster.holders(group.head, now)), None)
        if first is None:
            continue
        if first.id in heads:
            what = said("{first} heads {heads} too at that time", first=first.id, heads=heads[first.id])
            yield file.fault(here, what, said("one person can't lead two groups: put somebody else on duty"))
        heads.setdefault(first.id, group.group.value)


def staffing_advice(file: YamlFile, plan: Plan, roster: Roster, now: datetime) -> Iterator[str]:
    """What the people on duty at ``now`` make weak: stand-ins who are the same person, one person in many places."""
    for group in plan.groups:
        head = next(iter(roster.holders(group.head, now)), None)
        stands_in = {p.id for position in group.deputies for p in roster.holders(position, now)[:1]} - {
            head.id if head else ""
        }
        if head and group.deputies and not stands_in:
            what = said("nobody but {head} can lead at that time", head=head.id)
            yield file.fault(("groups", group.group.value, "deputies"), what, said("put a deputy on duty"))
    yield from _overloaded(file, plan, roster, now)


def _overloaded(file: YamlFile, plan: Plan, roster: Roster, now: datetime) -> Iterator[str]:
    paths = {task.id: task.path for task in raw_tasks(file)}
    by_person: defaultdict[str, list[tuple[timedelta, str]]] = defaultdict(list)
    alone: defaultdict[tuple[str, str, str], list[str]] = defaultdict(list)
    for task in (t for t in plan.tasks if t.id in paths):
        owner = next(iter(roster.holders(task.owner, now)), None)
        backup = next(iter(roster.holders(task.backup, now)), None) if task.backup else None
        if owner and backup and owner.id == backup.id:
            alone[owner.id, task.owner, task.backup or ""].append(task.id)
        if owner and task.due_in is not None and task.due_from == "opened" and not task.needs:
            by_person[owner.id].append((task.due_in, task.id))
    for (person, owner_at, backup_at), ids in alone.items():
        what = said(
            "{person} holds both {owner_at} and {backup_at}: no stand-in for {names}",
            person=person,
            owner_at=owner_at,
            backup_at=backup_at,
            names=", ".join(ids),
        )
        yield file.fault((*paths[ids[0]], "backup"), what, said("put somebody else on duty, or name another position"))
    for person, tasks in by_person.items():
        for due, task_id in sorted(tasks):
            near = [t for d, t in tasks if due <= d <= due + CLOSE]
            if len(near) >= AT_ONCE:
                what = said(
                    "{person} has {count} tasks at once: {names}", person=person, count=len(near), names=", ".join(near)
                )
                yield file.fault(paths[task_id], what, said("give one of them to another position"))
                break


def paper_advice(file: YamlFile, spec: Playbook, now: datetime) -> Iterator[str]:
    """Approval and review by the calendar, and facts nobody needs."""
    today = now.astimezone(ZoneInfo(spec.timezone)).date()
    if spec.approved.on > today:
        yield file.fault(
            ("approved", "on"),
            said("approved on {on}, which is still to come", on=spec.approved.on),
            said("mend the date"),
        )
    review = spec.approved.on + spec.review.every
    if review < today:
        yield file.fault(
            ("review",),
            said("was to be gone through by {review}", review=review),
            said("review it and have it approved anew"),
        )
    if spec.approved.by == spec.owner:
        yield file.fault(("approved", "by"), said("approved by its own owner"), said("let somebody else approve it"))
    used: set[str] = set()
    for _, source in conditions(file, raw_tasks(file)):
        condition = compile_condition(source)
        used |= condition.facts | {name for table, name in condition.entries if table == "known"}
    for name in spec.vars:
        if name not in used:
            yield file.fault(("vars", name), said("no condition rests on this fact"), said("use it, or take it out"))
