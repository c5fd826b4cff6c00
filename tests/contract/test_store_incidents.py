"""Incidents as they stand, beside their log."""

import threading
from dataclasses import replace

import pytest
from sqlalchemy import delete, text, update

from incident.domain import events as e
from incident.domain.errors import Conflict, NotFound
from incident.domain.incident import fold
from incident.store.codec import encode_fast
from incident.store.tables import incidents
from incident.store.uow import Database
from tests.contract.store_sample import NOW, at, opened, record, story

ID = "INC-2026-0001"


def test_numbers_count_up_per_year_and_kind(database: Database) -> None:
    """Real ones and drills apart."""
    with database.unit() as store:
        numbers = [store.incidents.new_id(NOW, drill=drill) for drill in (False, False, True)]
        numbers.append(store.incidents.new_id(NOW.replace(year=2027), drill=False))
    assert numbers == ["INC-2026-0001", "INC-2026-0002", "DRL-2026-0001", "INC-2027-0001"]


def test_numbers_taken_at_the_same_time_differ(database: Database) -> None:
    """Four threads, five each: twenty numbers without a gap."""
    taken: list[str] = []

    def take() -> None:
        for _ in range(5):
            with database.unit() as store:
                taken.append(store.incidents.new_id(NOW, drill=False))
                store.commit()

    workers = [threading.Thread(target=take) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(taken) == [f"INC-2026-{number:04d}" for number in range(1, 21)]


def test_the_kept_state_is_the_fold_of_the_log(database: Database) -> None:
    """Nothing is lost between the snapshot and back, and the caller may change what it got."""
    with database.unit() as store:
        told = story(store)
        store.commit()
    with database.reading() as store:
        first, second = store.incidents.get(ID), store.incidents.get(ID)
        assert first == told == fold(store.log.entries(ID))
    first.labels["service"] = "changed"
    assert second == told


@pytest.mark.parametrize(
    "change", ["level = 4", "audience = '[\"mallory\"]'", "title_en = 'All is well'", "restricted = NOT restricted"]
)
def test_a_list_column_changed_behind_the_log_is_found(database: Database, change: str) -> None:
    """What everybody sees in the list must be what the log gives, or the chain proves nothing to them."""
    with database.unit() as store:
        story(store)
        assert store.incidents.verify(ID) is None
        connection = store._connection  # type: ignore[attr-defined] # the tests' way behind the ports
        connection.execute(text(f"UPDATE incidents SET {change}"))  # noqa: S608 - the test's own words
        found = store.incidents.verify(ID)
    assert found is not None
    assert change.split(maxsplit=1)[0] in found


def test_a_state_changed_behind_the_log_is_found(database: Database) -> None:
    """One byte of it, or all of it gone."""
    with database.unit() as store:
        told = story(store)
        connection = store._connection  # type: ignore[attr-defined] # the tests' way behind the ports
        connection.execute(update(incidents).values(state=encode_fast(replace(told, commander="mallory"))))
        changed = store.incidents.verify(ID)
        connection.execute(delete(incidents))
        gone = store.incidents.verify(ID)
    assert (changed, gone) == (
        f"{ID}: the state kept beside the log is not what the log gives",
        f"{ID}: the state kept beside the log is missing",
    )


def test_entries_after_the_snapshot_are_folded_in(database: Database) -> None:
    """A snapshot may lag behind."""
    with database.unit() as store:
        told = story(store)
        store.log.append(ID, [e.FactSet("a", "b")], actor="x", occurred_at=NOW, recorded_at=NOW, expected=told.version)
        store.commit()
    with database.reading() as store:
        assert store.incidents.get(ID).facts == {"a": "b"}
        assert store.incidents.get(ID).version == told.version + 1


@pytest.mark.parametrize("damage", ["state = '{'", "state = '{\"title\": 5}'", "shape = 'older', state = '{}'"])
def test_a_snapshot_of_another_form_is_rebuilt_from_the_log(database: Database, damage: str) -> None:
    """After an upgrade, or when the snapshot was damaged."""
    with database.unit() as store:
        told = story(store)
        store._connection.execute(text(f"UPDATE incidents SET {damage}"))  # type: ignore[attr-defined] # noqa: S608 -- behind the ports
        assert store.incidents.get(ID) == told


def test_an_unknown_incident_is_not_found(database: Database) -> None:
    """With its number in the message."""
    with database.reading() as store, pytest.raises(NotFound, match="INC-2026-0009"):
        store.incidents.get("INC-2026-0009")
    with database.unit() as store, pytest.raises(NotFound):
        store.incidents.set_due("INC-2026-0009", NOW)


def test_an_older_state_does_not_replace_a_newer_one(database: Database) -> None:
    """Even without the log's own guard."""
    with database.unit() as store:
        old = story(store)
        record(store, ID, e.NoteAdded("later"))
        with pytest.raises(Conflict):
            store.incidents.save(old, due_at=None, head="", updated_at=NOW)


def test_due_ones_are_found_the_longest_due_first(database: Database) -> None:
    """And those that wait for nothing never."""
    with database.unit() as store:
        for number, due in enumerate((3, 1, None, 5), 1):
            record(store, f"INC-2026-000{number}", opened(f"INC-2026-000{number}"), due=due)
        assert store.incidents.due(at(3), 10) == ["INC-2026-0002", "INC-2026-0001"]
        assert store.incidents.due(at(3), 1) == ["INC-2026-0002"]
        assert store.incidents.next_due() == at(1)
        store.incidents.set_due("INC-2026-0002", None)
        store.incidents.set_due("INC-2026-0003", at(2))
        assert store.incidents.due(at(3), 10) == ["INC-2026-0003", "INC-2026-0001"]


def test_nothing_is_due_in_an_empty_database(database: Database) -> None:
    """No time at all."""
    with database.reading() as store:
        assert store.incidents.next_due() is None
        assert store.incidents.due(NOW, 10) == []


def test_open_facts_tell_what_correlation_needs(database: Database) -> None:
    """Oldest first; ended ones are left out; by hand or with a standing signal it is active."""
    with database.unit() as store:
        joined = e.SignalsJoined(("s",), "new", "r", opened(ID).title, opened(ID).impact, opened(ID).urgency)
        record(store, "INC-2026-0001", opened("INC-2026-0001"), minutes=2)
        record(store, "INC-2026-0002", opened("INC-2026-0002"), joined, e.SignalsCleared(("s",)), minutes=1)
        record(store, "INC-2026-0003", opened("INC-2026-0003"), e.IncidentEnded("wang"))
        record(store, "DRL-2026-0001", opened("DRL-2026-0001", drill="d1"), joined, e.IncidentResolved(), minutes=3)
        facts = store.incidents.open_facts()
    assert [(f.id, f.active, f.resolved, f.drill) for f in facts] == [
        ("INC-2026-0002", False, False, None),
        ("INC-2026-0001", True, False, None),
        ("DRL-2026-0001", True, True, "d1"),
    ]
    assert (facts[0].service, facts[0].site, facts[0].opened_at) == ("ivr", "hz", at(1))
    assert facts[0].correlation_key == "service=ivr"


def test_the_list_is_newest_first_and_can_be_narrowed(database: Database) -> None:
    """By status, by drill or real, to open ones, to so many."""
    with database.unit() as store:
        record(store, "INC-2026-0001", opened("INC-2026-0001"), e.IncidentEnded("wang"))
        record(store, "INC-2026-0002", opened("INC-2026-0002", reported_by="li"), minutes=1)
        record(store, "DRL-2026-0001", opened("DRL-2026-0001", drill="d1"), minutes=2)
        rows = store.incidents.rows

        assert [r.id for r in rows()] == ["DRL-2026-0001", "INC-2026-0002", "INC-2026-0001"]
        assert [r.id for r in rows(status="ended")] == ["INC-2026-0001"]
        assert [r.id for r in rows(drill=True)] == ["DRL-2026-0001"]
        assert [r.id for r in rows(drill=False, open_only=True)] == ["INC-2026-0002"]
        assert [r.id for r in rows(limit=1)] == ["DRL-2026-0001"]
        line = rows(status="ended")[0]
        assert (line.title_zh, line.ended_at, line.level, line.restricted) == ("热线中断", NOW, 1, False)
        assert rows()[1].audience == ("li",)


def test_a_line_of_the_list_has_the_newest_state(database: Database) -> None:
    """Level and status follow the log."""
    with database.unit() as store:
        record(store, ID, opened(ID))
        record(store, ID, e.IncidentAcknowledged("wang", "sms"), minutes=4)
        (line,) = store.incidents.rows()
    assert (line.status, line.updated_at) == ("acknowledged", at(4))
    assert replace(line, status="x").status == "x"
