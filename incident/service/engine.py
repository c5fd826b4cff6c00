"""The heart: facts from the inbox to signals to incidents, and everything that is due by the clock."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from incident.domain.errors import Conflict, TocsinError, Unavailable
from incident.domain.signal import Signal
from incident.intake.event import Event
from incident.intake.wire import item_to_bytes
from incident.service import metrics
from incident.service.ports import Clock, Store, UnitOfWork
from incident.service.records import DeadRow, InboxRow
from incident.service.session import Rules, Session
from incident.service.signals import Outcome, SignalTaker
from incident.service.source_port import SignalSource

BATCH = 500
INCIDENT_BATCH = 50
KEEP_INBOX = timedelta(days=7)
"""How long source and id of a finished event are remembered for deduplication."""
KEEP_ROWS = timedelta(days=90)
"""How long finished messages, cleared signals, dead letters and old tokens are kept; the log is kept for good."""
PURGE_EVERY = timedelta(hours=1)

log = structlog.get_logger("tocsin.engine")


class Engine:
    """One engine per process; embedded, there is one process. ``step`` does all that can be done at this instant."""

    def __init__(
        self, uow: UnitOfWork, read: UnitOfWork, rules: Rules, source: SignalSource, clock: Clock,
        wake: Callable[[], None] = lambda: None, measure: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        """``wake`` is called as soon as incidents have changed, so that their pages go out before the next look;
        ``measure`` after each batch, to tell what the detectors hold.
        """
        self._measure = measure
        self._wake = wake
        self._uow = uow
        self._read = read
        self._rules = rules
        self._source = source
        self._clock = clock
        self._lock = threading.Lock()
        self._stale = True
        self._purged_at: datetime | None = None
        self._heeded = ""
        self.last_step_at: datetime | None = None

    def start(self) -> None:
        """Take up the detectors' state where the last process left it."""
        with self._read() as store:
            self._remember(store)

    def forget(self) -> None:
        """What the detectors have in memory may differ from what is stored: before they are used they are loaded anew.

        After a rollback, and when this node takes over from another one. Asks nothing of the database, which may be
        away at this very moment.
        """
        self._stale = True

    def step(self) -> int:
        """Work until nothing is due; how much was done. Safe to call from several threads: one works at a time."""
        with self._lock:
            total = 0
            while done := self._once():
                total += done
            self._purge(self._clock.now())
            self.last_step_at = self._clock.now()
            return total

    def _once(self) -> int:
        """One round, which writes only where something waits: most looks find nothing."""
        now = self._clock.now()
        with self._read() as store:
            waiting, mark = store.waiting(now), store.opinions.mark()
            self._remember(store)
        due = self._source.next_due(now.timestamp())
        timers = waiting.timers or mark != self._heeded or (due is not None and due <= now.timestamp())
        return (self._inbox() if waiting.facts else 0) + (self._tick() if timers else 0)

    def next_due(self) -> datetime | None:
        """When ``step`` will next have something to do, as far as is known now."""
        now = self._clock.now()
        with self._read() as store:
            self._remember(store)
            moments = [store.incidents.next_due(), store.signals.next_due(), store.outbox.next_due()]
        due = self._source.next_due(now.timestamp())
        if due is not None:
            moments.append(datetime.fromtimestamp(due, now.tzinfo))
        return min((moment for moment in moments if moment is not None), default=None)

    def _inbox(self) -> int:
        now = self._clock.now()
        rows: list[InboxRow] = []
        try:
            with self._uow() as store:
                self._remember(store)
                rows = store.inbox.pending(BATCH)
                if not rows:
                    return 0
                outcome = self._work(store, rows, now)
                store.commit()
            if outcome.touched:
                self._wake()
        except Conflict:
            self.forget()
            return 1
        except Unavailable:
            self.forget()
            raise  # the facts are not to blame: they stay in the inbox
        except (TocsinError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError) as error:
            self.forget()
            if not rows:
                raise
            log.warning("batch_failed", items=len(rows), error=type(error).__name__)
            self._one_by_one(rows, now)
        return len(rows)

    def _work(self, store: Store, rows: Sequence[InboxRow], now: datetime) -> Outcome:
        events = [row.item for row in rows if isinstance(row.item, Event)]
        signals = [row.item for row in rows if isinstance(row.item, Signal)]
        if events:
            signals.extend(self._source.observe(events, now.timestamp()))
            metrics.unheard(sum(not self._source.hears(event.type) for event in events))
            metrics.worked("detect", len(events), now.timestamp() - min(event.time for event in events))
        outcome = SignalTaker(store, self._rules, now).take(signals) if signals else Outcome()
        store.detectors.save(self._source.changed())
        self._measure()
        store.inbox.done([row.number for row in rows])
        _count(outcome)
        return outcome

    def _one_by_one(self, rows: Sequence[InboxRow], now: datetime) -> None:
        """A batch holds something that can't be worked on: find it, put it aside with its reason, keep the rest."""
        for row in rows:
            try:
                with self._uow() as store:
                    self._remember(store)
                    self._work(store, [row], now)
                    store.commit()
            except Conflict:
                self.forget()  # stays in the inbox for the next round
            except Unavailable:
                self.forget()
                raise
            except (TocsinError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError) as error:
                self.forget()
                self._bury(row, error, now)

    def _bury(self, row: InboxRow, error: BaseException, now: datetime) -> None:
        what = f"{type(row.item).__name__} could not be worked on: {type(error).__name__}"
        log.error("poison", item=type(row.item).__name__, error=type(error).__name__, exc_info=error)
        with self._uow() as store:
            name = f"{row.item.source}#{row.item.id}" if isinstance(row.item, Event) else row.item.id
            store.dead.add([DeadRow(0, "engine", row.number, "poison", what, name, now, item=whole(row.item))])
            store.inbox.done([row.number])
            store.commit()
        metrics.REJECTED.labels("poison").inc()

    def _remember(self, store: Store) -> None:
        """After a rollback the detectors must not remember what was never saved."""
        if not self._stale:
            return
        self._stale = False  # first, so that a takeover in the meantime is not overlooked
        try:
            stored = store.detectors.load()
        except Unavailable:
            self.forget()
            raise
        for name in self._source.restore(stored):
            log.warning("detector_state_unreadable", state=name)

    def _tick(self) -> int:
        now = self._clock.now()
        try:
            with self._uow() as store:
                self._remember(store)
                self._heed(store, now)
                done = self._tick_signals(store, now) + self._tick_incidents(store, now)
                store.commit()
        except Conflict:
            self.forget()
            return 1
        except BaseException:
            self.forget()
            raise
        if done:
            self._wake()
        return done

    def _heed(self, store: Store, now: datetime) -> None:
        """Let the detectors know when people have said, or taken back, what they think of signals."""
        mark = store.opinions.mark()
        if mark != self._heeded:
            self._source.heed(store.opinions.rows(), now.timestamp())
            self._heeded = mark

    def _tick_signals(self, store: Store, now: datetime) -> int:
        found = self._source.tick(now.timestamp())
        if found:
            _count(SignalTaker(store, self._rules, now).take(found))
        changed = self._source.changed()
        if changed:
            store.detectors.save(changed)
        old = store.signals.run_out(now, BATCH)
        if old:
            _count(SignalTaker(store, self._rules, now).run_out(old))
        waiting = store.signals.look_again(now, BATCH)
        if waiting:
            _count(SignalTaker(store, self._rules, now).look_again(waiting))
        return len(found) + len(old) + len(waiting)

    def _tick_incidents(self, store: Store, now: datetime) -> int:
        due = store.incidents.due(now, INCIDENT_BATCH)
        for incident_id in due:
            session = Session(store.incidents.get(incident_id), self._rules, now)
            session.settle()
            session.save_due(store)
        return len(due)

    def _purge(self, now: datetime) -> None:
        if self._purged_at is not None and now - self._purged_at < PURGE_EVERY:
            return
        self._purged_at = now
        self._heeded = ""  # opinions grow old
        with self._uow() as store:
            store.inbox.purge(now - KEEP_INBOX)
            for repository in (store.signals, store.opinions, store.outbox, store.dead, store.tokens):
                repository.purge(now - KEEP_ROWS)
            store.commit()


def whole(item: Event | Signal) -> bytes:
    """An item for another try; empty when it can't even be written."""
    try:
        return item_to_bytes(item)
    except (UnicodeEncodeError, ValueError, RecursionError):
        return b""


def _count(outcome: Outcome) -> None:
    for reason, count in outcome.dropped.items():
        metrics.dropped(str(reason), count)
    for incident_id in outcome.opened:
        metrics.OPENED.labels("drill" if incident_id.startswith("DRL") else "real").inc()
