"""A fact that can't be worked on is put aside with its reason; the others go on."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from incident.domain.errors import Unavailable
from incident.domain.opinion import Opinion
from incident.domain.signal import Signal
from incident.intake.event import Event
from incident.intake.wire import item_from_bytes
from incident.service.engine import Engine
from incident.service.ports import Store, UnitOfWork
from tests.harness import Stage


class Picky:
    """Detectors that fall over one event, as a bug would make them; or lose the database for a moment."""

    def __init__(self, error: Exception) -> None:
        self.error: Exception | None = error
        self.seen: list[str] = []

    def hears(self, event_type: str) -> bool:
        """Everything."""
        return True

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


def test_what_was_poison_is_worked_on_once_more_when_somebody_has_mended_the_cause(tmp_path: Path) -> None:
    """Whole, as the fact it was, once; meanwhile the same fact sent again is still the same fact."""
    stage = Stage(tmp_path)
    bad = Event(id="bad", source="test", type="x.y", time=stage.clock.now().timestamp(), data={"a": [1, "中"]})
    stage.system.intake.accept([bad], (), stage.clock.now())
    source = Picky(ValueError("a bug"))
    engine(stage, source).step()
    [dead] = stage.system.views.dead_letters()
    assert item_from_bytes(dead.item) == bad
    assert stage.system.intake.accept([bad], (), stage.clock.now()).duplicates == 1

    source.error = None
    with stage.system.database.unit() as store:
        store.inbox.again(item_from_bytes(dead.item), stage.clock.now())
        store.dead.set_state(dead.number, "retried")
        store.commit()
    engine(stage, source).step()

    assert source.seen == ["bad"]
    assert stage.system.views.dead_letters() == []
    assert stage.system.intake.accept([bad], (), stage.clock.now()).duplicates == 1


def test_what_the_detectors_saw_in_vain_they_have_not_seen(tmp_path: Path) -> None:
    """The database went away in the middle, and is still away when the rollback is noticed: nothing is remembered."""
    stage = Stage(tmp_path)
    source = Forgetful()
    database = stage.system.database
    away = Away(database.unit)
    work = Engine(away.unit, database.reading, stage.system.rules, source, stage.clock)
    work.step()
    assert source.restored == 1
    for number, items in enumerate(([stage.event("x.y")], []), start=2):
        stage.system.intake.accept(items, (), stage.clock.now())
        away.gone, source.due = True, stage.clock.now().timestamp()
        with pytest.raises(Unavailable):
            work.step()
        away.gone = False
        work.step()
        assert source.restored == number
        source.due = None


class Forgetful(Picky):
    """Counts how often it was given its memory anew."""

    def __init__(self) -> None:
        super().__init__(ValueError("unused"))
        self.error = None
        self.restored = 0
        self.due: float | None = None

    def next_due(self, now: float) -> float | None:
        return self.due

    def restore(self, states: Mapping[tuple[str, str], bytes]) -> tuple[str, ...]:
        self.restored += 1
        return ()


class Away:
    """A database that takes everything but the commit."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self.gone = False

    @contextmanager
    def unit(self) -> Iterator[Store]:
        with self._unit() as store:
            yield store if not self.gone else _Refusing(store)  # type: ignore[misc] # delegates everything else


class _Refusing:
    def __init__(self, store: Store) -> None:
        self._store = store

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def commit(self) -> None:
        raise Unavailable("the database is away")
