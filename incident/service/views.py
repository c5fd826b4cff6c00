"""What people and programs may read. Every answer has passed redaction for its viewer."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from incident.domain.decide import blockers
from incident.domain.errors import NotAllowed, NotFound
from incident.domain.incident import Incident, Page, Task
from incident.domain.opinion import Opinion
from incident.domain.said import said
from incident.domain.words import Text
from incident.report.build import build, from_json
from incident.report.gather import behind, join_reasons
from incident.report.model import Report
from incident.report.names import Names
from incident.report.timeline import Line, lines
from incident.service.opinions import RuleLine, rule_lines, seen_by
from incident.service.ports import Clock, RuleBook, Store, UnitOfWork
from incident.service.records import DeadRow, DrillRun, IncidentRow, OutboxRow, StoredReport, StoredSignal
from incident.service.redaction import Viewer, code_title, masked, may_see


@dataclass(frozen=True, slots=True)
class IncidentLine:
    """A line of the list. Hidden, it has a code name and nothing else (``level`` and ``scenario`` are None)."""

    id: str
    title: Text
    hidden: bool
    restricted: bool
    status: str
    scenario: str | None
    level: int | None
    drill: bool
    opened_at: datetime | None
    updated_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class TaskLine:
    """A task as a person sees it now."""

    task: Task
    due_at: datetime | None
    ready: bool
    overdue: bool
    owner: Text
    holder: Text | None


@dataclass(frozen=True, slots=True)
class NextDeadline:
    """The next thing due, for the top of the page."""

    task: TaskLine
    left: timedelta


@dataclass(frozen=True, slots=True)
class Desktop:
    """Everything an incident's page shows. For outsiders of a restricted incident only code name and ``hidden``."""

    incident: Incident
    hidden: bool
    tasks: tuple[TaskLine, ...]
    timeline: tuple[Line, ...]
    signals: tuple[StoredSignal, ...]
    pages: tuple[Page, ...]
    outbox: tuple[OutboxRow, ...]
    next_deadline: NextDeadline | None
    blockers: tuple[str, ...]
    joined: dict[str, str] = field(default_factory=dict)
    """Signal → why it joined."""

    @property
    def behind(self) -> tuple[str, ...]:
        """The services the fault probably lies in, as far as it follows from what stands on what."""
        return behind(self.joined.values())


