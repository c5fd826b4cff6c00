"""The ten rules every playbook runs by, each told with a plan of its own and a log."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playbook_run import PLAYBOOK, ROSTER, START, Run, folded_again, minutes, plan_of

from incident.domain import commands as c
from incident.domain import events as e
from incident.domain.calls import advance_calls, answer, open_calls
from incident.domain.errors import BadInput, NotAllowed
from incident.domain.events_playbook import AnchorAmended, ConditionRead, DeadlineSet, IncidentCalled, PlanAmended
from incident.domain.incident import evolve, fold
from incident.domain.parts import TaskStatus, Verdict
from incident.domain.plan import Plan
from incident.domain.words import Group, Phase
from incident.domain.work import blockers
from incident.report.ending import still_open
from incident.report.names import Names
from incident.report.timeline import lines
from incident.store.codec import decode_event, encode_event
from playbooks.engine import Planner, advance


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    """The playbook of these stories."""
    return plan_of(tmp_path)


def test_a_task_is_ready_when_its_needs_are_settled_and_its_condition_holds(plan: Plan) -> None:
    """Finished or not needed lets the next one begin; a condition that does not hold keeps it from being asked for."""
    run = Run(plan)
    assert not run.state.ready(run.state.tasks["paper"])
    run.done("judge", minutes(2), choice="declare")
    run.tell(minutes(3), affected_pct="30")
    assert run.state.tasks["paper"].applies is Verdict.NO
    assert run.state.tasks["paper"].settled
    assert run.state.due_of(run.state.tasks["paper"].plan) is None
    run.tell(minutes(4), affected_pct="60")
    assert run.state.ready(run.state.tasks["paper"])


def test_a_deadline_counts_from_its_anchor_and_not_from_readiness(plan: Plan) -> None:
    """A late predecessor shows as lateness of the chain."""
    run = Run(plan)
    run.tell(minutes(0), affected_pct="60")
    restore = run.state.tasks["restore"].plan
    assert run.state.due_of(restore) == minutes(60)
    run.done("judge", minutes(50), choice="declare")
    assert run.state.due_of(restore) == minutes(60)
    assert run.state.due_of(run.state.tasks["paper"].plan) == minutes(65)  # from the declaration


def test_overdue_escalates_and_never_completes(plan: Plan) -> None:
    """Days go by: people are called, the task stays as it was."""
    run = Run(plan)
    calls = [ev for late in (10, 25, 40, 10_000) for ev in run.tick(minutes(late)) if isinstance(ev, e.CallOpened)]
    judged = [call for call in calls if call.task_id == "judge"]
    assert [call.steps[0].positions for call in judged] == [
        ("supervisor", "shift_lead"),
        ("supervisor",),
        ("director", "ops"),
    ]
    assert all(task.status is TaskStatus.PLANNED for task in run.state.tasks.values())


def test_succession_transfers_command_and_the_head_takes_back_by_a_handover(plan: Plan) -> None:
    """No answer in time: the next deputy is asked, acts as head, and hands over explicitly."""
    run = Run(plan)
    state = run.state
    now = START
    for _ in range(3):  # the supervisor does not answer, tried twice; then the deputy is asked
        for event in open_calls(state) or advance_calls(state, ROSTER, now):
            evolve(state, event, now, "system")
        for event in advance_calls(state, ROSTER, now):
            evolve(state, event, now, "system")
        now += timedelta(minutes=5)
    assert any(page.person == "shift_lead-1" for page in state.pages.values())
    taken = [ev for ev in answer(state, "shift_lead-1", "slack") if isinstance(ev, e.PositionAssumed)]
    assert taken == [e.PositionAssumed(Group.RESPONSE, "head", "supervisor", "shift_lead-1", acting=True)]
    run.do(c.Acknowledge(incident_id="inc-1", by="shift_lead-1"), minutes(11))
    handed = run.do(
        c.TakeLead(incident_id="inc-1", by="supervisor-1", group=Group.RESPONSE, note="Briefed."), minutes(20)
    )
    assert handed[0] == e.PositionAssumed(Group.RESPONSE, "head", "supervisor", "supervisor-1", acting=False)
    assert run.state.leads[Group.RESPONSE] == "supervisor-1"


def test_gates_block_the_end_and_never_work(plan: Plan) -> None:
    """With the alarm's gate shut, restoring may go on; ending may not."""
    run = Run(plan)
    run.do(c.StartTask(incident_id="inc-1", by="tech-1", task_id="restore"), minutes(1))
    assert run.state.tasks["restore"].status is TaskStatus.STARTED
    assert "exit:alarm" in blockers(run.state)
    run.done("judge", minutes(2), choice="declare")
    run.done("restore", minutes(3), note="screenshot in the ticket")
    assert not [b for b in blockers(run.state) if b.startswith("exit:")]


