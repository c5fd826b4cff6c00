"""Events per second: detector workers as ``tocsin detect`` runs them, against a plain Faust app, on one broker.

Each worker is a process of its own; its rate is events divided by the time from its first to its last message, and by
its processor time, which does not suffer from whoever else uses the machine.
"""

import json
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

from config.settings import DEFAULTS
from config.streamside import Stream
from detectors.embedded import EmbeddedRunner
from detectors.registry import AnyDetector
from detectors.rules import load_rules
from detectors.streaming.plan import Plan
from incident.intake.event import Event
from incident.stream.binding import packed
from incident.stream.ports import Record
from incident.stream.topics import partition_of
from tests.bench.stream.installation import settings_for
from tests.fixtures.kafka import Cluster

ROOT = Path(__file__).parents[3]
BATCH = 500
PARTITIONS = 8


def centre(count: int, *, services: int = 40, queues: int = 40) -> list[Event]:
    """A centre's stream: requests of business systems and calls, a hundred a second for each queue or service."""
    dice, start, found = random.Random(1), time.time() - count / 2000, []
    for number in range(count):
        at = start + number / 2000
        if number % 2:
            data: dict[str, Any] = {"service": f"s{dice.randrange(services)}", "ok": dice.random() > 0.005}
            kind = "request.served"
        else:
            kind = "contact.answered" if dice.random() > 0.04 else "contact.abandoned"
            data = {"queue": f"q{dice.randrange(queues)}", "contact_id": f"c{number}", "waited_s": 14}
        found.append(Event(id=f"e{number}", source="bench", type=kind, time=at, data=data))
    return found


def rules() -> list[AnyDetector]:
    """The shipped rules."""
    return load_rules(DEFAULTS / "detectors.yaml")


def pure(_cluster: Cluster, short: bool) -> dict[str, object]:
    """The shipped detectors alone, in batches: microseconds of processor time per event."""
    events, runner = centre(20_000 if short else 100_000), EmbeddedRunner(rules())
    start = time.process_time()
    for at in range(0, len(events), BATCH):
        piece = events[at : at + BATCH]
        runner.observe(piece, piece[-1].time)
    spent = time.process_time() - start
    return {"events": len(events), "us_per_event": round(spent / len(events) * 1e6, 2)}


def one_worker(cluster: Cluster, short: bool) -> dict[str, object]:
    """One worker that has all partitions."""
    return _workers(cluster, 1, 100_000 if short else 400_000)


def two_workers(cluster: Cluster, short: bool) -> dict[str, object]:
    """Two workers that share them."""
    return _workers(cluster, 2, 100_000 if short else 400_000)


def plain_faust(cluster: Cluster, short: bool) -> dict[str, object]:
    """What people write with Faust: a record per message, counted in a windowed table."""
    count, prefix = 5_000 if short else 20_000, f"b{uuid4().hex[:8]}"
    stream = Stream.connect(settings_for(cluster, prefix, PARTITIONS))
    events = centre(count)
    plan = Plan(rules())
    for at in range(0, count, 2000):
        stream.producer.send([_single(stream, plan, event) for event in events[at : at + 2000]])
    stream.close()
    return _run(["tests.bench.stream.plain", cluster.addresses[0], prefix, str(count)], 1, count)


def _single(stream: Stream, plan: Plan, event: Event) -> Record:
    key = plan.key_of(event)
    value = json.dumps({"id": event.id, "type": event.type, "time": event.time, "key": key, **event.data}).encode()
    return Record(stream.names.events, key, value, (), partition_of(key, PARTITIONS))


def _workers(cluster: Cluster, workers: int, count: int) -> dict[str, object]:
    prefix = f"b{uuid4().hex[:8]}"
    stream = Stream.connect(settings_for(cluster, prefix, PARTITIONS))
    plan, events = Plan(rules()), centre(count)
    for at in range(0, count, BATCH * PARTITIONS):
        places: dict[int, list[Event]] = {}
        for event in events[at : at + BATCH * PARTITIONS]:
            places.setdefault(partition_of(plan.key_of(event), PARTITIONS), []).append(event)
        for place, found in places.items():
            stream.producer.send(list(packed(stream.names.events, str(place), found, place)))
    stream.close()
    return _run(["tests.bench.stream.worker", cluster.addresses[0], prefix, str(count)], workers, count)


def _run(module: list[str], workers: int, count: int) -> dict[str, object]:
    line = [sys.executable, "-m", *module, str(workers)]
    running = [subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(workers)]
    told = [json.loads(process.communicate(timeout=900)[0].splitlines()[-1]) for process in running]
    wall = max(one["last"] for one in told) - min(one["first"] for one in told)
    cpu = sum(one["cpu"] for one in told)
    seen = sum(one["events"] for one in told)
    return {
        "workers": workers, "events": seen, "sent": count, "events_per_s": round(seen / wall),
        "events_per_cpu_s": round(seen / cpu), "us_cpu_per_event": round(cpu / seen * 1e6, 2),
        "each": [one["events"] for one in told],
    }  # fmt: skip
