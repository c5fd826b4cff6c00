"""Rows the use cases keep beside the log: inbox, outbox, signals, tokens … Frozen; the store reads and writes them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from incident.domain.errors import Unavailable
from incident.domain.signal import Signal
from incident.domain.words import Scenario, Text
from incident.intake.event import Event


@dataclass(frozen=True, slots=True)
class InboxRow:
    """A fact that was accepted (durably) and not worked on yet."""

    number: int
    item: Event | Signal
    received_at: datetime


@dataclass(frozen=True, slots=True)
class DeadRow:
    """What could not be taken: where it came from, why, and its body with personal data masked.

    ``item`` is what was accepted and could not be worked on, whole (see ``incident.intake.wire``), for another try; it
    is shown to nobody.
    """

    number: int
    origin: str
    index: int
    reason_code: str
    reason: str
    body: str
    received_at: datetime
    attempts: int = 0
    state: str = "dead"  # dead | retried | dropped
    item: bytes = b""


@dataclass(frozen=True, slots=True)
class StoredSignal:
    """What is remembered of a signal id. ``state`` is raised or cleared; ``suppressed`` is a reason or empty."""

    signal: Signal
    state: str
    incident_id: str | None
    suppressed: str
    suppressed_detail: str
    first_at: datetime
    last_at: datetime
    cleared_at: datetime | None
    ends_at: datetime | None
    look_again_at: datetime | None


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """A detection rule and how far it has learned.

    ``alarms``: the budget a week, for each key or over all of them (``each``); None when limits are fixed. ``keys``:
    how many things it follows. ``weeks``: how long the longest followed one has been; ``confidence``: how much of its
    threshold comes from what it has seen (0–1), the average over the keys; None when there is nothing to learn.
    ``heeds``: whether people's verdicts on its signals make it stricter.
    """

    id: str
    kind: str
    title: Text
    scenario: Scenario
    alarms: float | None
    each: bool
    keys: int
    weeks: float
    confidence: float | None
    heeds: bool


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A message that is to go out.

    ``kind`` is page, page_update, notice, board or report. ``key`` is unique: a second row with the same key replaces
    a pending one (newest wins; used for the board). ``contacts`` are (via, to) pairs in order of preference and
    ``contact_index`` is the one to try now. ``payload`` says what to render at sending time, never finished text, so
    that redaction and language are applied to the newest state. ``ref`` is a receipt to edit in place.
    """

    id: str
    kind: str
    key: str
    incident_id: str | None
    person: str | None
    page_id: str | None
    contacts: tuple[tuple[str, str], ...]
    payload: dict[str, Any]
    drill: bool
    level: int
    created_at: datetime
    due_at: datetime
    contact_index: int = 0
    attempts: int = 0
    ref: str = ""
    state: str = "pending"  # pending | sending | sent | failed | cancelled
    lease_until: datetime | None = None
    lease_token: str = ""
    last_reason: str = ""


@dataclass(frozen=True, slots=True)
class Token:
    """A key for programs or a signed-in session. ``hash`` is SHA-256 of the secret; the secret is never stored.

    ``role`` is admin, responder, viewer or intake. ``kind`` is api, login (one use) or session.
    """

    hash: str
    name: str
    kind: str
    role: str
    person: str
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    used_at: datetime | None = None
    may_drill: bool = False


@dataclass(frozen=True, slots=True)
class DrillRun:
    """One run of a drill. ``state`` is planned, running, finished or aborted."""

    id: str
    drill: str
    state: str
    started_at: datetime
    ended_at: datetime | None = None
    reason: str = ""
    body: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredReport:
    """An issued report: its data (language-neutral); renderings are made when asked for."""

    id: str
    incident_id: str
    created_at: datetime
    final: bool
    drill: bool
    restricted: bool
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """A line of the incident list."""

    id: str
    scenario: str
    status: str
    level: int
    title_zh: str
    title_en: str
    code_name: str
    restricted: bool
    drill: str | None
    opened_at: datetime
    ended_at: datetime | None
    updated_at: datetime
    audience: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the engine would find to do: facts not worked on, timers of incidents and signals that have passed."""

    facts: bool
    timers: bool


@dataclass(frozen=True, slots=True)
class Lease:
    """A duty that is one's own for ``lasts`` seconds from when it was asked for. ``fence`` grows with each owner."""

    duty: str
    owner: str
    fence: int
    lasts: float


@dataclass(frozen=True, slots=True)
class LeaseRow:
    """Who took a duty last, and whether that still holds."""

    duty: str
    owner: str
    fence: int
    holds: bool


class Fenced(Unavailable):
    """Another node has this duty now: what was about to be written here is not kept."""

    def __init__(self, duty: str) -> None:
        super().__init__(f"another node has the duty '{duty}'", remedy="nothing: that node does the work")
