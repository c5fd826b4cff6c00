"""Sends what the outbox holds: claim with a lease, look once more, send, record what became of it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from secrets import token_hex

from incident.domain import events as e
from incident.domain.errors import Conflict, NotFound
from incident.domain.incident import Incident, PageStatus
from incident.domain.message import Receipt, SendError
from incident.service import metrics
from incident.service.messages import Composer
from incident.service.ports import Clock, Notifier, Store, UnitOfWork
from incident.service.projection import answered_update
from incident.service.records import OutboxRow
from incident.service.session import Rules, Session

LEASE_S = 30.0
"""Longer than any notifier's time-out, so that a living worker never loses a message that is on its way."""
BATCH = 32
RECORD_ATTEMPTS = 20
RETRY_AFTER_S = (2.0, 8.0)
"""Waits between tries of one channel; after them comes the next channel."""


@dataclass(frozen=True, slots=True)
class _Sent:
    row: OutboxRow
    receipt: Receipt | None
    error: SendError | None


class Dispatcher:
    """One sender. Any number may run, in any number of processes."""

    def __init__(
        self, uow: UnitOfWork, rules: Rules, composer: Composer, notifiers: Mapping[str, Notifier], clock: Clock,
        *, threads: int = 8,
    ) -> None:  # fmt: skip
        self._uow = uow
        self._rules = rules
        self._composer = composer
        self._notifiers = notifiers
        self._clock = clock
        self._pool = ThreadPoolExecutor(threads, "send") if threads else None

    def step(self) -> int:
        """Send what is due now; how many messages were tried."""
        token = token_hex(8)
        work = self._claim(token)
        if not work:
            return 0
        done = list(self._pool.map(self._send, work)) if self._pool else [self._send(one) for one in work]
        self._record_until_it_stands(done, token)
        return len(done)

    def close(self) -> None:
        """Wait for what is on its way."""
        if self._pool:
            self._pool.shutdown()

    def _claim(self, token: str) -> list[tuple[OutboxRow, Incident]]:
        now = self._clock.now()
        work: list[tuple[OutboxRow, Incident]] = []
        with self._uow() as store:
            rows = store.outbox.claim(now, LEASE_S, token, BATCH)
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
        metrics.handed_over(via, row.kind, (self._clock.now() - row.created_at).total_seconds())
        try:
            return _Sent(row, notifier.send(message), None)
        except SendError as error:
            return _Sent(row, None, error)

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
        store.outbox.finish(row.id, token, state="sent", ref=ref)
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
            store.outbox.finish(row.id, token, state="failed", reason=error.reason)
            return [_failure(row, via, error, None), e.PageUndeliverable(row.page_id or "", row.person or "")]
        store.outbox.again(row.id, token, due_at=plan.due_at, contact_index=plan.contact_index, attempts=plan.attempts,
                           reason=error.reason)  # fmt: skip
        if plan.contact_index == row.contact_index:
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
