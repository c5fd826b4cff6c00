"""Several nodes on one PostgreSQL: one incident per cause, one page per person, one node after another."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.drilling import House, drills_of
from config.serve import Process
from config.worker import Worker
from drills.ticker import DrillTicker
from incident.domain.commands import End, Resolve
from incident.domain.errors import Conflict
from incident.domain.signal import Signal
from incident.domain.words import Scenario
from incident.service.records import Fenced
from incident.service.signals import SignalTaker
from incident.store.tables import metadata
from incident.store.uow import Database
from tests.fixtures.postgres import PostgresServer, running_postgres
from tests.harness import Stage

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """A PostgreSQL of these tests' own."""
    with running_postgres() as found:
        database = Database(found.url)
        database.upgrade()
        database.close()
        yield found


@pytest.fixture
def nodes(tmp_path: Path, server: PostgresServer) -> Iterator[list[Stage]]:
    """Two nodes of one installation, by a clock of today's since they really run."""
    server.psql(f"TRUNCATE {', '.join(table.name for table in metadata.sorted_tables)} CASCADE")
    now = datetime.now(UTC)
    found = [Stage(tmp_path / name, database=server.url, start=now) for name in ("a", "b")]
    yield found
    for stage in found:
        stage.system.close()


def until(true: object, seconds: float = 90.0) -> float:
    """Wait for ``true()``; how long it took. Fails after ``seconds``."""
    began = time.monotonic()
    while not true():  # type: ignore[operator]
        assert time.monotonic() - began < seconds, "it never came true"
        time.sleep(0.02)
    return time.monotonic() - began


def test_ten_thousand_signals_of_one_cause_on_two_nodes_are_one_incident(nodes: list[Stage]) -> None:
    """Each node takes its half at the same time, in batches, straight from its stream."""
    signals = [nodes[0].signal(f"s{n}", labels={"service": "ivr", "host": f"h{n}"}) for n in range(10_000)]

    def take(stage: Stage, mine: list[Signal]) -> None:
        for start in range(0, len(mine), 250):
            while True:
                try:
                    with stage.system.database.unit() as store:
                        SignalTaker(store, stage.system.rules, stage.clock.now()).take(mine[start : start + 250])
                        store.commit()
                except Conflict:
                    continue
                break

    threads = [threading.Thread(target=take, args=(stage, signals[n::2])) for n, stage in enumerate(nodes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with nodes[0].system.database.reading() as store:
        assert [line.id for line in store.incidents.open_facts()] == [nodes[0].incident().id]
        assert store.incidents.get(nodes[0].incident().id).signals_joined == 10_000
        assert store.log.verify(nodes[0].incident().id) is None


def test_every_page_goes_out_once_whoever_sends(nodes: list[Stage]) -> None:
    """Both nodes' workers run; facts come in at both; nobody is paged twice for one thing."""
    workers = [Worker(stage.system, pytest.fail) for stage in nodes]
    other = Scenario.OTHER  # so that they are no storm of one cause
    for worker in workers:
        worker.start()
    try:
        until(lambda: any(stage.system.duty.held for stage in nodes))
        for number in range(60):
            stage = nodes[number % 2]
            stage.system.intake.accept(
                [stage.signal(f"x{number}", scenario=other, labels={"service": f"s{number}"})], (), stage.clock.now()
            )
        until(lambda: len({message.incident_id for stage in nodes for message in stage.pages()}) == 60)
        time.sleep(1)
    finally:
        for worker in workers:
            worker.stop()
    assert set(Counter(pages(nodes)).values()) == {1}
    assert [stage.system.duty.held for stage in nodes] == [False, False]


def close(stage: Stage, name: str) -> None:
    """A person says that it is over."""
    stage.system.desk.do(Resolve(incident_id=name, by="he-jun"))
    stage.system.desk.do(End(incident_id=name, by="he-jun", statement="over", override="story"))


def pages(nodes: list[Stage]) -> list[str | None]:
    """The page ids that reached a channel of any node."""
    return [message.page_id for stage in nodes for message in stage.pages()]


def test_another_node_takes_over_within_five_seconds_and_the_first_one_writes_nothing_more(nodes: list[Stage]) -> None:
    """The first one is frozen, as a machine that swaps is, and wakes up later."""
    first, second = nodes
    assert first.system.duty.beat()
    worker = Worker(second.system, pytest.fail)
    worker.start()
    try:
        first.system.intake.accept([first.signal()], (), first.clock.now())
        assert until(lambda: second.system.duty.held, 6) < 5
        until(lambda: second.pages() != [])
        with pytest.raises(Fenced):
            first.system.engine.step()
        assert not first.system.duty.hold()
        with pytest.raises(Fenced):
            House.of(first.system).sweep()
    finally:
        worker.stop()
    assert first.system.duty.hold()
    assert first.system.step() == 0


def test_the_programme_runs_where_the_duty_is(nodes: list[Stage]) -> None:
    """It is started with the duty and ended with it."""
    processes = [Process(stage.system) for stage in nodes]
    first, second = (process.worker for process in processes)
    first.start()
    until(lambda: nodes[0].system.duty.held)
    second.start()
    first.stop()
    assert until(lambda: nodes[1].system.duty.held) < 2  # given back, not run out
    second.stop()


def test_a_drill_and_a_real_incident_never_begin_at_once(nodes: list[Stage]) -> None:
    """Whichever is first: either the drill does not begin, or it is stopped."""
    first, second = nodes
    drill = next(iter(drills_of(first.system).all.values()))
    for number in range(6):
        run_id = f"race-{number}"
        ticker = DrillTicker(House.beside(first.system.database, first.system.desk, "en"))
        gate = threading.Barrier(2)

        def begin(ticker: DrillTicker = ticker, run_id: str = run_id, gate: threading.Barrier = gate) -> None:
            gate.wait()
            with suppress(Conflict):
                ticker.start(drill, by="he-jun", run_id=run_id)

        thread = threading.Thread(target=begin)
        thread.start()
        gate.wait()
        with second.system.database.unit() as store:
            SignalTaker(store, second.system.rules, second.clock.now()).take(
                [second.signal(f"r{number}", labels={"service": f"r{number}"})]
            )
            store.commit()
        thread.join()
        with first.system.database.reading() as store:
            assert store.drills.running() == []
            (open_one,) = store.incidents.open_facts()
        close(first, open_one.id)


def test_the_report_is_issued_once(nodes: list[Stage]) -> None:
    """Two people sign off at the same moment on two nodes."""
    first, second = nodes
    first.system.intake.accept([first.signal()], (), first.clock.now())
    first.system.duty.hold()
    first.system.engine.step()
    name = first.incident().id
    gate = threading.Barrier(2)

    def end(stage: Stage) -> None:
        gate.wait()
        close(stage, name)

    threads = [threading.Thread(target=end, args=(stage,)) for stage in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with first.system.database.reading() as store:
        assert [report.id for report in store.reports.rows(name)] == [f"{name}-r1"]
