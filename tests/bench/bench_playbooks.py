"""How fast playbooks are: ``python -m pytest tests/bench/bench_playbooks.py -m bench -s``. CPU time of one core."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import config
from incident.domain import events as e
from incident.domain.incident import Incident, evolve
from incident.domain.plan import GroupPlan, LevelPlan, LevelRule, Plan, TaskPlan, VarPlan
from incident.domain.roster import Person, Position, Roster
from incident.domain.words import Degree, Group, Phase, Scenario, Text
from incident.service import roster_file
from playbooks.checking import check_files
from playbooks.command import command_planner
from playbooks.engine import Planner, advance
from playbooks.loader import LIBRARY, load

pytestmark = pytest.mark.bench
START = datetime(2026, 10, 5, 3, 0, tzinfo=UTC)
TASKS, ENTRIES, INCIDENTS = 300, 10_000, 1_000
ROSTER = Roster(
    people={"a": Person("a", Text.same("a")), "b": Person("b", Text.same("b"))},
    positions={name: Position(name, Text.same(name), (name,)) for name in ("a", "b")},
)


def best_of(times: int, work: Callable[[], object]) -> float:
    """The shortest CPU time of several runs, in seconds."""
    found = []
    for _ in range(times):
        began = time.process_time()
        work()
        found.append(time.process_time() - began)
    return min(found)


def big_plan() -> Plan:
    """300 tasks in a net of needs, a third of them with conditions, and a level matrix."""
    tasks = tuple(
        TaskPlan(
            f"t{n}", Phase.RESPONSE, Text.same(f"Task {n}"), "a", backup="b",
            needs=tuple(f"t{n - k}" for k in (1, 7) if n >= k and n % 5), due_in=timedelta(minutes=10 + n),
            when=f"affected_pct >= {n % 100}" if n % 3 == 0 else "",
        )
        for n in range(TASKS)
    )  # fmt: skip
    return Plan(
        id="big", version="1", scenario=Scenario.OTHER, title=Text.same("Big"), hash="0",
        groups=(GroupPlan(Group.RESPONSE, "a", ("b",)),), tasks=tasks,
        levels={level: LevelPlan((Group.RESPONSE,)) for level in (1, 2, 3, 4)},
        vars=(VarPlan("affected_pct", "number", Text.same("How much?"), "a"),),
        matrix=(LevelRule(1, "affected_pct >= 80"), LevelRule(2, "minutes.opened >= 600"), LevelRule(3)),
    )  # fmt: skip


def long_log(plan: Plan) -> list[e.Entry]:
    """10,000 entries: signals, pages, calls, notes, facts and finished tasks."""
    events: list[e.DomainEvent] = [
        e.IncidentOpened("i", Scenario.OTHER, Text.same("x"), 3, Degree.MEDIUM, Degree.LOW, "k", START, START),
        *Planner({Scenario.OTHER: plan}).adopt(plan, _opened(), ROSTER, START),
    ]
    for n in range(ENTRIES - len(events)):
        match n % 5:
            case 0:
                events.append(
                    e.SignalsJoined((f"s{n}",), "same_key", f"rule-{n % 20}", Text.same("x"), Degree.LOW, Degree.LOW)
                )
            case 1:
                events.append(e.NoteAdded(f"note {n}"))
            case 2:
                events.append(e.PageRequested(f"p{n}", "alarm", "a", "a", "alarm"))
            case 3:
                events.append(e.PageDelivered(f"p{n - 1}", "a", "slack"))
            case _:
                events.append(e.FactSet("affected_pct", str(n % 70)) if n % 2 else e.TaskDone(f"t{n % 60}"))
    return [e.Entry("i", n, event, "system", START, START) for n, event in enumerate(events, start=1)]


def _opened() -> Incident:
    state = Incident()
    opened = e.IncidentOpened("i", Scenario.OTHER, Text.same("x"), 3, Degree.MEDIUM, Degree.LOW, "k", START, START)
    evolve(state, opened, START, "system")
    return state


def test_the_five_playbooks_are_checked_in_under_a_second() -> None:
    """All faults and all advice of the shipped library against the shipped people."""
    roster = roster_file.load(Path(config.__file__).parent / "defaults" / "people.yaml").roster
    took = best_of(5, lambda: check_files([LIBRARY], START, roster))
    print(f"\ncheck of five playbooks: {took * 1000:.0f} ms")
    assert took < 1


def test_a_large_incident_advances_in_under_twenty_milliseconds() -> None:
    """300 tasks and 10,000 entries, folded from nothing and advanced."""
    plan = big_plan()
    log = long_log(plan)
    now = START + timedelta(minutes=30)
    settled = [*log, *(e.Entry("i", 0, event, "system", now, now) for event in advance(plan, log, {}, ROSTER, now))]
    took = best_of(9, lambda: advance(plan, settled, {}, ROSTER, now))
    print(f"\nadvance, {len(plan.tasks)} tasks and {len(settled)} entries: {took * 1000:.1f} ms")
    assert took < 0.02


def test_a_thousand_open_incidents_are_ticked_in_under_a_second() -> None:
    """The shipped playbooks with clocks, messages and all of command, each advanced and asked when it is due again."""
    roster = roster_file.load(Path(config.__file__).parent / "defaults" / "people.yaml").roster
    planner = command_planner(load(None, roster))
    states = []
    for n in range(INCIDENTS):
        scenario = list(Scenario)[n % 5]
        state = Incident()
        opened = e.IncidentOpened(f"i{n}", scenario, Text.same("x"), 2, Degree.MEDIUM, Degree.LOW, "k", START, START)
        evolve(state, opened, START, "system")
        events = planner.activate(state, roster, START)
        while events:
            for event in events:
                evolve(state, event, START, "system")
            events = planner.advance(state, roster, START)
        states.append(state)
    now = START + timedelta(minutes=1)

    def tick() -> None:
        for state in states:
            planner.advance(state, roster, now)
            planner.next_due(state)

    took = best_of(3, tick)
    print(f"\ntick of {len(states)} open incidents: {took * 1000:.0f} ms")
    assert took < 1
