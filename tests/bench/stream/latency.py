"""Event produced → page handed to the notifier, at a steady 1,000 events a second, on Kafka and PostgreSQL."""

import statistics
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from config.settings import load_settings
from config.streamside import Stream, StreamSide
from config.wiring import build
from config.work import WorkNode
from incident.domain.message import Message, Receipt
from incident.intake.event import Event
from tests.bench.stream.throughput import centre
from tests.fixtures.kafka import Cluster
from tests.fixtures.postgres import running_postgres
from tests.harness import DEFAULTS, cast_of_defaults

RATE = 1000
STEP_S = 0.02
# Not system-outage: failing systems are soon one storm, and what joins an incident pages nobody anew.
RULE = """
  - {id: burning, kind: threshold, on: metric.sampled, where: {metric: fire}, by: [service], above: 0.5, samples: 1,
     of: 1, scenario: other, impact: high, urgency: high, title: {zh: "{service}", en: "{service}"}}
"""


class Watch:
    """A channel that notes when it was handed which page."""

    def __init__(self) -> None:
        self.at: dict[str, float] = {}

    def send(self, message: Message) -> Receipt:
        """Note the time."""
        now = time.time()
        for word in f"{message.title} {message.body}".replace("：", " ").split():
            if word.startswith("x-"):
                self.at.setdefault(word.strip("，。,."), now)
        return Receipt("ok")

    def close(self) -> None:
        """Nothing to give back."""


def measure(cluster: Cluster, short: bool) -> dict[str, object]:
    """Percentiles over single events that must page at once, among a steady stream."""
    alarms = 20 if short else 100
    with running_postgres() as postgres, tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "detectors.yaml").write_text((DEFAULTS / "detectors.yaml").read_text("utf-8") + RULE, "utf-8")
        (home / "people.yaml").write_text(cast_of_defaults(), "utf-8")
        (home / "services.yaml").write_text((DEFAULTS / "services.yaml").read_text("utf-8"), "utf-8")
        brokers, prefix = cluster.addresses[0], f"l{uuid4().hex[:8]}"
        (home / "tocsin.yaml").write_text(
            f"schema: tocsin/v1\ndatabase: {postgres.url}\nstream: {{brokers: [{brokers}], prefix: {prefix}}}\n",
            "utf-8",
        )
        settings = load_settings(home / "tocsin.yaml")
        stream, watch = Stream.connect(settings), Watch()
        side = StreamSide(stream)
        node = WorkNode(build(settings, notifiers={"slack": watch, "email": watch}, outside=side.intake), stream, side)
        line = [sys.executable, "-m", "config.cli.main", "detect", "--config", str(home / "tocsin.yaml")]
        worker = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        node.start()
        try:
            return _drive(node, watch, alarms)
        finally:
            worker.terminate()
            worker.wait(timeout=60)
            node.close()


def _drive(node: WorkNode, watch: Watch, alarms: int) -> dict[str, object]:
    produced: dict[str, float] = {}
    intake, background = node.system.intake, centre(200_000)
    _until_warm(node, watch)
    each = max(1, round(0.3 / STEP_S))
    place, begin = 0, time.time()
    for step in range(alarms * each):
        now = time.time()
        size = round(RATE * STEP_S)
        events = [_now(event, now) for event in background[place : place + size]]
        place = (place + size) % 190_000
        if step % each == 0:
            name = f"x-{step}"
            produced[name] = now
            events.append(_alarm(name, now))
        threading.Thread(target=intake.accept, args=(events, (), datetime.now(UTC)), daemon=True).start()
        time.sleep(max(0.0, begin + (step + 1) * STEP_S - time.time()))
    rate = alarms * each * RATE * STEP_S / (time.time() - begin)
    end = time.time() + 30
    while len(watch.at.keys() & produced.keys()) < alarms and time.time() < end:
        time.sleep(0.05)
    waited = sorted(watch.at[name] - at for name, at in produced.items() if name in watch.at)
    if not waited:
        return {"events_per_s": round(rate), "pages": 0, "of": alarms}
    return {
        "events_per_s": round(rate), "pages": len(waited), "of": alarms,
        "p50_ms": round(statistics.median(waited) * 1000), "p99_ms": round(waited[int(len(waited) * 0.99)] * 1000),
        "worst_ms": round(waited[-1] * 1000),
    }  # fmt: skip


def _until_warm(node: WorkNode, watch: Watch) -> None:
    end, number = time.time() + 120, 0
    while not watch.at and time.time() < end:
        node.system.intake.accept([_alarm(f"x-warm-{number}", time.time())], (), datetime.now(UTC))
        number += 1
        time.sleep(1)
    assert watch.at, "nothing was paged"
    time.sleep(3)


def _alarm(name: str, at: float) -> Event:
    data = {"service": name, "metric": "fire", "value": 1.0}
    return Event(id=f"{name}-{uuid4().hex[:6]}", source="bench", type="metric.sampled", time=at, data=data)


def _now(event: Event, at: float) -> Event:
    return Event(id=uuid4().hex, source=event.source, type=event.type, time=at, data=event.data)
