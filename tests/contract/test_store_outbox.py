"""What is to go out: claimed once, in the right order, newest first per key."""

import threading
from dataclasses import replace

import pytest

from incident.domain.errors import NotFound
from incident.service.ports import Store
from incident.store.uow import Database
from tests.contract.store_sample import NOW, at, outgoing


def _claim(store: Store, minutes: float = 0, worker: str = "w1", limit: int = 10) -> list[str]:
    return [row.id for row in store.outbox.claim(at(minutes), 60, worker, limit)]


def test_a_row_comes_back_as_it_was(database: Database) -> None:
    """All fields, nested ones too."""
    row = outgoing("a", payload={"x": [1, {"y": "中"}], "none": None}, last_reason="r", attempts=2)
    with database.unit() as store:
        store.outbox.add([row])
        store.outbox.add([])
        assert store.outbox.get("a") == row
        with pytest.raises(NotFound):
            store.outbox.get("b")


def test_the_gravest_goes_first_then_the_longest_due(database: Database) -> None:
    """And what is not due waits."""
    rows = [
        outgoing("later", level=1, due_at=at(9)),
        outgoing("minor", level=4, due_at=at(-9)),
        outgoing("grave", level=1, due_at=at(0)),
        outgoing("graver", level=1, due_at=at(-1)),
    ]
    with database.unit() as store:
        store.outbox.add(rows)
        assert _claim(store, limit=2) == ["graver", "grave"]
        assert _claim(store) == ["minor"]
        assert _claim(store) == []


def test_a_claimed_row_is_leased(database: Database) -> None:
    """Nobody else gets it until the lease runs out; then the first holder has lost it."""
    with database.unit() as store:
        store.outbox.add([outgoing("a")])
        (row,) = store.outbox.claim(NOW, 60, "w1", 10)
        assert (row.state, row.lease_token) == ("sending", "w1")
        assert store.outbox.get("a") == row
        assert _claim(store, worker="w2") == []
        assert store.outbox.extend(NOW, 0, "w1") == 1  # as if its time had come
        assert store.outbox.claim(NOW, 60, "w2", 10, orphans=False) == []
        assert _claim(store, worker="w2") == ["a"]
        assert store.outbox.extend(NOW, 60, "w1") == 0
        assert not store.outbox.finish("a", "w1", state="sent")
        assert not store.outbox.again("a", "w1", due_at=NOW, contact_index=1, attempts=1, reason="x")
        assert store.outbox.finish("a", "w2", state="sent", ref="r1")
        assert not store.outbox.finish("a", "w2", state="failed")
        assert store.outbox.get("a").state == "sent"


def test_leases_run_by_one_clock(database: Database) -> None:
    """A node whose clock is a year fast takes nothing from those that are right, where there are several nodes."""
    with database.unit() as store:
        store.outbox.add([outgoing("a")])
        _claim(store)
        fast = store.outbox.claim(at(500_000), 60, "w2", 10)
    assert fast == [] or database.name.endswith(".db")


def test_a_failed_try_comes_again(database: Database) -> None:
    """With the next contact, at its time."""
    with database.unit() as store:
        store.outbox.add([outgoing("a")])
        _claim(store)
        assert store.outbox.again("a", "w1", due_at=at(2), contact_index=1, attempts=1, reason="busy", ref="r0")
        row = store.outbox.get("a")
        assert (row.state, row.due_at, row.contact_index, row.attempts) == ("pending", at(2), 1, 1)
        assert (row.last_reason, row.ref, row.lease_token, row.lease_until) == ("busy", "r0", "", None)
        assert _claim(store, minutes=1) == []
        assert _claim(store, minutes=2) == ["a"]


def test_a_newer_row_replaces_a_pending_one_of_its_key(database: Database) -> None:
    """Keeping the receipt to edit in place, unless it brings its own; also within one batch."""
    with database.unit() as store:
        store.outbox.add([outgoing("b1", key="board", ref="r1"), outgoing("b2", key="board", level=1)])
        assert [(row.id, row.ref, row.level) for row in store.outbox.rows()] == [("b2", "r1", 1)]
        store.outbox.add([outgoing("b3", key="board", ref="r2")])
        assert [(row.id, row.ref) for row in store.outbox.rows()] == [("b3", "r2")]


def test_a_row_waits_while_one_of_its_key_is_being_sent(database: Database) -> None:
    """Two versions of the board never overtake each other."""
    with database.unit() as store:
        store.outbox.add([outgoing("b1", key="board")])
        assert _claim(store) == ["b1"]
        store.outbox.add([outgoing("b2", key="board", level=1), outgoing("x", level=4)])
        assert _claim(store, worker="w2") == ["x"]
        store.outbox.finish("b1", "w1", state="sent", ref="r1")
        assert store.outbox.last_ref("board") == "r1"
        assert _claim(store, worker="w2") == ["b2"]


