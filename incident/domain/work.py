"""Which work counts now, and what keeps an incident from ending. Pure."""

from collections.abc import Iterator
from datetime import datetime

from incident.domain.crisis_views import crisis_blockers
from incident.domain.incident import Incident
from incident.domain.parts import Task, Verdict
from incident.domain.plan import PhasePlan
from incident.domain.words import Group, Phase


def convened(incident: Incident) -> tuple[Group, ...]:
    """The groups that have met, and those that the level calls for now (an ended incident calls for no more)."""
    if incident.plan is None or incident.ended:
        return incident.convened
    return tuple(dict.fromkeys((*incident.convened, *incident.plan.convened_at(incident.level))))


def groups_at_work(incident: Incident) -> frozenset[Group]:
    """The groups whose tasks count: those convened, and any the plan does not staff (their owners act alone).

    Nobody is called about the tasks of a group that the level never called for: a minor outage does not wake the
    director for the leadership's meeting. Once leadership is convened, its tasks count.
    """
    staffed = {group.group for group in incident.plan.groups} if incident.plan else set()
    return frozenset(convened(incident)) | (frozenset(Group) - staffed)


def open_at_work(incident: Incident) -> Iterator[Task]:
    """Unfinished tasks of the groups at work that are needed, or may be, in the plan's order."""
    groups = groups_at_work(incident)
    return (task for task in incident.tasks.values() if not task.settled and task.plan.group in groups)


def blockers(incident: Incident, now: datetime | None = None) -> tuple[str, ...]:
    """What keeps an incident from ending.

    Ids of unfinished tasks that block; ``clock:ID``, ``material:ITEM`` and ``rollcall:ID`` for what command still
    owes; ``signals`` while any is active; ``exit:PHASE`` for a gate that is not known
    to be open; ``end:ID`` for a criterion not known to be met; ``hold`` until the criteria have held long enough
    (only with ``now``).
    """
    open_tasks = [
        t.plan.id for t in open_at_work(incident) if t.plan.blocks_end and t.plan.phase is not Phase.REPORT
    ]  # fmt: skip
    return (
        *(["signals"] if incident.signals_active else []),
        *open_tasks,
        *(f"exit:{phase.phase.value}" for phase in shut_gates(incident)),
        *crisis_blockers(incident),
        *_criteria(incident, now),
    )


def shut_gates(incident: Incident) -> Iterator[PhasePlan]:
    """Phases with work for somebody convened whose exit gate is not known to be open."""
    plan = incident.plan
    groups = groups_at_work(incident)
    for phase in plan.phases if plan else ():
        at_work = any(t.plan.phase is phase.phase and t.plan.group in groups for t in incident.tasks.values())
        gated = phase.exit and phase.phase is not Phase.REPORT and at_work
        if gated and not condition_holds(incident, f"exit:{phase.phase}"):
            yield phase


def _criteria(incident: Incident, now: datetime | None) -> Iterator[str]:
    if incident.plan is None or not incident.plan.end.criteria:
        return
    end = incident.plan.end
    unmet = [f"end:{c.id}" for c in end.criteria if not condition_holds(incident, f"end:{c.id}")]
    yield from unmet
    held = incident.conditions.get("end")
    if not unmet and now is not None and (held is None or now < held.since + end.hold):
        yield "hold"


def condition_holds(incident: Incident, subject: str) -> bool:
    """A condition was read last as met; ``subject`` as in :class:`~incident.domain.events_playbook.ConditionRead`."""
    condition = incident.conditions.get(subject)
    return condition is not None and condition.verdict is Verdict.YES
