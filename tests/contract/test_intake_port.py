"""What every place that keeps items must do. A new one joins by adding a maker to ``MAKERS``."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import pytest

from config.settings import load_settings
from config.streamside import Stream, StreamSide
from incident.domain.errors import BadInput, Unavailable
from incident.domain.signal import Contributor, Evidence, Signal, SignalState
from incident.domain.words import Degree, Scenario, Text
from incident.intake.event import Event
from incident.intake.memory import MemoryIntake
from incident.intake.ports import DeadLetter, IntakePort
from incident.intake.results import Item, Reason
from incident.intake.wire import dedupe_key, item_from_bytes, item_to_bytes
from incident.service.intake import Intake
from incident.store.uow import Database
from incident.stream.intake import StreamIntake
from incident.stream.memory import MemoryBroker
from incident.stream.topics import Names
from tests.fixtures.kafka import Cluster, sockets_collected

MOMENT = datetime(2026, 3, 2, 2, 15, tzinfo=UTC)
EVENT = Event(id="1", source="acd", type="a.b", time=1.5, data={"深": [1, {"x": None}]}, drill="d-1")
SIGNAL = Signal(
    id="alertmanager:ab@1",
    rule="Down",
    scenario=Scenario.DATA_LEAK,
    state=SignalState.RAISED,
    at=MOMENT,
    title=Text(zh="宕机", en="Down"),
    labels={"service": "crm"},
    group_by=("service",),
    impact=Degree.HIGH,
    evidence=Evidence(since=MOMENT, window=((1.0, 2.0),), contributors=(Contributor("q", 0.5),), samples=("***",)),
    restricted=True,
    ends_at=MOMENT + timedelta(minutes=5),
)


LETTER = DeadLetter("events", "acd", 0, Reason.NOT_JSON, "Not valid JSON", b"{", MOMENT)


@contextmanager
def _database() -> Iterator[IntakePort]:
    with TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/tocsin.db")
        database.upgrade()
        yield Intake(database.unit, str)
        database.close()


@contextmanager
def _stream() -> Iterator[IntakePort]:
    intake = StreamIntake(MemoryBroker().send, Names("tocsin"), 8, lambda event: event.source, str, linger_s=0)
    yield intake
    intake.close()


@contextmanager
def _memory() -> Iterator[IntakePort]:
    yield MemoryIntake()


@contextmanager
def _kafka(cluster: Cluster, data: Path) -> Iterator[IntakePort]:
    brokers = {"brokers": cluster.addresses, "prefix": f"t{uuid4().hex}"}
    settings = load_settings(None, stream=brokers, data=data)
    with sockets_collected():
        side = StreamSide.of(settings, Stream.connect(settings), "serve")
        yield side.intake(lambda event: event.source)
        side.close()


MAKERS: dict[str, Callable[[], AbstractContextManager[IntakePort]]] = {
    "memory": _memory, "database": _database, "stream": _stream,
}  # fmt: skip


@pytest.fixture(params=[*MAKERS, pytest.param("kafka", marks=pytest.mark.integration)])
def port(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[IntakePort]:
    """Each kind of port in turn."""
    real = request.param == "kafka"
    with _kafka(request.getfixturevalue("kafka"), tmp_path) if real else MAKERS[request.param]() as made:
        yield made


def test_a_repeat_changes_nothing(port: IntakePort) -> None:
    """The same delivery twice, within a call or over several, is kept once."""
    assert port.accept([EVENT, EVENT], [LETTER], MOMENT).new == 1
    again = port.accept([EVENT], [], MOMENT)
    assert (again.new, again.duplicates) == (0, 1)


def test_events_verdicts_and_rejected_items_are_taken_together(port: IntakePort) -> None:
    """A call with nothing in it is fine too."""
    assert port.accept([EVENT, SIGNAL], [LETTER, LETTER], MOMENT).new == 2
    assert port.accept([], [], MOMENT).new == 0
    assert port.accept([], [LETTER], MOMENT).new == 0


def test_many_at_once_are_all_kept(port: IntakePort) -> None:
    """More than fit one message or one statement."""
    many = [Event(id=str(n), source=f"s{n % 7}", type="a.b", time=1.5, data={"text": "深" * 200}) for n in range(3000)]
    assert port.accept(many, [], MOMENT).new == 3000


@pytest.mark.parametrize("item", [EVENT, SIGNAL])
def test_an_item_comes_back_from_bytes_as_it_was(item: Item) -> None:
    """Types, times and texts included."""
    assert item_from_bytes(item_to_bytes(item)) == item


@pytest.mark.parametrize("raw", [b"", b"{}", b'{"event":{}}', b"\xff", b"[" * 100_000])
def test_bytes_that_are_no_item_are_refused(raw: bytes) -> None:
    """With an error that names nothing of their content."""
    with pytest.raises(BadInput):
        item_from_bytes(raw)


def test_events_of_a_drill_and_of_reality_are_never_the_same() -> None:
    """A rehearsal must not swallow the real event that looks like it."""
    real = Event(id="1", source="acd", type="a.b", time=1.5)
    assert dedupe_key(real) != dedupe_key(EVENT)


def test_what_brokers_did_not_confirm_is_refused_and_not_remembered() -> None:
    """The caller sends it again, and then it counts."""
    broker = MemoryBroker(away=True)
    intake = StreamIntake(broker.send, Names("tocsin"), 8, lambda event: event.source, str, linger_s=0)
    with pytest.raises(Unavailable):
        intake.accept([EVENT], [], MOMENT)
    broker.away = False
    assert intake.accept([EVENT], [], MOMENT).new == 1
    intake.close()
    with pytest.raises(Unavailable):
        intake.accept([SIGNAL], [], MOMENT)
