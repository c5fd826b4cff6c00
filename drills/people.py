"""Scripted people for fast drills: they answer and work after the times the script gives, or never.

Everything follows from the script and the seed: one seed, one drill.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256

from drills.paperwork import messages, reports
from drills.schema import Drill, Script
from incident.domain.commands import Acknowledge, Command, CompleteTask, Resolve
from incident.domain.incident import Incident, PageStatus, Task
from incident.domain.roster import Roster

Key = tuple[str, str, str]


FAR = datetime.max.replace(tzinfo=UTC)


@dataclass(slots=True)
class Cast:
    """The people of one run. Call ``look`` after anything happened, then ``due`` for what they do by now."""

    drill: Drill
    roster: Roster
    seed: int
    started_at: datetime
    language: str
    _planned: dict[Key, tuple[datetime, Command]] = field(default_factory=dict)
    _over: set[Key] = field(default_factory=set)

    @property
    def script(self) -> Script:
        """How they behave."""
        return self.drill.script

    def look(self, incidents: Sequence[Incident], silent: Sequence[str], now: datetime) -> None:
        """See what has happened: plan what people will do about it, forget what has become needless."""
        quiet = {person.id for position in silent for person in self.roster.holders(position, now)[:1]}
        wanted: dict[Key, tuple[datetime, Command]] = {}
        for incident in incidents:
            if not incident.ended:
                for key, at, command in self._intentions(incident, quiet, now):
                    wanted[key] = self._planned.get(key, (at, command))
        self._planned = {key: move for key, move in wanted.items() if key not in self._over}

    def next_due(self) -> datetime | None:
        """When somebody will next do something."""
        return min((at for at, _ in self._planned.values()), default=None)

    def due(self, now: datetime) -> list[Command]:
        """What people do by ``now``, in order. Asked again, they do not do it twice."""
        found = sorted((at, key) for key, (at, _) in self._planned.items() if at <= now)
        commands = [self._planned.pop(key)[1] for _, key in found]
        self._over.update(key for _, key in found)
        return commands

    def _intentions(
        self, incident: Incident, quiet: set[str], now: datetime
    ) -> Iterator[tuple[Key, datetime, Command]]:
        yield from self._answers(incident, quiet)
        if incident.acknowledged:
            yield from self._works(incident, quiet, now)
            yield from self._recovers(incident)
            find = partial(self._holder, quiet, now)
            yield from messages(incident, self.script, find, self._varied, now)
            yield from reports(incident, self.script, find, self._varied, now, self.language)

    def _answers(self, incident: Incident, quiet: set[str]) -> Iterator[tuple[Key, datetime, Command]]:
        for call in incident.calls.values():
            for page_id in call.current if call.open else ():
                page = incident.pages[page_id]
                wait = self.script.answers(page.position)
                if page.status is PageStatus.DELIVERED and page.delivered_at and wait and page.person not in quiet:
                    at = page.delivered_at + self._varied(wait, "ack", page.person, page_id)
                    answer = Acknowledge(incident_id=incident.id, by=page.person, via=page.via)
                    yield (incident.id, "ack", page_id), at, answer

    def _works(self, incident: Incident, quiet: set[str], now: datetime) -> Iterator[tuple[Key, datetime, Command]]:
        """One task at a time for everybody, the most urgent first; nothing before the moment it counts from."""
        ready = [task for task in incident.tasks.values() if incident.ready(task) and self._its_time(incident, task)]
        begun = {key: self._planned[key] for task in ready if (key := _task_key(incident, task)) in self._planned}
        busy = {command.by for _, command in begun.values()}
        yield from ((key, at, command) for key, (at, command) in begun.items())
        for task in sorted(ready, key=lambda one: incident.due_of(one.plan) or FAR):
            key, takes = _task_key(incident, task), self.script.works(task.plan.id)
            worker = self._worker(incident, task, quiet, now)
            if key in begun or key in self._over or takes is None or not worker or worker in busy:
                continue
            busy.add(worker)
            at = now + self._varied(takes, "task", worker, task.plan.id)
            yield key, at, CompleteTask(incident_id=incident.id, by=worker, task_id=task.plan.id)

    @staticmethod
    def _its_time(incident: Incident, task: Task) -> bool:
        return task.plan.group in incident.convened and task.plan.due_from in incident.anchors

    def _recovers(self, incident: Incident) -> Iterator[tuple[Key, datetime, Command]]:
        plan = self.script.recover
        if plan is not None and incident.commander and "recovered" not in incident.anchors:
            told = [text.text.in_(self.language) for text in (plan.cause, plan.process, plan.after_care)]
            resolve = Resolve(
                incident_id=incident.id, by=incident.commander, cause=told[0], process=told[1], after_care=told[2]
            )
            yield (incident.id, "resolve", ""), self.started_at + plan.at, resolve

    def _worker(self, incident: Incident, task: Task, quiet: set[str], now: datetime) -> str:
        """Whoever holds the owner's position, else the backup's; a restricted incident needs somebody inside."""
        return self._holder(quiet, now, incident, task.plan.owner, task.plan.backup or "")

    def _holder(self, quiet: set[str], now: datetime, incident: Incident, *positions: str) -> str:
        for position in filter(None, positions):
            for person in self.roster.holders(position, now):
                inside = not incident.restricted or person.id in incident.audience
                if inside and person.id not in quiet and self.script.answers(position) is not None:
                    return person.id
        return ""

    def _varied(self, usual: timedelta, *what: str) -> timedelta:
        """The usual time, longer or shorter by at most the jitter, always the same for the same seed and matter."""
        digest = sha256("|".join((str(self.seed), *what)).encode()).digest()
        share = int.from_bytes(digest[:8], "big") / 2**64 * 2 - 1
        return timedelta(seconds=round((usual * (1 + self.script.jitter * share)).total_seconds(), 3))


def _task_key(incident: Incident, task: Task) -> Key:
    return incident.id, "task", task.plan.id
