"""Any single byte of a log entry, changed in the SQLite file behind everybody's back, is found."""

import sqlite3
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from incident.store.uow import Database
from tests.contract.store_sample import story
from tests.fixtures.sqlite import lay_database

COLUMNS = ("stream", "seq", "type", "actor", "occurred_at", "recorded_at", "body", "hash")
ID = "INC-2026-0001"


@pytest.fixture
def told(tmp_path: Path) -> Path:
    """A file with one incident of five entries."""
    path = tmp_path / "told.db"
    lay_database(path)
    database = Database(f"sqlite:///{path}")
    with database.unit() as store:
        story(store)
        store.commit()
    database.close()
    return path


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(COLUMNS), st.integers(1, 5), st.floats(0, 1, exclude_max=True), st.integers(1, 255))
def test_a_changed_byte_anywhere_is_found_and_its_entry_named(
    told: Path, column: str, seq: int, place: float, flip: int
) -> None:
    """Whatever byte becomes whatever other byte, valid UTF-8 or not."""
    database = Database(f"sqlite:///{told}")
    with database.unit() as store:
        raw: sqlite3.Connection = store._connection.connection.driver_connection  # type: ignore[attr-defined] # behind the ports
        raw.execute("PRAGMA defer_foreign_keys = ON")
        (old,) = raw.execute(f"SELECT CAST({column} AS BLOB) FROM log_entries WHERE seq = ?", (seq,)).fetchone()  # noqa: S608 -- from COLUMNS
        index = int(place * len(old))
        new = old[:index] + bytes([old[index] ^ flip]) + old[index + 1 :]
        try:
            raw.execute(f"UPDATE log_entries SET {column} = CAST(? AS TEXT) WHERE seq = ?", (new, seq))  # noqa: S608 -- from COLUMNS
        except sqlite3.IntegrityError:
            reject()  # the database itself refuses a second entry with that number
        (kept,) = raw.execute("SELECT count(*) FROM log_entries WHERE stream = ? AND seq = ?", (ID, seq)).fetchone()
        said = store.log.verify(ID)
    database.close()
    assert said is not None
    assert not kept or f"{ID} entry {seq} (" in said


def test_a_text_that_is_now_a_blob_of_the_same_bytes_changes_nothing_that_is_hashed(told: Path) -> None:
    """Only content counts, not how SQLite tags it."""
    database = Database(f"sqlite:///{told}")
    with database.unit() as store:
        store._connection.exec_driver_sql("UPDATE log_entries SET body = CAST(body AS BLOB) WHERE seq = 2")  # type: ignore[attr-defined] # behind the ports
        assert store.log.verify(ID) is None
    database.close()
