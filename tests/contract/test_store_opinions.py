"""What people think of signals, and which rules told how much."""

import json
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import create_engine, text

from incident.domain.opinion import Opinion, Usefulness
from incident.domain.signal import SignalState
from incident.store.codec import encode_signal
from incident.store.migrate import alembic_config
from incident.store.schema import MIGRATIONS
from incident.store.uow import Database
from tests.contract.store_sample import NOW, at, signal, stored

NO, YES = Usefulness.NOT_USEFUL, Usefulness.USEFUL


def test_an_opinion_replaces_an_earlier_one_and_can_be_taken_back(database: Database) -> None:
    """One row per signal and person; every change moves the mark."""
    first, later = Opinion("slow", "a", "li", NOW, NO, "web"), Opinion("slow", "a", "li", at(1), YES, "slack")
    other = Opinion("slow", "a", "wang", at(2), NO, "cli")
    with database.unit() as store:
        marks = [store.opinions.mark()]
        store.opinions.put(first)
        marks.append(store.opinions.mark())
        store.opinions.put(later)
        marks.append(store.opinions.mark())
        store.opinions.put(other)
        assert store.opinions.rows() == [later, other]
        assert store.opinions.remove("a", "li")
        assert not store.opinions.remove("a", "li")
        assert store.opinions.rows() == [other]
        marks.append(store.opinions.mark())
        assert len(set(marks)) == 4
        assert store.opinions.purge(at(2)) == 0
        assert store.opinions.purge(at(3)) == 1
        assert store.opinions.rows() == []


def test_what_real_rules_told_is_listed(database: Database) -> None:
    """Since a time, oldest first; signals of drills count nowhere."""
    with database.unit() as store:
        store.signals.save([
            stored("b", first_at=at(2), incident_id="I"), stored("a", first_at=at(1)), stored("old", first_at=at(-9)),
            stored("drill", signal=signal("drill", drill="d1")),
        ])  # fmt: skip
        assert store.signals.told(at(-1)) == [("asr-low", at(1), None), ("asr-low", at(2), "I")]


@pytest.mark.parametrize("drill", [None, "d1"])
def test_signals_of_the_first_version_get_their_rule(tmp_path: Path, drill: str | None) -> None:
    """The upgrade from 0001 fills the new columns from the bodies."""
    path = tmp_path / "old.db"
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        command.upgrade(alembic_config(connection, MIGRATIONS), "0001")
        body = encode_signal(signal("a", drill=drill, state=SignalState.RAISED))
        assert json.loads(body)["rule"] == "asr-low"
        connection.execute(
            text(
                "INSERT INTO signals (id, series, state, suppressed, suppressed_detail, first_at, last_at, body)"
                " VALUES ('a', 'a', 'raised', '', '', :at, :at, :body)"
            ),
            {"at": "2026-03-04T05:06:07.890123Z", "body": body},
        )
    engine.dispose()
    database = Database(f"sqlite:///{path}")
    database.upgrade()
    with database.reading() as store:
        assert store.signals.told(at(-1)) == ([("asr-low", NOW, None)] if drill is None else [])
        assert store.signals.get(["a"])["a"].signal.drill == drill
    database.close()
