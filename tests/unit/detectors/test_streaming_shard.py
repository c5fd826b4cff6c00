"""One partition's detectors: crashes at any moment, events for other partitions, late ones and poison."""

import random
from typing import Any

import msgspec
import pytest

from detectors.embedded import EmbeddedRunner, Name
from detectors.registry import AnyDetector
from detectors.rules import parse_rules
from detectors.streaming.plan import Plan
from detectors.streaming.shard import WATERMARK, Saved, Shard
from incident.domain.signal import Signal
from incident.intake.event import Event
from incident.stream.topics import partition_of
from tests.unit.detectors.feed import T0, event

PARTITIONS = 3
RULES = """schema: detectors/v1
rules:
- {id: share, kind: ratio, on: call, by: [queue], bad: {where: {ok: false}}, min_count: 5, limit: 40%, grave: 90%,
   bucket: 10s, grace: 2s, clear_after: 20s, scenario: system-outage, title: {zh: 占比, en: Share}}
- {id: everywhere, kind: ratio, on: call, bad: {where: {ok: false}}, min_count: 5, limit: 40%, grave: 90%, bucket: 10s,
   grace: 2s, clear_after: 20s, scenario: system-outage, title: {zh: 全部, en: All}}
- {id: beat, kind: heartbeat, on: call, by: [queue], timeout: 30s, expect: [q0, never], scenario: system-outage,
   title: {zh: 心跳, en: Beat}}
"""


class Broker:
    """Topics with partitions in memory, a changelog, and committed offsets: what survives a worker."""

    def __init__(self) -> None:
        self.events: list[list[list[Event]]] = [[] for _ in range(PARTITIONS)]
        self.regroup: list[list[tuple[int, int, list[Event]]]] = [[] for _ in range(PARTITIONS)]
        self.signals: list[Signal] = []
        self.states: list[dict[Name, bytes]] = [{} for _ in range(PARTITIONS)]
        self.done = [[0, 0] for _ in range(PARTITIONS)]

    def produce(self, plan: Plan, events: list[Event]) -> None:
        """Events as the intake puts them: batches by partition."""
        for place in range(PARTITIONS):
            mine = [one for one in events if partition_of(plan.key_of(one), PARTITIONS) == place]
            if mine:
                self.events[place].append(mine)


class Worker:
    """All shards on one worker that may crash between any two steps."""

    def __init__(self, broker: Broker, detectors: list[AnyDetector], *, lateness: float = 1e9) -> None:
        self.broker = broker
        self.plan = Plan(detectors)
        self.read = [list(done) for done in broker.done]
        self.late: list[Event] = []
        self.poison: list[Any] = []
        self.shards = []
        for number in range(PARTITIONS):
            stored = broker.states[number]
            shard = Shard(number, PARTITIONS, detectors, self.plan, stored=stored.get, lateness=lateness)
            assert shard.restore(iter(list(stored.items())))[1] == []
            self.shards.append(shard)

    def step(self, place: int, now: float) -> bool:
        """The next message of a partition, if there is one."""
        broker, shard = self.broker, self.shards[place]
        if self.read[place][0] < len(broker.events[place]):
            at = self.read[place][0]
            taken = shard.take(place, at, broker.events[place][at], now)
            self.read[place][0] += 1
            for target, events in taken.elsewhere.items():
                broker.regroup[target].append((place, at, events))
        elif self.read[place][1] < len(broker.regroup[place]):
            source, position, events = broker.regroup[place][self.read[place][1]]
            taken = shard.take(source, position, events, now)
            self.read[place][1] += 1
        else:
            return False
        self.broker.signals += taken.signals
        self.late += taken.late
        self.poison += taken.poison
        return True

    def tick(self, now: float) -> None:
        """Time passes everywhere."""
        for shard in self.shards:
            taken = shard.tick(now, now)
            self.broker.signals += taken.signals
            self.poison += taken.poison

    def checkpoint(self, place: int, upto: int | None = None) -> None:
        """Store the changes, only the first ``upto`` of them when the worker dies meanwhile; then the offsets."""
        changes = self.shards[place].changes()
        self.broker.states[place].update(dict(changes[:upto]))
        if upto is None:
            self.broker.done[place] = list(self.read[place])


def rules() -> list[AnyDetector]:
    """Fresh detectors."""
    return parse_rules(RULES, "test.yaml")


def calls(seed: int = 1) -> list[Event]:
    """Five minutes of calls in four queues; one fails for a while, and one falls silent."""
    dice = random.Random(seed)
    found = []
    for second in range(300):
        for queue in range(4):
            if queue == 3 and 100 < second < 180:
                continue
            bad = queue == 1 and 120 < second < 200 and dice.random() < 0.95
            found += [event("call", second + dice.random(), queue=f"q{queue}", ok=not bad)]
    return found


def outcome(signals: list[Signal]) -> set[tuple[str, str, str]]:
    """Every verdict once."""
    return {(one.id, one.state.value, one.rule) for one in signals}


def reference(events: list[Event]) -> set[tuple[str, str, str]]:
    """What the embedded runner says."""
    runner, found = EmbeddedRunner(rules()), []
    for start in range(0, len(events), 20):
        piece = events[start : start + 20]
        found += runner.observe(piece, max(one.time for one in piece))
        found += runner.tick(max(one.time for one in piece))
    return outcome(found + runner.tick(T0 + 400.0))


