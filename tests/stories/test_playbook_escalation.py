"""Stories of the playbook engine, told with a pushed ``now``: who is called when, and what time never does."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incident.domain import events as e
from incident.domain.incident import Incident, TaskStatus, evolve
from incident.domain.plan import GroupPlan, LevelPlan, Plan, TaskPlan
from incident.domain.roster import Person, Position, Roster
from incident.domain.words import Degree, Group, Phase, Scenario, Text
from incident.report.ending import still_open
from incident.report.names import Names
from playbooks.engine import Planner
from playbooks.fallback import FALLBACK_ID

START = datetime(2026, 10, 5, 3, 0, tzinfo=UTC)
POSITIONS = ("director", "ops", "legal", "supervisor", "shift_lead", "tech", "admin", "hr")
EVERYONE = (Group.LEADERSHIP, Group.RESPONSE, Group.LOGISTICS)


def minutes(count: float) -> datetime:
    return START + timedelta(minutes=count)


def task(task_id: str, phase: Phase, owner: str, due: int | None = None, **more: object) -> TaskPlan:
    plain = TaskPlan(task_id, phase, Text(zh=f"做{task_id}", en=f"Do {task_id}"), owner)
    return replace(plain, due_in=None if due is None else timedelta(minutes=due), **more)  # type: ignore[arg-type]  # the stories' own fields


PLAN = Plan(
    id="system-outage", version="1", scenario=Scenario.SYSTEM_OUTAGE, title=Text(zh="系统故障", en="Outage"), hash="0",
    groups=(
        GroupPlan(Group.LEADERSHIP, "director", ("ops",), ("legal",)),
        GroupPlan(Group.RESPONSE, "supervisor", ("shift_lead",), ("tech",)),
        GroupPlan(Group.LOGISTICS, "admin", ("hr",)),
    ),
    tasks=(
        task("verify", Phase.ALARM, "shift_lead", 5, backup="tech"),
        task("orders", Phase.ORDERS, "director", 30, needs=("verify",), group=Group.LEADERSHIP),
        task("restore", Phase.RESPONSE, "tech", 60, needs=("verify",)),
        task("vendor", Phase.RESPONSE, "tech", None, drill="skip", needs=("restore",)),
        task("care", Phase.LOGISTICS, "hr", 120, group=Group.LOGISTICS, blocks_end=False),
        task("notice_off", Phase.CLEANUP, "shift_lead", 15, due_from="recovered", needs=("vendor",)),
        task("report", Phase.REPORT, "supervisor", 600, due_from="ended", needs=("notice_off",)),
    ),
    levels={1: LevelPlan(EVERYONE), 2: LevelPlan(EVERYONE), 3: LevelPlan((Group.RESPONSE,)),
            4: LevelPlan((Group.RESPONSE,))},
)  # fmt: skip
PLANNER = Planner({Scenario.SYSTEM_OUTAGE: PLAN})
ROSTER = Roster(
    people={f"{name}-1": Person(f"{name}-1", Text.same(name)) for name in (*POSITIONS, "relief")},
    positions={name: Position(name, Text.same(name), (f"{name}-1",)) for name in POSITIONS},
)


def opened(level: int = 3, drill: str | None = None, scenario: Scenario = Scenario.SYSTEM_OUTAGE) -> Incident:
    """An incident opened at ``START`` that has adopted its playbook."""
    state = Incident()
    evolve(
        state,
        e.IncidentOpened(
            "inc-1", scenario, Text.same("Phones down"), level, Degree.HIGH, Degree.LOW, "k", START, START, drill=drill
        ),
        START,
        "system",
    )
    apply(state, PLANNER.activate(state, ROSTER, START), START)
    return state


def apply(state: Incident, events: list[e.DomainEvent], now: datetime) -> list[e.DomainEvent]:
    for event in events:
        evolve(state, event, now, "system")
    return events


def tick(state: Incident, now: datetime) -> list[e.DomainEvent]:
    """One advance, folded in; asking again at the same moment must yield nothing."""
    events = apply(state, PLANNER.advance(state, ROSTER, now), now)
    assert PLANNER.advance(state, ROSTER, now) == []
    return events


def done(state: Incident, task_id: str, now: datetime) -> list[e.DomainEvent]:
    evolve(state, e.TaskDone(task_id), now, "person:tech-1")
    return tick(state, now)


def calls(events: list[e.DomainEvent]) -> dict[str, list[tuple[str, ...]]]:
    return {ev.call_id: [s.positions for s in ev.steps] for ev in events if isinstance(ev, e.CallOpened)}


def test_an_incident_adopts_its_plan_with_seats_groups_and_first_phase() -> None:
    """The level convenes its groups; positions become the people who hold them now."""
    state = opened(level=3)
    assert state.convened == (Group.RESPONSE,)
    assert state.phase is Phase.ALARM
    assert e.Seat(Group.RESPONSE, "head", "supervisor", "supervisor-1") in state.seats
    assert set(state.audience) == {"supervisor-1", "shift_lead-1", "tech-1"}
    assert PLANNER.activate(state, ROSTER, START) == []


def test_a_late_verification_calls_its_owner_then_the_group_head_then_leadership() -> None:
    """Verification is late, so its owner is called; after fifteen more the group head; then leadership."""
    state = opened()
    assert tick(state, minutes(4.9)) == []
    assert PLANNER.next_due(state) == minutes(5)
    first = tick(state, minutes(5))
    assert first[0] == e.TaskOverdue("verify", minutes(5), 1)
    assert calls(first) == {
        "task:verify:1": [("shift_lead", "tech"), ("supervisor",), ("shift_lead",), ("director", "ops"), ("legal",)]
    }
    assert PLANNER.next_due(state) == minutes(20)
    assert tick(state, minutes(19)) == []
    second = tick(state, minutes(20))
    assert calls(second) == {"task:verify:2": [("supervisor",), ("shift_lead",), ("director", "ops"), ("legal",)]}
    assert e.CallClosed("task:verify:1", "superseded") in second
    third = tick(state, minutes(35))
    assert calls(third) == {"task:verify:3": [("director", "ops"), ("legal",)]}
    assert tick(state, minutes(6000)) == []
    assert PLANNER.next_due(state) is None
    assert state.tasks["verify"].status is TaskStatus.PLANNED


def test_after_a_standstill_one_call_takes_in_the_rungs_left_out() -> None:
    """Nobody is called three times at once because Tocsin was away; the owner is still asked first."""
    state = opened()
    events = tick(state, minutes(300))
    assert [ev.step for ev in events if isinstance(ev, e.TaskOverdue)] == [3]
    assert calls(events)["task:verify:3"][0] == ("shift_lead", "tech")


def test_whoever_holds_up_the_chain_is_called_and_not_everybody_behind() -> None:
    """Restoring waits for a late verification; its owner is called once the way is free."""
    state = opened()
    for moment in (5, 20, 35, 61):
        assert not [
            ev for ev in tick(state, minutes(moment)) if isinstance(ev, e.TaskOverdue) and ev.task_id != "verify"
        ]
    events = done(state, "verify", minutes(62))
    assert e.TaskOverdue("restore", minutes(60), 1) in events
    assert calls(events)["task:restore:1"][0] == ("tech",)


def test_finishing_a_task_stops_the_call_about_it() -> None:
    """Nobody is paged for what is done."""
    state = opened()
    tick(state, minutes(5))
    assert e.CallClosed("task:verify:1", "task_finished") in done(state, "verify", minutes(7))


def test_a_graver_level_convenes_the_groups_it_calls_for() -> None:
    """Leadership and logistics join; whoever took over a position since sees the incident too."""
    state = opened()
    evolve(state, e.LevelChanged(3, 1, Degree.HIGH, Degree.HIGH, "grows"), minutes(10), "system")
    assert PLANNER.next_due(state) == START
    relieved = replace(ROSTER.positions["admin"], people=("relief-1",))
    roster = replace(ROSTER, positions={**ROSTER.positions, "admin": relieved})
    events = apply(state, PLANNER.advance(state, roster, minutes(10)), minutes(10))
    assert [ev.group for ev in events if isinstance(ev, e.GroupConvened)] == [Group.LEADERSHIP, Group.LOGISTICS]
    assert e.AudienceChanged("relief-1", added=True, reason="convened") in events
    assert PLANNER.advance(state, roster, minutes(10)) == []


def test_a_group_that_never_met_is_not_called_and_blocks_nothing() -> None:
    """A small outage does not wake the director; raised, leadership's task counts from its own deadline."""
    state = opened(level=4)
    done(state, "verify", minutes(3))
    assert not [ev for ev in tick(state, minutes(45)) if isinstance(ev, e.TaskOverdue)]
    assert "Do orders" not in " ".join(reason.en for reason in still_open(state, Names()))
    evolve(state, e.LevelChanged(4, 1, Degree.HIGH, Degree.HIGH, "grows"), minutes(46), "system")
    assert e.TaskOverdue("orders", minutes(30), 2) in tick(state, minutes(46))
    assert "Do orders" in " ".join(reason.en for reason in still_open(state, Names()))


