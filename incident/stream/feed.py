"""What a command node takes from Kafka: verdicts, facts that it works on itself, and dead letters, into the database,
each exactly once.

Any number of nodes read the same topics. How far they are stands in the database, changed in the transaction that
holds the effect, and that row is locked while it runs: whoever comes second finds the work done. So a node that dies
leaves nothing to be taken over, and one that was frozen can't do anything twice.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

import structlog

from incident.domain.errors import Conflict, TocsinError, Unavailable
from incident.domain.signal import Signal
from incident.intake.event import Event
from incident.intake.wire import item_from_bytes
from incident.service import metrics
from incident.service.ports import Clock, Store, UnitOfWork
from incident.service.records import DeadRow
from incident.service.session import Rules
from incident.service.signals import SignalTaker
from incident.stream.letters import letter_of
from incident.stream.ports import Read
from incident.stream.topics import Names

Place = tuple[str, int]
POISON = (TocsinError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError)
log = structlog.get_logger("tocsin.feed")


class Source(Protocol):
    """A reader of messages, such as ``incident.stream.kafka.Reader``."""

    def assign(self, offsets: Mapping[Place, int]) -> None: ...
    def seek(self, place: Place, offset: int) -> None: ...
    def poll(self, wait_s: float) -> list[Read]: ...
    def ends(self) -> dict[Place, int]: ...
    def show(self, offsets: Mapping[Place, int]) -> None: ...


class SignalFeed:
    """Moves messages from a source into the database. One thread at a time."""

    def __init__(
        self, uow: UnitOfWork, read: UnitOfWork, rules: Rules, clock: Clock, source: Source, names: Names,
        partitions: Mapping[str, int], wake: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        """``wake`` is called when something was taken, so that its pages go out at once."""
        self._uow = uow
        self._read = read
        self._rules = rules
        self._clock = clock
        self._source = source
        self._names = names
        self._wake = wake
        self._places = [
            (topic, number) for topic in (names.signals, names.deadletter) for number in range(partitions[topic])
        ]

    def start(self) -> None:
        """Read on from where the database says that everything before has its effect."""
        with self._read() as store:
            known = {place: _number(store.keys.get(_row(place))) for place in self._places}
        self._source.assign(known)
        for place, end in self._source.ends().items():
            if known[place] > end:
                # The topic was made anew. Verdicts are known by their ids, so reading all of it again is harmless.
                log.warning("topic_begins_again", topic=place[0], known=known[place], end=end)
                with self._uow() as store:
                    store.keys.put(_row(place), "")
                    store.commit()
                self._source.seek(place, -1)

    def step(self, wait_s: float) -> int:
        """Take what comes within ``wait_s``; how many messages. Raises Unavailable, and then reads them again."""
        messages = self._source.poll(wait_s)
        if not messages:
            return 0
        try:
            self._take(messages)
        except Unavailable:
            self._again(messages)
            raise
        except Conflict:
            self._again(messages)
        except POISON as error:
            log.warning("batch_failed", items=len(messages), error=type(error).__name__)
            self._one_by_one(messages)
        self._wake()
        return len(messages)

    def _take(self, messages: Sequence[Read]) -> None:
        now = self._clock.now()
        with self._uow() as store:
            fresh, done = self._fresh(store, messages)
            if not fresh:
                return
            self._work(store, fresh, now)
            for place, offset in done.items():
                store.keys.put(_row(place), str(offset))
            store.commit()
        self._source.show(done)

    def _fresh(self, store: Store, messages: Sequence[Read]) -> tuple[list[Read], dict[Place, int]]:
        """Those nobody has taken yet, and where each place's next message is."""
        places = sorted({(one.topic, one.partition) for one in messages})
        known = {place: _number(store.keys.lock(_row(place))) for place in places}
        fresh = [one for one in messages if one.offset >= known[one.topic, one.partition]]
        return fresh, {(one.topic, one.partition): one.offset + 1 for one in fresh}

    def _work(self, store: Store, messages: Sequence[Read], now: datetime) -> None:
        signals: list[Signal] = []
        facts: list[Event] = []
        letters: list[DeadRow] = []
        for one in messages:
            if one.topic == self._names.signals:
                item = item_from_bytes(one.value)
                signals.append(item) if isinstance(item, Signal) else facts.append(item)
            else:
                letters.append(letter_of(one.value))
        if facts:
            store.inbox.add(facts, now)
        oldest = min((signal.at for signal in signals), default=None)
        metrics.worked("take", len(messages), (now - oldest).total_seconds() if oldest else None)
        if letters:
            store.dead.add(letters)
        if signals:
            outcome = SignalTaker(store, self._rules, now).take(signals)
            for reason, count in outcome.dropped.items():
                metrics.dropped(str(reason), count)
            for incident_id in outcome.opened:
                metrics.OPENED.labels("drill" if incident_id.startswith("DRL") else "real").inc()

    def _one_by_one(self, messages: Sequence[Read]) -> None:
        """Something can't be worked on: find it, put it aside with its reason, keep the rest."""
        for at, one in enumerate(messages):
            try:
                self._take([one])
            except (Conflict, Unavailable):
                self._again(messages[at:])
                raise
            except POISON as error:
                log.exception("poison", topic=one.topic, error=type(error).__name__)
                self._bury(one, error)

    def _bury(self, one: Read, error: BaseException) -> None:
        what = f"Message {one.offset} of {one.topic} could not be worked on: {type(error).__name__}"
        row = DeadRow(0, "feed", one.offset, "poison", what, one.key.decode("utf-8", "replace"), self._clock.now(),
                      item=one.value if one.topic == self._names.signals else b"")  # fmt: skip
        with self._uow() as store:
            fresh, done = self._fresh(store, [one])
            if fresh:
                store.dead.add([row])
                for place, offset in done.items():
                    store.keys.put(_row(place), str(offset))
                store.commit()
        metrics.REJECTED.labels("poison").inc()

    def _again(self, messages: Sequence[Read]) -> None:
        """Nothing was kept: read these once more."""
        first: dict[Place, int] = {}
        for one in messages:
            first.setdefault((one.topic, one.partition), one.offset)
        for place, offset in first.items():
            self._source.seek(place, offset)


def _row(place: Place) -> str:
    return f"stream.{place[0]}.{place[1]}"


def _number(value: str | None) -> int:
    return int(value) if value else -1
