"""A disk without room: what is written is refused with the reason, what was kept stays, and room is all it takes."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from incident.domain.errors import Unavailable
from incident.store.uow import Database
from tests.contract.store_sample import NOW, event


@contextmanager
def files_may_not_grow_beyond(size: int) -> Iterator[None]:
    """The system refuses every write past ``size`` bytes of a file, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_is_told_as_such_and_room_is_all_it_takes(tmp_path: Path) -> None:
    """Also when the journal is due to be emptied into a file that can't grow."""
    path = tmp_path / "tocsin.db"
    database = Database(f"sqlite:///{path}", wipe_every_s=0)
    database.upgrade()
    with database.unit() as store:
        store.inbox.add([event(number) for number in range(2000)], NOW)
        store.commit()
    with files_may_not_grow_beyond(path.stat().st_size):
        for _ in range(2):
            with pytest.raises(Unavailable, match="full or failing"):
                _keep(database, 5000)
    with database.unit() as store:
        assert store.inbox.add([event(5000), event(1)], NOW) == 1
        store.commit()
        assert store.inbox.count() == 2001
    database.close()


def _keep(database: Database, number: int) -> None:
    with database.unit() as store:
        store.inbox.add([event(number)], NOW)
        store.commit()
