"""What the use cases need from the outside, as Protocols. ``incident/store`` and the other rooms fill them in."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from incident.domain.events import DomainEvent, Entry
from incident.domain.incident import Incident
from incident.domain.message import Message, Receipt
from incident.domain.opinion import Opinion
from incident.domain.roster import Roster
from incident.domain.signal import Signal
from incident.domain.suppression import Maintenance, OpenIncident, Silence
from incident.intake.event import Event
from incident.service.lease_port import LeaseRepo
from incident.service.records import (
    DeadRow,
    DrillRun,
    InboxRow,
    IncidentRow,
    Lease,
    OutboxRow,
    RuleFacts,
    StoredReport,
    StoredSignal,
    Token,
    Waiting,
)


class Clock(Protocol):
    """Where the time comes from; aware, UTC."""

    def now(self) -> datetime: ...


# --- repositories --------------------------------------------------------------------------------------------------


class LogRepo(Protocol):
    """The append-only log. ``append`` chains each entry to the one before it in its stream by SHA-256."""

    def append(
        self,
        stream: str,
        events: Sequence[DomainEvent],
        *,
        actor: str,
        occurred_at: datetime,
        recorded_at: datetime,
        expected: int,
    ) -> list[Entry]:
        """Append after entry number ``expected``; raises Conflict when somebody else appended first."""
        ...  # fmt: skip

    def entries(self, stream: str, after: int = 0) -> list[Entry]: ...
    def streams(self) -> Iterator[str]: ...
    def behind(self, marker: str, limit: int) -> list[tuple[str, int]]:
        """Streams with entries beyond the number kept under ``marker`` + their name in ``keys`` (0 when there is
        none), and that number."""
        ...

    def verify(self, stream: str) -> str | None:
        """None when the stream's chain holds and ends where its incident says, else one line naming the first
        broken entry."""
        ...


class IncidentRepo(Protocol):
    """Incidents as they stand: the fold's newest state, kept beside the log in the same transaction."""

    def new_id(self, now: datetime, *, drill: bool) -> str:
        """``INC-2026-0001`` or ``DRL-2026-0001``: counts up per year, never reused."""
        ...

    def get(self, incident_id: str) -> Incident:
        """Raises NotFound. The returned state belongs to the caller (may be evolved)."""
        ...

    def save(self, incident: Incident, *, due_at: datetime | None, head: str, updated_at: datetime) -> None:
        """``due_at`` is when ``tick`` must look at it again; ``head`` is the hash of its last log entry."""
        ...

    def set_due(self, incident_id: str, due_at: datetime | None) -> None:
        """Change only when ``tick`` must look at it again."""
        ...

    def verify(self, incident_id: str) -> str | None:
        """None when what is kept beside the log is what the log gives, else one line that says what differs."""
        ...

    def due(self, now: datetime, limit: int) -> list[str]: ...
    def next_due(self) -> datetime | None: ...
    def open_facts(self) -> list[OpenIncident]:
        """All incidents that have not ended, real and drill, oldest first."""
        ...

    def rows(
        self, *, status: str | None = None, drill: bool | None = None, open_only: bool = False, limit: int = 100
    ) -> list[IncidentRow]:
        """Newest first."""
        ...


class SignalRepo(Protocol):
    def get(self, ids: Sequence[str]) -> dict[str, StoredSignal]: ...
    def open_episodes(self, series: Sequence[str]) -> dict[str, StoredSignal]:
        """The raised signal of each series (``incident.intake.episodes.series_of`` its id), newest first seen."""
        ...

    def save(self, signals: Sequence[StoredSignal]) -> None:
        """Insert or replace by signal id."""
        ...

    def run_out(self, now: datetime, limit: int) -> list[StoredSignal]:
        """Raised signals whose ``ends_at`` has passed."""
        ...

    def look_again(self, now: datetime, limit: int) -> list[StoredSignal]:
        """Raised, suppressed signals whose ``look_again_at`` has passed."""
        ...

    def next_due(self) -> datetime | None:
        """Earliest ``ends_at`` or ``look_again_at`` among raised signals."""
        ...

    def purge(self, before: datetime) -> int:
        """Forget cleared signals last heard of before that time; their entries stay in the log."""
        ...

    def of_incident(self, incident_id: str, limit: int = 200) -> list[StoredSignal]: ...
    def recent(self, limit: int = 200) -> list[StoredSignal]: ...
    def told(self, since: datetime) -> list[tuple[str, datetime, str | None]]:
        """Rule, time and incident of every real signal first heard of since then, oldest first."""
        ...