def test_phases_follow_the_work_and_never_hold_it_up() -> None:
    """The phase is the first one with something to do; a task done early counts."""
    state = opened(level=1)
    assert e.PhaseEntered(Phase.ORDERS) in done(state, "verify", minutes(2))
    assert done(state, "restore", minutes(3)) == []
    assert e.PhaseEntered(Phase.RESPONSE) in done(state, "orders", minutes(4))
    evolve(state, e.TaskReopened("verify", "it came back"), minutes(5), "person:tech-1")
    assert e.PhaseEntered(Phase.ALARM) in tick(state, minutes(5))


def test_deadlines_after_recovery_begin_with_recovery() -> None:
    """A deadline counts from its anchor; until that happens there is none."""
    state = opened()
    for task_id in ("verify", "restore", "vendor"):
        done(state, task_id, minutes(4))
    assert PLANNER.next_due(state) is None
    evolve(state, e.IncidentResolved("power"), minutes(50), "person:tech-1")
    assert PLANNER.next_due(state) == minutes(65)
    assert calls(tick(state, minutes(65)))


def test_the_end_waits_for_open_tasks_but_not_for_the_report() -> None:
    """What blocks the end is told in both languages."""
    state = opened(level=1)
    reasons = still_open(state, Names())
    assert [reason.en for reason in reasons] == [
        f"The task “Do {name}” is not finished" for name in ("verify", "orders", "restore", "vendor", "notice_off")
    ]
    assert reasons[0].zh == "任务“做verify”还没有完成"


