"""The drills' port onto a wired system: the real one, and a throw-away one for fast drills."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import structlog
from pydantic import SecretStr

from config.settings import BaseTocsinSettings
from config.wiring import System, build
from detectors.scan import mask
from drills.loader import Drills, load
from drills.progress import FINISHED, PLANNED, RUNNING
from drills.rehearsal import Action, Change, Sent
from incident.domain import events as e
from incident.domain.commands import Command, ReportIncident
from incident.domain.errors import Conflict, NotFound
from incident.domain.incident import Incident
from incident.domain.message import Message, Receipt
from incident.domain.roster import Person, Roster
from incident.domain.said import said
from incident.domain.words import Text
from incident.intake.event import Event
from incident.service.clock import ManualClock
from incident.service.desk import Desk
from incident.service.drillstop import stop_drill
from incident.service.intake import Intake
from incident.service.ports import Store
from incident.service.records import DrillRun, OutboxRow
from incident.service.session import Session, contacts_of
from incident.store.uow import Database
from notifiers.base import Notifier
from notifiers.testing import RecordingNotifier
from playbooks.loader import by_scenario
from playbooks.loader import load as load_playbooks

SCAN = 1_000
"""So many newest drill incidents are looked through for those of one run."""
log = structlog.get_logger("tocsin.drills")


@dataclass(frozen=True, slots=True)
class House:
    """Implements ``drills.rehearsal.Rehearsal``. ``intake`` keeps facts durably, as for any sender."""

    database: Database
    desk: Desk
    intake: Callable[[Sequence[Event]], None]
    language: str

    @classmethod
    def of(cls, system: System) -> "House":
        """The house of a wired system, for the node that has its duties: what another has taken over is refused."""

        def accept(events: Sequence[Event]) -> None:
            system.intake.accept(events, (), system.clock.now())

        desk = system.desk
        mine = Desk(system.duty.unit, desk.rules, desk.clock, desk.names, system.bell.ring, desk.masks)
        return cls(system.database, mine, accept, system.settings.language)

    @classmethod
    def beside(cls, database: Database, desk: Desk, language: str) -> "House":
        """The house from another process than the one that works: for commands."""
        intake = Intake(database.unit, mask)

        def accept(events: Sequence[Event]) -> None:
            intake.accept(events, (), desk.clock.now())

        return cls(database, desk, accept, language)

    @property
    def roster(self) -> Roster:
        """Who holds which position."""
        return self.desk.rules.roster

    def now(self) -> datetime:
        """The house's time."""
        return self.desk.clock.now()

    def accept(self, events: Sequence[Event]) -> None:
        """Durable when it returns."""
        self.intake(events)

    def report(self, command: ReportIncident) -> Incident:
        """A person's report."""
        return self.desk.report(command)

    def do(self, command: Command) -> Incident:
        """A person's command."""
        return self.desk.do(command)

    def stop(self, run_id: str, reason: str) -> None:
        """Break a run off."""
        self.desk.stop_drill(run_id, reason)

    # --- runs

    def begin(self, run: DrillRun) -> None:
        """Keep a new run; raises Conflict while something real is open or a drill is running."""

        def keep(store: Store, _now: datetime) -> None:
            store.one_at_a_time()
            if busy := _obstacle(store):
                raise Conflict(busy.words, remedy=busy.remedy)
            before = _find(store, run.id)
            if before is not None and before.state != PLANNED:
                raise Conflict(said("drill run {run} is there already", run=run.id), remedy="see: tocsin drill list")
            store.drills.save(run)

        self.desk.transact(keep)

    def running(self) -> list[DrillRun]:
        """Runs under way."""
        with self.database.reading() as store:
            return store.drills.running()

    def runs(self, limit: int = 100) -> list[DrillRun]:
        """Newest first."""
        with self.database.reading() as store:
            return store.drills.rows(limit)

    def run(self, run_id: str) -> DrillRun:
        """Raises NotFound."""
        with self.database.reading() as store:
            return store.drills.get(run_id)

    def find(self, run_id: str) -> DrillRun | None:
        """A run, None when there is none of that id."""
        with self.database.reading() as store:
            return _find(store, run_id)

    def obstacle(self) -> "Obstacle | None":
        """Why no drill may begin now; None when one may."""
        with self.database.reading() as store:
            return _obstacle(store)

    def change(self, run_id: str, change: Change) -> bool:
        """Change a running run's record."""
        return self.desk.transact(lambda store, _now: _change(store, run_id, change))

    def keep_score(self, run_id: str, change: Change) -> None:
        """Change the record of a run that is over."""
        self.desk.transact(lambda store, _now: store.drills.save(change(store.drills.get(run_id))))

    def keep(self, run: DrillRun) -> None:
        """Keep the record of a run that is not under way."""
        self.desk.transact(lambda store, _now: store.drills.save(run))

    def tell(self, run_id: str, text: Text, position: str, key: str, change: Change) -> bool:
        """A controller's words, on the log and to whoever holds the position, together with the change."""

        def write(store: Store, now: datetime) -> bool:
            if not _change(store, run_id, change):
                return False
            for incident_id in _open_of(store, run_id)[:1]:
                session = Session(store.incidents.get(incident_id), self.desk.rules, now)
                drill = store.drills.get(run_id).drill
                session.record([e.NoteAdded(text.in_(self.language), "inject")], f"drill:{drill}")
                session.settle()
                session.save(store)
                holders = self.roster.holders(position, now)[:1] if position else ()
                store.outbox.add([_words(session.incident, person, text, key, now) for person in holders])
            return True

        return self.desk.transact(write)

    def finish(self, run_id: str, change: Change, actions: Sequence[Action]) -> bool:
        """End a running drill in one transaction."""

        def end(store: Store, now: datetime) -> bool:
            run = store.drills.get(run_id)
            if run.state != RUNNING:
                return False
            for incident_id in _of(store, run_id)[:1]:
                session = Session(store.incidents.get(incident_id), self.desk.rules, now)
                owners = [self.roster.holders(action.owner, now) for action in actions]
                session.record(
                    [
                        e.ActionOpened(action.id, action.text, found[0].id if found else "", action.due_at)
                        for action, found in zip(actions, owners, strict=True)
                    ],
                    f"drill:{run.drill}",
                )
                session.save(store)
            stop_drill(store, self.desk.rules, run, "drill_ended", now)
            store.drills.save(change(replace(run, state=FINISHED, ended_at=now)))
            return True

        return self.desk.transact(end)

    def sweep(self) -> None:
        """End drill incidents whose run is over."""

        def end(store: Store, now: datetime) -> None:
            running = {run.id for run in store.drills.running()}
            lost = {i.drill for i in store.incidents.open_facts() if i.drill is not None and i.drill not in running}
            for run_id in sorted(lost):
                run = _find(store, run_id)
                if run is not None:
                    stop_drill(store, self.desk.rules, run, run.reason or "drill_ended", now)
                    store.drills.save(run)

        self.desk.transact(end)

    # --- what came of it

    def incidents(self, run_id: str) -> list[Incident]:
        """The run's incidents, oldest first."""
        with self.database.reading() as store:
            return [store.incidents.get(incident_id) for incident_id in _of(store, run_id)]

    def entries(self, incident_id: str) -> list[e.Entry]:
        """An incident's log."""
        with self.database.reading() as store:
            return store.log.entries(incident_id)

    def sent(self, incident_id: str) -> list[Sent]:
        """Messages that reached somebody, oldest first."""
        with self.database.reading() as store:
            rows = store.outbox.rows(10_000, incident_id)
        return [
            Sent(row.person, *row.contacts[row.contact_index])
            for row in reversed(rows)
            if row.state == "sent" and row.person is not None
        ]


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why no drill may begin: in words, what to do, and as the code a run's record keeps."""

    words: str
    remedy: str
    code: str


