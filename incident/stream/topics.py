"""The topics: their names, their shape, and which partition a key lies in. Pure."""

from dataclasses import dataclass
from zlib import crc32

from incident.stream.settings import StreamSettings, TopicSettings

MAX_BYTES = 1_000_000
"""A message beyond this is split, or refused when it holds a single event: brokers take about 1 MiB."""


_REGROUP_MS = "86400000"
"""Events that were regrouped and not worked on for a day can be made from the events' topic again."""
_STATES = {"cleanup.policy": "compact", "segment.bytes": str(32 * MAX_BYTES), "min.cleanable.dirty.ratio": "0.2"}
"""Whoever takes a partition over reads all of its changelog. The newest segment is never compacted: with the brokers'
own size, a gigabyte, that would be minutes of reading what counts no more."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic as it is meant to be."""

    name: str
    partitions: int
    config: dict[str, str]


@dataclass(frozen=True, slots=True)
class Names:
    """What the topics are called under a prefix."""

    prefix: str

    @property
    def events(self) -> str:
        """Raw facts, for the detectors."""
        return f"{self.prefix}.events"

    @property
    def signals(self) -> str:
        """Verdicts, for the command nodes."""
        return f"{self.prefix}.signals"

    @property
    def incidents(self) -> str:
        """What happens to incidents, for other systems."""
        return f"{self.prefix}.incidents"

    @property
    def deadletter(self) -> str:
        """What could not be taken, with the reason."""
        return f"{self.prefix}.deadletter"

    @property
    def clock(self) -> str:
        """Messages here are stamped by the brokers: ``tocsin doctor`` compares clocks by it."""
        return f"{self.prefix}.clock"

    @property
    def regroup(self) -> str:
        """Between detector workers: events on their way to another partition (see docs/streaming.md)."""
        return f"{self.prefix}.detect.regroup"

    @property
    def strictness(self) -> str:
        """From command nodes to detector workers: how far people's opinions move each rule's budget."""
        return f"{self.prefix}.detect.strictness"

    @property
    def states(self) -> str:
        """The changelog of the detectors' states."""
        return f"{self.prefix}.detect-states-changelog"


def partition_of(key: str, partitions: int) -> int:
    """Where a key lies: its CRC-32, as in librdkafka's default partitioner, so that most clients agree with us."""
    return crc32(key.encode()) % partitions


def wanted(settings: StreamSettings) -> tuple[Topic, ...]:
    """Every topic Tocsin needs, as the settings want it. Those between detectors have the events' partitions."""
    names, topics = Names(settings.prefix), settings.topics
    spread = topics.events.partitions
    return (
        _topic(names.events, topics.events),
        _topic(names.signals, topics.signals),
        _topic(names.incidents, topics.incidents),
        _topic(names.deadletter, topics.deadletter),
        Topic(names.regroup, spread, {**_config(topics.events), "retention.ms": _REGROUP_MS}),
        Topic(names.strictness, 1, {"cleanup.policy": "compact"}),
        Topic(names.states, spread, {**_STATES, "max.message.bytes": str(4 * MAX_BYTES)}),
    )


def clock_topic(settings: StreamSettings) -> Topic:
    """The topic that tells the brokers' time."""
    config = {"message.timestamp.type": "LogAppendTime", "retention.ms": "3600000", "cleanup.policy": "delete"}
    return Topic(Names(settings.prefix).clock, 1, config)


def _topic(name: str, chosen: TopicSettings) -> Topic:
    return Topic(name, chosen.partitions, _config(chosen))


def _config(chosen: TopicSettings) -> dict[str, str]:
    return {
        "cleanup.policy": "compact,delete" if chosen.compact else "delete",
        "retention.ms": str(int(chosen.retention.total_seconds() * 1000)),
        "max.message.bytes": str(2 * MAX_BYTES),
    }
