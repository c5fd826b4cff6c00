"""The detectors' states as a Faust table with a changelog: written per partition, whatever caused the change."""

import struct
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from typing import Any

import faust
from faust.types import TP, EventT
from faust.types.tuples import RecordMetadata

from detectors.embedded import Name
from detectors.streaming.shard import seen_from

_PLACE = struct.Struct(">I")
_SEPARATOR = "\x1f"


def key_of(partition: int, name: Name) -> bytes:
    """A state's key: a table holds several partitions, and must know later which one a key came from."""
    return _PLACE.pack(partition) + f"{name[0]}{_SEPARATOR}{name[1]}".encode()


def name_of(key: bytes) -> tuple[int, Name]:
    """The way back."""
    rule, _, rest = key[_PLACE.size :].decode().partition(_SEPARATOR)
    return _PLACE.unpack_from(key)[0], (rule, rest)


class StateTable(faust.Table[bytes, bytes]):
    """Faust's table lets only agents write, to the partition of the event in hand. Timers and checkpoints write too."""

    ready: Callable[[Sequence[int]], Awaitable[None]]
    """Called with the partitions whose states are complete again, before any of their messages is handed out."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._known: dict[TP, int] = {}

    async def keep(self, partition: int, changes: Sequence[tuple[Name, bytes]]) -> None:
        """Store the changes here and in the changelog; they are with all brokers when this returns."""
        if not changes:
            return
        topic, send = self.changelog_topic_name, self.app.producer.send
        on_the_way: list[Awaitable[RecordMetadata]] = []
        for name, value in changes:
            key = key_of(partition, name)
            self._put(partition, key, value)
            on_the_way.append(await send(topic, key, value, partition, None, None))
        last = -1
        for one in on_the_way:
            last = max(last, (await one).offset)
        place = TP(topic, partition)
        if place in self._known:  # not when it moved away meanwhile
            self._known[place] = max(last, self._known[place])

    def stored(self, partition: int, name: Name) -> bytes | None:
        """What was stored last under a name."""
        store: Any = self.data
        found: bytes | None = store.data.get(key_of(partition, name))
        return found

    def entries(self) -> Iterator[tuple[int, Name, bytes]]:
        """Everything there is: partition, name, value."""
        for key, value in self.data.items():
            if len(key) > _PLACE.size and value:
                yield (*name_of(key), value)

    def apply_changelog_batch(self, batch: Iterable[EventT[Any]]) -> None:
        """What Faust has read itself."""
        for event in batch:
            if isinstance(event.key, bytes):
                self.absorb(event.message.partition, ((event.key, event.value),))

    def absorb(self, partition: int, changes: Iterable[tuple[bytes, bytes]]) -> None:
        """Take what the changelog says, but never a state that has seen less than the one we have: a worker that was
        cut off and doesn't know yet that its partition moved may still write one.
        """
        store: Any = self.data
        states: dict[bytes, bytes] = store.data
        for key, value in changes:
            if not value:
                continue
            before = states.get(key)
            if before is None or not _has_seen_less(value, before):
                self._put(partition, key, value)

    def persisted_offset(self, tp: TP) -> int | None:
        """Up to where the changelog is known here: Faust reads on from there when partitions have moved."""
        return self._known.get(tp)

    async def on_recovery_completed(self, active_tps: set[TP], standby_tps: set[TP]) -> None:
        """Faust is done reading the changelog."""
        await super().on_recovery_completed(active_tps, standby_tps)  # forgets the states of all others
        tables: Any = self.app.tables
        offsets = tables.recovery.active_offsets
        self._known = {tp: offsets[tp] for tp in active_tps if offsets.get(tp) is not None}
        await self.ready(sorted(tp.partition for tp in active_tps))

    def _put(self, partition: int, key: bytes, value: bytes) -> None:
        # The store would take the partition from the event in hand as well; it keeps it in these places.
        store: Any = self.data
        store.data[key] = value
        store._key_partition[key] = partition  # noqa: SLF001


def _has_seen_less(one: bytes, other: bytes) -> bool:
    seen = seen_from(one)
    return any(seen.get(source, -1) < place for source, place in seen_from(other).items())


def raw_table(app: faust.App, name: str, partitions: int) -> StateTable:
    """A table of bytes by bytes."""
    table = StateTable(app, name=name, partitions=partitions, key_type=bytes, value_type=bytes)
    app.tables.add(table)
    return table
