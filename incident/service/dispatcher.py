"""Sends what the outbox holds: claim with a lease, look once more, send, record what became of it."""

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from secrets import token_hex

import structlog

from incident.domain import events as e
from incident.domain.errors import Conflict, NotFound, Unavailable
from incident.domain.incident import Incident, PageStatus
from incident.domain.message import Receipt, SendError
from incident.service import metrics
from incident.service.messages import Composer
from incident.service.ports import Clock, Notifier, Store, UnitOfWork
from incident.service.projection import answered_update
from incident.service.records import OutboxRow
from incident.service.session import Rules, Session

log = structlog.get_logger("tocsin.sender")

LEASE_S = 3.0
"""How long a node that says nothing more keeps what it was sending. ``keep`` says something every second."""
BATCH = 8
"""Messages in hand at once, sent side by side. So many at most has a node that is killed sent without noting it."""
RECORD_ATTEMPTS = 20
RETRY_AFTER_S = (2.0, 8.0)
"""Waits between tries of one channel; after them comes the next channel."""


@dataclass(frozen=True, slots=True)
class _Sent:
    row: OutboxRow
    receipt: Receipt | None
    error: SendError | None


@dataclass(slots=True)
class _Held:
    """A batch in hand: the token of its claim, and until when nobody else can have claimed it, by our own clock."""

    token: str
    sure_until: float
    done: Sequence[_Sent] = ()