def _obstacle(store: Store) -> Obstacle | None:
    for incident in store.incidents.open_facts():
        if incident.drill is None and not incident.chore:
            what = said("{incident} is open: no drill begins while something real is going on", incident=incident.id)
            return Obstacle(what, "end the incident first", f"real_incident:{incident.id}")
    for run in store.drills.running():
        what = said("drill {run} is running: one at a time", run=run.id)
        return Obstacle(what, f"wait, or stop it: tocsin drill stop {run.id}", f"drill_running:{run.id}")
    return None


def _change(store: Store, run_id: str, change: Change) -> bool:
    run = store.drills.get(run_id)
    if run.state != RUNNING:
        return False
    store.drills.save(change(run))
    return True


def _find(store: Store, run_id: str) -> DrillRun | None:
    try:
        return store.drills.get(run_id)
    except NotFound:
        return None


def _of(store: Store, run_id: str) -> list[str]:
    return [row.id for row in reversed(store.incidents.rows(drill=True, limit=SCAN)) if row.drill == run_id]


def _open_of(store: Store, run_id: str) -> list[str]:
    return [incident.id for incident in store.incidents.open_facts() if incident.drill == run_id]


def _words(incident: Incident, person: Person, text: Text, key: str, now: datetime) -> OutboxRow:
    """A notice of the drill, to the drill address book only."""
    name = f"{key}:{person.id}"
    payload = {"what": "drill_inject", "text": {"zh": text.zh, "en": text.en}}
    return OutboxRow(
        id=name, kind="notice", key=name, incident_id=incident.id, person=person.id, page_id=None,
        contacts=contacts_of(person, drill=True), payload=payload, drill=True, level=4, created_at=now, due_at=now,
    )  # fmt: skip


