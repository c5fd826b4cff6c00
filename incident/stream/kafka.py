"""The one place that knows kafka-python: signing in, topics, producing with all brokers' word, reading."""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, OffsetAndMetadata, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import (
    AuthorizationError,
    KafkaError,
    MessageSizeTooLargeError,
    TopicAlreadyExistsError,
)

from incident.domain.errors import BadInput, TocsinError, Unavailable
from incident.domain.said import Said, said
from incident.stream.ports import Read, Record
from incident.stream.security import tls_context
from incident.stream.settings import StreamSettings
from incident.stream.topics import MAX_BYTES, Topic, partition_of

SEND_S = 5.0
"""How long brokers may take to confirm before a sender is told to try again (or the spool takes over)."""
_REMEDY = "check stream.brokers, and that the brokers run and can be reached from here"
_BATCH = 256 * 1024
STOCK_SESSION_S = 6.0
_LEAST = "group.min.session.timeout.ms"


@dataclass(frozen=True, slots=True)
class Deviation:
    """What is not as the settings want it. ``fixable``: ``ensure`` would put it right."""

    topic: str
    what: str
    fixable: bool


def client_options(settings: StreamSettings, home: Path) -> dict[str, Any]:
    """What every client needs to reach the brokers. ``home`` is where relative paths begin."""
    options: dict[str, Any] = {
        "bootstrap_servers": list(settings.brokers), "security_protocol": settings.protocol,
        "reconnect_backoff_max_ms": 1000,
    }  # fmt: skip
    if settings.sasl:
        options |= {
            "sasl_mechanism": settings.sasl.mechanism, "sasl_plain_username": settings.sasl.username,
            "sasl_plain_password": settings.sasl.password.get_secret_value(),
        }  # fmt: skip
    if settings.tls:
        options["ssl_context"] = tls_context(settings.tls, home)
    return options


def away(what: Said, error: BaseException) -> TocsinError:
    """Kafka's error as ours. Never holds more than the kind of error: its text may name credentials."""
    if isinstance(error, AuthorizationError):
        return BadInput(
            said("Kafka refuses to {what} ({why})", what=what, why=type(error).__name__),
            remedy="give this user the rights in docs/streaming.md",
        )
    return Unavailable(said("Kafka does not {what} ({why})", what=what, why=type(error).__name__), remedy=_REMEDY)


