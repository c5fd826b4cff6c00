"""Commands: what somebody wants, imperative, frozen. ``decide`` in ``decide.py`` turns them into events.

``by`` is a person's id. ``at`` is when it happened, for what is entered late; None means now.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from incident.domain.words import Degree, Group, Phase, Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportIncident:
    """A person raises the alarm (P4.1)."""

    by: str
    scenario: Scenario
    title: str
    description: str = ""
    impact: Degree = Degree.MEDIUM
    urgency: Degree = Degree.MEDIUM
    labels: dict[str, str] = field(default_factory=dict)
    at: datetime | None = None
    restricted: bool = False
    drill: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Base of the commands to an incident that is there already."""

    incident_id: str
    by: str
    at: datetime | None = None
    name: ClassVar[str] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledge(Command):
    via: str = "cli"
    name: ClassVar[str] = "ack"


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalate(Command):
    reason: str
    name: ClassVar[str] = "escalate"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeLevel(Command):
    level: int
    reason: str
    name: ClassVar[str] = "level"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddNote(Command):
    text: str
    kind: str = "note"
    name: ClassVar[str] = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetFact(Command):
    fact: str
    value: str
    name: ClassVar[str] = "fact"


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeLead(Command):
    """Take over a group, with the hand-over in words."""

    group: Group
    note: str = ""
    name: ClassVar[str] = "lead"


@dataclass(frozen=True, slots=True, kw_only=True)
class StartTask(Command):
    task_id: str
    name: ClassVar[str] = "start"


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteTask(Command):
    """``choice`` is the option decided for, or the answer to the task's question; ``proofs`` tell what was kept.

    Where a form has no field for the choice, the note may begin with it.
    """

    task_id: str
    note: str = ""
    choice: str = ""
    proofs: tuple[str, ...] = ()
    name: ClassVar[str] = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiveTask(Command):
    task_id: str
    reason: str
    name: ClassVar[str] = "waive"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenTask(Command):
    task_id: str
    reason: str
    name: ClassVar[str] = "reopen-task"


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendAnchor(Command):
    """Correct the time of a fact that deadlines count from."""

    anchor: str
    to: datetime
    reason: str
    name: ClassVar[str] = "amend-time"


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendTask(Command):
    """Add a task to the running plan, or change one: title, owner (a position), deadline. Empty means unchanged."""

    task_id: str
    reason: str
    title: str = ""
    owner: str = ""
    phase: Phase | None = None
    due_at: datetime | None = None
    name: ClassVar[str] = "amend-task"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkIncident(Command):
    other: str
    relation: str = "related"
    name: ClassVar[str] = "link"


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitSignals(Command):
    """These signals are about something else: an incident of their own.

    ``into`` is its number and ``rules`` those without a signal left here; both are for the desk to say.
    """

    signals: tuple[str, ...]
    reason: str
    into: str = ""
    rules: tuple[str, ...] = ()
    name: ClassVar[str] = "split"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeAudience(Command):
    person: str
    add: bool = True
    reason: str = ""
    name: ClassVar[str] = "audience"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mitigate(Command):
    note: str = ""
    name: ClassVar[str] = "mitigate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolve(Command):
    """The service is back. The three texts are the report's three parts (H9.2)."""

    cause: str = ""
    process: str = ""
    after_care: str = ""
    name: ClassVar[str] = "resolve"


@dataclass(frozen=True, slots=True, kw_only=True)
class End(Command):
    """Sign off. ``override`` is the reason for ending although something is still open."""

    statement: str = ""
    override: str = ""
    name: ClassVar[str] = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopen(Command):
    reason: str
    name: ClassVar[str] = "reopen"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAction(Command):
    text: str
    owner: str
    due_at: datetime | None = None
    name: ClassVar[str] = "action"


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteAction(Command):
    action_id: str
    note: str = ""
    name: ClassVar[str] = "action-done"
