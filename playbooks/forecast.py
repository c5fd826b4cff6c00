"""What a playbook would do if it began at a given moment: who would be called, what would be due when. Does nothing.

The real engine runs on an incident that exists nowhere, so that the forecast can't differ from what would happen.
Times after recovery and after the end are projected: each is taken for the last deadline before it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from incident.domain import events as e
from incident.domain.calls import rungs
from incident.domain.crisis_clocks import clock_board
from incident.domain.crisis_events import ClockDueSet, ClockStarted, CrisisPlanned
from incident.domain.crisis_plan import CrisisPlan
from incident.domain.crisis_views import comms_board
from incident.domain.facts import canonical
from incident.domain.incident import Incident, Task, evolve, fold
from incident.domain.parts import Verdict
from incident.domain.plan import ANCHORS, Plan
from incident.domain.roster import Roster
from incident.domain.words import Degree, Group, Phase, Text
from incident.domain.work import groups_at_work
from playbooks.business import add_business_days
from playbooks.clockbook import run as clocks
from playbooks.engine import advance


@dataclass(frozen=True, slots=True)
class Called:
    """A rung of the alarm: asked from ``at`` on if nobody has answered before."""

    rung: str
    at: datetime
    positions: tuple[str, ...]
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """A task in time. ``start`` is when it could begin if all before it end on their deadlines.

    ``projected`` tells that its deadline counts from something that is only guessed. ``applies`` is what its
    condition says; ``asks`` are the facts it lacks.
    """

    id: str
    title: Text
    phase: Phase
    group: Group
    kind: str
    owner: str
    people: tuple[str, ...]
    start: datetime
    due: datetime | None
    projected: bool
    applies: str
    asks: tuple[str, ...]
    needs: tuple[str, ...]
    drill: str


@dataclass(frozen=True, slots=True)
class Owed:
    """A first message or a report (``kind`` message or clock): for whom, who sees to it, until when.

    ``due`` is None while it counts from something that has not happened.
    """

    kind: str
    id: str
    title: Text
    owner: str
    due: datetime | None


@dataclass(frozen=True, slots=True)
class Forecast:
    """The whole picture. ``level`` is the one the playbook's matrix comes to; ``questions`` are facts to find out;
    ``owed`` are messages and reports, when it was asked with a crisis plan."""

    plan: Plan
    at: datetime
    level: int
    groups: tuple[Group, ...]
    calls: tuple[Called, ...]
    bars: tuple[Bar, ...]
    questions: tuple[str, ...]
    linked: tuple[str, ...]
    owed: tuple[Owed, ...] = ()


def forecast(
    plan: Plan, roster: Roster, at: datetime, level: int, facts: Mapping[str, str] | None = None, *,
    drill: bool = False, crisis: CrisisPlan | None = None,
) -> Forecast:  # fmt: skip
    """Run the plan's first moment on paper. ``facts`` are answers by name. Raises BadInput for one that can't be."""
    opened = e.IncidentOpened(
        "forecast", plan.scenario, plan.title, level, Degree.MEDIUM, Degree.MEDIUM, "forecast", at, at,
        drill="forecast" if drill else None,
    )  # fmt: skip
    log = [e.Entry("forecast", 1, opened, "system", at, at)]
    for name, said in (facts or {}).items():
        var = plan.var(name)
        fact = e.FactSet(name, canonical(var, said) if var else said)
        log.append(e.Entry("forecast", len(log) + 1, fact, "person", at, at))
    state = fold(log)
    for event in advance(plan, log, {}, roster, at):
        evolve(state, event, at, "system")
    asks = (name for condition in state.conditions.values() for name in condition.asks if "." not in name)
    running = state.plan or plan
    return Forecast(
        running, at, state.level, state.convened, tuple(_calls(running, roster, state.convened, at)),
        tuple(_bars(state, roster, at)), tuple(dict.fromkeys(sorted(asks))),
        tuple(link.scenario.value for link in running.links if link.id in state.called),
        tuple(_owed(state, crisis, at)) if crisis else (),
    )  # fmt: skip


def _owed(state: Incident, crisis: CrisisPlan, at: datetime) -> Iterator[Owed]:
    """What the crisis plan asks for at this level: messages first, then reports, each by its time."""
    evolve(state, CrisisPlanned(crisis), at, "system")
    while fresh := [event for event in clocks.advance(state, at) if isinstance(event, ClockStarted | ClockDueSet)]:
        for event in fresh:
            evolve(state, event, at, "system")
    messages = [one for one in comms_board(state, at) if one.due_at is not None]
    for one in sorted(messages, key=lambda m: m.due_at or at):
        yield Owed("message", one.line.id, one.line.audience, one.line.owner, one.due_at)
    for line in clock_board(state, at):
        yield Owed("clock", line.clock.terms.id, line.clock.terms.title, line.clock.terms.owner, line.late_after)


def _calls(plan: Plan, roster: Roster, groups: tuple[Group, ...], at: datetime) -> list[Called]:
    found = []
    for rung in rungs(plan, groups):
        people = (person.id for position in rung.positions for person in roster.holders(position, at)[:1])
        found.append(Called(rung.name, at, rung.positions, tuple(dict.fromkeys(people))))
        at += plan.paging.ack_within * plan.paging.tries
    return found


def _bars(state: Incident, roster: Roster, at: datetime) -> list[Bar]:
    groups = groups_at_work(state)
    tasks = [task for task in state.tasks.values() if task.plan.group in groups and task.plan.due_from in ANCHORS]
    tasks += [task for task in state.tasks.values() if task.plan.group in groups and task not in tasks]
    due = _deadlines(state, tasks, at)
    starts: dict[str, datetime] = {}
    for task in _in_order(tasks):
        before = [due[n] or at for n in task.plan.needs if n in due]
        starts[task.plan.id] = max([at, *before])
    known = {"began", "detected", "opened"}
    return [
        Bar(
            task.plan.id, task.plan.title, task.plan.phase, task.plan.group, task.plan.kind, task.plan.owner,
            tuple(p.id for p in roster.holders(task.plan.owner, at)[:1]), starts[task.plan.id], due[task.plan.id],
            task.plan.due_from not in known, task.applies.value, task.asks, task.plan.needs, task.plan.drill,
        )
        for task in sorted(tasks, key=lambda t: list(state.tasks).index(t.plan.id))
        if task.applies is not Verdict.NO
    ]  # fmt: skip


def _deadlines(state: Incident, tasks: list[Task], at: datetime) -> dict[str, datetime | None]:
    """Deadlines by task id; anchors that have not happened are guessed one after the other."""
    anchors = dict.fromkeys(("began", "detected", "opened", "acknowledged"), at)
    due = {task.plan.id: _due(state.plan, task, anchors) for task in tasks}
    for anchor in ("recovered", "ended"):
        anchors[anchor] = max([at, *(moment for moment in due.values() if moment)])
        anchors.setdefault("mitigated", anchors[anchor])
        due = {task.plan.id: _due(state.plan, task, anchors) for task in tasks}
    for own in state.plan.anchors if state.plan else ():
        marks = [due[t.plan.id] for t in tasks if t.plan.marks == own]
        anchors[own] = next((moment for moment in marks if moment), at)
    return {task.plan.id: _due(state.plan, task, anchors) for task in tasks}


def _due(plan: Plan | None, task: Task, anchors: Mapping[str, datetime]) -> datetime | None:
    anchor = anchors.get(task.plan.due_from)
    if anchor is None:
        return None
    if task.plan.due_days and plan is not None:
        return add_business_days(anchor, task.plan.due_days, plan.calendar, plan.timezone)
    return anchor + task.plan.due_in if task.plan.due_in is not None else None


def _in_order(tasks: list[Task]) -> list[Task]:
    """The tasks, none before one it needs."""
    by_id = {task.plan.id: task for task in tasks}
    found: dict[str, Task] = {}
    while len(found) < len(by_id):
        ready = [
            t for i, t in by_id.items() if i not in found and all(n in found or n not in by_id for n in t.plan.needs)
        ]
        if not ready:
            ready = [t for i, t in by_id.items() if i not in found]
        found.update((t.plan.id, t) for t in ready)
    return list(found.values())


SHORTEST = timedelta(minutes=5)
"""How long a bar is drawn at least."""
