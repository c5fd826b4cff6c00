"""What changed between two versions of a playbook, told in people's terms and in both languages. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from incident.domain.plan import GroupPlan, Plan, TaskPlan
from incident.domain.roster import Roster
from incident.domain.words import LEVELS, Group, Text
from incident.report.ending import phase_text

_GROUPS: dict[Group, Text] = {
    Group.LEADERSHIP: Text("应急处理领导小组", "leadership group"),
    Group.RESPONSE: Text("应急响应小组", "response group"),
    Group.LOGISTICS: Text("后勤保障组", "logistics group"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One change. ``kind`` is added, removed or changed; ``where`` the id of what changed."""

    kind: str
    where: str
    text: Text


def changes(old: Plan, new: Plan, roster: Roster) -> list[Change]:
    """All changes, most general first; empty when nothing that people do or hear has changed."""
    return [*_identity(old, new), *_levels(old, new), *_groups(old, new, roster), *_tasks(old, new, roster),
            *_facts(old, new), *_ending(old, new)]  # fmt: skip


def _identity(old: Plan, new: Plan) -> Iterator[Change]:
    if old.version != new.version:
        yield _changed("version", Text("版本", "Version"), old.version, new.version)
    if old.restricted != new.restricted:
        on = Text("现在是受限事件", "Is restricted now")
        yield Change(
            "changed", "restricted", on if new.restricted else Text("不再是受限事件", "Is no longer restricted")
        )
    if old.paging != new.paging:
        yield _changed(
            "paging", Text("应答时限", "Time to answer"), _span(old.paging.ack_within), _span(new.paging.ack_within)
        )


def _levels(old: Plan, new: Plan) -> Iterator[Change]:
    for level in LEVELS:
        name = Text(f"{level} 级", f"Level {level}")
        was, now = old.levels.get(level), new.levels.get(level)
        before = tuple(g for g in was.convene) if was else ()
        after = tuple(g for g in now.convene) if now else ()
        if before != after:
            yield Change(
                "changed",
                f"level {level}",
                Text(
                    f"{name.zh}召集：由{_list(before).zh}改为{_list(after).zh}",
                    f"{name.en} convenes {_list(after).en}, before {_list(before).en}",
                ),
            )
        rules = [{r.level: r.when for r in plan.matrix}.get(level, "") for plan in (old, new)]
        if rules[0] != rules[1]:
            yield _changed(f"level {level}", Text(f"{name.zh}的条件", f"Condition for {name.en.lower()}"), *rules)
        updates = [_span(plan.update_every) if plan and plan.update_every else "–" for plan in (was, now)]
        if updates[0] != updates[1]:
            yield _changed(f"level {level}", Text(f"{name.zh}通报间隔", f"Updates at {name.en.lower()}"), *updates)


def _groups(old: Plan, new: Plan, roster: Roster) -> Iterator[Change]:
    nobody = GroupPlan(Group.RESPONSE, "")
    for group in Group:
        was, now = old.group(group) or nobody, new.group(group) or nobody
        name = _GROUPS[group]
        if was.head != now.head:
            yield _moved(f"{group}", Text(f"{name.zh}组长", f"Head of the {name.en}"), was.head, now.head, roster)
        if was.deputies != now.deputies:
            before, after = (tuple(roster.title(p) for p in side.deputies) for side in (was, now))
            yield Change(
                "changed",
                f"{group}",
                Text(
                    f"{name.zh}接替顺序：{'、'.join(t.zh for t in after)}（原为{'、'.join(t.zh for t in before)}）",
                    f"Deputies of the {name.en}: {', '.join(t.en for t in after)}"
                    f" (before: {', '.join(t.en for t in before)})",
                ),
            )
        for position in sorted({*now.members} - {*was.members}):
            title = roster.title(position)
            yield Change("added", f"{group}", Text(f"{name.zh}增加{title.zh}", f"{title.en} joins the {name.en}"))
        for position in sorted({*was.members} - {*now.members}):
            title = roster.title(position)
            yield Change(
                "removed", f"{group}", Text(f"{name.zh}不再包括{title.zh}", f"{title.en} leaves the {name.en}")
            )


def _tasks(old: Plan, new: Plan, roster: Roster) -> Iterator[Change]:
    before, after = {t.id: t for t in old.tasks}, {t.id: t for t in new.tasks}
    for task_id in [i for i in before if i not in after]:
        title = before[task_id].title
        yield Change("removed", task_id, Text(f"取消任务“{title.zh}”", f"Task “{title.en}” is dropped"))
    for task_id, task in after.items():
        if task_id not in before:
            owner = roster.title(task.owner)
            yield Change(
                "added",
                task_id,
                Text(
                    f"新增任务“{task.title.zh}”，由{owner.zh}负责，期限{_due(task).zh}",
                    f"New task “{task.title.en}” for {owner.en}, due {_due(task).en}",
                ),
            )
        else:
            yield from _task(before[task_id], task, roster)