class Topics:
    """The brokers' topics as they are, and as they should be."""

    def __init__(self, settings: StreamSettings, home: Path) -> None:
        self._settings = settings
        try:
            options = client_options(settings, home)
            self._admin = KafkaAdminClient(**options, request_timeout_ms=10_000, bootstrap_timeout_ms=10_000)
        except (KafkaError, OSError) as error:
            raise away(said("answer"), error) from error

    def close(self) -> None:
        """Give the connections back."""
        self._admin.close()

    def brokers(self) -> list[str]:
        """Every broker of the cluster, as ``host:port``."""
        found = self._ask(said("answer"), self._admin.describe_cluster)["brokers"]
        return [f"{one['host']}:{one['port']}" for one in found]

    def session_s(self) -> float:
        """How long a worker may be silent before its partitions go to others: what the settings ask for, but no less
        than the brokers allow. Where they don't tell, what they allow unless told otherwise counts.
        """
        least, asked = STOCK_SESSION_S, self._settings.session_timeout_s
        try:
            node = str(self._admin.describe_cluster()["brokers"][0]["broker_id"])
            wish = [ConfigResource(ConfigResourceType.BROKER, node, {_LEAST: ""})]
            found = self._admin.describe_configs(wish, config_filter="all")
            least = float(found["broker"][node][_LEAST]["value"]) / 1000
        except AuthorizationError:
            pass
        except (KafkaError, OSError) as error:
            raise away(said("answer"), error) from error
        return max(asked, least)

    def partitions(self, names: Sequence[str]) -> dict[str, int]:
        """How many partitions each topic has; those that don't exist are left out."""
        found = self._ask(said("answer"), lambda: self._admin.describe_topics(list(names)))
        return {one["name"]: len(one["partitions"]) for one in found if one["error_code"] == 0}

    def ensure(self, topics: Sequence[Topic]) -> dict[str, int]:
        """Create what is missing and add settings that differ; partitions are never taken away, nor added to events:
        that would move keys away from their states. Returns each topic's partitions as they are now.
        """
        there = self.partitions([topic.name for topic in topics])
        copies = self._settings.replication or min(3, len(self.brokers()))
        safe = {"min.insync.replicas": str(2 if copies > 2 else 1)}
        spread = there.get(topics[0].name)
        missing = {}
        for topic in topics:
            if topic.name not in there:
                same = spread is not None and topic.partitions == topics[0].partitions
                count = spread if same and spread is not None else topic.partitions
                missing[topic.name] = {
                    "num_partitions": count, "replication_factor": copies, "configs": {**topic.config, **safe},
                }  # fmt: skip
        if missing:
            self._create(missing)
        changed = {t.name: wrong for t in topics if t.name in there and (wrong := self._differing(t))}
        if changed:
            self._ask(said("change topics"), lambda: self._alter(changed))
        return self._settled([topic.name for topic in topics])

    def _settled(self, names: Sequence[str]) -> dict[str, int]:
        """The topics' partitions once the broker that is asked knows them all: another one may have made them."""
        end = time.monotonic() + SEND_S
        while len(found := self.partitions(names)) < len(names):
            if time.monotonic() > end:
                raise Unavailable("Kafka does not show the topics it made", remedy=_REMEDY)
            time.sleep(0.1)
        return found

    def deviations(self, topics: Sequence[Topic]) -> list[Deviation]:
        """Where the brokers differ from what is wanted."""
        there = self.partitions([topic.name for topic in topics])
        found = []
        for topic in topics:
            count = there.get(topic.name)
            if count is None:
                found.append(Deviation(topic.name, "is missing", fixable=True))
                continue
            if count != topic.partitions:
                what = said(
                    "has {count} partitions, the settings say {partitions}", count=count, partitions=topic.partitions
                )
                found.append(Deviation(topic.name, what, fixable=False))
            wrong = self._differing(topic)
            found += [Deviation(topic.name, f"{name} is not {value}", fixable=True) for name, value in wrong.items()]
        return found

    def _create(self, missing: dict[str, dict[str, Any]]) -> None:
        try:
            self._admin.create_topics(missing, wait_for_metadata=True)
        except TopicAlreadyExistsError:
            # Another node was faster with one of them: the others one by one.
            for name, shape in missing.items():
                if not self.partitions([name]):
                    self._create({name: shape})
        except (KafkaError, OSError) as error:
            raise away(said("create topics"), error) from error

    def _differing(self, topic: Topic) -> dict[str, str]:
        asked = [ConfigResource(ConfigResourceType.TOPIC, topic.name, dict.fromkeys(topic.config, ""))]
        found = self._ask(said("answer"), lambda: self._admin.describe_configs(asked, config_filter="all"))
        now = {name: str(one["value"]) for name, one in found["topic"][topic.name].items()}
        return {name: value for name, value in topic.config.items() if now.get(name) != value}

    def _alter(self, changed: Mapping[str, Mapping[str, str]]) -> None:
        wrong = [ConfigResource(ConfigResourceType.TOPIC, name, dict(config)) for name, config in changed.items()]
        self._admin.alter_configs(wrong)

    def _ask(self, what: Said, question: Any) -> Any:
        try:
            return question()
        except (KafkaError, OSError) as error:
            raise away(what, error) from error


def time_there(settings: StreamSettings, home: Path, topic: str) -> float:
    """What time it is at a broker, in epoch seconds, by a message to a topic that is stamped there.

    Raises Unavailable or BadInput.
    """
    producer = None
    try:
        producer = KafkaProducer(
            **client_options(settings, home), acks=1, max_block_ms=5000, request_timeout_ms=4000,
            delivery_timeout_ms=5000, bootstrap_timeout_ms=5000, allow_auto_create_topics=False,
        )  # fmt: skip
        return float(producer.send(topic, b"what time is it?").get(timeout=SEND_S).timestamp) / 1000
    except (KafkaError, OSError) as error:
        raise away(said("tell the time"), error) from error
    finally:
        if producer is not None:
            producer.close(timeout=1)