def feed_all(events: list[Event], dice: random.Random, crash: float) -> Broker:
    """The same through shards; ``crash`` is how likely a worker dies after a batch."""
    broker = Broker()
    worker = Worker(broker, rules())
    worker.tick(max(one.time for one in events[:20]))  # from now on what must report is waited for
    for place in range(PARTITIONS):
        worker.checkpoint(place)
    for start in range(0, len(events), 20):
        piece = events[start : start + 20]
        now = max(one.time for one in events[: start + 20])
        broker.produce(worker.plan, piece)
        while sum(worker.step(place, now) for place in range(PARTITIONS)):
            if dice.random() < 0.3:
                worker.checkpoint(dice.randrange(PARTITIONS))
            if dice.random() < crash:
                worker.checkpoint(dice.randrange(PARTITIONS), upto=dice.randrange(4))
                worker = Worker(broker, rules())
        worker.tick(now)
    worker.tick(T0 + 400.0)
    return broker


def test_partitions_find_what_one_runner_finds() -> None:
    """Rules whose events lie together, and those that get them by the second topic."""
    events = calls()
    found = outcome(feed_all(events, random.Random(0), crash=0.0).signals)
    assert found == reference(events)
    assert {("raised", "share"), ("cleared", "share"), ("raised", "beat"), ("cleared", "beat")} <= {
        (state, rule) for _, state, rule in found
    }


@pytest.mark.parametrize("seed", range(12))
def test_a_worker_may_die_at_any_moment(seed: int) -> None:
    """In the middle of storing states too: no verdict is missing, and none is made up."""
    events = calls(seed)
    assert outcome(feed_all(events, random.Random(seed), crash=0.2).signals) == reference(events)


def test_what_must_report_is_missed_by_its_owner_only() -> None:
    """The timer of a key runs in the partition that owns it."""
    broker = Broker()
    worker = Worker(broker, rules())
    worker.tick(T0)
    worker.tick(T0 + 31)
    assert sorted(one.labels["queue"] for one in broker.signals) == ["never", "q0"]


def test_no_silence_is_found_before_everything_was_read() -> None:
    """Nor where events come from other partitions, while one of them is not known to be read."""
    worker = Worker(Broker(), rules())
    for near, far, found in ((None, None, 0), (None, T0, 0), (T0, None, 0), (T0 + 31, None, 2)):
        assert sum(len(shard.tick(near, far).signals) for shard in worker.shards) == found


def test_events_too_far_behind_are_put_aside() -> None:
    """Once by the partition they came to; those merely out of order are taken."""
    broker = Broker()
    worker = Worker(broker, rules(), lateness=60)
    broker.events[0] = [
        [event("call", 100, queue="a", ok=True), event("call", 50, queue="a", ok=True)],
        [event("call", 39, queue="a", ok=True, event_id="late"), event("call", 41, queue="a", ok=True)],
        [event("call", 99_999, queue="a", ok=True), event("call", 60, queue="a", ok=True)],
    ]
    while worker.step(0, T0 + 100):
        pass
    assert [one.id for one in worker.late] == ["late"]
    assert worker.shards[0].newest == T0 + 100, "a sender whose clock runs ahead must not make all others late"
    worker.checkpoint(0)
    assert msgspec.msgpack.decode(broker.states[0][WATERMARK], type=Saved).newest == T0 + 100
    assert Worker(broker, rules(), lateness=60).shards[0].newest == T0 + 100


class Stumbling:
    """A detector that fails on what it does not expect: shaped like any other."""

    def __init__(self, inner: AnyDetector) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def observe(self, state: Any, key: str, events: Any, now: float) -> Any:
        state, signals = self._inner.observe(state, key, events, now)
        if any(one.data.get("ok") == "boom" for one in events):
            raise ValueError("boom")
        return state, signals


def test_poison_is_put_aside_and_the_rest_counts_once() -> None:
    """From the stored state on, event by event."""
    good = [event("call", second / 2, queue="a", ok=second % 2 == 0) for second in range(40)]
    bad = event("call", 10, queue="a", ok="boom", event_id="bad")
    plain, broker = Broker(), Broker()
    for where, detectors, batches in (
        (plain, rules(), [good[:10], good[10:20], good[20:]]),
        (broker, [Stumbling(one) for one in rules()], [good[:10], [*good[10:15], bad, *good[15:20]], good[20:]]),
    ):
        worker = Worker(where, detectors)
        place = partition_of("queue=a", PARTITIONS)
        where.events[place] = batches
        worker.step(place, T0 + 20)
        worker.checkpoint(place)
        while sum(worker.step(each, T0 + 20) for each in range(PARTITIONS)):
            pass
        worker.tick(T0 + 40)
        worker.checkpoint(place)
        poison = {(name[0], one.id) for name, one, _ in worker.poison}
    assert poison == {("share", "bad"), ("beat", "bad"), ("everywhere", "bad")}
    assert outcome(broker.signals) == outcome(plain.signals)
    one, other = (counted(where.states[place][("share", "queue=a")]) for where in (broker, plain))
    assert one == other


def counted(raw: bytes) -> tuple[list[Any], list[Any]]:
    """The bins in a stored state of the first rule."""
    state = rules()[0].load(msgspec.msgpack.decode(raw, type=Saved).blob)
    return state.open, state.closed
