"""Domain events of a running playbook: conditions read, deadlines set, facts and plan amended, incidents called for."""

from dataclasses import dataclass
from datetime import datetime

from incident.domain.plan import TaskPlan
from incident.domain.words import Scenario


@dataclass(frozen=True, slots=True)
class ConditionRead:
    """A condition says something else than before: ``yes``, ``no`` or ``unknown``; ``asks`` are the missing facts.

    ``subject`` tells whose condition: ``task:ID``, ``entry:PHASE``, ``exit:PHASE``, ``level:N``, ``link:ID``,
    ``end:ID`` or ``end`` (all criteria together).
    """

    subject: str
    verdict: str
    asks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DeadlineSet:
    """A deadline in business days, worked out from its anchor by the calendar of that moment."""

    task_id: str
    due_at: datetime
    anchor_at: datetime


@dataclass(frozen=True, slots=True)
class AnchorAmended:
    """A fact with a time turned out to be another one; deadlines count from ``at`` now, ``old`` stays in the log."""

    anchor: str
    at: datetime
    old: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class PlanAmended:
    """A task was added to the running plan, or stands otherwise than planned from now on."""

    task: TaskPlan
    reason: str


@dataclass(frozen=True, slots=True)
class IncidentCalled:
    """The plan calls for an incident of another scenario, linked to this one."""

    rule: str
    scenario: Scenario
    relation: str
    who: str = ""
