"""Duties of one node at a time: taken, held, lost, and nothing written by whoever has lost one."""

import threading
import time

import pytest

from incident.domain.errors import Unavailable
from incident.intake.wire import item_from_bytes, item_to_bytes
from incident.service.leases import Duty
from incident.service.ports import Store
from incident.service.records import DeadRow, Fenced, Lease
from incident.store.uow import Database
from tests.contract.store_sample import NOW, event, signal


def shared(database: Database) -> bool:
    """Whether several nodes can be on it."""
    return not database.name.endswith(".db")


def take(database: Database, owner: str, lasts: float = 60.0) -> Lease | None:
    """One node asks."""
    with database.unit() as store:
        lease = store.leases.take("command", owner, lasts)
        store.commit()
    return lease


def test_a_duty_is_one_owners_and_its_fence_grows_with_each_new_one(database: Database) -> None:
    """Renewing keeps the fence; on SQLite whoever asks is the only one there is."""
    first = take(database, "a")
    assert first is not None
    assert first.fence == 1
    renewed = take(database, "a")
    assert renewed is not None
    assert renewed.fence == 1
    if shared(database):
        assert take(database, "b") is None
        take(database, "a", lasts=0.0)
    second = take(database, "b")
    assert second is not None
    assert second.fence == 2
    with database.reading() as store:
        (row,) = store.leases.rows()
    assert (row.duty, row.owner, row.fence, row.holds) == ("command", "b", 2, True)


def test_what_is_given_back_is_free_at_once(database: Database) -> None:
    """A node that ends cleanly costs no waiting; giving back what is lost already changes nothing."""
    first = take(database, "a")
    assert first is not None
    with database.unit() as store:
        store.leases.release(first)
        store.commit()
    second = take(database, "b")
    assert second is not None
    with database.unit() as store:
        store.leases.release(first)
        store.commit()
    with database.reading() as store:
        assert [row.holds for row in store.leases.rows()] == [True]


def test_nothing_is_kept_of_a_transaction_whose_duty_was_taken_over(database: Database) -> None:
    """However long ago it was begun: the fence is looked at last."""
    first = take(database, "a", lasts=0.0)
    assert first is not None
    if shared(database):

        def late() -> None:
            with database.unit() as store:
                store.fence(first)
                store.keys.put("x", "from the old one")
                assert take(database, "b") is not None
                store.commit()

    else:

        def late() -> None:
            assert take(database, "b") is not None
            with database.unit() as store:
                store.fence(first)
                store.keys.put("x", "from the old one")
                store.commit()

    with pytest.raises(Fenced, match="another node has the duty 'command'"):
        late()
    with database.reading() as store:
        assert store.keys.get("x") is None


def test_of_many_nodes_that_ask_at_once_one_has_it(database: Database) -> None:
    """And every one of them knows which."""
    if not shared(database):
        return
    found: list[Lease | None] = []
    nodes = [threading.Thread(target=lambda n=n: found.append(take(database, f"n{n}"))) for n in range(8)]
    for node in nodes:
        node.start()
    for node in nodes:
        node.join()
    assert len([lease for lease in found if lease is not None]) == 1


def test_a_node_that_falls_silent_is_succeeded_within_five_seconds(database: Database) -> None:
    """By one that asks as often as a node does; on SQLite at once."""
    old, new = Duty("command", database.unit, "old"), Duty("command", database.unit, "new")
    assert old.beat()
    began = time.monotonic()
    while not new.beat():
        time.sleep(0.2)
    assert time.monotonic() - began < 5
    assert not old.held or not shared(database)
    assert not shared(database) or not old.beat()


def test_whoever_takes_over_ends_what_the_other_left_open(database: Database, database_url: str) -> None:
    """A node that froze in the middle of a transaction holds nobody up, and keeps nothing of it when it wakes."""
    if not shared(database):
        return
    frozen = Database(database_url, node="old")
    with frozen.unit() as store:
        lease = store.leases.take("command", "old", 0.0)
        store.commit()
    assert lease is not None

    def wake_up_later() -> None:
        with frozen.unit() as store:
            store.fence(lease)
            store.one_at_a_time()
            store.keys.put("x", "old")
            assert take(database, "new") is not None
            with database.unit() as other:
                other.one_at_a_time()
                other.keys.put("x", "new")
                other.commit()
            store.commit()

    with pytest.raises(Unavailable):
        wake_up_later()
    frozen.close()
    with database.reading() as store:
        assert store.keys.get("x") == "new"


def test_a_duty_is_given_up_by_its_own_clock_before_the_database_gives_it_away(database: Database) -> None:
    """The wall clock plays no part; nor does the time the answer took count in one's favour."""
    seconds = [100.0]
    duty = Duty("command", database.unit, "a", lasts=3.0, monotonic=lambda: seconds[0])
    assert duty.hold()
    seconds[0] += 2.9
    assert duty.held
    seconds[0] += 0.2
    assert duty.held is not shared(database)
    assert duty.hold()
    assert duty.held


def test_decisions_on_what_is_not_there_are_made_one_at_a_time(database: Database) -> None:
    """Two that look for a thing and make it when it is missing make one."""
    made = []

    def decide(name: str) -> None:
        with database.unit() as store:
            store.one_at_a_time()
            if store.keys.get("opened") is None:
                _slow(store)
                store.keys.put("opened", name)
                made.append(name)
            store.commit()

    nodes = [threading.Thread(target=decide, args=(f"n{n}",)) for n in range(4)]
    for node in nodes:
        node.start()
    for node in nodes:
        node.join()
    assert len(made) == 1


def _slow(store: Store) -> None:
    for _ in range(50):
        store.keys.get("opened")


def test_a_dead_letter_keeps_its_item_until_somebody_decides(database: Database) -> None:
    """Put back into the inbox it is the fact it was."""
    one = event(1)
    with database.unit() as store:
        store.inbox.add([one], NOW)
        (row,) = store.inbox.pending(10)
        store.inbox.done([row.number])
        store.dead.add(
            [DeadRow(0, "engine", row.number, "poison", "why", "pbx/1#e1", NOW, item=item_to_bytes(row.item))]
        )
        (letter,) = store.dead.rows()
        assert item_from_bytes(letter.item) == one
        store.inbox.again(one, NOW)
        store.inbox.again(signal("s1"), NOW)
        store.dead.set_state(letter.number, "retried")
        assert [row.item for row in store.inbox.pending(10)] == [one, signal("s1")]
        assert (store.dead.get(letter.number).item, store.dead.get(letter.number).attempts) == (b"", 1)
        assert store.inbox.add([one], NOW) == 0