def test_the_plan_is_a_snapshot_with_its_hash(plan: Plan, tmp_path: Path) -> None:
    """A newer file does not touch a running incident."""
    run = Run(plan)
    newer = plan_of(tmp_path, PLAYBOOK.replace("in: 60m", "in: 5m").replace("1.0.0", "2.0.0"))
    assert newer.hash != plan.hash
    events = advance(newer, run.log, {}, ROSTER, minutes(6))
    assert not [ev for ev in events if isinstance(ev, e.PlaybookActivated | e.TaskOverdue)]
    adopted = run.state.plan
    assert adopted is not None
    assert (adopted.version, adopted.hash) == ("1.0.0", plan.hash)


def test_amendments_are_logged_and_old_times_stay_visible(plan: Plan) -> None:
    """Tasks are added and times corrected by entries of their own, with reasons."""
    run = Run(plan)
    added = run.do(
        c.AmendTask(incident_id="inc-1", by="ops-1", task_id="call_landlord", reason="the lifts stand still",
                    title="Call the landlord", owner="admin", phase=Phase.LOGISTICS, due_at=minutes(30)), minutes(5)
    )  # fmt: skip
    assert isinstance(added[0], PlanAmended)
    assert run.state.due_of(run.state.tasks["call_landlord"].plan) == minutes(30)
    changed = run.do(
        c.AmendAnchor(incident_id="inc-1", by="ops-1", anchor="opened", to=minutes(-20), reason="CCTV"), minutes(6)
    )
    assert changed[0] == AnchorAmended("opened", minutes(-20), START, "CCTV")
    assert run.state.due_of(run.state.tasks["restore"].plan) == minutes(40)
    told = [line.text for line in lines(run.log, Names.of(ROSTER), "en")]
    assert any(text.startswith("Time corrected: Opened") and "CCTV" in text for text in told)
    assert "Plan amended: Call the landlord (Admin) — the lifts stand still" in told
    with pytest.raises(BadInput, match="reason"):
        run.do(c.AmendTask(incident_id="inc-1", by="ops-1", task_id="restore", reason=" ", owner="ops"), minutes(7))


def test_unset_is_unknown_and_asks_somebody(plan: Plan) -> None:
    """Nobody has said whether data is out: the task says whom to ask, and is never taken for not needed."""
    run = Run(plan)
    task = run.state.tasks["tell_customers"]
    assert (task.applies, task.asks) == (Verdict.UNKNOWN, ("leak",))
    assert not task.settled
    told = [line.text for line in lines(run.log, Names.of(ROSTER), "en")]
    assert "Condition of task “Tell customers”: needs a fact — ask Legal: Is data out?" in told
    assert any("needs a fact: Is data out?" in reason.en for reason in still_open(run.state, Names()))
    run.tell(minutes(1), leak="unknown")
    assert run.state.tasks["tell_customers"].applies is Verdict.UNKNOWN
    late = [ev for ev in run.tick(minutes(45)) if isinstance(ev, e.CallOpened) and ev.task_id == "tell_customers"]
    assert late[0].steps[0].positions == ("shift_lead", "legal")  # who knows is called too
    run.tell(minutes(46), leak="no")
    assert run.state.tasks["tell_customers"].applies is Verdict.NO


