"""The distributed size: what the settings' ``stream:`` means in connected parts. Only ``serve``, ``detect`` and
``work`` load this: ``tocsin up`` needs no Kafka.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import structlog
from fastapi import APIRouter

from config.settings import BaseTocsinSettings
from detectors.scan import mask
from incident.domain.errors import BadInput, Unavailable
from incident.intake.event import Event
from incident.service.spool import Spool
from incident.stream.intake import StreamIntake
from incident.stream.kafka import Producer, Reader, Topics
from incident.stream.ports import Record
from incident.stream.settings import StreamSettings
from incident.stream.spool import DiskSpool, Drainer
from incident.stream.topics import Names, wanted
from incident.web.parts import Check

log = structlog.get_logger("tocsin.stream")


@dataclass(frozen=True, slots=True)
class Stream:
    """The brokers as one node sees them. ``partitions`` are the topics' as they really are."""

    settings: StreamSettings
    home: Path
    names: Names
    partitions: dict[str, int]
    producer: Producer
    looked: threading.Event
    look: Callable[[], dict[str, int]]

    @classmethod
    def connect(cls, settings: BaseTocsinSettings, *, patient: bool = False) -> "Stream":
        """Sign in, and create the topics that are missing. Raises BadInput without ``stream:``, or Unavailable.

        ``patient``: brokers that are away are no reason not to begin; ``send`` looks at the topics when they are back.
        """
        chosen, looked = stream_settings(settings), threading.Event()
        try:
            partitions = ensure_topics(settings)
            looked.set()
        except Unavailable as error:
            if not patient:
                raise
            log.warning("brokers_away", reason=error.message)
            partitions = {topic.name: topic.partitions for topic in wanted(chosen)}
        producer = Producer(chosen, settings.home, partitions)
        look = partial(ensure_topics, settings)
        return cls(chosen, settings.home, Names(chosen.prefix), partitions, producer, looked, look)

    def send(self, records: Sequence[Record]) -> None:
        """See ``incident.stream.ports.Send``."""
        if not self.looked.is_set():
            self.partitions.update(self.look())
            self.looked.set()
        self.producer.send(records)

    def reader(self, group: str) -> Reader:
        """A reader for a kind of node."""
        return Reader(self.settings, self.home, f"{self.names.prefix}.{group}")

    def close(self) -> None:
        """Send what is on its way and give the connections back."""
        self.producer.close()


class StreamSide:
    """The stream as something that runs beside a site: implements ``config.serve.Companion``."""

    routers: tuple[APIRouter, ...] = ()

    def __init__(self, stream: Stream, spool: DiskSpool | None = None) -> None:
        """``spool`` is this node's alone; it is emptied from ``start`` to ``close``. None: senders wait themselves."""
        self._stream = stream
        self._spool = spool
        self._drainer = Drainer(spool, stream.send) if spool else None
        self._intake: StreamIntake | None = None

    @classmethod
    def of(cls, settings: BaseTocsinSettings, stream: Stream, node: str) -> "StreamSide":
        """With the spool of a kind of node in the data directory. Raises Conflict when another process has it."""
        folder = settings.path(settings.data) / f"spool-{node}"
        return cls(stream, DiskSpool(Spool(folder, stream.settings.spool_mb * 1_000_000)))

    def intake(self, key_of: Callable[[Event], str]) -> StreamIntake:
        """The node's intake, for ``config.wiring.build``; what it takes waits in the spool while brokers are away."""
        stream = self._stream
        self._intake = StreamIntake(
            stream.send, stream.names, stream.partitions[stream.names.events], key_of, mask,
            linger_s=stream.settings.linger_ms / 1000, spool=self._spool,
        )  # fmt: skip
        return self._intake

    def start(self) -> None:
        """Begin to empty the spool; the rest runs already."""
        if self._drainer is not None:
            self._drainer.start()

    def close(self) -> None:
        """Send what is on its way."""
        if self._intake is not None:
            self._intake.close()
        if self._drainer is not None:
            self._drainer.stop()
        self._stream.close()

    def checks(self) -> tuple[Check, ...]:
        """For ``/readyz``: ready as long as what comes in can be kept, here or there."""
        fine = self._stream.producer.fine
        kept = self._spool.ready if self._spool else (fine, "" if fine else "the brokers do not confirm")
        return (Check("kafka", *kept),)


def ensure_topics(settings: BaseTocsinSettings) -> dict[str, int]:
    """Create the topics that are missing; how many partitions each has. Raises Unavailable."""
    chosen = stream_settings(settings)
    topics = Topics(chosen, settings.home)
    try:
        return topics.ensure(wanted(chosen))
    finally:
        topics.close()


def partitions_of(settings: BaseTocsinSettings) -> int:
    """How many partitions the events have, once all topics exist. Raises Unavailable."""
    return ensure_topics(settings)[Names(stream_settings(settings).prefix).events]


def stream_settings(settings: BaseTocsinSettings) -> StreamSettings:
    """The part of the settings about Kafka. Raises BadInput when there is none."""
    if settings.stream is None:
        raise BadInput(
            "tocsin.yaml says nothing about Kafka",
            remedy="add 'stream: {brokers: [host:9092]}', or run everything in one process: tocsin up",
        )
    return settings.stream
