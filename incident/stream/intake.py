"""The intake on Kafka: what was accepted is with the brokers (or in the spool), before anybody is told so.

Requests that arrive within a few milliseconds share messages: all events of one partition go in one batch.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from incident.domain.errors import TocsinError, Unavailable
from incident.domain.signal import Signal
from incident.intake.event import Event
from incident.intake.ports import Accepted, DeadLetter
from incident.intake.results import Item
from incident.intake.wire import dedupe_key
from incident.service import metrics
from incident.service.intake import dead_row, masked
from incident.stream.binding import packed
from incident.stream.letters import letter_records, signal_record
from incident.stream.ports import Record, Send, Spool
from incident.stream.topics import Names, partition_of

REMEMBERED = 100_000
"""Items whose repeat is recognised here. Repeats beyond that are recognised by the detectors and by signals' ids."""
MAX_SHARED = 10_000
WAIT_S = 30.0


@dataclass(slots=True)
class _Waiting:
    items: dict[str, Item]
    rejected: Sequence[DeadLetter]
    done: threading.Event = field(default_factory=threading.Event)
    error: TocsinError | None = None


class StreamIntake:
    """Implements ``incident.intake.ports.IntakePort`` on topics. Call ``close`` at the end."""

    def __init__(
        self, send: Send, names: Names, partitions: int, key_of: Callable[[Event], str], mask: Callable[[str], str], *,
        linger_s: float = 0.005, spool: Spool | None = None,
    ) -> None:  # fmt: skip
        """``partitions`` of the events' topic; ``key_of`` names what must stay together with an event."""
        self._send = send
        self._names = names
        self._partitions = partitions
        self._key_of = key_of
        self._mask = mask
        self._linger_s = linger_s
        self._spool = spool
        self._known: dict[str, None] = {}
        self._queue: list[_Waiting] = []
        self._changed = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="tocsin-intake", daemon=True)
        self._thread.start()

    def accept(self, items: Sequence[Item], rejected: Sequence[DeadLetter], received_at: datetime) -> Accepted:  # noqa: ARG002 - the port's signature; messages carry the brokers' time
        """See ``IntakePort.accept``. A repeat is recognised among the last hundred thousand items of this process."""
        fresh: dict[str, Item] = {}
        for item in items:
            key = dedupe_key(item)
            if key not in self._known:
                fresh.setdefault(key, masked(item, self._mask))
        if fresh or rejected:
            self._pass_on(_Waiting(fresh, rejected))
        metrics.ACCEPTED.labels("item").inc(len(items))
        for letter in rejected:
            metrics.REJECTED.labels(letter.reason_code.value).inc()
        return Accepted(new=len(fresh), duplicates=len(items) - len(fresh))

    def close(self) -> None:
        """Send what is on its way and end."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(timeout=WAIT_S)

    def _pass_on(self, mine: _Waiting) -> None:
        with self._changed:
            if self._closing:
                raise Unavailable("Tocsin is ending", remedy="send it again")
            self._queue.append(mine)
            self._changed.notify()
        if not mine.done.wait(WAIT_S):
            raise Unavailable("the brokers did not confirm in time", remedy="send it again")
        if mine.error is not None:
            raise mine.error

    def _run(self) -> None:
        while batch := self._next():
            error: TocsinError | None = None
            try:
                self._deliver(list(self._records(batch)))
            except TocsinError as failed:
                error = failed
            for waiting in batch:
                waiting.error = error
                if error is None:
                    self._remember(waiting.items)
                waiting.done.set()

    def _next(self) -> list[_Waiting]:
        """The requests that go out together; empty when it is time to end."""
        with self._changed:
            while not self._queue and not self._closing:
                self._changed.wait()
        if not self._closing and self._linger_s:
            time.sleep(self._linger_s)  # whoever comes meanwhile shares our messages
        with self._changed:
            count, size = 0, 0
            for count, waiting in enumerate(self._queue, start=1):  # noqa: B007 - the count is what we are after
                size += len(waiting.items)
                if size >= MAX_SHARED:
                    break
            taken, self._queue = self._queue[:count], self._queue[count:]
            return taken

    def _records(self, batch: Sequence[_Waiting]) -> Iterable[Record]:
        places: dict[int, list[Event]] = defaultdict(list)
        keys: dict[int, str] = {}
        for waiting in batch:
            for item in waiting.items.values():
                if isinstance(item, Signal):
                    yield signal_record(self._names.signals, item)
                    continue
                key = self._key_of(item)
                place = partition_of(key, self._partitions)
                keys.setdefault(place, key)
                places[place].append(item)
            rows = [dead_row(letter, self._mask) for letter in waiting.rejected]
            yield from letter_records(self._names.deadletter, rows)
        for place, events in places.items():
            yield from packed(self._names.events, keys[place], events, place)

    def _deliver(self, records: Sequence[Record]) -> None:
        spool = self._spool
        if spool is not None and spool.waiting():
            spool.put(records)  # behind those that wait already
            return
        try:
            self._send(records)
        except Unavailable:
            if spool is None:
                raise
            spool.put(records)

    def _remember(self, items: Iterable[str]) -> None:
        self._known.update(dict.fromkeys(items))
        while len(self._known) > REMEMBERED:
            del self._known[next(iter(self._known))]