def test_a_drill_is_sealed(plan: Plan) -> None:
    """What a drill leaves out is gone, what it simulates is marked, and nothing can turn it into a real incident."""
    run = Run(plan, drill="run-1")
    assert "page_vendor" not in run.state.tasks
    run.tell(minutes(1), leak="yes")
    (finished,) = [ev for ev in run.done("tell_customers", minutes(2)) if isinstance(ev, e.TaskDone)]
    assert finished.simulated
    assert run.state.drill == "run-1"
    assert all(not hasattr(ev, "drill") for kind in (c.Command,) for ev in kind.__subclasses__())


def test_two_times_are_kept(plan: Plan) -> None:
    """What is entered late says when it happened and when it was entered."""
    run = Run(plan)
    late = c.CompleteTask(incident_id="inc-1", by="supervisor-1", task_id="judge", choice="declare", at=minutes(4))
    run.do(late, minutes(9))
    (entry,) = [x for x in run.log if isinstance(x.event, e.TaskDone)]
    assert (entry.occurred_at, entry.recorded_at) == (minutes(4), minutes(9))
    assert run.state.anchors["declared"] == minutes(4)


def test_the_fold_of_a_log_is_the_same_on_any_machine(plan: Plan) -> None:
    """Through JSON and back, in one piece or in two: the same state, without evaluating a condition again."""
    run = Run(plan)
    run.tell(minutes(1), affected_pct="85", leak="yes")
    run.done("judge", minutes(2), choice="declare")
    run.done("paper", minutes(3))
    stored = [replace(x, event=decode_event(*encode_event(x.event), where="")) for x in run.log]
    assert fold(stored) == run.state == folded_again(run.log)


def test_the_first_row_of_the_matrix_that_holds_raises_the_level(plan: Plan) -> None:
    """Facts and time raise it and convene its groups; only a person lowers it, and then it stays."""
    run = Run(plan, level=4)
    events = run.tell(minutes(1), affected_pct="55")
    assert [ev.new for ev in events if isinstance(ev, e.LevelChanged)] == [2]
    assert [ev.group for ev in events if isinstance(ev, e.GroupConvened)] == [Group.LEADERSHIP]
    assert not [ev for ev in run.tell(minutes(2), affected_pct="5") if isinstance(ev, e.LevelChanged)]
    assert Planner({}).next_due(run.state) == minutes(10)
    run.done("judge", minutes(3), choice="declare")
    events = run.tick(minutes(120))
    assert [(ev.new, ev.reason) for ev in events if isinstance(ev, e.LevelChanged)] == [
        (1, "matrix affected_pct >= 80 || minutes.opened >= 120")
    ]
    run.do(c.ChangeLevel(incident_id="inc-1", by="ops-1", level=3, reason="one site only"), minutes(121))
    assert run.state.level == 3


def test_a_decision_sets_its_fact_and_only_the_entitled_waive(plan: Plan) -> None:
    """The answer is checked; the waiver needs the right position; some things can't be waived at all."""
    run = Run(plan)
    with pytest.raises(BadInput, match="no option"):
        run.done("judge", minutes(1), choice="maybe")
    with pytest.raises(BadInput, match="neither yes nor no"):
        run.done("data_check", minutes(1), choice="perhaps")
    with pytest.raises(NotAllowed, match="director only"):
        run.do(c.WaiveTask(incident_id="inc-1", by="tech-1", task_id="data_check", reason="busy"), minutes(1))
    with pytest.raises(NotAllowed, match="can't be waived"):
        run.do(c.WaiveTask(incident_id="inc-1", by="director-1", task_id="judge", reason="clear"), minutes(1))
    run.done("judge", minutes(2), choice="declare")
    with pytest.raises(BadInput, match="needs evidence: screenshot"):
        run.done("restore", minutes(2))
    run.done("data_check", minutes(3), note="yes: names are in the log")
    assert run.state.facts["leak"] == "yes"
    assert run.state.tasks["data_check"].choice == "yes"


