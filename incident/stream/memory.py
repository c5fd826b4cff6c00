"""Brokers in memory: for tests and dry runs; nothing is durable."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from incident.domain.errors import Unavailable
from incident.stream.ports import Record, Send


@dataclass(slots=True)
class MemoryBroker:
    """Keeps every record it was sent. ``away`` makes every send fail, as lost brokers do."""

    away: bool = False
    records: list[Record] = field(default_factory=list)

    def send(self, records: Sequence[Record]) -> None:
        """See ``ports.Send``."""
        if self.away:
            raise Unavailable("no broker can be reached")
        self.records.extend(records)

    def of(self, topic: str) -> list[Record]:
        """Those of one topic, in order."""
        return [record for record in self.records if record.topic == topic]


@dataclass(slots=True)
class MemorySpool:
    """A spool that forgets when the process ends. ``room`` is how many records it takes."""

    room: int = 10_000
    kept: list[Record] = field(default_factory=list)

    def put(self, records: Sequence[Record]) -> None:
        """See ``Spool.put``."""
        if len(self.kept) + len(records) > self.room:
            raise Unavailable("the spool is full", remedy="wait until the brokers are back")
        self.kept.extend(records)

    def waiting(self) -> int:
        """See ``Spool.waiting``."""
        return len(self.kept)

    def drain(self, send: Send) -> int:
        """See ``Spool.drain``."""
        records = list(self.kept)
        send(records)
        del self.kept[: len(records)]
        return len(records)
