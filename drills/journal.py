"""All there is to judge a drill by: the run's record, the logs of its incidents, whom its messages reached."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from drills.progress import RUNNING, sent_at
from drills.rehearsal import Rehearsal, Sent
from drills.schema import Drill
from incident.domain import events as e
from incident.domain.incident import Incident
from incident.service.records import DrillRun


@dataclass(frozen=True, slots=True)
class Journal:
    """A drill as it went. ``entries`` and ``incidents`` run in parallel, the drill's own scenario first.

    ``seen_until`` is the end of the run, or now while it is running: what could still happen is not held against
    anybody. ``book`` is the drill address book as it was at the start.
    """

    run_id: str
    drill: Drill
    state: str
    started_at: datetime
    seen_until: datetime
    injects: dict[str, datetime]
    incidents: tuple[Incident, ...]
    entries: tuple[tuple[e.Entry, ...], ...]
    sent: tuple[Sent, ...]
    book: dict[str, list[list[str]]]

    @property
    def opened_at(self) -> datetime | None:
        """When the main incident opened; None when the drill caused none."""
        return self.incidents[0].anchors["opened"] if self.incidents else None

    def main(self) -> Iterator[e.Entry]:
        """The main incident's log."""
        return iter(self.entries[0] if self.entries else ())

    def everything(self) -> Iterator[e.Entry]:
        """The logs of all incidents of the drill."""
        return (entry for log in self.entries for entry in log)

    def first(self, wanted: Callable[[e.DomainEvent], bool], *, after: datetime | None = None) -> datetime | None:
        """When something first happened in the main incident."""
        moments = (entry.occurred_at for entry in self.main() if wanted(entry.event))
        return next((at for at in moments if after is None or at >= after), None)


def journal_of(house: Rehearsal, run: DrillRun, drill: Drill, now: datetime, *, over: str = "") -> Journal:
    """Read everything about a run. ``over`` is the state it is about to enter."""
    incidents = sorted(house.incidents(run.id), key=lambda one: (one.scenario is not drill.scenario, one.id))
    until = now if over or run.state == RUNNING else run.ended_at or now
    return Journal(
        run_id=run.id, drill=drill, state=over or run.state, started_at=run.started_at, seen_until=until,
        injects=_sent_injects(run, drill), incidents=tuple(incidents),
        entries=tuple(tuple(_until(house.entries(one.id), until)) for one in incidents),
        sent=tuple(sent for one in incidents for sent in house.sent(one.id)), book=run.body.get("book", {}),
    )  # fmt: skip


def _sent_injects(run: DrillRun, drill: Drill) -> dict[str, datetime]:
    return {inject.id: at for inject in drill.injects if (at := sent_at(run, inject.id)) is not None}


def _until(entries: Iterable[e.Entry], until: datetime) -> Iterator[e.Entry]:
    """What was done in the drill, not what was tidied up after it."""
    return (entry for entry in entries if entry.occurred_at <= until)