def test_a_suspected_leak_calls_for_its_own_incident_even_when_nobody_checked(plan: Plan) -> None:
    """Unknown alone starts nothing, or every outage would; an overdue check that is still unknown does."""
    run = Run(plan)
    assert not [ev for ev in run.tick(minutes(29)) if isinstance(ev, IncidentCalled)]
    events = run.tick(minutes(30))
    assert [(ev.rule, ev.scenario.value) for ev in events if isinstance(ev, IncidentCalled)] == [
        ("leak_suspected", "data-leak")
    ]
    (call,) = [ev for ev in events if isinstance(ev, e.CallOpened) and ev.call_id == "link:leak_suspected"]
    assert call.steps[0].positions == ("legal",)
    assert not [ev for ev in run.tick(minutes(90)) if isinstance(ev, IncidentCalled)]


def test_a_temporary_measure_must_be_taken_back_and_only_if_it_was_taken(plan: Plan) -> None:
    """Waived or not needed, there is nothing to undo; done, its undo blocks the end."""
    run = Run(plan)
    run.done("judge", minutes(1), choice="declare")
    run.tell(minutes(2), affected_pct="30")
    assert run.state.tasks["paper_off"].applies is Verdict.NO
    run.tell(minutes(3), affected_pct="60")
    run.done("paper", minutes(4))
    assert run.state.tasks["paper_off"].applies is Verdict.YES
    assert {"paper_off", "exit:cleanup"} <= set(blockers(run.state))
    run.done("paper_off", minutes(5))
    assert not {"paper_off", "exit:cleanup"} & set(blockers(run.state))


def test_the_end_needs_criteria_that_held_and_a_signature(plan: Plan) -> None:
    """Met is not enough: met for half an hour, and signed by the right position."""
    run = Run(plan)
    run.done("judge", minutes(1), choice="declare")
    run.tell(minutes(1), affected_pct="10", leak="no")
    run.done("data_check", minutes(2), choice="no")
    run.done("restore", minutes(3), note="kept")
    run.do(c.Resolve(incident_id="inc-1", by="supervisor-1", cause="disk"), minutes(4))
    assert blockers(run.state) == ("end:service",)
    run.tell(minutes(5), answered_pct="90")
    end = c.End(incident_id="inc-1", by="supervisor-1")
    with pytest.raises(BadInput, match="hold"):
        run.do(end, minutes(20))
    with pytest.raises(BadInput, match="sign:supervisor"):
        run.do(c.End(incident_id="inc-1", by="tech-1"), minutes(36))
    events = run.do(end, minutes(36))
    assert isinstance(events[0], e.IncidentEnded)


def test_business_days_are_counted_when_their_anchor_is_known(plan: Plan) -> None:
    """Three working days after the last day before the National Day holidays lie after them; the log keeps it."""
    run = Run(plan)
    run.do(c.Resolve(incident_id="inc-1", by="supervisor-1", cause="x"), minutes(1))
    ended = datetime(2026, 9, 29, 8, 0, tzinfo=UTC)
    events = run.do(c.End(incident_id="inc-1", by="supervisor-1", override="drill of the rules"), ended)
    (deadline,) = [ev for ev in events if isinstance(ev, DeadlineSet)]
    assert deadline.due_at == datetime(2026, 10, 9, 15, 59, tzinfo=UTC)
    assert run.state.due_of(run.state.tasks["report"].plan) == deadline.due_at


def test_facts_from_probes_count_beside_those_of_people(plan: Plan) -> None:
    """A value handed in is read at once, and what it leads to is in the log."""
    run = Run(plan)
    events = run.tick(minutes(1), affected_pct=90.0)
    assert ConditionRead("level:1", "yes") in events
    assert [ev.new for ev in events if isinstance(ev, e.LevelChanged)] == [1]


def test_one_chain_of_five_hundred_tasks_is_walked_to_its_end(plan: Plan) -> None:
    """As long as a playbook may be: only the first link is called about, and nothing gives way."""
    first = plan.tasks[0]
    chain = tuple(
        replace(first, id=f"t{n}", needs=(f"t{n - 1}",) if n else (), options=(), marks="", due_in=timedelta(minutes=5))
        for n in range(500)
    )
    run = Run(replace(plan, tasks=chain, phases=(), matrix=(), links=(), vars=(), end=replace(plan.end, criteria=())))
    late = [ev.task_id for ev in run.tick(minutes(6)) if isinstance(ev, e.TaskOverdue)]
    assert late == ["t0"]
