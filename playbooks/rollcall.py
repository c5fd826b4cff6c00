"""Roll calls: what a playbook says about them, and whom time calls when people don't answer. Pure."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from incident.domain import crisis_events as x
from incident.domain import events as e
from incident.domain.crisis_calls import call, close
from incident.domain.crisis_parts import RollCall
from incident.domain.crisis_plan import RollCallPlan
from incident.domain.incident import Incident
from incident.service.roster_file import Duration
from incident.yamlfile import Strict
from playbooks.types import Id

STEPS = 3
"""How often people are called about the same silence; each time ``answer_within`` later."""


class RollCallSpec(Strict):
    """Who runs roll calls, who looks after those in need, how long an answer may take. ``rollcall`` of a playbook."""

    owner: Id
    backup: Id
    care: Id
    answer_within: Duration = timedelta(minutes=10)

    @property
    def plan(self) -> RollCallPlan:
        """The same as the domain's word."""
        return RollCallPlan(self.owner, self.backup, self.care, self.answer_within)


def advance(incident: Incident, now: datetime) -> list[e.DomainEvent]:
    """Calls about people who have not answered by ``now`` and that are not in the log yet."""
    plan = incident.crisis.plan
    if plan is None or incident.ended:
        return []
    return [
        event for roll in incident.crisis.rollcalls.values() for event in _chase(incident, roll, plan.rollcall, now)
    ]


def next_due(incident: Incident) -> datetime | None:
    """The earliest instant at which ``advance`` has something to say."""
    plan = incident.crisis.plan
    if plan is None or incident.ended:
        return None
    rolls = incident.crisis.rollcalls.values()
    return min((at for roll in rolls for _, at in _steps(roll, plan.rollcall)), default=None)


def _steps(roll: RollCall, plan: RollCallPlan) -> Iterator[tuple[int, datetime]]:
    if roll.closed_at is not None or not roll.silent:
        return
    for step in range(roll.step + 1, STEPS + 1):
        yield step, roll.answer_by + (step - 1) * plan.answer_within


def _chase(incident: Incident, roll: RollCall, plan: RollCallPlan, now: datetime) -> Iterator[e.DomainEvent]:
    reached = [step for step, at in _steps(roll, plan) if at <= now]
    if not reached:
        return
    yield x.RollCallChased(roll.id, reached[-1], len(roll.silent))
    yield from close(incident, f"rollcall:{roll.id}:silent", "superseded")
    yield from call(incident, f"rollcall:{roll.id}:silent:{reached[-1]}", "rollcall_silent", plan.owner, plan.backup)
