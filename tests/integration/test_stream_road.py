"""The distributed size with real parts: serve, detect and work as processes on Kafka and PostgreSQL, and some of them
killed in the middle of the work.
"""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from detectors.embedded import EmbeddedRunner
from detectors.rules import load_rules
from incident.domain.opinion import Opinion, Usefulness
from incident.domain.signal import Signal
from incident.intake.cloudevents import to_wire
from incident.intake.event import Event
from incident.service.records import StoredSignal
from incident.store.tables import metadata
from incident.store.uow import Database
from playbooks.materials_watch import CHECKED, checks_of
from tests.fixtures.kafka import Cluster, free_ports
from tests.fixtures.postgres import PostgresServer, running_postgres
from tests.harness import DEFAULTS

pytestmark = [
    pytest.mark.integration,
    pytest.mark.usefixtures("kafka_leaves_sockets"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
ROOT = Path(__file__).parents[2]
START_S = 180.0
SECONDS = 50
SERVICES = [f"s{n}" for n in range(8)]
RULES = """schema: detectors/v1
rules:
- {id: errors, kind: ratio, on: request.served, by: [service], bad: {where: {ok: false}}, min_count: 10, limit: 30%,
   grave: 99%, bucket: 4s, grace: 4s, clear_after: 8s, normal: 1%, scenario: system-outage, labels: {kind: part},
   title: {zh: "{service} 失败", en: "{service} fails"}}
- {id: everywhere, kind: ratio, on: request.served, bad: {where: {ok: false}}, min_count: 10, limit: 8%, grave: 99%,
   bucket: 4s, grace: 4s, clear_after: 8s, normal: 1%, scenario: system-outage, labels: {service: all},
   title: {zh: 全部失败, en: All fails}}
- {id: silent, kind: heartbeat, by: [slug], timeout: 6s, scenario: system-outage, labels: {service: "{slug}"},
   title: {zh: "{slug} 中断", en: "{slug} is silent"}}
"""


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL of this run's own."""
    with running_postgres() as found:
        yield found


@dataclass
class Centre:
    """One installation: its folder, and the processes that run it."""

    home: Path
    environment: dict[str, str]
    running: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    ports: dict[str, int] = field(default_factory=dict)

    def start(self, command: str, *more: str) -> "subprocess.Popen[bytes]":
        """``tocsin COMMAND``, until it says that it has started."""
        number = len(self.running)
        (self.ports[command],) = free_ports(1)
        log, own = self.home / f"{command}-{number}.log", {
            "TOCSIN_DATA": str(self.home / f"data-{number}"), "TOCSIN_METRICS__PORT": str(self.ports[command]),
        }  # fmt: skip
        line = [sys.executable, "-m", "config.cli.main", command, "--config", str(self.home / "tocsin.yaml"), *more]
        with log.open("wb") as out:
            process = subprocess.Popen(line, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT, env=self.environment | own)
        self.running.append(process)
        until(lambda: "Stop with" in log.read_text("utf-8") or process.poll() is not None)
        assert process.poll() is None, log.read_text("utf-8")
        return process

    def said(self, command: str) -> str:
        """Everything the processes of a command have printed."""
        return "".join(path.read_text("utf-8", "replace") for path in sorted(self.home.glob(f"{command}-*.log")))

    def measured(self, command: str) -> str:
        """What the newest process of a command tells Prometheus."""
        return httpx.get(f"http://127.0.0.1:{self.ports[command]}/metrics").text

    def kill(self, process: "subprocess.Popen[bytes]") -> None:
        """``kill -9``."""
        process.kill()
        process.wait()


@pytest.fixture
def centre(tmp_path: Path, kafka: Cluster, postgres: PostgresServer) -> Iterator[Centre]:
    """Rules, people and settings for a distributed installation with empty tables and topics of its own."""
    (tmp_path / "detectors.yaml").write_text(RULES, "utf-8")
    for name in ("people.yaml", "services.yaml"):
        (tmp_path / name).write_text((DEFAULTS / name).read_text("utf-8"), "utf-8")
    stream = f"{{brokers: [{kafka.addresses[0]}], prefix: t{uuid4().hex[:10]}, topics: {{events: {{partitions: 4}}}}}}"
    text = f"schema: tocsin/v1\nlanguage: en\nconsole: {{}}\nstream: {stream}\ndatabase: {postgres.url}\n"
    (tmp_path / "tocsin.yaml").write_text(text, "utf-8")
    database = Database(postgres.url)
    database.upgrade()
    database.close()
    postgres.psql(f"TRUNCATE {', '.join(table.name for table in metadata.sorted_tables)} CASCADE")
    found = Centre(tmp_path, {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"})
    yield found
    for process in found.running:
        process.send_signal(signal.SIGTERM)
    for process in found.running:
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def until(true: "object", patience_s: float = START_S) -> None:
    """Wait for something to come true."""
    end = time.monotonic() + patience_s
    while not true():  # type: ignore[operator]
        assert time.monotonic() < end, f"waited {patience_s} s in vain"
        time.sleep(0.1)


def token(centre: Centre) -> str:
    """A token for sending."""
    line = [
        sys.executable,
        "-m",
        "config.cli.main",
        "token",
        "create",
        "--name",
        "acd",
        "--role",
        "intake",
        "--json",
        "--config",
    ]
    line.append(str(centre.home / "tocsin.yaml"))
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=True, env=centre.environment)
    return str(httpx.Response(200, text=done.stdout).json()["token"])


def second_of(number: int, at: float, dice: random.Random) -> list[Event]:
    """What happens within one second: requests of all services; one fails for a while, one heartbeat stops."""
    found = []
    for place, service in enumerate(SERVICES):
        for call in range(6):
            bad = service == "s3" and 10 <= number < 20 and dice.random() < 0.9
            data = {"service": service, "ok": not bad}
            moment = round(at - call / 100 - place / 1000, 3)
            found.append(
                Event(id=f"{number}-{service}-{call}", source="t", type="request.served", time=moment, data=data)
            )
    for slug in ("pbx", "crm"):
        if slug == "pbx" and 14 <= number < 26:
            continue
        found.append(Event(id=f"{number}-{slug}", source="t", type="heartbeat", time=at, data={"slug": slug}))
    return found


def expected(centre: Centre, events: list[Event]) -> list[Signal]:
    """What one undisturbed runner finds."""
    runner, found = EmbeddedRunner(load_rules(centre.home / "detectors.yaml")), []
    for event in events:
        found += runner.observe([event], event.time)
    return found + runner.tick(events[-1].time + 4)


def stored(centre: Centre, url: str) -> list[StoredSignal]:
    """The signals in the database."""
    database = Database(url)
    with database.reading() as store:
        found = store.signals.recent(1000)
    database.close()
    return found


def test_detectors_and_command_nodes_die_and_nothing_is_lost(centre: Centre, postgres: PostgresServer) -> None:
    """Two detector workers and two command nodes under load; one of each is killed while a fault is going on."""
    secret = token(centre)
    works = [centre.start("work"), centre.start("work")]
    detects = [centre.start("detect"), centre.start("detect")]
    centre.start("serve", "--port", "0")
    base = centre.said("serve").split("Tocsin serves ")[1].split()[0]
    sent: list[Event] = []
    dice = random.Random(3)
    with httpx.Client(base_url=base, headers={"Authorization": f"Bearer {secret}"}, timeout=30) as client:
        until(lambda: client.get("/readyz").status_code == 200)
        begin = time.time()
        for number in range(SECONDS):
            # Whole milliseconds: a time must mean the same after its way through text.
            events = second_of(number, round(time.time(), 3), dice)
            answer = client.post("/api/v1/events", json=[to_wire(event) for event in events],
                                 headers={"Content-Type": "application/cloudevents-batch+json"})  # fmt: skip
            assert answer.status_code == 202, answer.text
            assert answer.json()["accepted"] == len(events)
            sent += events
            if number == 15:
                centre.kill(detects[0])
            if number == 18:
                centre.kill(works[0])
            if number == 22:
                threading.Thread(target=lambda: detects.append(centre.start("detect"))).start()
            with suppress(ValueError):
                time.sleep(begin + number + 1 - time.time())
    want = {(one.rule, one.id, one.state.value) for one in expected(centre, sent)}
    cleared = {(rule, name) for rule, name, state in want if state == "cleared"}
    assert {rule for rule, _ in cleared} == {"errors", "everywhere", "silent"}

    def settled() -> bool:
        assert all(one.poll() is None for one in (*detects[1:], works[1])), centre.said("detect")[-2000:]
        return {(s.signal.rule, s.signal.id) for s in stored(centre, postgres.url) if s.state == "cleared"} >= cleared

    try:
        until(settled)
    except AssertionError:
        found = {(s.signal.rule, s.signal.id, s.state, s.signal.at) for s in stored(centre, postgres.url)}
        raise AssertionError(f"wanted {sorted(cleared)}, found {sorted(found)}") from None
    found = stored(centre, postgres.url)
    live = {(one.signal.rule, one.signal.id) for one in found if one.signal.rule != "silent" or one.state == "cleared"}
    assert live == cleared, "a verdict is missing, or one was made up"
    with_incident = {one.incident_id for one in found if one.incident_id}
    database = Database(postgres.url)
    with database.reading() as store:
        rows = store.incidents.rows()
        assert {row.id for row in rows} == with_incident
        assert all(store.log.verify(row.id) is None for row in rows)
        pages = store.outbox.counts()
    database.close()
    assert pages.get("sent", 0) > 0
    assert "fails" in centre.said("work") or "is silent" in centre.said("work")


PROBES = """schema: probes/v1
probes:
  - {{id: wallboard, fact: affected_pct, url: "http://127.0.0.1:{port}/", value: affected, every: 5s}}
"""


METERS = {
    "detect": (
        'tocsin_lag_messages{topic=', 'tocsin_event_delay_seconds_count{stage="detect"}',
        'tocsin_batch_items_count{stage="detect"}', 'tocsin_detector_states{partition=', 'tocsin_detected_total{what=',
    ),
    "work": (
        'tocsin_lag_messages{topic=', 'tocsin_event_delay_seconds_count{stage="take"}',
        'tocsin_batch_items_count{stage="take"}', "tocsin_outbox_oldest_seconds",
        'tocsin_lease_held{duty="command"} 1.0',
        "tocsin_message_wait_seconds_count", "tocsin_inbox_pending",
    ),
}  # fmt: skip
"""What each kind of node must tell: lag, delay, batches, states, the outbox's age, who has the duty."""


class Wallboard(ThreadingHTTPServer):
    """Another system that a probe asks; counts how often."""

    daemon_threads = True
    asked = 0


class Answer(BaseHTTPRequestHandler):
    """What it says."""

    def do_GET(self) -> None:
        assert isinstance(self.server, Wallboard)
        self.server.asked += 1
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"affected": 40}')

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Silent."""


def test_checks_opinions_and_probes_are_heard_as_in_one_process(centre: Centre, postgres: PostgresServer) -> None:
    """A check reaches the store's watch, a "not useful" the detector worker, and one node asks the probe."""
    with Wallboard(("127.0.0.1", 0), Answer) as wallboard:
        threading.Thread(target=wallboard.serve_forever, daemon=True).start()
        (centre.home / "probes.yaml").write_text(PROBES.format(port=wallboard.server_address[1]), "utf-8")
        secret = token(centre)
        centre.start("work")
        centre.start("detect")
        centre.start("serve", "--port", "0")
        base = centre.said("serve").split("Tocsin serves ")[1].split()[0]
        now = time.time()
        facts = [Event(id="c1", source="t", type=CHECKED, time=now, data={"item": "radios", "count": 3})]
        facts += [
            Event(
                id=f"x{n}", source="t", type="request.served", time=now - 30 + n, data={"service": "s1", "ok": n > 20}
            )
            for n in range(28)
        ]
        with httpx.Client(base_url=base, headers={"Authorization": f"Bearer {secret}"}, timeout=30) as client:
            until(lambda: client.get("/readyz").status_code == 200)
            answer = client.post("/api/v1/events", json=[to_wire(fact) for fact in facts],
                                 headers={"Content-Type": "application/cloudevents-batch+json"})  # fmt: skip
            assert answer.json() == {"accepted": len(facts), "rejected": []}
        until(lambda: stored(centre, postgres.url))
        database = Database(postgres.url)
        with database.unit() as store:
            found = next(iter(store.signals.recent(1)))
            store.opinions.put(
                Opinion(found.signal.rule, found.signal.id, "zhou-wei", datetime.now(UTC), Usefulness.NOT_USEFUL)
            )
            store.commit()
        until(lambda: "rules=1" in centre.said("detect") or '"rules": 1' in centre.said("detect"), 30)
        with database.reading() as store:
            assert checks_of(store.detectors.load())["radios"].count == 3
        database.close()
        until(lambda: wallboard.asked > 0, 30)
        for command, series in METERS.items():
            until(lambda command=command, series=series: all(one in centre.measured(command) for one in series), 30)
        wallboard.shutdown()
