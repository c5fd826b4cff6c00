"""What an incident is made of: its status, tasks, pages, calls and follow-ups."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from incident.domain import events as e
from incident.domain.plan import TaskPlan


class Status(StrEnum):
    """Where an incident stands. Only people move it past ``open``."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    MITIGATED = "mitigated"
    RESOLVED = "resolved"
    ENDED = "ended"


class TaskStatus(StrEnum):
    """Where a task stands. Being overdue is not a status."""

    PLANNED = "planned"
    STARTED = "started"
    DONE = "done"
    WAIVED = "waived"


_FINISHED = frozenset({TaskStatus.DONE, TaskStatus.WAIVED})


class PageStatus(StrEnum):
    """What became of a page."""

    REQUESTED = "requested"
    DELIVERED = "delivered"
    UNDELIVERABLE = "undeliverable"
    CANCELLED = "cancelled"


class Verdict(StrEnum):
    """What a condition says. ``unknown`` asks for a fact and is never taken for ``no``."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Condition:
    """What a condition said last, since when, and which facts it lacked."""

    verdict: Verdict
    since: datetime
    asks: tuple[str, ...] = ()


@dataclass(slots=True)
class Task:
    """A planned task as it runs. ``applies`` is what its condition said last; ``asks`` are the facts it lacks."""

    plan: TaskPlan
    status: TaskStatus = TaskStatus.PLANNED
    started_at: datetime | None = None
    finished_at: datetime | None = None
    by: str = ""
    note: str = ""
    overdue_step: int = 0
    applies: Verdict = Verdict.YES
    asks: tuple[str, ...] = ()
    choice: str = ""
    proofs: tuple[str, ...] = ()
    due_at: datetime | None = None

    @property
    def finished(self) -> bool:
        """Done or waived, by a person."""
        return self.status in _FINISHED

    @property
    def applicable(self) -> bool:
        """False when its condition says that there is nothing to do, and nobody has begun."""
        return self.applies is not Verdict.NO or self.status is not TaskStatus.PLANNED

    @property
    def settled(self) -> bool:
        """True when nothing has to wait for it: finished, or not needed."""
        return self.status in _FINISHED or (self.applies is Verdict.NO and self.status is TaskStatus.PLANNED)


@dataclass(slots=True)
class Page:
    """One message to one person with one reason."""

    id: str
    call_id: str
    person: str
    position: str
    reason: str
    requested_at: datetime
    status: PageStatus = PageStatus.REQUESTED
    via: str = ""
    ref: str = ""
    delivered_at: datetime | None = None


@dataclass(slots=True)
class Call:
    """Paging until somebody answers: rungs (``steps``), the rung being tried, when an answer is due.

    ``current`` are the pages of the present try of the present rung.
    """

    id: str
    reason: str
    steps: tuple[e.CallStep, ...]
    opened_at: datetime
    task_id: str | None = None
    step: int = -1
    attempt: int = 0
    due_at: datetime | None = None
    current: tuple[str, ...] = ()
    hurried: str = ""
    answered_by: str = ""
    closed: bool = False

    @property
    def open(self) -> bool:
        """True while nobody has answered."""
        return not self.closed


@dataclass(slots=True)
class FollowUp:
    """An improvement to be made afterwards."""

    id: str
    text: str
    owner: str
    due_at: datetime | None
    done_at: datetime | None = None
