"""What a drill needs of the house it is played in. The wiring fills it in: the real house, or a throw-away one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from incident.domain.commands import Command, ReportIncident
from incident.domain.events import Entry
from incident.domain.incident import Incident
from incident.domain.roster import Roster
from incident.domain.words import Text
from incident.intake.event import Event
from incident.service.records import DrillRun

Change = Callable[[DrillRun], DrillRun]


@dataclass(frozen=True, slots=True)
class Sent:
    """A message of the drill that reached somebody, and over which address."""

    person: str
    via: str
    to: str


@dataclass(frozen=True, slots=True)
class Action:
    """Something to improve: what, whose task by position, until when."""

    id: str
    text: str
    owner: str
    due_at: datetime


class Rehearsal(Protocol):
    """The road a drill takes: the same doors as reality, and the record of runs."""

    @property
    def roster(self) -> Roster: ...
    @property
    def language(self) -> str: ...
    def now(self) -> datetime: ...
    def begin(self, run: DrillRun) -> None:
        """Keep a new run. Raises Conflict while something real is open or another drill is running."""
        ...

    def running(self) -> list[DrillRun]: ...
    def runs(self, limit: int = 100) -> list[DrillRun]: ...
    def run(self, run_id: str) -> DrillRun:
        """Raises NotFound."""
        ...

    def change(self, run_id: str, change: Change) -> bool:
        """Change the record of a run in one transaction; False, and nothing changed, when it is no longer running."""
        ...

    def accept(self, events: Sequence[Event]) -> None:
        """Through the durable intake: kept when this returns; the same event again changes nothing."""
        ...

    def report(self, command: ReportIncident) -> Incident: ...
    def do(self, command: Command) -> Incident: ...
    def tell(self, run_id: str, text: Text, position: str, key: str, change: Change) -> bool:
        """A controller's words on the log of the run's incidents and to whoever holds ``position`` (drill addresses
        only), together with ``change``, in one transaction. False when the run is over."""
        ...

    def finish(self, run_id: str, change: Change, actions: Sequence[Action]) -> bool:
        """End a running drill: incidents end, actions are noted on the first of them, unsent messages are withdrawn."""
        ...

    def stop(self, run_id: str, reason: str) -> None:
        """Break a run off; one that is over stays as it is."""
        ...

    def keep_score(self, run_id: str, change: Change) -> None:
        """Change the record of a run that is over."""
        ...

    def sweep(self) -> None:
        """End open drill incidents whose run is over."""
        ...

    def incidents(self, run_id: str) -> list[Incident]:
        """The run's incidents, oldest first."""
        ...

    def entries(self, incident_id: str) -> list[Entry]: ...
    def sent(self, incident_id: str) -> list[Sent]: ...


class Stage(Protocol):
    """A house whose clock is pushed: for fast drills."""

    def now(self) -> datetime: ...
    def next_due(self) -> datetime | None: ...
    def run_until(self, moment: datetime) -> None:
        """Let time go by to ``moment`` and do everything that is due then."""
        ...