class OpinionRepo(Protocol):
    """What people think of signals, one row per signal and person."""

    def put(self, opinion: Opinion) -> None:
        """Keep it; an earlier one of the same person on the same signal is replaced."""
        ...

    def remove(self, signal: str, person: str) -> bool:
        """Take it back; False when there is none."""
        ...

    def rows(self) -> list[Opinion]:
        """All, oldest first."""
        ...

    def mark(self) -> str:
        """Differs from an earlier answer when a row came, went or changed meanwhile; cheap."""
        ...

    def purge(self, before: datetime) -> int:
        """Forget those given before that time."""
        ...


class InboxRepo(Protocol):
    def add(self, items: Sequence[Event | Signal], now: datetime) -> int:
        """Store; an Event whose (source, id) is known, or was within the retention, is left out. Returns how many
        were new. Signals are not deduplicated here."""
        ...

    def again(self, item: Event | Signal, now: datetime) -> None:
        """Put back something that was worked on in vain; an Event stays the one it was."""
        ...

    def pending(self, limit: int) -> list[InboxRow]: ...
    def done(self, numbers: Sequence[int]) -> None:
        """Work is finished: the body is erased, source and id stay for deduplication."""
        ...

    def count(self) -> int: ...
    def purge(self, before: datetime) -> int:
        """Forget finished rows received before that time."""
        ...


class DeadRepo(Protocol):
    def add(self, rows: Sequence[DeadRow]) -> None:
        """``number`` is ignored and given anew."""
        ...

    def rows(self, limit: int = 100, state: str = "dead") -> list[DeadRow]: ...
    def get(self, number: int) -> DeadRow: ...
    def set_state(self, number: int, state: str) -> None: ...
    def count(self) -> int: ...
    def purge(self, before: datetime) -> int:
        """Forget dead letters received before that time."""
        ...


class DetectorRepo(Protocol):
    def load(self) -> dict[tuple[str, str], bytes]: ...
    def save(self, changed: Mapping[tuple[str, str], bytes]) -> None: ...


class OutboxRepo(Protocol):
    def add(self, rows: Sequence[OutboxRow]) -> None:
        """Insert; a pending row with the same ``key`` is replaced, keeping its ``ref`` if the new one has none.
        A sent or sending row with the same key is superseded: the new row is inserted beside it."""
        ...

    def cancel_pages(self, page_ids: Sequence[str]) -> None:
        """Pending rows of these pages become cancelled; a row that is being sent is left to finish."""
        ...

    def cancel_drill(self, incident_ids: Sequence[str]) -> int: ...
    def claim(self, now: datetime, lease: float, token: str, limit: int, *, orphans: bool = True) -> list[OutboxRow]:
        """Take due pending rows, and rows whose lease ran out, gravest level and oldest first, by compare-and-set.
        ``lease`` is in seconds, by the clock all nodes share. Rows with the same ``key`` as one that is being sent
        wait. Without ``orphans`` rows whose lease ran out are left alone."""
        ...

    def extend(self, now: datetime, lease: float, token: str) -> int:
        """Hold what was claimed with this token for ``lease`` seconds from now; how many rows."""
        ...

    def finish(self, row_id: str, token: str, *, state: str, ref: str = "", reason: str = "") -> bool:
        """state sent | failed | cancelled. False when the lease was lost meanwhile."""
        ...

    def again(
        self,
        row_id: str,
        token: str,
        *,
        due_at: datetime,
        contact_index: int,
        attempts: int,
        reason: str,
        ref: str = "",
    ) -> bool:
        """Back to pending for another try. False when the lease was lost."""
        ...

    def get(self, row_id: str) -> OutboxRow: ...
    def last_ref(self, key: str) -> str:
        """The newest receipt of a sent row with this key, empty when there is none."""
        ...

    def sent_pages(self, incident_id: str) -> list[OutboxRow]:
        """Pages of the incident that were delivered (for editing them in place)."""
        ...

    def next_due(self) -> datetime | None: ...
    def purge(self, before: datetime) -> int:
        """Forget rows that were finished before that time; what became of pages stays in the log."""
        ...

    def rows(self, limit: int = 100, incident_id: str | None = None) -> list[OutboxRow]: ...
    def counts(self) -> dict[str, int]:
        """Rows by state."""
        ...


