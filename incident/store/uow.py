"""The unit of work: all repositories on one transaction."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import PoolProxiedConnection

from incident.domain.errors import BadInput, Conflict, Unavailable
from incident.domain.said import said
from incident.service import ports
from incident.service.lease_port import LeaseRepo
from incident.service.records import Lease, Waiting
from incident.store.access import Keys, Tokens
from incident.store.engine import BUSY_SECONDS, READING, name, open_engine, parse
from incident.store.faults import not_set_up, sqlite_fault
from incident.store.inbox import DeadLetters, DetectorStates, Inbox
from incident.store.incidents import Incidents
from incident.store.leases import Leases
from incident.store.log import Log
from incident.store.opinions import Opinions
from incident.store.outbox import Outbox
from incident.store.reports import DrillRuns, Reports
from incident.store.schema import require_current, upgrade
from incident.store.signals import Signals
from incident.store.silences import Silences
from incident.store.waiting import waiting

WIPE_EVERY_S = 30.0
"""So long at most, while anything writes, erased rows can still be read in SQLite's journal file."""
_ONE_AT_A_TIME = 0x70C5_1B
"""Any number, the same for all nodes: PostgreSQL's advisory lock for decisions on what is not there."""


class SqlStore:
    """``Store`` on one transaction of one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.log: ports.LogRepo = Log(connection)
        self.incidents: ports.IncidentRepo = Incidents(connection)
        self.signals: ports.SignalRepo = Signals(connection)
        self.inbox: ports.InboxRepo = Inbox(connection)
        self.dead: ports.DeadRepo = DeadLetters(connection)
        self.detectors: ports.DetectorRepo = DetectorStates(connection)
        self.opinions: ports.OpinionRepo = Opinions(connection)
        self.outbox: ports.OutboxRepo = Outbox(connection)
        self.silences: ports.SilenceRepo = Silences(connection)
        self.tokens: ports.TokenRepo = Tokens(connection)
        self.drills: ports.DrillRepo = DrillRuns(connection)
        self.reports: ports.ReportRepo = Reports(connection)
        self.keys: ports.KeyRepo = Keys(connection)
        self.leases: LeaseRepo = Leases(connection)
        self._fences: list[Lease] = []

    def one_at_a_time(self) -> None:
        """Wait until this transaction is alone among those that ask for this; SQLite has one writer anyway."""
        if self._connection.dialect.name == "postgresql":
            self._connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _ONE_AT_A_TIME})

    def waiting(self, now: datetime) -> Waiting:
        """What there is for the engine to do at ``now``, by one question."""
        return waiting(self._connection, now)

    def fence(self, lease: Lease) -> None:
        """Let ``commit`` keep nothing unless this lease still holds then."""
        self._fences.append(lease)

    def commit(self) -> None:
        """Make everything since the start durable.

        Raises Conflict, Unavailable or (when a duty has gone to another node) Fenced, and then nothing was kept.
        """
        for lease in self._fences:  # last of all, so that the row is held for an instant only
            self.leases.require(lease)
        self._connection.commit()


class Database:
    """A database by its URL: ``sqlite:///path`` or ``postgresql+psycopg://user:password@host/name``.

    Connects when first used. May be shared by threads; close it before forking. ``node`` is the name by which this
    process takes leases. With ``upgrades`` an SQLite file that is missing or old is set up when first used; a server
    is not, others may be at work on it. Raises BadInput for a bad URL.
    """

    def __init__(self, url: str, *, node: str = "", wipe_every_s: float = WIPE_EVERY_S, upgrades: bool = False) -> None:
        parsed = parse(url)
        self.name = name(parsed)
        """How messages call it: the path, or the URL without the password."""
        self.node = node
        self._sqlite = parsed.get_backend_name() == "sqlite"
        self._path = Path(parsed.database or "")
        self._upgrades = upgrades and self._sqlite
        self._engine = open_engine(parsed, node)
        self._writer = threading.Lock()
        self._checked = False
        self._watch: PoolProxiedConnection | None = None
        self._watch_lock = threading.Lock()
        self._wipe_every_s = wipe_every_s
        self._wiped_at = time.monotonic()

    def upgrade(self) -> None:
        """Create the tables or bring them up to date. Raises BadInput or Unavailable."""
        upgrade(self._engine, self.name)

    def unit(self) -> AbstractContextManager[ports.Store]:
        """A write transaction; leaving it without ``commit`` rolls back.

        Raises Conflict when it lost a race (load again and retry), Unavailable when the database is away, BadInput
        when it is not set up. Don't open one inside another: on SQLite there is only one writer.
        """
        return self._writing(lasting=True)

    def passing(self) -> AbstractContextManager[ports.Store]:
        """A ``unit`` that waits for no disk: a power cut, not the end of a process, may undo the last of them.

        For what runs out by itself, such as claims: without it the message goes out twice, as after any crash.
        """
        return self._writing(lasting=False)

    @contextmanager
    def _writing(self, *, lasting: bool) -> Iterator[ports.Store]:
        with self._turn(), self._connect() as connection:
            self._wipe_journal(connection)
            with nullcontext() if lasting else self._unsynced(connection):
                connection.begin()
                if not (lasting or self._sqlite):
                    connection.exec_driver_sql("SET LOCAL synchronous_commit TO off")
                yield SqlStore(connection)

    @contextmanager
    def _unsynced(self, connection: Connection) -> Iterator[None]:
        """SQLite syncs by connection, and takes another setting between transactions only."""
        if not self._sqlite:
            yield
            return
        raw = connection.connection.cursor()
        try:
            raw.execute("PRAGMA synchronous = NORMAL")
            try:
                yield
            finally:
                connection.rollback()
                raw.execute("PRAGMA synchronous = FULL")
        except BaseException as error:
            # Whoever gets this connection next must be able to believe that a commit is on the disk.
            connection.invalidate()
            if isinstance(error, sqlite3.Error):
                raise sqlite_fault(self.name, error) or error from None
            raise

    @contextmanager
    def reading(self) -> Iterator[ports.Store]:
        """One unchanging view of the data, which waits for no writer. What is written in it is refused or lost."""
        with self._connect(reading=True) as connection:
            connection.begin()
            yield SqlStore(connection)

    def data_version(self) -> str:
        """Differs from an earlier answer when anybody, in any process, committed meanwhile; cheap enough to poll.

        On PostgreSQL it may differ without need (other databases of the same server count too).
        """
        if not self._sqlite:
            with self._connect(reading=True) as connection:
                return str(connection.exec_driver_sql("SELECT pg_current_snapshot()::text").scalar_one())
        with self._watch_lock:
            # SQLite counts what *other* connections commit, so this one is kept and never writes.
            if self._watch is None:
                self._require_file()
                self._watch = self._engine.raw_connection()
            try:
                (version,) = self._watch.cursor().execute("PRAGMA data_version").fetchone()
            except sqlite3.Error as error:
                raise sqlite_fault(self.name, error) or error from None
            return str(version)

    def server(self) -> tuple[str, datetime]:
        """What kind of database it is, with its version, and what time it is there. Raises Unavailable."""
        with self._connect(reading=True) as connection:
            if self._sqlite:
                return f"SQLite {sqlite3.sqlite_version}", datetime.now(UTC)
            row = connection.exec_driver_sql("SELECT current_setting('server_version'), clock_timestamp()").one()
            return f"PostgreSQL {row[0].split()[0]}", row[1]

    def close(self) -> None:
        """Close all connections. The object may be used again afterwards."""
        with self._watch_lock:
            if self._watch is not None:
                self._watch.close()
                self._watch = None
        self._engine.dispose()

    @contextmanager
    def _connect(self, *, reading: bool = False) -> Iterator[Connection]:
        self._require_file()
        try:
            connection = self._engine.connect()
        except PoolTimeoutError as error:
            raise Unavailable(
                said("All connections to {name} are busy", name=self.name), remedy="try again in a moment"
            ) from error
        with connection:
            if reading and self._sqlite:
                connection = connection.execution_options(**{READING: True})
            elif reading:
                connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            if not self._checked:
                require_current(connection, self.name)
                connection.rollback()
                self._checked = True
            yield connection

    def _wipe_journal(self, connection: Connection) -> None:
        """Now and then empty SQLite's write-ahead log: what was erased in the tables stands there until then.

        Waits for nobody: while somebody reads an older state it is left for the next time.
        """
        if not self._sqlite or time.monotonic() - self._wiped_at < self._wipe_every_s:
            return
        raw = connection.connection.cursor()  # a checkpoint can't run inside a transaction
        try:
            raw.execute("PRAGMA busy_timeout = 0")
            busy = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        except sqlite3.Error:  # a full disk, say: if that matters to the transaction that follows, it will tell
            busy = True
        finally:
            raw.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")
            raw.close()
        if not busy:
            self._wiped_at = time.monotonic()

    def _require_file(self) -> None:
        if self._upgrades:
            self._upgrades = False
            self._set_up()
        if self._sqlite and not self._path.is_file():
            raise not_set_up(self.name)

    def _set_up(self) -> None:
        try:
            with self.reading():  # an upgrade would wait for whoever writes; mostly there is none to be made
                return
        except BadInput:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.upgrade()

    def _turn(self) -> AbstractContextManager[object]:
        # Threads of one process queue here, first come first served; SQLite's own waiting is polling and unfair.
        return self._queue() if self._sqlite else nullcontext()

    @contextmanager
    def _queue(self) -> Iterator[None]:
        if not self._writer.acquire(timeout=BUSY_SECONDS):
            raise Conflict(
                said("The database {name} is busy with another writer", name=self.name), remedy="load again and retry"
            )
        try:
            yield
        finally:
            self._writer.release()
