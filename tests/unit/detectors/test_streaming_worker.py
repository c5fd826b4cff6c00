"""A detector worker and its table of states, without any broker."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
from faust.types import TP

from config.stream_meter import WorkerMeter
from detectors.rules import parse_rules
from detectors.streaming.app import Detecting
from detectors.streaming.shard import Saved
from detectors.streaming.table import key_of
from incident.stream.settings import StreamSettings

RULES = """schema: detectors/v1
rules:
- {id: beat, kind: heartbeat, on: job.reported, by: [slug], timeout: 1d, scenario: other, title: {zh: 心跳, en: Beat}}
"""


def worker_in(home: Path) -> Detecting:
    """One that will find nobody at the brokers' address."""
    settings = StreamSettings(brokers=("127.0.0.1:9",))
    return Detecting(settings, home, home, 4, parse_rules(RULES, "detectors.yaml"), lambda: 0.0)


def state(positions: dict[int, int], blob: bytes) -> bytes:
    """As it is stored."""
    return msgspec.msgpack.encode(Saved(positions, blob))


def test_who_watches_a_worker_that_starts_slowly_does_not_end_it(tmp_path: Path) -> None:
    """Looked at before its consumer exists, it says that it has nothing."""
    worker = worker_in(tmp_path)
    WorkerMeter(worker).look()
    assert worker.behind() == {}
    assert not worker.busy


def test_a_changelog_never_takes_a_state_back(tmp_path: Path) -> None:
    """A worker that was cut off may write late what has seen less; what has seen as much, or more, counts."""
    table, name = worker_in(tmp_path).table, ("beat", "slug=pbx")
    key = key_of(2, name)
    late, newer = state({2: 3, 0: 9}, b"late"), state({2: 7, 0: 9}, b"newer")
    table.absorb(2, [(key, state({2: 5, 0: 9}, b"first")), (key, late), (b"", b""), (key, b"")])
    assert table.stored(2, name) == state({2: 5, 0: 9}, b"first")
    table.absorb(2, [(key, newer), (key, late)])
    assert list(table.entries()) == [(2, name, newer)]


async def forgotten(table: Any, active: set[TP]) -> None:
    """What Faust does when partitions have moved and all is read."""

    async def ready(_: object) -> None:
        """Nobody waits."""

    table.ready = ready
    await table.on_recovery_completed(active, set())


def test_what_moved_away_is_read_from_its_beginning_when_it_comes_back(tmp_path: Path) -> None:
    """Its states are forgotten, and so is how far they were known."""
    worker = worker_in(tmp_path)
    table, here, gone = worker.table, TP("tocsin.detect-states-changelog", 1), TP("tocsin.detect-states-changelog", 2)
    recovery: Any = worker.app.tables
    recovery.recovery.active_offsets.update({here: 40, gone: 50})
    for place in (here, gone):
        table.absorb(place.partition, [(key_of(place.partition, ("beat", "slug=pbx")), state({}, b"x"))])
    asyncio.run(forgotten(table, {here, gone}))
    assert (table.persisted_offset(here), table.persisted_offset(gone)) == (40, 50)
    asyncio.run(forgotten(table, {here}))
    assert (table.persisted_offset(here), table.persisted_offset(gone)) == (40, None)
    assert [partition for partition, _, _ in table.entries()] == [1]


class Moved:
    """A consumer whose partitions have moved away a moment ago."""

    def assignment(self) -> set[TP]:
        return {TP("tocsin.events", 0)}

    def highwater(self, place: TP) -> int | None:
        raise AssertionError("Partition is not assigned")


def test_partitions_that_move_between_two_looks_end_no_worker(tmp_path: Path) -> None:
    """The consumer knows it first, in a thread of its own: until the worker knows too, nothing is sure there."""
    worker: Any = worker_in(tmp_path)
    worker.app.consumer = Moved()
    worker._shards = {0: worker._shard(0, [])}
    assert worker.behind() == {}
    assert worker._read_to(0) is None
    assert worker.reached == 0.0


class Slow:
    """A consumer that lets the first question wait until it is told to answer."""

    def __init__(self) -> None:
        self.answer = asyncio.Event()
        self._asked = 0

    async def earliest_offsets(self, *places: TP) -> dict[TP, int]:
        self._asked += 1
        if self._asked == 1:
            await self.answer.wait()
        return dict.fromkeys(places, 0)


def test_a_hand_over_that_was_overtaken_throws_nothing_away(tmp_path: Path) -> None:
    """Faust goes on with it when the next one is done already and the worker has taken messages: they would have
    counted as done, with their effect forgotten.
    """

    async def overtaken() -> None:
        worker: Any = worker_in(tmp_path)
        worker.app.consumer = consumer = Slow()
        late = asyncio.ensure_future(worker._recovered([0]))
        await asyncio.sleep(0)
        await worker._revoked()
        await worker._recovered([0, 1])
        shard = worker.shards[0]
        consumer.answer.set()
        await late
        assert worker.shards[0] is shard
        assert sorted(worker.shards) == [0, 1]

    asyncio.run(overtaken())


def test_what_was_taken_and_not_stored_when_a_partition_moved_is_read_again(tmp_path: Path) -> None:
    """It is not told that it was done: its effect went with the shard."""
    worker: Any = worker_in(tmp_path)
    worker._unacked.append("a message")
    asyncio.run(worker._revoked())
    assert not worker.busy


class Watched:
    """A consumer that notes what Faust asks of it."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def assignment(self) -> set[TP]:
        return {TP("tocsin.events", 0)}

    def resume_partitions(self, places: set[TP]) -> None:
        self.asked.append("resume")

    async def perform_seek(self) -> None:
        self.asked.append("seek")
        raise asyncio.CancelledError  # nothing of what follows is of interest

    def stop_flow(self) -> None:
        self.asked.append("stop")


def test_nothing_flows_until_the_consumer_is_back_where_messages_count_as_done(tmp_path: Path) -> None:
    """Faust empties the queues after that: what had come before was lost."""

    async def recovered() -> None:
        worker: Any = worker_in(tmp_path)
        worker.app.consumer = consumer = Watched()
        worker.table.ready = idle
        with suppress(asyncio.CancelledError):
            await worker.app.tables.recovery.on_recovery_completed(worker.app.consumer_generation_id)
        assert consumer.asked == ["stop", "resume", "seek"]

    asyncio.run(recovered())


async def idle(_places: Sequence[int]) -> None:
    """Nothing is to be done with the states."""
