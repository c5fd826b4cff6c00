"""Each shipped playbook walked from alarm to report with the shipped people: nothing is stuck, nobody is missing."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import config
from incident.domain import events as e
from incident.domain.incident import Incident, evolve
from incident.domain.roster import Roster
from incident.domain.words import Degree, Group, Phase, Scenario, Text
from incident.report.ending import still_open
from incident.report.names import Names
from incident.service import roster_file
from playbooks.engine import Planner
from playbooks.loader import by_scenario, load

NIGHT = datetime(2026, 10, 5, 19, 0, tzinfo=UTC)  # 3 a.m. in Shanghai


@pytest.fixture(scope="module")
def roster() -> Roster:
    """The people that come with Tocsin."""
    return roster_file.load(Path(config.__file__).parent / "defaults" / "people.yaml").roster


@pytest.fixture(scope="module")
def planner(roster: Roster) -> Planner:
    """The engine with the five shipped playbooks."""
    return Planner(by_scenario(load(None, roster)))


def opened(planner: Planner, roster: Roster, scenario: Scenario, level: int, drill: str | None = None) -> Incident:
    state = Incident()
    first = e.IncidentOpened(
        "inc-1", scenario, Text.same("x"), level, Degree.HIGH, Degree.LOW, "k", NIGHT, NIGHT, drill=drill
    )
    evolve(state, first, NIGHT, "system")
    for event in planner.activate(state, roster, NIGHT):
        evolve(state, event, NIGHT, "system")
    tick(planner, state, roster, NIGHT)
    return state


def tick(planner: Planner, state: Incident, roster: Roster, now: datetime) -> list[e.DomainEvent]:
    found: list[e.DomainEvent] = []
    while events := planner.advance(state, roster, now):
        for event in events:
            evolve(state, event, now, "system")
        found += events
    return found


ANSWERS = {"bool": "yes", "tribool": "yes", "number": "95", "list": "price, other", "datetime": NIGHT.isoformat()}
GOOD_NEWS = {"still_leaking": "no", "people_missing": "0", "surge_ratio": "1", "affected_pct": "0"}


def tell(state: Incident, **facts: str) -> None:
    """People answer every question of the playbook; ``facts`` come before what is usual."""
    assert state.plan is not None
    for var in state.plan.vars:
        said = facts.get(var.name) or ANSWERS.get(var.type) or var.options[0]
        evolve(state, e.FactSet(var.name, said), NIGHT, "person:huang-li")


def finish(state: Incident, task_id: str) -> None:
    """A person does a task; a decision falls on the first option."""
    plan = state.tasks[task_id].plan
    choice = plan.options[0].id if plan.options else ""
    evolve(state, e.TaskDone(task_id, choice=choice), NIGHT, "person:huang-li")


@pytest.mark.parametrize("drill", [None, "run-1"])
@pytest.mark.parametrize("level", [1, 4])
@pytest.mark.parametrize("scenario", Scenario)
def test_a_playbook_can_be_worked_to_its_end(
    scenario: Scenario, level: int, drill: str | None, planner: Planner, roster: Roster
) -> None:
    """Doing what is ready, again and again, finishes every task of every convened group and unblocks the end."""
    state = opened(planner, roster, scenario, level, drill)
    assert all(seat.person for seat in state.seats)
    assert state.phase is Phase.ALARM
    assert still_open(state, Names())
    tell(state, **GOOD_NEWS)
    for person in dict.fromkeys(seat.person for seat in state.seats):
        evolve(state, e.CallAnswered("alarm", person or "", "slack"), NIGHT, f"person:{person}")
    tick(planner, state, roster, NIGHT)
    while ready := [t for t in state.tasks.values() if state.ready(t) and t.plan.group in state.convened]:
        finish(state, ready[0].plan.id)
        tick(planner, state, roster, NIGHT)
    assert [reason.en for reason in still_open(state, Names())] == []
    assert planner.next_due(state) is None
    assert state.phase is Phase.REPORT
    assert state.tasks["final_report"].finished


def test_a_small_outage_at_night_wakes_the_response_group_alone(planner: Planner, roster: Roster) -> None:
    """Level 4 asks the shift, level 2 leadership and logistics too."""
    assert opened(planner, roster, Scenario.SYSTEM_OUTAGE, 4).convened == (Group.RESPONSE,)
    assert opened(planner, roster, Scenario.SYSTEM_OUTAGE, 2).convened == tuple(Group)


def test_an_unverified_outage_calls_the_shift_leader_then_the_supervisor(planner: Planner, roster: Roster) -> None:
    """Verification is due after ten minutes; late, its owner is called, and fifteen minutes on the group's head."""
    state = opened(planner, roster, Scenario.SYSTEM_OUTAGE, 4)
    evolve(state, e.TaskDone("report_up"), NIGHT, "person:xu-fang")
    assert planner.next_due(state) == NIGHT + timedelta(minutes=10)
    for late, first_asked in ((10, ("shift_lead", "tech_support")), (25, ("service_supervisor",))):
        events = tick(planner, state, roster, NIGHT + timedelta(minutes=late))
        (call,) = [event for event in events if isinstance(event, e.CallOpened)]
        assert call.task_id == "verify"
        assert call.steps[0].positions == first_asked


def test_a_leak_calls_counsel_before_four_hours_are_over(planner: Planner, roster: Roster) -> None:
    """The legal decision is called out at two hours, so that the four-hour report can still be in time."""
    state = opened(planner, roster, Scenario.DATA_LEAK, 2)
    for task_id in ("verify", "judge"):
        evolve(state, e.TaskDone(task_id), NIGHT, "person:huang-li")
    events = tick(planner, state, roster, NIGHT + timedelta(hours=2))
    called = {event.task_id: event.steps[0].positions for event in events if isinstance(event, e.CallOpened)}
    assert called["grade"] == ("legal_head", "dpo")
    assert called["pipl57_decide"] == ("dpo", "legal_head")