def test_a_drill_leaves_out_what_is_marked_skip() -> None:
    """What waited for a skipped task waits for that task's own needs; an ended drill calls nobody any more."""
    state = opened(drill="run-1")
    assert "vendor" not in state.tasks
    assert state.tasks["notice_off"].plan.needs == ("restore",)
    tick(state, minutes(5))
    evolve(state, e.IncidentEnded("supervisor-1"), minutes(6), "person:supervisor-1")
    assert tick(state, minutes(6)) == [e.CallClosed("task:verify:1", "drill_ended")]
    assert PLANNER.next_due(state) is None


def test_without_a_playbook_everybody_on_the_roster_is_asked() -> None:
    """An empty library is no reason for silence."""
    plan = Planner({}).plan_for(Scenario.DATA_LEAK, replace(ROSTER, management=("ops",)))
    assert plan.id == FALLBACK_ID
    assert plan.restricted
    (group,) = plan.groups
    assert group.head == "ops"
    assert set(group.positions) == set(POSITIONS)
    assert Planner({}).plan_for(Scenario.OTHER, Roster()).groups == ()


def test_a_scenario_without_a_playbook_runs_by_the_one_for_other() -> None:
    """A plan for anything is better than the fallback."""
    other = replace(PLAN, id="other", scenario=Scenario.OTHER)
    assert Planner({Scenario.OTHER: other}).plan_for(Scenario.DISASTER, ROSTER) is other


MOVES = st.lists(
    st.tuples(
        st.integers(0, 90),
        st.sampled_from(["wait", "start", "done", "waive", "reopen", "level", "resolve", "end", "answer"]),
        st.integers(0, 6),
    ),
    max_size=25,
)


def command(state: Incident, what: str, number: int) -> e.DomainEvent | None:
    """The domain event a person's move leads to."""
    task_id = list(state.tasks)[number % len(state.tasks)]
    open_calls = [call.id for call in state.calls.values() if call.open]
    moves: dict[str, e.DomainEvent] = {
        "start": e.TaskStarted(task_id),
        "done": e.TaskDone(task_id),
        "waive": e.TaskWaived(task_id, "not needed"),
        "reopen": e.TaskReopened(task_id, "again"),
        "level": e.LevelChanged(state.level, 1 + number % 4, Degree.HIGH, Degree.LOW, "", by_person=True),
        "resolve": e.IncidentResolved("cause"),
        "end": e.IncidentEnded("ops-1"),
    }
    if what == "answer" and open_calls:
        return e.CallAnswered(open_calls[0], "tech-1", "web")
    return moves.get(what)


@pytest.mark.parametrize("drill", [None, "run-1"])
@settings(max_examples=60)
@given(moves=MOVES)
def test_time_alone_never_finishes_a_task(drill: str | None, moves: list[tuple[int, str, int]]) -> None:
    """Whatever people do and however late: advancing changes no task's status, says nothing twice, and is on time."""
    state, now = opened(drill=drill), START
    for wait, what, number in moves:
        now += timedelta(minutes=wait)
        if event := command(state, what, number):
            evolve(state, event, now, "person:ops-1")
        before = {task_id: (t.status, t.finished_at) for task_id, t in state.tasks.items()}
        due = PLANNER.next_due(state)
        events = tick(state, now)
        assert bool(events) == (due is not None and due <= now)
        assert {task_id: (t.status, t.finished_at) for task_id, t in state.tasks.items()} == before
        assert (later := PLANNER.next_due(state)) is None or later > now
        assert all(t.overdue_step <= 3 for t in state.tasks.values())