class Dispatcher:
    """One sender. Any number may run, in any number of processes."""

    def __init__(
        self, uow: UnitOfWork, rules: Rules, composer: Composer, notifiers: Mapping[str, Notifier], clock: Clock,
        claims: UnitOfWork | None = None, threads: int = 8, *, monotonic: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        """``claims``: a ``uow`` for what need not outlive a power cut."""
        self._uow = uow
        self._claims = claims or uow
        self._rules = rules
        self._composer = composer
        self._notifiers = notifiers
        self._clock = clock
        self._pool = ThreadPoolExecutor(threads, "send") if threads else None
        self._monotonic = monotonic
        self._held: _Held | None = None
        self._patient_until = 0.0

    def step(self) -> int:
        """Send what is due now; how many messages were tried.

        What went out while the database was away is recorded first, so that nobody sends it again.
        """
        try:
            return self._settle() or self._next()
        except Unavailable:
            # When it is back every lease has run out, also of nodes that live and are about to record what they sent.
            self._patient_until = self._monotonic() + LEASE_S
            raise

    def keep(self) -> None:
        """Say that what is on its way is still ours. Call it every second, from a thread of its own."""
        held = self._held
        if held is None:
            return
        asked = self._monotonic()
        with self._claims() as store:
            kept = store.outbox.extend(self._clock.now(), LEASE_S, held.token)
            store.commit()
        if kept:
            held.sure_until = asked + LEASE_S

    def _settle(self) -> int:
        held = self._held
        if held is None:
            return 0
        if held.done:
            self._record_until_it_stands(held.done, held.token)
        self._held = None
        return len(held.done)

    def _next(self) -> int:
        held = _Held(token_hex(8), self._monotonic() + LEASE_S)
        work = self._claim(held)
        if not work:
            return 0

        def send(one: tuple[OutboxRow, Incident]) -> _Sent | None:
            # A process that was frozen, or cut off from the database, has lost its claim: whoever has it now sends.
            return self._send(one) if self._monotonic() < held.sure_until else None

        found = list(self._pool.map(send, work)) if self._pool else [send(one) for one in work]
        held.done = [sent for sent in found if sent is not None]
        return self._settle() or len(work)

    def close(self) -> None:
        """Wait for what is on its way."""
        if self._pool:
            self._pool.shutdown()

    def _claim(self, held: _Held) -> list[tuple[OutboxRow, Incident]]:
        now, token = self._clock.now(), held.token
        orphans = self._monotonic() >= self._patient_until
        work: list[tuple[OutboxRow, Incident]] = []
        with self._claims() as store:
            rows = store.outbox.claim(now, LEASE_S, token, BATCH, orphans=orphans)
            if not rows:
                return []
            incidents: dict[str, Incident] = {}
            for row in rows:
                incident = self._incident(store, incidents, row)
                refusal = _no_longer_wanted(row, incident)
                if incident is None or refusal:
                    store.outbox.finish(row.id, token, state="cancelled", reason=refusal or "incident_gone")
                    metrics.dropped(refusal or "incident_gone")
                else:
                    work.append((_with_ref(store, row), incident))
            self._held = held  # before the commit: when its answer is lost the claim may stand all the same
            store.commit()
        return work

    @staticmethod
    def _incident(store: Store, known: dict[str, Incident], row: OutboxRow) -> Incident | None:
        incident_id = row.incident_id or ""
        try:
            return known.setdefault(incident_id, known.get(incident_id) or store.incidents.get(incident_id))
        except NotFound:
            return None

    def _send(self, work: tuple[OutboxRow, Incident]) -> _Sent:
        row, incident = work
        via = row.contacts[row.contact_index][0]
        notifier = self._notifiers.get(via)
        if notifier is None:
            error = SendError("not_configured", f"no notifier '{via}' is set up", permanent=True)
            return _Sent(row, None, error)
        message = self._composer.compose(row, incident, self._clock.now())
        waited = (self._clock.now() - row.created_at).total_seconds()
        metrics.handed_over(via, row.kind, waited)
        told = {"message": row.id, "kind": row.kind, "via": via, "incident": incident.id, "trace": incident.trace}
        try:
            receipt = notifier.send(message)
        except SendError as error:
            log.warning("not_sent", **told, reason=error.reason, permanent=error.permanent)
            return _Sent(row, None, error)
        log.info("sent", **told, waited_s=round(waited, 3))
        return _Sent(row, receipt, None)

    def _record_until_it_stands(self, done: Sequence[_Sent], token: str) -> None:
        """Losing the race for an incident's log is normal; the messages went out only once all the same."""
        for attempt in range(RECORD_ATTEMPTS):
            try:
                with self._uow() as store:
                    self._record(store, done, token)
                    store.commit()
            except Conflict:
                if attempt == RECORD_ATTEMPTS - 1:
                    raise
            else:
                return

    def _record(self, store: Store, done: Sequence[_Sent], token: str) -> None:
        """What became of the messages: in the outbox, and for pages on their incident's log."""
        now = self._clock.now()
        notes: dict[str, list[e.DomainEvent]] = defaultdict(list)
        for sent in done:
            outcome = self._delivered if sent.error is None else self._failed
            events = outcome(store, sent, token, now)
            if sent.row.kind == "page" and sent.row.incident_id:
                notes[sent.row.incident_id].extend(events)
        sessions = {}
        for incident_id, events in notes.items():
            sessions[incident_id] = session = Session(store.incidents.get(incident_id), self._rules, now)
            session.record(events, "system")
            session.settle()
            session.save(store)
        for sent in done:
            session_of = sessions.get(sent.row.incident_id or "")
            if sent.receipt and sent.receipt.ref and session_of and _answered(session_of.incident, sent.row):
                store.outbox.add([answered_update(sent.row, sent.receipt.ref, now)])

    def _delivered(self, store: Store, sent: _Sent, token: str, _now: datetime) -> list[e.DomainEvent]:
        row, ref = sent.row, sent.receipt.ref if sent.receipt else ""
        via = row.contacts[row.contact_index][0]
        if not store.outbox.finish(row.id, token, state="sent", ref=ref) and store.outbox.get(row.id).state == "sent":
            return []  # told already: by the node that took it over, or by us and the answer was lost
        metrics.delivered(via, row.kind)
        return [e.PageDelivered(row.page_id or "", row.person or "", via, ref)]

    def _failed(self, store: Store, sent: _Sent, token: str, now: datetime) -> list[e.DomainEvent]:
        row, error = sent.row, sent.error
        if error is None:
            return []
        via = row.contacts[row.contact_index][0]
        metrics.failed(via, error.reason)
        plan = next_try(row, error, now)
        if isinstance(plan, GiveUp):
            if not store.outbox.finish(row.id, token, state="failed", reason=error.reason):
                return []  # another node has taken it over and tries itself
            return [_failure(row, via, error, None), e.PageUndeliverable(row.page_id or "", row.person or "")]
        ours = store.outbox.again(row.id, token, due_at=plan.due_at, contact_index=plan.contact_index,
                                  attempts=plan.attempts, reason=error.reason)  # fmt: skip
        if not ours or plan.contact_index == row.contact_index:
            return []
        return [_failure(row, via, error, row.contacts[plan.contact_index][0])]


@dataclass(frozen=True, slots=True)
class Again:
    """Try once more: when, on which contact, and the how-manieth try of it."""

    due_at: datetime
    contact_index: int
    attempts: int


@dataclass(frozen=True, slots=True)
class GiveUp:
    """No contact is left."""


def next_try(row: OutboxRow, error: SendError, now: datetime) -> Again | GiveUp:
    """After a failure: the same channel again, the next channel, or the end. Pure."""
    if not error.permanent and row.attempts < len(RETRY_AFTER_S):
        wait = error.retry_after if error.retry_after is not None else RETRY_AFTER_S[row.attempts]
        long_wait = wait > RETRY_AFTER_S[-1] and row.contact_index + 1 < len(row.contacts)
        if not long_wait:
            return Again(now + timedelta(seconds=wait), row.contact_index, row.attempts + 1)
    if row.contact_index + 1 < len(row.contacts):
        return Again(now, row.contact_index + 1, 0)
    return GiveUp()


def _answered(incident: Incident, row: OutboxRow) -> bool:
    page = incident.pages.get(row.page_id or "")
    call = incident.calls.get(page.call_id) if page else None
    return call is not None and call.closed


def _failure(row: OutboxRow, via: str, error: SendError, next_via: str | None) -> e.PageFailed:
    return e.PageFailed(row.page_id or "", row.person or "", via, error.reason, error.permanent, next_via)


def _no_longer_wanted(row: OutboxRow, incident: Incident | None) -> str:
    """The named reason for not sending after all, empty when the message is still wanted."""
    if not row.contacts:
        return "no_address"
    if row.kind != "page" or incident is None:
        return ""
    page = incident.pages.get(row.page_id or "")
    if page is None or page.status is not PageStatus.REQUESTED:
        return "page_" + (page.status.value if page else "unknown")
    call = incident.calls.get(page.call_id)
    return "answered" if call is not None and call.closed else ""


def _with_ref(store: Store, row: OutboxRow) -> OutboxRow:
    if row.kind != "board" or row.ref:
        return row
    return replace(row, ref=store.outbox.last_ref(row.key))
