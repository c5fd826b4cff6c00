"""The Faust app of ``tocsin detect``: reads batches of events, lets the shards see them, stores what changed.

In this order, so that a crash at any moment loses nothing: verdicts and regrouped events are with the brokers, then the
states that know of them, then the offsets are committed. Whatever is done again after a crash is done with the states
as they were, and verdicts carry the same ids.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import structlog
from aiokafka.errors import KafkaError
from faust.exceptions import FaustError
from faust.types import TP, EventT

from detectors.complaints.sorting import Prepare
from detectors.elsewhere import LEARNED
from detectors.registry import AnyDetector
from detectors.scan import mask
from detectors.streaming.client import app_of
from detectors.streaming.longlived import for_long, settle
from detectors.streaming.plan import Plan
from detectors.streaming.shard import Shard, Taken
from detectors.streaming.table import StateTable, raw_table
from incident.intake.cloudevents import to_wire
from incident.intake.event import Event
from incident.intake.limits import Terms
from incident.intake.results import KEEP_BYTES
from incident.intake.wire import item_to_bytes
from incident.service.records import DeadRow
from incident.stream.binding import decode, packed
from incident.stream.letters import fact_record, letter_records, signal_record
from incident.stream.ports import Headers, Record
from incident.stream.settings import StreamSettings
from incident.stream.topics import Names

MARK = "tocsin-read-to"
"""Header of a message that tells other partitions up to which time its sender has read its own."""
MARK_S = 1.0
BROKERS = (KafkaError, FaustError, ConnectionError)
"""What ends a worker when the brokers do not answer; the next one goes on where this one stored its states."""
FROM = "tocsin-from"
"""Header of a regrouped message: the partition and the position it comes from."""
PIECES = 64
"""One message may be regrouped in so many pieces; each has a position of its own."""
TICK_S = 0.1
LEARNED_FIRST_S, LEARNED_S = 60.0, 600.0
"""How long after its start a worker tells first what the rules have learned, and how often then."""
CRASH_S = 5.0
SETTLE = 5000
"""So many new states are few."""

log = structlog.get_logger("tocsin.detect")


@dataclass(slots=True)
class Counts:
    """What a worker has done since it started, for those who watch it."""

    events: int = 0
    messages: int = 0
    ticks: int = 0
    stored: int = 0
    signals: int = 0
    late: int = 0
    repeated: int = 0
    unheard: int = 0
    rejected: Counter[str] = field(default_factory=Counter)


class Detecting:
    """One worker. ``run`` it in an event loop; ``stop`` ends it. Needs the topics to exist already."""

    def __init__(
        self, settings: StreamSettings, home: Path, data: Path, partitions: int, detectors: Sequence[AnyDetector],
        clock: Callable[[], float], prepare: Prepare | None = None, onward: frozenset[str] = frozenset(),
    ) -> None:  # fmt: skip
        """``partitions`` of the events' topic; ``data`` is a folder for Faust; ``clock`` epoch seconds;
        ``onward`` are the types of events that command nodes work on themselves.
        """
        self._settings = settings
        self._names = Names(settings.prefix)
        self._count = partitions
        self._detectors = detectors
        self._plan = Plan(detectors)
        self._onward = onward
        self._ours = self._plan.types - onward
        self._clock = clock
        self._prepare = prepare
        self._shards: dict[int, Shard] = {}
        self._unacked: list[EventT[Any]] = []
        self._on_the_way: list[Awaitable[Any]] = []
        self._outbox: list[Record] = []
        self._sending = asyncio.Lock()
        self._ended = asyncio.Event()
        self._next: dict[tuple[str, int], tuple[int, float | None]] = {}
        self._starts: dict[TP, int] = {}
        self._marks: dict[int, dict[int, float]] = {}
        self._flying: dict[int, dict[tuple[str, str], bytes]] = {}
        self._hand_overs = self._settled = 0
        self.counts = Counts()
        self.app = app_of(settings, home, data, partitions)
        self.table: StateTable = raw_table(self.app, "states", partitions)
        self.table.ready = self._recovered
        source = self.app.topic(
            self._names.events, self._names.regroup, key_type=bytes, value_type=bytes, key_serializer="raw",
            value_serializer="raw", partitions=partitions,
        )  # fmt: skip
        self.app.agent(source, name="detect")(self._detect)
        self.app.task(self._tick)
        self.app.task(self._store)
        self.app.on_partitions_revoked.connect(self._revoked)

    @property
    def shards(self) -> dict[int, Shard]:
        """The partitions this worker owns now."""
        return self._shards

    @property
    def reached(self) -> float:
        """The time up to which timers have run everywhere; 0 while that isn't known."""
        times = [self._read_to(number) or 0.0 for number in self._shards]
        far = [self._all_read_to(number) or 0.0 for number in self._shards] if self._plan.regrouped else []
        return min(times + far, default=0.0)

    @property
    def busy(self) -> bool:
        """Whether something was read or found that is not stored and confirmed yet."""
        return bool(self._unacked or self._outbox or self._on_the_way)

    def calibrate(self, halvings: Mapping[str, float]) -> None:
        """See ``EmbeddedRunner.calibrate``: from now on, in every partition."""
        for detector in self._detectors:
            detector.calibrate(halvings.get(detector.rule.id, 0.0))

    def behind(self) -> dict[str, int]:
        """How many messages of each topic this worker has still to take, as far as the brokers have told."""
        found: dict[str, int] = {}
        if not self._shards:
            return found  # before it has begun, the consumer answers nothing
        consumer = self.app.consumer
        for place in consumer.assignment():
            end, reached = self._end(place), self._next.get((place.topic, place.partition))
            if end and reached is not None:
                found[place.topic] = found.get(place.topic, 0) + max(0, end - reached[0])
        return found

    async def run(self) -> None:
        """Until ``stop``; raises what ended the worker otherwise."""
        self.app.finalize()
        await self.app.start()
        await self.app.wait_until_stopped()
        if self.app.crash_reason is None:
            await self._ended.wait()
            return
        with suppress(TimeoutError):
            # What was not stored yet is read again by whoever comes next: no need to wait for it.
            await asyncio.wait_for(self.app.stop(), CRASH_S)
        raise self.app.crash_reason

    async def stop(self) -> None:
        """Store what changed, leave the group, end."""
        await self.app.stop()  # waits until every message in hand is stored, so ``_store`` goes on meanwhile
        self._ended.set()

    async def _detect(self, stream: Any) -> None:
        async for event in stream.noack().events():
            self._unacked.append(event)
            self._take(event)
            if self._outbox:
                await self._send()

    def _take(self, event: EventT[Any]) -> None:
        message, now = event.message, self._clock()
        shard = self._shards[message.partition]  # Faust hands nothing out before it is there
        self._next[message.topic, message.partition] = (message.offset + 1, message.timestamp)
        self.counts.messages += 1
        headers: Headers = tuple(message.headers or ())  # type: ignore[arg-type] # pairs, whatever Faust says
        source, position = message.partition, message.offset * PIECES
        if headers and headers[0][0] == MARK:
            shard_marks = self._marks.setdefault(message.partition, {})
            shard_marks |= msgspec.json.decode(headers[0][1], type=dict[int, float])
            return
        if message.topic == self._names.regroup:
            source, position = _origin(headers) or (source, position)
            headers = headers[:-1]
        events, bad = decode(headers, event.value or b"", Terms(now, may_drill=True))
        self.counts.events += len(events)
        for one in bad:
            self._put_aside("detect", one.index, one.reason.value, one.detail or one.reason.value, one.body)
        if message.topic == self._names.events:
            self._pass_on(events)
        self._follow(shard, shard.take(source, position, events, now), position)

    def _pass_on(self, events: Sequence[Event]) -> None:
        """What others than the detectors look at, and what nobody does."""
        for event in events:
            if event.type in self._ours:
                continue
            if event.type in self._onward:
                self._outbox.append(fact_record(self._names.signals, event))
            else:
                self.counts.unheard += 1

    def _follow(self, shard: Shard, taken: Taken, position: int) -> None:
        """Turn what follows into messages."""
        names, counts = self._names, self.counts
        for signal in taken.signals:
            log.info("verdict", rule=signal.rule, signal=signal.id, state=signal.state.value, trace=signal.trace)
            self._outbox.append(signal_record(names.signals, signal))
        for place, events in taken.elsewhere.items():
            for piece, record in enumerate(packed(names.regroup, str(place), events, place)):
                origin = (FROM, f"{shard.number}:{position + piece}".encode())
                self._outbox.append(Record(record.topic, record.key, record.value, (*record.headers, origin), place))
        for event in taken.late:
            body = msgspec.json.encode(to_wire(event))
            self._put_aside("detect", 0, "too_late", f"more than {self._settings.lateness} behind", body)
        for (rule, _), culprit, kind in taken.poison:
            body, item = (msgspec.json.encode(to_wire(culprit)), item_to_bytes(culprit)) if culprit else (b"", b"")
            self._put_aside("detect", 0, "poison", f"rule {rule} could not work on it: {kind}", body, item)
            log.error("poison", rule=rule, error=kind)
        counts.signals += len(taken.signals)
        counts.late += len(taken.late)
        counts.repeated += taken.repeated

    def _put_aside(self, origin: str, index: int, code: str, reason: str, body: bytes, item: bytes = b"") -> None:
        self.counts.rejected[code] += 1
        text = mask(body[:KEEP_BYTES].decode("utf-8", "replace"))
        row = DeadRow(0, origin, index, code, reason, text, datetime.fromtimestamp(self._clock(), UTC), item=item)
        self._outbox += letter_records(self._names.deadletter, [row])

    async def _send(self) -> None:
        async with self._sending:  # in the order in which they were made, whoever sends them
            await self._send_on()

    async def _send_on(self) -> None:
        records, self._outbox = self._outbox, []
        for one in records:
            sent = await self.app.producer.send(
                one.topic, one.key.encode(), one.value, one.partition, None, list(one.headers)
            )
            self._on_the_way.append(sent)

    async def _tick(self) -> None:
        """Silence is found by the owner of the partition, and only once its states are complete."""
        marked, next_told = 0.0, self._clock() + LEARNED_FIRST_S
        while not self.app.should_stop:
            await asyncio.sleep(TICK_S)
            times = {number: self._read_to(number) for number in self._shards}
            for number, shard in list(self._shards.items()):
                self._follow(shard, shard.tick(times[number], self._all_read_to(number)), 0)
            if self._plan.regrouped and time.monotonic() >= marked + MARK_S:
                marked = time.monotonic()
                self._tell({number: at for number, at in times.items() if at is not None})
            if self._clock() >= next_told:
                next_told = self._clock() + LEARNED_S
                self._tell_learned()
            if self._outbox:
                await self._send()
            self.counts.ticks += 1

    def _read_to(self, number: int) -> float | None:
        """The time up to which everything in a partition was read; None when that is not known yet."""
        consumer: Any = self.app.consumer
        reached: list[float] = [self._clock()]
        for topic in (self._names.events, self._names.regroup):
            place = TP(topic, number)
            if (end := self._end(place)) is None:
                return None
            start = consumer._committed_offset.get(place) or self._starts.get(place, 0)  # noqa: SLF001 - told nowhere else
            offset, at = self._next.get((topic, number), (start, None))
            if offset < end and at is None:
                return None
            if offset < end and at is not None:
                reached.append(at)
        return min(reached)

    def _end(self, place: TP) -> int | None:
        """The offset after a partition's last message; None while it isn't known, or when the partition has just moved
        away in the consumer's thread and this one does not know yet.
        """
        try:
            end: int | None = self.app.consumer.highwater(place)
        except AssertionError:  # this is how aiokafka says so
            return None
        return end

    def _all_read_to(self, number: int) -> float | None:
        """The same for what other partitions send to this one."""
        marks = self._marks.get(number, {})
        return min(marks.values()) if len(marks) == self._count else None

    def _tell(self, times: dict[int, float]) -> None:
        """Tell every partition how far ours are read: after what they were sent, since order is kept."""
        header = ((MARK, msgspec.json.encode(times)),)
        self._outbox += (Record(self._names.regroup, "", b"", header, place) for place in range(self._count))

    def _tell_learned(self) -> None:
        """For those who look at the rules: how far each has learned in every partition of ours."""
        for number, shard in self._shards.items():
            data = {"partition": number, "rules": msgspec.to_builtins(shard.learned())}
            now = self._clock()
            fact = Event(id=f"learned/{number}/{now:.0f}", source="detect", type=LEARNED, time=now, data=data)
            self._outbox.append(fact_record(self._names.signals, fact))

    async def _store(self) -> None:
        while True:
            await asyncio.sleep(self._settings.checkpoint_ms / 1000)
            await self._checkpoint()
            self._keep_for_long()

    def _keep_for_long(self) -> None:
        """Spare states that have come to stay the search for garbage: it stops all threads, signs of life included."""
        states = sum(map(len, self._shards.values()))
        if states > 1.25 * self._settled + SETTLE:
            settle()
            self._settled = states

    async def _checkpoint(self) -> None:
        """Everything up to this instant becomes durable; then the messages it came from count as done."""
        async with self._sending:
            done, self._unacked = self._unacked, []
            changes = {number: shard.changes() for number, shard in self._shards.items()}
            self._flying = {number: dict(found) for number, found in changes.items()}
            await self._send_on()
            sent, self._on_the_way = self._on_the_way, []
        for one in sent:
            await one
        for number, found in changes.items():
            await self.table.keep(number, found)
            self._flying.pop(number, None)
            self.counts.stored += len(found)
        for event in done:
            event.ack()

    async def _revoked(self, *_: Any, **__: Any) -> None:
        # What was taken and not stored went with its shard, and must not count as done: it is read again.
        self._shards, self._unacked, self._marks, self._next = {}, [], {}, {}
        self._hand_overs += 1

    async def _recovered(self, partitions: Sequence[int]) -> None:
        """The changelog is read: the shards come back as they were stored."""
        sources = [TP(topic, number) for topic in (self._names.events, self._names.regroup) for number in partitions]
        hand_over = self._hand_overs
        starts = await self.app.consumer.earliest_offsets(*sources)
        if hand_over != self._hand_overs:
            return  # partitions have moved once more meanwhile, and those that are at work now know more
        self._starts = {place: offset or 0 for place, offset in starts.items()}
        states: dict[int, list[tuple[tuple[str, str], bytes]]] = {number: [] for number in partitions}
        with for_long():
            for number, name, value in self.table.entries():
                if number in states:
                    states[number].append((name, value))
            self._flying = {}
            self._shards = {number: self._shard(number, found) for number, found in states.items()}
        self._settled = sum(map(len, self._shards.values()))

    def _shard(self, number: int, found: Sequence[tuple[tuple[str, str], bytes]]) -> Shard:
        def stored(name: tuple[str, str]) -> bytes | None:
            return self._flying.get(number, {}).get(name) or self.table.stored(number, name)

        shard = Shard(
            number, self._count, self._detectors, self._plan, stored=stored, max_keys=self._settings.max_keys,
            lateness=self._settings.lateness.total_seconds(), prepare=self._prepare,
        )  # fmt: skip
        count, unreadable = shard.restore(iter(found))
        if count:
            log.info("states_restored", partition=number, states=count)
        for rule, _ in unreadable:
            log.warning("detector_state_unreadable", partition=number, rule=rule)
        return shard


def _origin(headers: Iterable[tuple[str, bytes]]) -> tuple[int, int] | None:
    for name, value in headers:
        if name == FROM:
            source, _, position = value.decode().partition(":")
            return int(source), int(position)
    return None
