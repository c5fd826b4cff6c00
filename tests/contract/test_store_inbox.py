"""The durable inbox and what could not be taken."""

import pytest
from sqlalchemy import text

from incident.domain.errors import NotFound
from incident.service.records import DeadRow
from incident.store.uow import Database
from tests.contract.store_sample import NOW, at, event, signal


def test_what_was_accepted_is_there_in_the_order_it_came(database: Database) -> None:
    """Events and signals alike, until their work is done."""
    items = [event(1), signal("s1"), event(2)]
    with database.unit() as store:
        assert store.inbox.add(items, NOW) == 3
        store.commit()
    with database.unit() as store:
        rows = store.inbox.pending(10)
        assert [row.item for row in rows] == items
        assert {row.received_at for row in rows} == {NOW}
        assert [row.item for row in store.inbox.pending(1)] == items[:1]
        store.inbox.done([row.number for row in rows[:2]])
        assert [row.item for row in store.inbox.pending(10)] == items[2:]
        assert store.inbox.count() == 1


def test_an_event_sent_twice_is_kept_once(database: Database) -> None:
    """In one batch, in the next, and after its work was done; another source's same id is another event."""
    with database.unit() as store:
        assert store.inbox.add([event(1), event(1), event(2)], NOW) == 2
        assert store.inbox.add([event(1), event(3)], NOW) == 1
        store.inbox.done([row.number for row in store.inbox.pending(10)])
        assert store.inbox.add([event(1), event(2)], NOW) == 0
        assert store.inbox.add([event(1, source="pbx/2")], NOW) == 1
        assert store.inbox.add([], NOW) == 0


def test_a_signal_is_kept_each_time(database: Database) -> None:
    """Repeats carry news (it still stands); whoever takes them judges by id."""
    with database.unit() as store:
        assert store.inbox.add([signal("s"), signal("s")], NOW) == 2


def test_a_finished_body_is_erased(database: Database) -> None:
    """It may hold personal data; source and id stay for deduplication."""
    with database.unit() as store:
        store.inbox.add([event(1), signal("s")], NOW)
        store.inbox.done([row.number for row in store.inbox.pending(10)])
        left = store._connection.execute(text("SELECT source, event_id, body FROM inbox")).all()  # type: ignore[attr-defined] # behind the ports
    assert [tuple(row) for row in left] == [("pbx/1", "e1", None)]


def test_only_finished_rows_are_purged(database: Database) -> None:
    """After the retention an event of that name counts as new again."""
    with database.unit() as store:
        store.inbox.add([event(1), event(2)], NOW)
        store.inbox.done([store.inbox.pending(10)[0].number])
        assert store.inbox.purge(NOW) == 0
        assert store.inbox.purge(at(1)) == 1
        assert store.inbox.add([event(1)], NOW) == 1
        assert store.inbox.add([event(2)], NOW) == 0


def test_names_with_odd_characters_do_no_harm(database: Database) -> None:
    """NUL and lone surrogates, which PostgreSQL can't keep."""
    odd = [event(1, source="a\x00b"), event(1, source="a\ud800b")]
    with database.unit() as store:
        assert store.inbox.add(odd, NOW) == 2
        assert store.inbox.add(odd, NOW) == 0
        assert len(store.inbox.pending(10)) == 2


def test_a_row_that_cannot_be_read_holds_up_nobody(database: Database) -> None:
    """It becomes a dead letter with a reason."""
    with database.unit() as store:
        store.inbox.add([event(1), event(2)], NOW)
        store._connection.execute(text("UPDATE inbox SET body = 'e{' WHERE event_id = 'e1'"))  # type: ignore[attr-defined] # behind the ports
        assert [row.item for row in store.inbox.pending(10)] == [event(2)]
        assert [(row.origin, row.reason_code) for row in store.dead.rows()] == [("inbox", "unreadable")]
        assert store.inbox.count() == 1


def _letter(index: int) -> DeadRow:
    return DeadRow(0, "events", index, "bad_time", "no zone\x00", '{"a": 1}', at(index))


def test_dead_letters_are_kept_until_somebody_decides(database: Database) -> None:
    """Newest first; retried and dropped ones are out of the way."""
    with database.unit() as store:
        store.dead.add([_letter(0), _letter(1), _letter(2)])
        store.dead.add([])
        newest = store.dead.rows()
        assert [row.index for row in newest] == [2, 1, 0]
        store.dead.set_state(newest[0].number, "retried")
        store.dead.set_state(newest[1].number, "dropped")
        assert [row.index for row in store.dead.rows()] == [0]
        assert store.dead.count() == 1
        retried = store.dead.get(newest[0].number)
        assert (retried.state, retried.attempts, retried.received_at) == ("retried", 1, at(2))


def test_an_unknown_dead_letter_is_not_found(database: Database) -> None:
    """Neither to read nor to change."""
    with database.unit() as store:
        with pytest.raises(NotFound):
            store.dead.get(7)
        with pytest.raises(NotFound):
            store.dead.set_state(7, "dropped")


def test_detectors_find_their_memory_again(database: Database) -> None:
    """Replaced by name; an empty state is forgotten."""
    with database.unit() as store:
        store.detectors.save({("asr", "hz"): b"\x00\x01", ("asr", "sh"): b"2"})
        store.detectors.save({("asr", "hz"): b"\xff", ("asr", "sh"): b""})
        store.detectors.save({})
        assert store.detectors.load() == {("asr", "hz"): b"\xff"}