class Producer:
    """Sends records idempotently and waits until all in-sync brokers have them. Safe for many threads."""

    def __init__(self, settings: StreamSettings, home: Path, partitions: Mapping[str, int]) -> None:
        """``partitions``: each topic's; a record's partition follows from its key."""
        self._options = client_options(settings, home)
        self._partitions = partitions
        self._producer: KafkaProducer | None = None
        self._lock = threading.Lock()
        self.fine = True
        """Whether the brokers confirmed what was sent last."""

    def send(self, records: Sequence[Record]) -> None:
        """See ``ports.Send``."""
        try:
            self._send(records)
        except Unavailable:
            self.fine = False
            raise
        self.fine = True

    def _send(self, records: Sequence[Record]) -> None:
        producer = self._open()
        try:
            futures = [
                producer.send(
                    one.topic,
                    value=one.value,
                    key=one.key.encode(),
                    headers=list(one.headers),
                    partition=self._place(one),
                )
                for one in records
            ]
            for future in futures:
                future.get(timeout=SEND_S)
        except MessageSizeTooLargeError:
            raise BadInput("a record is larger than the brokers take", remedy="send smaller events") from None
        except (KafkaError, OSError) as error:
            # A producer that lost a record may have lost its place in the sequence as well: the next one starts anew.
            self._drop(producer)
            raise away(said("confirm records"), error) from error

    def close(self) -> None:
        """Send what is on its way and end."""
        with self._lock:
            producer, self._producer = self._producer, None
        if producer is not None:
            producer.close(timeout=SEND_S)

    def _place(self, record: Record) -> int | None:
        if record.partition is not None:
            return record.partition
        return partition_of(record.key, self._partitions[record.topic])

    def _open(self) -> KafkaProducer:
        with self._lock:
            if self._producer is None:
                wait = int(SEND_S * 1000)
                try:
                    self._producer = KafkaProducer(
                        **self._options, acks="all", enable_idempotence=True, linger_ms=0, batch_size=_BATCH,
                        max_request_size=2 * MAX_BYTES, delivery_timeout_ms=wait, request_timeout_ms=wait - 1000,
                        max_block_ms=wait, bootstrap_timeout_ms=wait, allow_auto_create_topics=False,
                    )  # fmt: skip
                except (KafkaError, OSError) as error:
                    raise away(said("answer"), error) from error
            return self._producer

    def _drop(self, producer: KafkaProducer) -> None:
        with self._lock:
            if self._producer is producer:
                self._producer = None
        threading.Thread(target=producer.close, kwargs={"timeout": 1}, daemon=True, name="tocsin-producer-end").start()


class Reader:
    """Reads all partitions of some topics from where the caller says. The caller keeps the offsets."""

    def __init__(self, settings: StreamSettings, home: Path, group: str, *, at_most: int = 500) -> None:
        """``group`` only shows others how far we are: nothing is shared out by it."""
        try:
            self._consumer = KafkaConsumer(
                **client_options(settings, home), group_id=group, enable_auto_commit=False, max_poll_records=at_most,
                auto_offset_reset="earliest", allow_auto_create_topics=False, bootstrap_timeout_ms=5000,
                fetch_max_wait_ms=100,
            )  # fmt: skip
        except (KafkaError, OSError) as error:
            raise away(said("answer"), error) from error

    def assign(self, offsets: Mapping[tuple[str, int], int]) -> None:
        """From now on read these partitions, each from that offset; -1 means its beginning."""
        self._consumer.assign([TopicPartition(*place) for place in offsets])
        for place, offset in offsets.items():
            self.seek(place, offset)

    def seek(self, place: tuple[str, int], offset: int) -> None:
        """Read on from there."""
        if offset < 0:
            self._consumer.seek_to_beginning(TopicPartition(*place))
        else:
            self._consumer.seek(TopicPartition(*place), offset)

    def poll(self, wait_s: float) -> list[Read]:
        """What has come, in order per partition; empty after ``wait_s`` without anything."""
        try:
            found = self._consumer.poll(timeout_ms=int(wait_s * 1000))
        except (KafkaError, OSError) as error:
            raise away(said("hand out messages"), error) from error
        return [
            Read(
                one.topic, one.partition, one.offset, bytes(one.key or b""), bytes(one.value or b""),
                tuple((name, bytes(value or b"")) for name, value in one.headers), one.timestamp,
            )
            for part in found.values()
            for one in part
        ]  # fmt: skip

    def ends(self) -> dict[tuple[str, int], int]:
        """The offset after the last message of every assigned partition."""
        try:
            found = self._consumer.end_offsets(list(self._consumer.assignment()))
        except (KafkaError, OSError) as error:
            raise away(said("answer"), error) from error
        return {(place.topic, place.partition): offset for place, offset in found.items()}

    def behind(self) -> dict[str, int]:
        """How many messages of each topic are still to be read, as far as the brokers have told; asks nobody."""
        found: dict[str, int] = {}
        for place in self._consumer.assignment():
            end = self._consumer.highwater(place)
            if end is not None:
                found[place.topic] = found.get(place.topic, 0) + max(0, end - self._consumer.position(place))
        return found

    def show(self, offsets: Mapping[tuple[str, int], int]) -> None:
        """Tell the brokers how far we are, for those who watch the lag; a failure changes nothing."""
        from_here = {TopicPartition(*place): OffsetAndMetadata(offset) for place, offset in offsets.items()}
        self._consumer.commit_async(from_here)

    def close(self) -> None:
        """Give the connections back."""
        self._consumer.close(autocommit=False)
