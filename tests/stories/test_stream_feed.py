"""Signals from Kafka into the database, each exactly once, whatever happens in between; and incidents out."""

from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

from incident.domain.errors import Unavailable
from incident.domain.words import Scenario
from incident.service.intake import dead_row
from incident.stream.feed import Place, SignalFeed
from incident.stream.letters import letter_records, signal_record
from incident.stream.memory import MemoryBroker
from incident.stream.ports import Read, Record
from incident.stream.publish import Publisher
from incident.stream.topics import Names
from tests.contract.test_intake_port import LETTER
from tests.harness import Stage

NAMES = Names("tocsin")
PARTITIONS = {NAMES.signals: 1, NAMES.deadletter: 1}


class Topic:
    """A source that remembers what it was told to read."""

    def __init__(self) -> None:
        self.messages: dict[Place, list[Read]] = {(NAMES.signals, 0): [], (NAMES.deadletter, 0): []}
        self.next: dict[Place, int] = {}

    def put(self, record: Record) -> None:
        """A message arrives."""
        place = (record.topic, 0)
        offset = len(self.messages[place])
        self.messages[place].append(Read(*place, offset, record.key.encode(), record.value, record.headers, 0))

    def assign(self, offsets: Mapping[Place, int]) -> None:
        self.next = {place: max(0, offset) for place, offset in offsets.items()}

    def seek(self, place: Place, offset: int) -> None:
        self.next[place] = max(0, offset)

    def poll(self, wait_s: float) -> list[Read]:
        found = [one for place, at in self.next.items() for one in self.messages[place][at:]]
        self.next = {place: len(self.messages[place]) for place in self.next}
        return found

    def ends(self) -> dict[Place, int]:
        return {place: len(found) for place, found in self.messages.items()}

    def show(self, offsets: Mapping[Place, int]) -> None:
        """Nobody watches."""


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """One installation."""
    return Stage(tmp_path)


def feed_of(stage: Stage, topic: Topic) -> SignalFeed:
    """A node's feed, started."""
    database = stage.system.database
    feed = SignalFeed(
        database.unit, database.reading, stage.system.rules, stage.clock, topic, NAMES, PARTITIONS
    )  # fmt: skip
    feed.start()
    return feed


def test_signals_and_dead_letters_arrive_once(stage: Stage) -> None:
    """A second node that reads the same messages finds the work done."""
    topic = Topic()
    topic.put(signal_record(NAMES.signals, stage.signal()))
    topic.put(letter_records(NAMES.deadletter, [dead_row(LETTER, str)])[0])
    one, other = feed_of(stage, topic), feed_of(stage, Topic())
    assert one.step(0) == 2
    assert other.step(0) == 0
    again = feed_of(stage, topic)
    topic.next = dict.fromkeys(topic.next, 0)
    assert again.step(0) == 2
    stage.system.step()
    assert stage.incident_ids() == ["INC-2026-0001"]
    with stage.system.database.reading() as store:
        assert [row.reason_code for row in store.dead.rows()] == ["not_json"]
        assert len(store.signals.recent()) == 1
        assert store.keys.get("stream.tocsin.signals.0") == "1"


def test_a_node_goes_on_where_the_database_says(stage: Stage) -> None:
    """Not where the last process was when it died."""
    topic = Topic()
    topic.put(signal_record(NAMES.signals, stage.signal("a")))
    feed_of(stage, topic).step(0)
    topic.put(signal_record(NAMES.signals, stage.signal("b", labels={"service": "crm"})))
    late = feed_of(stage, topic)
    assert topic.next[NAMES.signals, 0] == 1
    assert late.step(0) == 1
    assert len(stage.incident_ids()) == 2


def test_poison_is_put_aside_and_the_rest_goes_on(stage: Stage) -> None:
    """With the reason, and without its content."""
    topic = Topic()
    topic.put(signal_record(NAMES.signals, stage.signal("a")))
    topic.put(Record(NAMES.signals, "k", b"not a signal"))
    topic.put(signal_record(NAMES.signals, stage.signal("b", labels={"service": "crm"})))
    assert feed_of(stage, topic).step(0) == 3
    assert len(stage.incident_ids()) == 2
    with stage.system.database.reading() as store:
        (dead,) = store.dead.rows()
        assert (dead.reason_code, dead.index, dead.body) == ("poison", 1, "k")
        assert store.keys.get("stream.tocsin.signals.0") == "3"


def test_a_topic_made_anew_is_read_from_its_beginning(stage: Stage) -> None:
    """Signals known already change nothing."""
    topic = Topic()
    for name in "abc":
        topic.put(signal_record(NAMES.signals, stage.signal(name)))
    feed_of(stage, topic).step(0)
    fresh = Topic()
    fresh.put(signal_record(NAMES.signals, stage.signal("d", labels={"service": "crm"})))
    assert feed_of(stage, fresh).step(0) == 1
    assert len(stage.incident_ids()) == 2


def test_changes_go_out_in_order_and_once(stage: Stage) -> None:
    """What could not be sent is sent next time; of a restricted incident outsiders learn its code name only."""
    broker = MemoryBroker(away=True)
    publisher = Publisher(stage.system.database.unit, broker.send, NAMES.incidents)
    stage.send(stage.signal())
    stage.send(stage.signal("leak", scenario=Scenario.DATA_LEAK, restricted=True, labels={"service": "crm"}))
    with pytest.raises(Unavailable):
        publisher.step()
    broker.away = False
    assert publisher.step() > 2
    assert publisher.step() == 0
    ids = [dict(one.headers)["ce_id"].decode() for one in broker.records if one.key == "INC-2026-0001"]
    assert ids == [f"INC-2026-0001/{number}" for number in range(1, len(ids) + 1)]
    kinds = {dict(one.headers)["ce_type"].decode() for one in broker.records if one.key == "INC-2026-0002"}
    assert kinds == {"tocsin.incident.changed"}
    secret = next(one for one in broker.records if one.key == "INC-2026-0002")
    told = msgspec.json.decode(secret.value)
    assert set(told) == {"incident"}
    assert told["incident"]["scenario"] is None
    assert "leak" not in secret.value.decode()
    stage.ack("INC-2026-0001", "zhou-wei")
    assert publisher.step() >= 1
