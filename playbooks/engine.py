"""Runs playbooks: what an incident's plan calls for now, told as domain events. Pure; ``now`` is an argument.

The events are for the incident's log. Folding them in and asking again at the same moment yields nothing more.
Time only ever calls people: no task is started, finished or waived here.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from incident.domain.calls import rungs
from incident.domain.events import (
    AudienceChanged,
    CallClosed,
    CallOpened,
    CallStep,
    DomainEvent,
    Entry,
    GroupConvened,
    PhaseEntered,
    PlaybookActivated,
    Seat,
    TaskOverdue,
)
from incident.domain.events_playbook import IncidentCalled
from incident.domain.incident import Incident, Task, evolve, fold
from incident.domain.parts import Verdict
from incident.domain.plan import GroupPlan, Plan, TaskPlan, Trigger
from incident.domain.roster import Roster
from incident.domain.words import Group, Phase, Scenario
from incident.domain.work import convened, open_at_work
from playbooks.condition import compile_condition
from playbooks.conditions import next_turn, read_conditions, set_deadlines
from playbooks.escalation import ladder, next_step_at, overdue_steps
from playbooks.facts import Facts
from playbooks.fallback import fallback_plan

__all__ = ["Planner", "advance", "without_skipped"]

_ORDER = {phase: number for number, phase in enumerate(Phase)}
MAX_ROUNDS = 100
"""More rounds than conditions can hang on each other: reaching it means that two of them chase each other."""


def advance(
    plan: Plan, log: Iterable[Entry], facts: Mapping[str, Any], roster: Roster, now: datetime
) -> list[DomainEvent]:
    """The events an incident's plan calls for at ``now``, complete: folding them in and asking again yields nothing.

    ``log`` is the incident's from its first entry; ``plan`` is adopted when it has none yet (a running incident
    keeps its own); ``facts`` are values from probes by fact name, beside those in the log.
    """
    state = fold(log)
    planner = Planner({plan.scenario: plan})
    found = [] if state.plan is not None or not state.id else planner.adopt(plan, state, roster, now)
    fresh = found
    for _ in range(MAX_ROUNDS):
        for event in fresh:
            evolve(state, event, now, "system")
        fresh = planner.advance(state, roster, now, facts)
        if not fresh:
            return found
        found = [*found, *fresh]
    raise RuntimeError(f"{state.id}: its conditions don't come to rest")


class Planner:
    """The playbook engine. Holds the plans that new incidents adopt; running ones carry their own."""

    def __init__(self, plans: Mapping[Scenario, Plan], special: Iterable[Plan] = ()) -> None:
        """``plans`` by scenario; those in ``special`` are for the incidents that their triggers single out."""
        self._plans = dict(plans)
        self._special = tuple(special)

    def plan_for(self, scenario: Scenario, roster: Roster) -> Plan:
        """The scenario's plan; without one the plan for ``other``; without that one the fallback."""
        return self._plans.get(scenario) or self._plans.get(Scenario.OTHER) or fallback_plan(roster, scenario)

    def chosen_for(self, incident: Incident, roster: Roster, now: datetime) -> Plan:
        """The first playbook whose triggers single this incident out, else its scenario's."""
        for plan in self._special:
            if plan.scenario is incident.scenario and any(_sets_off(t, incident, now) for t in plan.triggers):
                return plan
        return self.plan_for(incident.scenario, roster)

    def activate(self, incident: Incident, roster: Roster, now: datetime) -> list[DomainEvent]:
        """Adopt the plan: seats as the roster stands now, the groups its level calls for, the first phase.

        Nothing when the incident has a plan already.
        """
        if incident.plan is not None:
            return []
        return self.adopt(self.chosen_for(incident, roster, now), incident, roster, now)

    def adopt(self, plan: Plan, incident: Incident, roster: Roster, now: datetime) -> list[DomainEvent]:
        """The events of adopting this very plan."""
        if incident.drill is not None:
            plan = without_skipped(plan)
        groups = plan.convened_at(incident.level)
        phases = (task.phase for task in plan.tasks if task.group in groups)
        return [
            PlaybookActivated(plan, tuple(_seats(plan, roster, now))),
            *(GroupConvened(group, f"level {incident.level}") for group in groups),
            PhaseEntered(min(phases, key=_ORDER.__getitem__, default=Phase.ALARM)),
        ]

    def advance(
        self, incident: Incident, roster: Roster, now: datetime, told: Mapping[str, Any] | None = None
    ) -> list[DomainEvent]:
        """What has become due by ``now`` and is not in the log yet, in the order it should be written.

        When conditions have changed these come first and alone: what follows from them comes with the next asking.
        """
        plan = incident.plan
        if plan is None:
            return []
        changed = [*set_deadlines(incident, plan), *read_conditions(incident, plan, Facts(incident, now, told))]
        if changed:
            return [*changed, *_call_about_links(plan, changed)]
        return [
            *_convene(incident, plan, roster, now),
            *_enter_phase(incident),
            *_escalate(incident, plan, now),
            *_close_calls(incident),
        ]

    def next_due(self, incident: Incident) -> datetime | None:
        """The earliest instant at which ``advance`` has something to say; one in the past means at once.

        None while only a command can change that.
        """
        if incident.plan is None:
            return None
        at_once = (
            _missing_groups(incident)
            or _next_phase(incident)
            or any(_close_calls(incident))
            or any(set_deadlines(incident, incident.plan))
        )
        step_at = next_step_at(incident)
        instants = [step_at] if step_at else []
        if turn := next_turn(incident, incident.plan):
            instants.append(turn)
        if at_once:
            instants.append(incident.anchors["opened"])
        return min(instants, default=None)


