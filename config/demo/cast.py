"""The scripted people: they answer pages, work through their tasks, and do what their story says."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from config.demo.office import duties
from config.demo.story import Act, Story, TaskPart
from config.demo.world import DemoFault, World
from incident.domain.calls import ALARM
from incident.domain.incident import Incident, Task
from incident.domain.plan import TaskPlan
from incident.domain.work import groups_at_work
from incident.service.roster_file import Bilingual

ANSWER_AFTER = timedelta(minutes=3)
"""How soon somebody answers who is called about anything but the alarm."""
PACE = 0.5
"""Part of the time until its deadline that a task takes, unless the story says otherwise."""
SHORTEST = timedelta(minutes=2)
KEPT = Bilingual(zh="已存入事件文件夹。", en="Kept in the incident's folder.")
"""What somebody says of evidence that a task asks for."""


@dataclass(order=True, frozen=True)
class Cue:
    """Something that will be done at a moment; ``number`` keeps cues of one moment in order."""

    at: datetime
    number: int
    act: Callable[[], None] = field(compare=False)


class Cast:
    """Everybody in one incident. ``next_at`` tells when the next of them acts, ``play`` lets them act."""

    def __init__(self, world: World, story: Story, incident_id: str, language: str) -> None:
        self._world = world
        self.story = story
        self._language = language
        self._cues: list[Cue] = []
        self._count = 0
        self._planned: set[tuple[str, str]] = set()
        self.incident_id = incident_id
        self._seen = world.incident(incident_id)
        opened = self._seen.anchors["opened"]
        for answer in story.answers:
            self._cue(opened + timedelta(seconds=answer.after), partial(self._answer, answer.by, answer.via))
        for act in story.acts:
            self._cue(opened + timedelta(seconds=act.after), partial(self._act, act, act.body(language)))

    def look(self) -> None:
        """Take note of what has changed: tasks that can be worked on, calls that want an answer.

        Until the alarm is answered everybody waits for the story's answer.
        """
        incident = self._seen = self._world.incident(self.incident_id)
        if not incident.acknowledged:
            return
        for page in incident.pages.values():
            if page.call_id != ALARM and page.id in self._world.pager.pages and self._first(("page", page.id)):
                self._cue(page.requested_at + ANSWER_AFTER, partial(self._press, page.id, page.call_id))
        for task in _workable(incident):
            if self._first(("task", task.plan.id)):
                self._plan_task(incident, task)
        for name, at, act in duties(self._world, self.story, incident, self._holder):
            if self._first(name):
                self._cue(at, act)

    def next_at(self) -> datetime | None:
        """When somebody will do something next."""
        return min(self._cues).at if self._cues else None

    def play(self) -> int:
        """Do everything that is due by now, in order; how much was done."""
        now, done = self._world.clock.now(), 0
        while self._cues and min(self._cues).at <= now:
            cue = min(self._cues)
            self._cues.remove(cue)
            cue.act()
            done += 1
        return done

    def _plan_task(self, incident: Incident, task: Task) -> None:
        now = self._world.clock.now()
        part = self.story.tasks.get(task.plan.id, TaskPart())
        due = incident.due_of(task.plan) or now + 2 * SHORTEST
        if part.waive is not None:
            self._cue(now + SHORTEST, partial(self._waive, task.plan.id, part.waive.text.in_(self._language)))
            return
        at = now + max(SHORTEST, (due - now) * PACE)
        if part.done is not None:
            at = incident.anchors["opened"] + timedelta(seconds=part.done)
        elif part.late is not None:
            at = due + timedelta(seconds=part.late)
        self._cue(max(at, now).replace(microsecond=0), partial(self._finish, task.plan, part))

    def _answer(self, by: str, via: str) -> None:
        if via == "api":
            self._world.command(self.incident_id, by, "ack", {})
        elif via == "desk":
            self._world.at_desk(self.incident_id, by)
        else:
            pages = [p for p in self._world.incident(self.incident_id).pages.values() if p.person == by]
            if not pages:
                raise DemoFault(f"{self.incident_id}: {by} was not paged")
            self._world.press_link(pages[-1].id)

    def _press(self, page: str, call: str) -> None:
        if self._world.incident(self.incident_id).calls[call].open:
            self._world.press_link(page)

    def _act(self, act: Act, body: dict[str, Any]) -> None:
        self._let_in(act.by)
        self._world.command(self.incident_id, act.by, act.do, body)

    def _finish(self, plan: TaskPlan, part: TaskPart) -> None:
        by = self._worker(plan.id)
        if plan.kind == "action":
            self._world.command(self.incident_id, by, "start", {"task_id": plan.id})
        note = part.note or (KEPT if plan.proof else None)
        body = {
            "task_id": plan.id,
            "note": note.text.in_(self._language) if note else "",
            "choice": part.choice or next((option.id for option in plan.options), ""),
        }
        self._world.command(self.incident_id, by, "done", body)

    def _waive(self, task_id: str, reason: str) -> None:
        self._world.command(self.incident_id, self._worker(task_id), "waive", {"task_id": task_id, "reason": reason})

    def _worker(self, task_id: str) -> str:
        """Who holds the task's position now, let in first where the incident is restricted."""
        plan = self._seen.tasks[task_id].plan
        return self._holder(plan.owner, plan.backup or "")

    def _holder(self, *positions: str) -> str:
        """Who holds the first of these positions that anybody holds now, let in first."""
        roster, now = self._world.system.rules.roster, self._world.clock.now()
        holders = (person.id for position in positions for person in roster.holders(position, now))
        by = next(holders, self._seen.commander)
        self._let_in(by)
        return by

    def _let_in(self, person: str) -> None:
        incident = self._seen
        if incident.restricted and person not in incident.audience:
            why = "工作需要" if self._language == "zh-CN" else "needed for the work"
            body = {"person": person, "add": True, "reason": why}
            self._world.command(self.incident_id, incident.commander, "audience", body)

    def _cue(self, at: datetime, act: Callable[[], None]) -> None:
        self._count += 1
        self._cues.append(Cue(at, self._count, act))

    def _first(self, name: tuple[str, str]) -> bool:
        new = name not in self._planned
        self._planned.add(name)
        return new


def _workable(incident: Incident) -> Iterator[Task]:
    groups = groups_at_work(incident)
    for task in incident.tasks.values():
        begun = task.plan.due_in is None or task.plan.due_from in incident.anchors
        if task.plan.group in groups and begun and incident.ready(task):
            yield task
