"""A fact that can't be worked on is put aside with its reason; the others go on."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from incident.domain.errors import Unavailable
from incident.domain.opinion import Opinion
from incident.domain.signal import Signal
from incident.intake.event import Event
from incident.service.engine import Engine
from tests.harness import Stage


class Picky:
    """Detectors that fall over one event, as a bug would make them; or lose the database for a moment."""

    def __init__(self, error: Exception) -> None:
        self.error: Exception | None = error
        self.seen: list[str] = []

    def observe(self, events: Sequence[Event], now: float) -> list[Signal]:
        """Raise for the event named bad."""
        if self.error is not None and any(event.id == "bad" for event in events):
            raise self.error
        self.seen += [event.id for event in events]
        return []

    def tick(self, now: float) -> list[Signal]:
        """Nothing to say."""
        return []

    def next_due(self, now: float) -> float | None:
        """Never."""
        return None

    def changed(self) -> dict[tuple[str, str], bytes]:
        """Nothing."""
        return {}

    def restore(self, states: Mapping[tuple[str, str], bytes]) -> tuple[str, ...]:
        """Nothing to read."""
        return ()

    def heed(self, opinions: Sequence[Opinion], now: float) -> None:
        """Nothing to change."""


def engine(stage: Stage, source: Picky) -> Engine:
    """An engine on the stage's database with these detectors."""
    database = stage.system.database
    return Engine(database.unit, database.reading, stage.system.rules, source, stage.clock)


@pytest.mark.parametrize("others", [0, 3])
def test_poison_becomes_a_dead_letter_and_the_rest_goes_on(tmp_path: Path, others: int) -> None:
    """Alone in the inbox or among others, once or after a restart: it never stops the engine."""
    stage = Stage(tmp_path)
    good = [stage.event("x.y") for _ in range(others)]
    bad = Event(id="bad", source="test", type="x.y", time=stage.clock.now().timestamp())
    stage.system.intake.accept([*good, bad], (), stage.clock.now())
    source = Picky(ValueError("a bug"))

    engine(stage, source).step()

    assert source.seen == [event.id for event in good]
    [dead] = stage.system.views.dead_letters()
    assert (dead.reason_code, dead.origin) == ("poison", "engine")


def test_a_database_that_is_away_buries_nothing(tmp_path: Path) -> None:
    """What fails because the database was away is worked on when it is back."""
    stage = Stage(tmp_path)
    bad = Event(id="bad", source="test", type="x.y", time=stage.clock.now().timestamp())
    stage.system.intake.accept([bad], (), stage.clock.now())
    source = Picky(Unavailable("the database is away"))
    work = engine(stage, source)

    with pytest.raises(Unavailable):
        work.step()
    source.error = None
    work.step()

    assert source.seen == ["bad"]
    assert stage.system.views.dead_letters() == []