def _sets_off(trigger: Trigger, incident: Incident, now: datetime) -> bool:
    """Whether an incident is one of those the trigger names."""
    if trigger.report and incident.reported_by is None:
        return False
    if trigger.scenario not in {None, incident.scenario} or (trigger.rule and trigger.rule not in incident.rules):
        return False
    if any(incident.labels.get(name) != value for name, value in trigger.labels.items()):
        return False
    if not trigger.when:
        return True
    condition = compile_condition(trigger.when)
    return condition.read(Facts(incident, now).look_up(condition)[0]) is Verdict.YES


def _call_about_links(plan: Plan, events: Iterable[DomainEvent]) -> Iterator[DomainEvent]:
    """Somebody is told that a linked incident is called for: its plan must not start unnoticed."""
    for event in events:
        if isinstance(event, IncidentCalled):
            first = (CallStep("owner", (event.who,)),) if event.who else ()
            yield CallOpened(f"link:{event.rule}", "linked_incident", (*first, *rungs(plan, (Group.RESPONSE,))))


def without_skipped(plan: Plan) -> Plan:
    """The plan as a drill runs it: tasks marked ``skip`` are left out, whatever waited for them waits for theirs."""
    skipped = {task.id: task for task in plan.tasks if task.drill == "skip"}
    kept = (task for task in plan.tasks if task.id not in skipped)
    return replace(plan, tasks=tuple(replace(t, needs=tuple(_kept_needs(t, skipped, set()))) for t in kept))


def _kept_needs(task: TaskPlan, skipped: Mapping[str, TaskPlan], seen: set[str]) -> Iterator[str]:
    for need in task.needs:
        if need in seen:
            continue
        seen.add(need)
        if need in skipped:
            yield from _kept_needs(skipped[need], skipped, seen)
        else:
            yield need


def _seats(plan: Plan, roster: Roster, now: datetime) -> Iterator[Seat]:
    """Head and deputies one person each, the first to be asked; a member's seat for everyone who holds it."""
    for group in plan.groups:
        for role, positions in _roles(group):
            for position in positions:
                holders: list[str | None] = [person.id for person in roster.holders(position, now)] or [None]
                for person in holders if role == "member" else holders[:1]:
                    yield Seat(group.group, role, position, person)


def _roles(group: GroupPlan) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return ("head", (group.head,)), ("deputy", group.deputies), ("member", group.members)


def _missing_groups(incident: Incident) -> tuple[Group, ...]:
    return tuple(group for group in convened(incident) if group not in incident.convened)


def _convene(incident: Incident, plan: Plan, roster: Roster, now: datetime) -> Iterator[DomainEvent]:
    """Groups the level calls for by now, and those who took over their positions since the plan was adopted."""
    known = {*incident.audience, *(seat.person for seat in incident.seats)}
    for group in _missing_groups(incident):
        yield GroupConvened(group, f"level {incident.level}")
        staff = plan.group(group)
        holders = (p.id for position in (staff.positions if staff else ()) for p in roster.holders(position, now))
        for person in dict.fromkeys(holders):
            if person not in known:
                known.add(person)
                yield AudienceChanged(person, added=True, reason="convened")


def _next_phase(incident: Incident) -> Phase | None:
    """The first phase with a task that somebody convened can work on, unless the incident is in it."""
    first: Phase | None = None
    for task in open_at_work(incident):
        earlier = first is None or _ORDER[task.plan.phase] < _ORDER[first]
        if earlier and incident.ready(task) and _open_to_enter(incident, task):
            first = task.plan.phase
    return None if first is incident.phase else first


def _open_to_enter(incident: Incident, task: Task) -> bool:
    """A phase with a shut entry gate is not announced, unless somebody works in it already."""
    gate = incident.conditions.get(f"entry:{task.plan.phase}")
    return gate is None or gate.verdict is Verdict.YES or task.started_at is not None


def _enter_phase(incident: Incident) -> Iterator[DomainEvent]:
    if phase := _next_phase(incident):
        yield PhaseEntered(phase)


def _escalate(incident: Incident, plan: Plan, now: datetime) -> Iterator[DomainEvent]:
    """One step per task: after a standstill the latest one due, whose call begins with the rungs left out."""
    reached: dict[str, tuple[Task, int]] = {}
    for task, step, _ in overdue_steps(incident, now):
        reached[task.plan.id] = (task, step)
    for task_id, (task, step) in reached.items():
        due = incident.due_of(task.plan)
        if due is None:
            continue
        yield TaskOverdue(task_id, due, step)
        for call in incident.calls.values():
            if call.open and call.task_id == task_id and _is_task_call(call.id):
                yield CallClosed(call.id, "superseded")
        steps = ladder(plan, task.plan, task.overdue_step + 1, task.asks)
        yield CallOpened(f"task:{task_id}:{step}", "task_overdue", steps, task_id)


def _close_calls(incident: Incident) -> Iterator[DomainEvent]:
    """Nobody needs to be called any more about a task that a person finished, or in a drill that is over."""
    for call in incident.calls.values():
        if not call.open or not _is_task_call(call.id) or call.task_id is None:
            continue
        task = incident.tasks.get(call.task_id)
        if task is not None and task.finished:
            yield CallClosed(call.id, "task_finished")
        elif incident.drill is not None and incident.ended:
            yield CallClosed(call.id, "drill_ended")


def _is_task_call(call_id: str) -> bool:
    return call_id.startswith("task:")
