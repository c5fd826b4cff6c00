"""What every place that keeps items must do. A new one joins by adding a maker to ``MAKERS``."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from incident.domain.errors import BadInput
from incident.domain.signal import Contributor, Evidence, Signal, SignalState
from incident.domain.words import Degree, Scenario, Text
from incident.intake.event import Event
from incident.intake.memory import MemoryIntake
from incident.intake.ports import IntakePort
from incident.intake.results import Item
from incident.intake.wire import dedupe_key, item_from_bytes, item_to_bytes

MOMENT = datetime(2026, 3, 2, 2, 15, tzinfo=UTC)
MAKERS: dict[str, Callable[[], IntakePort]] = {"memory": MemoryIntake}
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


@pytest.fixture(params=sorted(MAKERS))
def port(request: pytest.FixtureRequest) -> IntakePort:
    """Each kind of port in turn."""
    return MAKERS[request.param]()


def test_a_repeat_changes_nothing(port: IntakePort) -> None:
    """The same delivery twice, within a call or over several, is kept once."""
    assert port.accept([EVENT, SIGNAL, EVENT], [], MOMENT).new == 2
    again = port.accept([EVENT, SIGNAL], [], MOMENT)
    assert (again.new, again.duplicates) == (0, 2)


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