def test_a_try_that_failed_gives_way_to_a_newer_row(database: Database) -> None:
    """It is cancelled as superseded, and hands over its receipt."""
    with database.unit() as store:
        store.outbox.add([outgoing("b1", key="board", ref="r1")])
        _claim(store)
        store.outbox.add([outgoing("b2", key="board")])
        assert store.outbox.again("b1", "w1", due_at=at(1), contact_index=0, attempts=1, reason="busy")
        old, new = store.outbox.get("b1"), store.outbox.get("b2")
        assert (old.state, old.last_reason) == ("cancelled", "superseded")
        assert (new.state, new.ref) == ("pending", "r1")


def test_the_newest_receipt_of_a_key_is_remembered(database: Database) -> None:
    """Rows that were sent without one, or not sent, don't count."""
    with database.unit() as store:
        for name, state, ref in (("a", "sent", "r1"), ("b", "sent", "r2"), ("c", "sent", ""), ("d", "failed", "r4")):
            store.outbox.add([outgoing(name, key="board")])
            _claim(store)
            store.outbox.finish(name, "w1", state=state, ref=ref)
        assert store.outbox.last_ref("board") == "r2"
        assert store.outbox.last_ref("other") == ""


def test_cancelled_pages_are_not_sent(database: Database) -> None:
    """One that is being sent is left to finish."""
    with database.unit() as store:
        store.outbox.add([outgoing("a", level=1), outgoing("b"), outgoing("c")])
        assert _claim(store, limit=1) == ["a"]
        store.outbox.cancel_pages(["p-a", "p-b", "p-unknown"])
        assert _claim(store) == ["c"]
        assert store.outbox.counts() == {"sending": 2, "cancelled": 1}


def test_a_drills_messages_are_cancelled_and_real_ones_never(database: Database) -> None:
    """By incident, and marked as drill."""
    rows = [
        outgoing("drill", drill=True, incident_id="DRL-2026-0001"),
        outgoing("real", incident_id="DRL-2026-0001"),
        outgoing("other", drill=True, incident_id="DRL-2026-0002"),
    ]
    with database.unit() as store:
        store.outbox.add(rows)
        assert store.outbox.cancel_drill(["DRL-2026-0001"]) == 1
        assert sorted(_claim(store)) == ["other", "real"]
        assert store.outbox.cancel_drill([]) == 0


def test_the_next_time_to_look_is_known(database: Database) -> None:
    """The earliest due row, or the end of a lease."""
    with database.unit() as store:
        assert store.outbox.next_due() is None
        store.outbox.add([outgoing("a"), outgoing("b", due_at=at(5))])
        assert store.outbox.next_due() == NOW
        (row,) = store.outbox.claim(NOW, 60, "w1", 10)
        assert store.outbox.next_due() in {row.lease_until, at(5)}
        store.outbox.finish("a", "w1", state="sent")
        assert store.outbox.next_due() == at(5)


def test_delivered_pages_of_an_incident_are_found_for_editing(database: Database) -> None:
    """Only pages, only sent ones, only of that incident."""
    rows = [
        outgoing("a"),
        outgoing("b", kind="notice"),
        outgoing("c", incident_id="INC-2026-0002"),
        outgoing("d", due_at=at(9)),
    ]
    with database.unit() as store:
        store.outbox.add(rows)
        for name in _claim(store):
            store.outbox.finish(name, "w1", state="sent", ref=f"r-{name}")
        assert [(row.id, row.ref) for row in store.outbox.sent_pages("INC-2026-0001")] == [("a", "r-a")]
        assert [row.id for row in store.outbox.rows(incident_id="INC-2026-0001")] == ["d", "b", "a"]
        assert [row.id for row in store.outbox.rows(limit=1)] == ["d"]
        assert store.outbox.purge(at(1)) == 3
        assert [row.id for row in store.outbox.rows()] == ["d"]


def test_of_many_workers_none_gets_a_row_another_has(database: Database) -> None:
    """Every row is claimed exactly once, whoever is faster."""
    names = [f"m{number:03d}" for number in range(60)]
    with database.unit() as store:
        store.outbox.add([outgoing(name) for name in names])
        store.commit()
    claimed: list[str] = []

    def work(token: str) -> None:
        while True:
            with database.unit() as store:
                rows = store.outbox.claim(NOW, 60, token, 4)
                store.commit()
            if not rows:
                return
            claimed.extend(row.id for row in rows)

    workers = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    with database.unit() as store:
        rest = _claim(store, limit=100)  # what a worker left because another was just claiming it
    assert sorted([*claimed, *rest]) == names


def test_a_row_can_be_changed_before_it_goes(database: Database) -> None:
    """Replaced under its own id: the same page, worded anew."""
    with database.unit() as store:
        store.outbox.add([outgoing("a")])
        store.outbox.add([replace(outgoing("a"), level=1)])
        assert [row.level for row in store.outbox.rows()] == [1]