# --- fast drills ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FastHouse(House):
    """A throw-away house whose clock is pushed."""

    system: System
    clock: ManualClock

    def next_due(self) -> datetime | None:
        """When something is due by the house's own timers."""
        return self.system.engine.next_due()

    def run_until(self, moment: datetime) -> None:
        """Push the clock and work."""
        self.clock.push_to(moment)
        self.system.step()


class Recorder(RecordingNotifier):
    """A channel of the throw-away house. Like the console, it gives no receipt: nothing said is edited afterwards."""

    def send(self, message: Message) -> Receipt:
        """Keep the message; it goes nowhere."""
        super().send(message)
        return Receipt()


@contextmanager
def fast_house(settings: BaseTocsinSettings, start: datetime) -> Iterator[tuple[FastHouse, dict[str, Recorder]]]:
    """A house of the user's own people, playbooks and rules on an empty database that is thrown away afterwards.

    Its channels only record. Raises BadInput with the faults of the files.
    """
    with tempfile.TemporaryDirectory(prefix="tocsin-drill-") as folder:
        apart = settings.model_copy(
            update={"database": SecretStr(f"sqlite:///{Path(folder) / 'drill.db'}"), "data": Path(folder)}
        )
        recorders = {kind: Recorder(kind) for kind in settings.notifier_settings()}
        channels: dict[str, Notifier] = dict(recorders)
        clock = ManualClock(start)
        system = build(apart, clock=clock, notifiers=channels, sending_threads=0)
        try:
            base = House.of(system)
            yield FastHouse(base.database, base.desk, base.intake, base.language, system, clock), recorders
        finally:
            system.close()


def drills_of(system: System) -> Drills:
    """The drills in use in a system. Raises BadInput with the faults of the user's files."""
    return load_drills(system.settings, system.rules.roster)


def load_drills(settings: BaseTocsinSettings, roster: Roster) -> Drills:
    """The drills in use. Raises BadInput with the faults of the user's files."""
    plans = by_scenario(load_playbooks(settings.path(settings.playbooks), roster))
    return load(settings.path(settings.drills), plans, roster)
