"""Requests that arrive at the same moment share commits."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from incident.intake.event import Event
from incident.service.intake import MAX_SHARED, Intake
from incident.store.uow import Database

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


def test_large_senders_at_once_are_all_taken_none_is_sent_away(tmp_path: Path) -> None:
    """Each fills a commit by itself, so whoever writes does not always write their own."""
    database = Database(f"sqlite:///{tmp_path}/t.db")
    database.upgrade()
    event = Event(id="e", source="s", type="login.made", time=NOW.timestamp(), data={})

    intake = Intake(database.unit, str)
    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(lambda _: intake.accept([event] * MAX_SHARED, [], NOW), range(12)))
    database.close()
    assert [one.new + one.duplicates for one in taken] == [MAX_SHARED] * 12
    assert sum(one.new for one in taken) == 1
