"""Any order of commands and pauses: the fold of the log gives the state, and time alone settles nothing."""

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from incident.domain import crisis_commands as k
from incident.domain import events as e
from incident.domain.commands import Command
from incident.domain.crisis_events import ClockDecided, ClockFiled, MessageReleased
from incident.domain.crisis_plan import ClockTerms, CommsPlan, CrisisPlan, Limit, RollCallPlan
from incident.domain.decide import decide
from incident.domain.errors import TocsinError
from incident.domain.incident import Incident, evolve, fold
from incident.domain.words import Group, Text
from playbooks.command import CommandPlanner
from playbooks.engine import Planner
from tests.unit.crisis.crisis_cast import ROSTER, START, at, clock, opened

TERMS: tuple[ClockTerms, ...] = (
    clock("a"), clock("b", Limit("months", 1, after="a")), clock("c", Limit("elapsed", 60, "determined")),
)  # fmt: skip
PLAN = CrisisPlan(clocks=TERMS, comms=CommsPlan(), rollcall=RollCallPlan("shift_lead", "hr", "care"))
PLANNER = CommandPlanner(Planner({}), {})
PEOPLE = st.sampled_from(["director-1", "legal-1", "supervisor-1", "care-1", "shift_lead-1"])


def _command(kind: type[Command], **fields: Any) -> st.SearchStrategy[Command]:
    return st.builds(kind, incident_id=st.just("INC-1"), by=PEOPLE, **fields)


CLOCK = st.sampled_from(["a", "b", "c", "x"])
COMMANDS = st.one_of(
    _command(k.FileClock, clock_id=CLOCK, receipt=st.sampled_from(["", "r1", "r2"]),
             late_reason=st.sampled_from(["", "l"])),
    _command(k.DecideClock, clock_id=CLOCK, decision=st.sampled_from(["required", "not_required", "unknown"]),
             reason=st.just("r")),
    _command(k.SetAnchor, anchor=st.sampled_from(["aware", "determined"]), moment=st.integers(-600, 0).map(at),
             source=st.just("s")),
    _command(k.StartRollCall, shift=st.sampled_from(["day", "night"]), people=st.just(("an", "bo"))),
    _command(k.AnswerRollCall, rollcall_id=st.sampled_from(["r1", "r2"]), person=st.sampled_from(["an", "bo", "cy"]),
             answer=st.sampled_from(["safe", "need_help"])),
    _command(k.TakeMaterial, item=st.just("radios"), count=st.integers(0, 3), person=PEOPLE),
    _command(k.ReturnMaterial, taking_id=st.sampled_from(["t1", "t2"]), count=st.integers(0, 3)),
    _command(k.GiveOrder, text=st.sampled_from(["x", "y"]), position=st.just("shift_lead")),
    _command(k.ReadBackOrder, order_id=st.sampled_from(["o1", "o2"]), words=st.just("w")),
    _command(k.ConfirmOrder, order_id=st.sampled_from(["o1", "o2"]), right=st.booleans(), note=st.just("n")),
    _command(k.OfferHandover, group=st.sampled_from(list(Group)), receiver=PEOPLE),
    _command(k.SignHandover, handover_id=st.sampled_from(["h1", "h2"]), words=st.just("w")),
    _command(k.ConveneMeeting, group=st.sampled_from(list(Group))),
    _command(k.MarkAttendance, meeting_id=st.sampled_from(["m1", "m2"]), person=PEOPLE),
    _command(k.WriteDraft, line=st.just("none"), stage=st.just("first"), wording=st.just(Text("甲", "a"))),
)  # fmt: skip


@settings(max_examples=30)
@given(st.lists(st.tuples(COMMANDS, st.integers(0, 300)), max_size=20))
def test_any_order_of_commands_ends_in_what_the_log_says(steps: list[tuple[Command, int]]) -> None:
    """Giving a command twice changes nothing but takings; the log alone rebuilds the state."""
    state, log, now = opened(PLAN), [], START
    first = opened(PLAN)
    for command, pause in steps:
        now += timedelta(minutes=pause)
        told: list[e.DomainEvent] = []
        try:
            told = decide(state, command, now)
        except TocsinError:
            continue
        _record(state, log, told, f"person:{command.by}", now)
        if not isinstance(command, k.TakeMaterial | k.ReturnMaterial):
            again = _again(state, command, now)
            assert again == []
        _settle(state, log, now)
    assert fold(log, first) == state


@settings(max_examples=15)
@given(st.lists(st.integers(1, 3000), min_size=1, max_size=12))
def test_time_alone_neither_reports_nor_decides(pauses: list[int]) -> None:
    """Clocks call people and do nothing else; nothing is sent without an approval given beforehand."""
    state, log, now = opened(PLAN), [], START
    for pause in pauses:
        now += timedelta(minutes=pause)
        _settle(state, log, now)
    assert not [entry for entry in log if isinstance(entry.event, ClockFiled | ClockDecided | MessageReleased)]
    due = PLANNER.next_due(state)
    assert due is None or due > now


def _again(state: Incident, command: Command, now: Any) -> list[e.DomainEvent]:
    try:
        return decide(state, command, now)
    except TocsinError:
        return []


def _settle(state: Incident, log: list[e.Entry], now: Any) -> None:
    for _ in range(50):
        found = PLANNER.advance(state, ROSTER, now)
        if not found:
            return
        _record(state, log, found, "system", now)
    raise AssertionError("it does not come to rest")


def _record(state: Incident, log: list[e.Entry], events: list[e.DomainEvent], actor: str, now: Any) -> None:
    for event in events:
        evolve(state, event, now, actor)
        log.append(e.Entry("INC-1", state.version, event, actor, now, now))
