"""Whom a matter of command calls, rung by rung: the position itself, its backup, then the leadership. Pure."""

from typing import TYPE_CHECKING

from incident.domain import events as e
from incident.domain.words import Group

if TYPE_CHECKING:
    from incident.domain.incident import Incident


def ladder(incident: "Incident", *first: str) -> tuple[e.CallStep, ...]:
    """Each position of ``first`` is a rung of its own (empty ones are left out); the leadership follows.

    Without a plan and without positions there is nobody to call: empty.
    """
    steps = [e.CallStep("owner" if n == 0 else "backup", (p,)) for n, p in enumerate(p for p in first if p)]
    groups = incident.plan.groups if incident.plan else ()
    top = next((g for g in groups if g.group is Group.LEADERSHIP), next(iter(groups), None))
    if top:
        steps.append(e.CallStep("leadership", (top.head,)))
        if top.deputies:
            steps.append(e.CallStep("deputies", top.deputies))
    unique: dict[tuple[str, ...], e.CallStep] = {}
    for step in steps:
        unique.setdefault(step.positions, step)
    return tuple(unique.values())


def call(incident: "Incident", call_id: str, reason: str, *first: str) -> list[e.DomainEvent]:
    """A call to these positions and then the leadership; none when it was opened before or nobody can be named."""
    steps = ladder(incident, *first)
    return [] if call_id in incident.calls or not steps else [e.CallOpened(call_id, reason, steps)]


def close(incident: "Incident", prefix: str, reason: str) -> list[e.DomainEvent]:
    """Close every open call whose id begins so."""
    return [e.CallClosed(c.id, reason) for c in incident.calls.values() if c.open and c.id.startswith(prefix)]
