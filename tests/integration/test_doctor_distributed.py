"""``tocsin doctor`` where several nodes share a database and brokers."""

import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from config.doctor_stream import _skew, _takeover, distributed, mend
from config.settings import BaseTocsinSettings, load_settings
from incident.service.leases import Duty
from incident.store.uow import Database
from tests.fixtures.kafka import Cluster
from tests.fixtures.postgres import PostgresServer, running_postgres

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("kafka_leaves_sockets")]


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """A PostgreSQL with Tocsin's tables."""
    with running_postgres() as found:
        database = Database(found.url)
        database.upgrade()
        database.close()
        yield found


def findings(settings: BaseTocsinSettings) -> dict[str, tuple[str, str]]:
    """The last finding of each name: state, and what is told with what to do."""
    return {one.name: (one.state, f"{one.sentence} → {one.remedy}") for one in distributed(settings)}


def test_it_finds_what_is_missing_and_mends_it(server: PostgresServer, kafka: Cluster, tmp_path: Path) -> None:
    """Topics, the node that has the duty, the clocks of database and brokers; each with what to do."""
    brokers = {"brokers": kafka.addresses, "prefix": f"d{uuid4().hex[:8]}"}
    settings = load_settings(None, database=server.url, data=tmp_path, stream=brokers)
    before = findings(settings)
    assert before["topics"][0] == "warn"  # the last of them, which tells the time, is no loss
    assert "is missing → run: tocsin doctor --fix" in before["topics"][1]
    assert [one.state for one in distributed(settings) if one.name == "topics"].count("fail") == 7
    assert before["duty"] == (
        "warn",
        "no node works: nobody is paged → start one: tocsin work (with Kafka), or tocsin up",
    )
    assert before["brokers"][0] == "warn"

    assert len(mend(settings)) == 8
    database = Database(server.url)
    assert Duty("command", database.unit, "node-1").beat()
    database.close()

    after = findings(settings)
    assert after["topics"] == ("ok", "8 topics are as the settings say → ")
    assert after["duty"] == ("ok", "node-1 does what one node at a time does → ")
    assert after["the database's clock"][0] == "ok"
    assert after["the brokers' clock"][0] == "ok"
    assert after["takeover"] == ("ok", "a detector worker that dies is missed after 2.5 s → ")


def test_brokers_that_ask_for_more_patience_are_told_of() -> None:
    """Whoever asks for less than the brokers allow learns what it means, and what to set where."""
    found = _takeover(6.0, 2.5)
    assert found.state == "warn"
    assert found.sentence.startswith("a detector worker that dies is missed after 6 s only, not 2.5 s")
    assert "group.min.session.timeout.ms=1000" in found.remedy


def test_brokers_that_are_away_are_one_finding(tmp_path: Path) -> None:
    """Named, with what to check; the rest of the examination goes on."""
    settings = load_settings(None, data=tmp_path, stream={"brokers": ["127.0.0.1:9"]})
    found = findings(settings)
    assert found["brokers"][0] == "fail"
    assert "check stream.brokers" in found["brokers"][1]


@pytest.mark.parametrize(("off", "state"), [(0.0, "ok"), (3.0, "warn"), (-60.0, "fail")])
def test_clocks_are_judged_by_how_far_they_differ(off: float, state: str) -> None:
    """The time the answer took is not held against anybody."""
    found = _skew("the database's clock", time.time() + off, time.time() - 0.2)
    assert found.state == state
    assert state == "ok" or found.sentence == f"differs from this machine's by {off + (0.2 if off < 0 else 0):+.1f} s"