class SilenceRepo(Protocol):
    def silences(self, now: datetime) -> list[Silence]:
        """Those that have not ended."""
        ...

    def windows(self, now: datetime) -> list[Maintenance]: ...
    def add_silence(self, silence: Silence) -> None: ...
    def add_window(self, window: Maintenance) -> None: ...
    def end(self, silence_or_window_id: str, now: datetime) -> None:
        """Ends it now and makes suppressed signals be looked at again. Raises NotFound."""
        ...


class TokenRepo(Protocol):
    def add(self, token: Token) -> None: ...
    def find(self, token_hash: str) -> Token | None: ...
    def use(self, token_hash: str, now: datetime) -> bool:
        """Mark as used; False when it was used before (one-time links)."""
        ...

    def revoke(self, name: str, now: datetime) -> int: ...
    def revoke_hash(self, token_hash: str, now: datetime) -> None: ...
    def rows(self) -> list[Token]: ...
    def purge(self, before: datetime) -> int:
        """Forget tokens that ran out before that time."""
        ...


class DrillRepo(Protocol):
    def save(self, run: DrillRun) -> None: ...
    def get(self, run_id: str) -> DrillRun: ...
    def rows(self, limit: int = 100) -> list[DrillRun]: ...
    def running(self) -> list[DrillRun]: ...


class ReportRepo(Protocol):
    def save(self, report: StoredReport) -> None: ...
    def get(self, report_id: str) -> StoredReport: ...
    def rows(self, incident_id: str | None = None, limit: int = 100) -> list[StoredReport]: ...


class KeyRepo(Protocol):
    """Small values that belong to the installation: the signing key, the oldest version that can work on the tables."""

    def get(self, name: str) -> str | None: ...
    def lock(self, name: str) -> str | None:
        """The value, None when there is none. Until the transaction ends nobody else's ``lock`` of it returns."""
        ...

    def put(self, name: str, value: str) -> None: ...
    def put_if_absent(self, name: str, value: str) -> str:
        """The value that stands afterwards."""
        ...


class Store(Protocol):
    """All repositories on one transaction. Leaving the context without ``commit`` rolls back."""

    log: LogRepo
    incidents: IncidentRepo
    signals: SignalRepo
    inbox: InboxRepo
    dead: DeadRepo
    detectors: DetectorRepo
    opinions: OpinionRepo
    outbox: OutboxRepo
    silences: SilenceRepo
    tokens: TokenRepo
    drills: DrillRepo
    reports: ReportRepo
    keys: KeyRepo
    leases: LeaseRepo

    def one_at_a_time(self) -> None:
        """From here to its end this transaction is alone among all, on all nodes, that ask for this.

        For decisions that rest on what is *not* there: no open incident of this cause, no running drill.
        """
        ...

    def waiting(self, now: datetime) -> Waiting:
        """What there is for the engine to do at ``now``."""
        ...

    def fence(self, lease: Lease) -> None:
        """``commit`` raises Fenced, and nothing is kept, unless this lease still holds then."""
        ...

    def commit(self) -> None: ...


UnitOfWork = Callable[[], AbstractContextManager[Store]]
"""Opens a write transaction. Raises Unavailable when the database is away; Conflict when it lost a race."""


# --- the other rooms -----------------------------------------------------------------------------------------------


class RuleBook(Protocol):
    """The detection rules as people look at them."""

    def facts(self, states: Mapping[tuple[str, str], bytes]) -> Sequence[RuleFacts]:
        """Every rule in file order, with what its states have learned so far."""
        ...

    def halvings(self, opinions: Sequence[Opinion], now: datetime) -> Mapping[str, float]:
        """Rule → how often these opinions halve its budget; rules not named keep theirs."""
        ...


class Planner(Protocol):
    """The playbooks: what an incident's plan asks for now. Pure."""

    def activate(self, incident: Incident, roster: Roster, now: datetime) -> list[DomainEvent]: ...
    def advance(self, incident: Incident, roster: Roster, now: datetime) -> list[DomainEvent]: ...
    def next_due(self, incident: Incident) -> datetime | None: ...


class Notifier(Protocol):
    """A channel. ``send`` raises SendError."""

    def send(self, message: Message) -> Receipt: ...