_FIELDS: tuple[tuple[Callable[[TaskPlan], object], Text], ...] = (
    (lambda t: t.title.en, Text("说法", "wording")),
    (lambda t: t.when, Text("条件", "condition")),
    (lambda t: ", ".join(t.needs), Text("前置任务", "waits for")),
    (lambda t: ", ".join(t.evidence), Text("证据", "evidence")),
    (lambda t: t.drill, Text("演练方式", "in drills")),
    (lambda t: ", ".join(o.id for o in t.options), Text("选项", "options")),
    (lambda t: t.undo, Text("撤销任务", "taken back by")),
    (lambda t: "never" if t.waiver.never else ", ".join(t.waiver.by) or "anyone", Text("谁可豁免", "may be waived by")),
    (lambda t: "yes" if t.blocks_end else "no", Text("是否阻止结束", "blocks the end")),
)


def _task(was: TaskPlan, now: TaskPlan, roster: Roster) -> Iterator[Change]:
    name = Text(f"任务“{now.title.zh}”", f"Task “{now.title.en}”")
    for field, what in (("owner", Text("责任人", "owner")), ("backup", Text("替补", "stand-in"))):
        before, after = getattr(was, field) or "", getattr(now, field) or ""
        if before != after:
            yield _moved(now.id, Text(f"{name.zh}的{what.zh}", f"{name.en}, {what.en}"), before, after, roster)
    if _due(was) != _due(now):
        before_due, after_due = _due(was), _due(now)
        yield Change(
            "changed",
            now.id,
            Text(
                f"{name.zh}的期限由{before_due.zh}改为{after_due.zh}",
                f"{name.en} is due {after_due.en}, before {before_due.en}",
            ),
        )
    if was.phase is not now.phase:
        phases = phase_text(was.phase), phase_text(now.phase)
        yield Change(
            "changed",
            now.id,
            Text(
                f"{name.zh}由“{phases[0].zh}”移到“{phases[1].zh}”",
                f"{name.en} moves from {phases[0].en} to {phases[1].en}",
            ),
        )
    for read, what in _FIELDS:
        old_value, new_value = str(read(was)), str(read(now))
        if old_value != new_value:
            yield _changed(now.id, Text(f"{name.zh}的{what.zh}", f"{name.en}, {what.en}"), old_value, new_value)


def _facts(old: Plan, new: Plan) -> Iterator[Change]:
    before, after = {v.name: v for v in old.vars}, {v.name: v for v in new.vars}
    for name in before.keys() - after.keys():
        ask = before[name].ask
        yield Change("removed", name, Text(f"不再询问“{ask.zh}”", f"No longer asked: “{ask.en}”"))
    for name in after.keys() - before.keys():
        ask = after[name].ask
        yield Change("added", name, Text(f"新增询问“{ask.zh}”", f"Newly asked: “{ask.en}”"))


def _ending(old: Plan, new: Plan) -> Iterator[Change]:
    before, after = {c.id: c for c in old.end.criteria}, {c.id: c for c in new.end.criteria}
    for name in [n for n in before if n not in after]:
        text = before[name].text
        yield Change("removed", name, Text(f"取消结束条件“{text.zh}”", f"End criterion dropped: {text.en}"))
    for name, criterion in after.items():
        text = criterion.text
        if name not in before:
            yield Change("added", name, Text(f"新增结束条件“{text.zh}”", f"New end criterion: {text.en}"))
        elif before[name].when != criterion.when:
            what = Text(f"结束条件“{text.zh}”", f"End criterion “{text.en}”")
            yield _changed(name, what, before[name].when, criterion.when)
    if old.end.hold != new.end.hold:
        what = Text("结束条件须保持的时长", "Time the end criteria must hold")
        yield _changed("end", what, _span(old.end.hold), _span(new.end.hold))


def _changed(where: str, what: Text, was: str, now: str) -> Change:
    return Change(
        "changed",
        where,
        Text(
            f"{what.zh}：由“{was or '无'}”改为“{now or '无'}”",
            f"{what.en}: “{now or 'none'}”, before “{was or 'none'}”",
        ),
    )


def _moved(where: str, what: Text, was: str, now: str, roster: Roster) -> Change:
    none = Text("无", "nobody")
    before, after = (roster.title(p) if p else none for p in (was, now))
    return Change(
        "changed",
        where,
        Text(
            f"{what.zh}由{before.zh}改为{after.zh}",
            f"{what.en}: {after.en}, before {before.en}",
        ),
    )


def _list(groups: tuple[Group, ...]) -> Text:
    if not groups:
        return Text("无", "nobody")
    return Text("、".join(_GROUPS[g].zh for g in groups), ", ".join(_GROUPS[g].en for g in groups))


def _due(task: TaskPlan) -> Text:
    anchor = _ANCHORS.get(task.due_from, Text.same(task.due_from))
    if task.due_days:
        return Text(f"{anchor.zh}后 {task.due_days} 个工作日", f"{task.due_days} business days after {anchor.en}")
    if task.due_in is None:
        return Text("未定", "at no set time")
    return Text(f"{anchor.zh}后 {_span(task.due_in)}", f"{_span(task.due_in)} after {anchor.en}")


_ANCHORS = {
    "began": Text("发生", "it began"), "detected": Text("发现", "detection"), "opened": Text("开启", "opening"),
    "acknowledged": Text("应答", "the first answer"), "mitigated": Text("控制", "containment"),
    "recovered": Text("恢复", "recovery"), "ended": Text("结束", "the end"),
}  # fmt: skip


def _span(length: timedelta) -> str:
    seconds = int(length.total_seconds())
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
