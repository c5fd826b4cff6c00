"""Whatever people do, in any order, with crashes between: the log is the truth, and time finishes nothing."""

from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from playbook_run import ROSTER, START, folded_again, plan_of

from incident.domain import commands as c
from incident.domain import events as e
from incident.domain.decide import decide
from incident.domain.errors import BadInput, NotAllowed
from incident.domain.incident import Incident, evolve, fold
from incident.domain.plan import Plan
from incident.domain.words import Degree, Group, Scenario, Text
from incident.store.codec import decode_event, encode_event
from playbooks.clockbook.book import load_book
from playbooks.command import CommandPlanner, usual_plans
from playbooks.comms.book import load_comms
from playbooks.engine import Planner, advance

PEOPLE = ("director-1", "supervisor-1", "shift_lead-1", "tech-1", "ops-1")
TASKS = ("judge", "paper", "restore", "data_check", "tell_customers", "paper_off", "report", "added")
VALUES = ("yes", "no", "unknown", "", "10", "55", "90")

COMMANDS = st.one_of(
    st.builds(
        lambda by, t, ch, n: c.CompleteTask(incident_id="i", by=by, task_id=t, choice=ch, note=n),
        st.sampled_from(PEOPLE),
        st.sampled_from(TASKS),
        st.sampled_from(("", "declare", "reject", "yes", "no")),
        st.sampled_from(("", "yes it is", "kept in the ticket")),
    ),
    st.builds(
        lambda by, t: c.StartTask(incident_id="i", by=by, task_id=t), st.sampled_from(PEOPLE), st.sampled_from(TASKS)
    ),
    st.builds(
        lambda by, t: c.WaiveTask(incident_id="i", by=by, task_id=t, reason="r"),
        st.sampled_from(PEOPLE),
        st.sampled_from(TASKS),
    ),
    st.builds(
        lambda by, t: c.ReopenTask(incident_id="i", by=by, task_id=t, reason="r"),
        st.sampled_from(PEOPLE),
        st.sampled_from(TASKS),
    ),
    st.builds(
        lambda by, f, v: c.SetFact(incident_id="i", by=by, fact=f, value=v),
        st.sampled_from(PEOPLE),
        st.sampled_from(("affected_pct", "leak", "answered_pct", "weather")),
        st.sampled_from(VALUES),
    ),
    st.builds(
        lambda by, level: c.ChangeLevel(incident_id="i", by=by, level=level, reason="r"),
        st.sampled_from(PEOPLE),
        st.integers(1, 4),
    ),
    st.builds(
        lambda by, g: c.TakeLead(incident_id="i", by=by, group=g), st.sampled_from(PEOPLE), st.sampled_from(Group)
    ),
    st.builds(
        lambda by, m: c.AmendAnchor(
            incident_id="i", by=by, anchor="opened", to=START - timedelta(minutes=m), reason="r"
        ),
        st.sampled_from(PEOPLE),
        st.integers(0, 200),
    ),
    st.builds(
        lambda by: c.AmendTask(incident_id="i", by=by, task_id="added", reason="r", title="Added", owner="tech"),
        st.sampled_from(PEOPLE),
    ),
    st.builds(lambda by: c.Acknowledge(incident_id="i", by=by), st.sampled_from(PEOPLE)),
    st.builds(lambda by: c.Resolve(incident_id="i", by=by, cause="x"), st.sampled_from(PEOPLE)),
    st.builds(
        lambda by, o: c.End(incident_id="i", by=by, override=o), st.sampled_from(PEOPLE), st.sampled_from(("", "so"))
    ),
    st.builds(lambda by: c.Reopen(incident_id="i", by=by, reason="again"), st.sampled_from(PEOPLE)),
)
USUAL = usual_plans(load_book(), load_comms())
"""Clocks, messages and limits as they ship: the whole of what ticks in a running house."""
STEPS = st.lists(st.tuples(st.integers(0, 70), COMMANDS, st.booleans()), max_size=20)


@cache
def playbook() -> Plan:
    """Read once: the file is the same for all examples."""
    with TemporaryDirectory() as folder:
        return plan_of(Path(folder))


class World:
    """A log, and the state that a process holds in memory until it crashes."""

    def __init__(self, drill: str | None) -> None:
        self.plan, self.log, self.state = playbook(), list[e.Entry](), Incident()
        playbooks = Planner({Scenario.SYSTEM_OUTAGE: self.plan})
        self.planner = CommandPlanner(playbooks, USUAL)
        opened = e.IncidentOpened("i", Scenario.SYSTEM_OUTAGE, Text.same("x"), 3, Degree.MEDIUM, Degree.LOW, "k", START,
                                  START, drill=drill)  # fmt: skip
        self.write(
            [opened, *playbooks.adopt(self.plan, fold([e.Entry("i", 1, opened, "", START, START)]), ROSTER, START)],
            START,
        )
        self.tick(START)

    def write(self, events: list[e.DomainEvent], at: object) -> None:
        for event in events:
            self.log.append(e.Entry("i", len(self.log) + 1, event, "person:x", at, at))  # type: ignore[arg-type]  # a datetime
            evolve(self.state, event, at, "person:x")  # type: ignore[arg-type]  # a datetime

    def tick(self, now: object) -> list[e.DomainEvent]:
        found: list[e.DomainEvent] = []
        while events := self.planner.advance(self.state, ROSTER, now):  # type: ignore[arg-type]  # a datetime
            self.write(events, now)
            found += events
        return found

    def crash(self) -> None:
        """What was in memory is gone; the log is not."""
        self.state = fold(self.log)


def outcome(state: Incident) -> dict[str, object]:
    return {task_id: (t.status, t.finished_at, t.by, t.note, t.choice) for task_id, t in state.tasks.items()}


@settings(max_examples=50)
@given(steps=STEPS, drill=st.sampled_from((None, "run-1")))
def test_any_order_of_commands_and_crashes_ends_in_what_the_log_says(
    steps: list[tuple[int, c.Command, bool]], drill: str | None
) -> None:
    """The state in memory, the fold in one piece, the fold through a snapshot and the stored log: all the same."""
    world, now = World(drill), START
    for wait, command, crashes in steps:
        now += timedelta(minutes=wait)
        world.tick(now)
        try:
            events = decide(world.state, command, now)
        except (BadInput, NotAllowed):
            continue
        if crashes:
            world.crash()  # decided, never written: as if it had not been
        else:
            world.write(events, now)
            world.tick(now)
    assert world.state == fold(world.log) == folded_again(world.log)
    stored = [replace(entry, event=decode_event(*encode_event(entry.event), where="")) for entry in world.log]
    assert fold(stored) == world.state


@settings(max_examples=50)
@given(steps=STEPS, drill=st.sampled_from((None, "run-1")))
def test_no_task_finishes_by_time_alone_and_the_clock_is_set_right(
    steps: list[tuple[int, c.Command, bool]], drill: str | None
) -> None:
    """Advancing changes no task, says nothing twice, comes to rest, and speaks exactly when it said it would."""
    world, now = World(drill), START
    for wait, command, _ in steps:
        now += timedelta(minutes=wait)
        before, due = outcome(world.state), world.planner.next_due(world.state)
        events = world.tick(now)
        assert bool(events) == (due is not None and due <= now)
        assert outcome(world.state) == before
        assert advance(world.plan, world.log, {}, ROSTER, now) == []
        assert (later := world.planner.next_due(world.state)) is None or later > now
        try:
            world.write(decide(world.state, command, now), now)
        except (BadInput, NotAllowed):
            continue
