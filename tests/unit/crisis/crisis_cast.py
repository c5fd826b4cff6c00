"""People, a plan and incidents for the tests of command; times are minutes after ``START``."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from incident.domain import crisis_events as x
from incident.domain import events as e
from incident.domain.commands import Command
from incident.domain.crisis_plan import ClockTerms, CrisisPlan, Limit, Limits, RollCallPlan
from incident.domain.decide import decide
from incident.domain.incident import Incident, evolve
from incident.domain.plan import GroupPlan, LevelPlan, Plan, TaskPlan
from incident.domain.roster import Person, Position, Roster
from incident.domain.words import Degree, Group, Phase, Scenario, Text

START = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
POSITIONS = ("director", "ops", "legal", "dpo", "spokesperson", "supervisor", "shift_lead", "admin", "hr", "care")
PLAN = Plan(
    id="system-outage", version="1", scenario=Scenario.SYSTEM_OUTAGE, title=Text("系统故障", "Outage"), hash="0",
    groups=(
        GroupPlan(Group.LEADERSHIP, "director", ("ops",), ("legal", "dpo", "spokesperson"), quorum=2, span=3),
        GroupPlan(Group.RESPONSE, "supervisor", ("shift_lead",)),
        GroupPlan(Group.LOGISTICS, "admin", ("hr",), ("care",)),
    ),
    tasks=(
        TaskPlan("which_site", Phase.ORDERS, Text("决定切换站点", "Decide the site"), "director", kind="decision",
                 group=Group.LEADERSHIP, blocks_end=False),
    ),
    levels={level: LevelPlan((Group.RESPONSE, Group.LEADERSHIP)) for level in (1, 2, 3, 4)},
)  # fmt: skip
ROSTER = Roster(
    people={f"{name}-1": Person(f"{name}-1", Text.same(name)) for name in POSITIONS},
    positions={name: Position(name, Text.same(name), (f"{name}-1",)) for name in POSITIONS},
)
SEATS = tuple(
    e.Seat(group.group, role, position, f"{position}-1")
    for group in PLAN.groups
    for role, positions in (("head", (group.head,)), ("deputy", group.deputies), ("member", group.members))
    for position in positions
)
CRISIS = CrisisPlan(rollcall=RollCallPlan("shift_lead", "hr", "care"), limits=Limits())


def at(minutes: float) -> datetime:
    """So many minutes after the start."""
    return START + timedelta(minutes=minutes)


def clock(clock_id: str = "c", limit: Limit | None = None, **more: Any) -> ClockTerms:
    """A clock of four hours from awareness, owned by legal, unless told otherwise."""
    fields = {"owner": "legal", "backup": "dpo", **more}
    return ClockTerms(clock_id, Text.same(clock_id), (limit or Limit("elapsed", 240, "aware"),), **fields)


def opened(crisis: CrisisPlan = CRISIS, *, drill: str | None = None, level: int = 2) -> Incident:
    """An incident whose playbook and crisis plan are adopted, led by the director and the supervisor."""
    state = Incident()
    first = e.IncidentOpened(
        "INC-1", Scenario.SYSTEM_OUTAGE, Text("热线中断", "Hotline down"), level, Degree.HIGH, Degree.MEDIUM, "k",
        START - timedelta(minutes=3), START, drill=drill,
    )  # fmt: skip
    tell(
        state, first, e.PlaybookActivated(PLAN, SEATS), e.GroupConvened(Group.RESPONSE, "level 2"),
        e.GroupConvened(Group.LEADERSHIP, "level 2"), e.IncidentAcknowledged("supervisor-1", "slack"),
        e.PositionAssumed(Group.RESPONSE, "head", "supervisor", "supervisor-1"),
        e.PositionAssumed(Group.LEADERSHIP, "head", "director", "director-1"), x.CrisisPlanned(crisis),
    )  # fmt: skip
    return state


def tell(state: Incident, *events: e.DomainEvent, minutes: float = 0, actor: str = "system") -> None:
    """These events happen."""
    for event in events:
        evolve(state, event, at(minutes), actor)


def give(state: Incident, command: Command, minutes: float = 0) -> Sequence[e.DomainEvent]:
    """Somebody gives a command; what follows from it has happened afterwards."""
    when = at(minutes)
    command = replace(command, incident_id=state.id)
    events = decide(state, command, when)
    for event in events:
        evolve(state, event, command.at or when, f"person:{command.by}")
    return events


def kinds(events: Sequence[e.DomainEvent]) -> list[str]:
    """The events' names."""
    return [type(event).__name__ for event in events]
