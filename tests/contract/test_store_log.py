"""The log: in order, chained, tamper-evident, and safe from two writers."""

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import Connection, text

from incident.domain import events as e
from incident.domain.errors import BadInput, Conflict
from incident.store.uow import Database
from tests.contract.store_sample import NOW, at, opened, story

ID = "INC-2026-0001"


def _append(database: Database, expected: int, *events: e.DomainEvent, stream: str = ID) -> list[e.Entry]:
    with database.unit() as store:
        entries = store.log.append(
            stream, events, actor="system", occurred_at=NOW, recorded_at=at(1), expected=expected
        )
        store.commit()
    return entries


def _tamper(database: Database, change: Callable[[Connection], object]) -> str | None:
    """What ``verify`` says after a change behind the store's back; the change is taken back."""
    with database.unit() as store:
        change(store._connection)  # type: ignore[attr-defined] # the tests' way behind the ports
        return store.log.verify(ID)


def test_entries_come_back_in_order_with_both_times(database: Database) -> None:
    """What was appended is what is read."""
    written = _append(database, 0, opened(ID), e.NoteAdded("一"))
    written += _append(database, 2, e.NoteAdded("二"))
    with database.reading() as store:
        assert store.log.entries(ID) == written
        assert store.log.entries(ID, after=2) == written[2:]
    assert [entry.seq for entry in written] == [1, 2, 3]
    assert (written[0].occurred_at, written[0].recorded_at) == (NOW, at(1))


def test_appending_nothing_changes_nothing(database: Database) -> None:
    """An empty decision leaves no trace."""
    assert _append(database, 0) == []
    with database.reading() as store:
        assert list(store.log.streams()) == []


@pytest.mark.parametrize("expected", [0, 1, 3])
def test_whoever_expects_another_end_is_told_to_load_again(database: Database, expected: int) -> None:
    """Too early, too late, or taken for new."""
    _append(database, 0, opened(ID), e.NoteAdded("x"))
    with pytest.raises(Conflict, match="load it again"):
        _append(database, expected, e.NoteAdded("y"))


def test_what_was_not_committed_did_not_happen(database: Database) -> None:
    """Leaving without commit rolls back."""
    with database.unit() as store:
        story(store)
    with database.reading() as store:
        assert store.log.entries(ID) == []


def test_of_many_writers_at_once_none_overwrites_another(database: Database) -> None:
    """Losers get a Conflict, try again, and in the end every note is there exactly once."""
    _append(database, 0, opened(ID))

    def write(worker: int) -> None:
        for number in range(5):
            while not _try_note(database, f"{worker}.{number}"):
                pass

    workers = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    with database.reading() as store:
        notes = [entry.event.text for entry in store.log.entries(ID) if isinstance(entry.event, e.NoteAdded)]
        assert store.log.verify(ID) is None
    assert sorted(notes) == sorted(f"{worker}.{number}" for worker in range(4) for number in range(5))


def _try_note(database: Database, note: str) -> bool:
    with database.reading() as store:
        expected = store.log.entries(ID)[-1].seq
    try:
        _append(database, expected, e.NoteAdded(note))
    except Conflict:
        return False
    return True