class Views:
    """Queries. ``read`` opens a transaction that writes nothing."""

    def __init__(self, read: UnitOfWork, names: Names, clock: Clock) -> None:
        self._read = read
        self.names = names
        self._clock = clock

    def incidents(
        self, viewer: Viewer, *, open_only: bool = False, drill: bool | None = None, limit: int = 100
    ) -> list[IncidentLine]:
        """The incident list, newest first."""
        with self._read() as store:
            rows = store.incidents.rows(open_only=open_only, drill=drill, limit=limit)
        return [_line(row, viewer) for row in rows]

    def incident(self, viewer: Viewer, incident_id: str) -> Incident:
        """The incident's state, masked for outsiders. Raises NotFound."""
        with self._read() as store:
            return masked(store.incidents.get(incident_id), viewer)

    def whole(self, viewer: Viewer, incident_id: str) -> Incident:
        """The incident's state, for those who may see it. Raises NotFound, NotAllowed."""
        with self._read() as store:
            return self._check(store, viewer, incident_id)

    def desktop(self, viewer: Viewer, incident_id: str, language: str) -> Desktop:
        """All of an incident's page in one read. Raises NotFound."""
        with self._read() as store:
            incident = store.incidents.get(incident_id)
            if not may_see(incident, viewer):
                return Desktop(masked(incident, viewer), True, (), (), (), (), (), None, ())
            entries = store.log.entries(incident_id)
            signals = store.signals.of_incident(incident_id)
            outbox = store.outbox.rows(incident_id=incident_id)
        tasks = self._tasks(incident)
        return Desktop(
            incident=incident, hidden=False, tasks=tasks, timeline=tuple(lines(entries, self.names, language)),
            signals=tuple(signals), pages=tuple(incident.pages.values()), outbox=tuple(outbox),
            next_deadline=_next(tasks, self._clock.now()), blockers=blockers(incident), joined=join_reasons(entries),
        )  # fmt: skip

    def timeline(self, viewer: Viewer, incident_id: str, language: str) -> list[Line]:
        """The incident's log in words. Raises NotFound, NotAllowed."""
        with self._read() as store:
            self._check(store, viewer, incident_id)
            return lines(store.log.entries(incident_id), self.names, language)

    def tasks(self, viewer: Viewer, incident_id: str) -> tuple[TaskLine, ...]:
        """The incident's tasks in plan order. Raises NotFound, NotAllowed."""
        with self._read() as store:
            return self._tasks(self._check(store, viewer, incident_id))

    def report(self, viewer: Viewer, incident_id: str) -> Report:
        """The report as it would be now. Raises NotFound, NotAllowed."""
        with self._read() as store:
            self._check(store, viewer, incident_id)
            return build(store.log.entries(incident_id), self._clock.now(), self.names)

    def issued(self, viewer: Viewer, report_id: str) -> tuple[StoredReport, Report]:
        """A report as it was issued. Raises NotFound, NotAllowed."""
        with self._read() as store:
            stored = store.reports.get(report_id)
            self._check(store, viewer, stored.incident_id)
        return stored, from_json(stored.data)

    def reports(self, viewer: Viewer) -> list[tuple[StoredReport, IncidentLine]]:
        """Issued reports with their incident's line, newest first; of hidden ones only the line tells anything."""
        with self._read() as store:
            stored = store.reports.rows()
            incidents = {r.incident_id: store.incidents.get(r.incident_id) for r in stored}
        return [(report, line_of(incidents[report.incident_id], viewer)) for report in stored]

    def signals(self, viewer: Viewer, limit: int = 200) -> list[StoredSignal]:
        """Recent signals; those of incidents the viewer may not see, and restricted ones without any, are left out."""
        with self._read() as store:
            return seen_by(store, viewer, store.signals.recent(limit))

    def signal(self, viewer: Viewer, signal_id: str) -> StoredSignal:
        """One signal. Raises NotFound when there is none the viewer may know of."""
        with self._read() as store:
            found = seen_by(store, viewer, store.signals.get([signal_id]).values())
        if not found:
            raise NotFound(said("no signal {signal}", signal=signal_id), remedy="tocsin signal list shows them")
        return found[0]

    def joined(self, stored: StoredSignal) -> str:
        """Why a signal, which the viewer must be allowed to see, joined its incident; empty when it joined none."""
        if stored.incident_id is None:
            return ""
        with self._read() as store:
            return join_reasons(store.log.entries(stored.incident_id)).get(stored.signal.id, "")

    def opinions(self, signals: Sequence[StoredSignal]) -> dict[str, list[Opinion]]:
        """What people think of these signals, which the viewer must be allowed to see."""
        wanted = {stored.signal.id for stored in signals}
        found: dict[str, list[Opinion]] = {}
        with self._read() as store:
            for one in store.opinions.rows():
                if one.signal in wanted:
                    found.setdefault(one.signal, []).append(one)
        return found

    def rules(self, viewer: Viewer, book: RuleBook) -> list[RuleLine]:
        """Every rule with its budget, how it keeps to it, and what people think of its signals."""
        with self._read() as store:
            return rule_lines(store, book, viewer, self._clock.now())

    def pages(self, viewer: Viewer, limit: int = 200) -> list[OutboxRow]:
        """What the outbox holds and has sent; rows of hidden incidents are left out."""
        with self._read() as store:
            rows = store.outbox.rows(limit=limit)
            known = {i: store.incidents.get(i) for i in {r.incident_id for r in rows} if i}
        return [r for r in rows if r.incident_id is None or may_see(known[r.incident_id], viewer)]

    def drills(self, limit: int = 100) -> list[DrillRun]:
        """Drill runs, newest first."""
        with self._read() as store:
            return store.drills.rows(limit)

    def dead_letters(self, limit: int = 100) -> list[DeadRow]:
        """What could not be taken, bodies masked."""
        with self._read() as store:
            return store.dead.rows(limit)

    def _check(self, store: Store, viewer: Viewer, incident_id: str) -> Incident:
        incident = store.incidents.get(incident_id)
        if not may_see(incident, viewer):
            raise NotAllowed(
                said("{incident} is restricted", incident=incident_id),
                remedy="ask the incident's lead to let you in",
            )
        return incident

    def _tasks(self, incident: Incident) -> tuple[TaskLine, ...]:
        now = self._clock.now()
        holders = {seat.position: seat.person for seat in incident.seats}
        found = []
        for task in incident.tasks.values():
            due = incident.due_of(task.plan)
            holder = holders.get(task.plan.owner)
            found.append(
                TaskLine(
                    task=task, due_at=due, ready=incident.ready(task),
                    overdue=due is not None and now > due and not task.finished,
                    owner=self.names.position(task.plan.owner),
                    holder=self.names.person(holder) if holder else None,
                )
            )  # fmt: skip
        return tuple(found)


def line_of(incident: Incident, viewer: Viewer) -> IncidentLine:
    """An incident's line for a viewer, from its state."""
    hidden = not may_see(incident, viewer)
    return IncidentLine(
        id=incident.id, title=code_title(incident.code_name) if hidden else incident.title, hidden=hidden,
        restricted=incident.restricted, status="" if hidden else incident.status.value,
        scenario=None if hidden else incident.scenario.value, level=None if hidden else incident.level,
        drill=incident.drill is not None, opened_at=None if hidden else incident.anchors["opened"], updated_at=None,
        ended_at=None if hidden else incident.anchors.get("ended"),
    )  # fmt: skip


def _line(row: IncidentRow, viewer: Viewer) -> IncidentLine:
    hidden = not may_see(row, viewer)
    return IncidentLine(
        id=row.id, title=code_title(row.code_name) if hidden else Text(row.title_zh, row.title_en), hidden=hidden,
        restricted=row.restricted, status="" if hidden else row.status, scenario=None if hidden else row.scenario,
        level=None if hidden else row.level, drill=row.drill is not None, opened_at=None if hidden else row.opened_at,
        updated_at=None if hidden else row.updated_at, ended_at=None if hidden else row.ended_at,
    )  # fmt: skip


def _next(tasks: Sequence[TaskLine], now: datetime) -> NextDeadline | None:
    waiting = [t for t in tasks if t.due_at is not None and not t.task.finished]
    if not waiting:
        return None
    first = min(waiting, key=lambda t: t.due_at or now)
    return NextDeadline(first, (first.due_at or now) - now)
