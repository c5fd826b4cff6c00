"""The distributed size: what the settings' ``stream:`` means in connected parts. Only ``serve``, ``detect`` and
``work`` load this: ``tocsin up`` needs no Kafka.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter

from config.settings import BaseTocsinSettings
from detectors.scan import mask
from incident.domain.errors import BadInput
from incident.intake.event import Event
from incident.stream.intake import StreamIntake
from incident.stream.kafka import Producer, Reader, Topics
from incident.stream.ports import Spool
from incident.stream.settings import StreamSettings
from incident.stream.topics import Names, wanted
from incident.web.parts import Check


@dataclass(frozen=True, slots=True)
class Stream:
    """The brokers as one node sees them. ``partitions`` are the topics' as they really are."""

    settings: StreamSettings
    home: Path
    names: Names
    partitions: dict[str, int]
    producer: Producer

    @classmethod
    def connect(cls, settings: BaseTocsinSettings) -> "Stream":
        """Sign in, and create the topics that are missing. Raises BadInput without ``stream:``, or Unavailable."""
        chosen = stream_settings(settings)
        partitions = ensure_topics(settings)
        producer = Producer(chosen, settings.home, partitions)
        return cls(chosen, settings.home, Names(chosen.prefix), partitions, producer)

    def reader(self, group: str) -> Reader:
        """A reader for a kind of node."""
        return Reader(self.settings, self.home, f"{self.names.prefix}.{group}")

    def ready(self) -> tuple[Check, ...]:
        """Whether the brokers took what was sent last."""
        return (Check("kafka", self.producer.fine, "" if self.producer.fine else "the brokers do not confirm"),)

    def close(self) -> None:
        """Send what is on its way and give the connections back."""
        self.producer.close()


class StreamSide:
    """The stream as something that runs beside a site: implements ``config.serve.Companion``."""

    routers: tuple[APIRouter, ...] = ()

    def __init__(self, stream: Stream, spool: Spool | None = None) -> None:
        self._stream = stream
        self._spool = spool
        self._intake: StreamIntake | None = None

    def intake(self, key_of: Callable[[Event], str]) -> StreamIntake:
        """The node's intake, for ``config.wiring.build``; what it takes waits in the spool while brokers are away."""
        stream = self._stream
        self._intake = StreamIntake(
            stream.producer.send, stream.names, stream.partitions[stream.names.events], key_of, mask,
            linger_s=stream.settings.linger_ms / 1000, spool=self._spool,
        )  # fmt: skip
        return self._intake

    def start(self) -> None:
        """Everything runs already."""

    def close(self) -> None:
        """Send what is on its way."""
        if self._intake is not None:
            self._intake.close()
        self._stream.close()

    def checks(self) -> tuple[Check, ...]:
        """For ``/readyz``."""
        return self._stream.ready()


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