def test_two_who_open_the_same_stream_at_once_do_not_both_win(database: Database) -> None:
    """The first entry is raced for like any other."""
    won: list[bool] = []
    start = threading.Barrier(3)

    def write() -> None:
        start.wait()
        try:
            _append(database, 0, opened(ID))
            won.append(True)
        except Conflict:
            won.append(False)

    workers = [threading.Thread(target=write) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(won) == [False, False, True]


def test_an_untouched_log_verifies(database: Database) -> None:
    """Of an incident and of a stream without one."""
    with database.unit() as store:
        story(store)
        store.log.append("system", [e.NoteAdded("x")], actor="system", occurred_at=NOW, recorded_at=NOW, expected=0)
        store.commit()
    with database.reading() as store:
        assert list(store.log.streams()) == [ID, "system"]
        assert [store.log.verify(stream) for stream in store.log.streams()] == [None, None]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("type", "TaskWaived"),
        ("actor", "person:lI"),
        ("occurred_at", "2026-03-04T05:06:07.890124Z"),
        ("occurred_at", "2026-03-04 05:06:07.890123Z"),
        ("recorded_at", "2026-03-04T05:06:07.890123z"),
        ("body", '{"note":"nothing happened","simulated":false,"task_id":"call-vendor"}'),
        ("hash", "0" * 64),
    ],
)
def test_a_changed_column_is_named(database: Database, column: str, value: str) -> None:
    """Also a time that means the same and is spelled otherwise."""
    with database.unit() as store:
        story(store)
        store.commit()
    sql = text(f"UPDATE log_entries SET {column} = :value WHERE seq = 4")  # noqa: S608 -- column names from above
    said = _tamper(database, lambda connection: connection.execute(sql, {"value": value}))
    kind = value if column == "type" else "TaskDone"
    time = value if column == "occurred_at" else "2026-03-04T05:06:07.890123Z"
    assert said == f"{ID} entry 4 ({kind}, {time}): content does not match its hash"


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("DELETE FROM log_entries WHERE seq = 2", f"{ID}: entry 2 is missing; the next one is 3 (PositionAssumed"),
        ("DELETE FROM log_entries WHERE seq = 1", f"{ID}: entry 1 is missing; the next one is 2 (PlaybookActivated"),
        ("DELETE FROM log_entries WHERE seq = 5", f"{ID}: the chain ends at entry 4, but the log at entry 5"),
        ("DELETE FROM log_entries", f"{ID}: the chain ends at entry 0, but the log at entry 5"),
        ("UPDATE log_entries SET seq = 9 WHERE seq = 5", f"{ID}: entry 5 is missing; the next one is 9 (NoteAdded"),
        ("UPDATE log_streams SET head = 'x'", f"{ID}: the chain ends at entry 5, but the log at entry 5, or with"),
        ("UPDATE incidents SET head = 'x'", f"{ID}: the chain ends at entry 5, but the incident at entry 5, or with"),
        ("UPDATE incidents SET version = 6", f"{ID}: the chain ends at entry 5, but the incident at entry 6"),
    ],
)
def test_a_cut_or_shifted_log_is_found(database: Database, sql: str, said: str) -> None:
    """From the front, the middle, the end, or all of it."""
    with database.unit() as store:
        story(store)
        store.commit()
    assert (_tamper(database, lambda connection: connection.execute(text(sql))) or "").startswith(said)


def test_a_log_taken_away_with_its_own_record_is_missed_by_its_incident(database: Database) -> None:
    """Also when both tables of the log were emptied."""
    with database.unit() as store:
        story(store)
        store.commit()

    def change(connection: Connection) -> None:
        connection.execute(text("DELETE FROM log_entries"))
        connection.execute(text("DELETE FROM log_streams"))

    assert _tamper(database, change) == f"{ID}: the log does not know this stream"
    with database.reading() as store:
        assert ID in list(store.log.streams())


def test_entries_that_changed_places_are_found(database: Database) -> None:
    """The order is part of what is hashed."""
    _append(database, 0, e.NoteAdded("a"), e.NoteAdded("b"))

    def swap(connection: Connection) -> None:
        for old, new in ((1, 8), (2, 1), (8, 2)):
            connection.execute(text("UPDATE log_entries SET seq = :new WHERE seq = :old"), {"old": old, "new": new})

    assert (_tamper(database, swap) or "").startswith(f"{ID} entry 1 (NoteAdded")


def test_an_entry_that_cannot_be_read_is_named(database: Database) -> None:
    """Reading the incident fails with its place, and says what to run."""
    with database.unit() as store:
        story(store)
        store._connection.execute(text("UPDATE log_entries SET body = '{' WHERE seq = 4"))  # type: ignore[attr-defined] # as above
        with pytest.raises(BadInput, match=r"INC-2026-0001 entry 4 \(TaskDone\) can't be read"):
            store.log.entries(ID)
