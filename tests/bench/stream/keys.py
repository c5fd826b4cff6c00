"""Memory per key, and how long a worker takes to come back with that many: heartbeats of so many senders."""

import json
import subprocess
import sys
import time
from pathlib import Path
from uuid import uuid4

from config.streamside import Stream
from incident.intake.event import Event
from incident.stream.binding import packed
from incident.stream.topics import partition_of
from tests.bench.stream.installation import settings_for
from tests.fixtures.kafka import Cluster

ROOT = Path(__file__).parents[3]
PARTITIONS = 8
LIMIT_S, LIMIT_KEYS_PER_S = 60.0, 2000
"""A worker that takes longer has failed."""


def measure(count: int, cluster: Cluster, _short: bool) -> dict[str, object]:
    """For a number of keys: megabytes, bytes per key, seconds from the start of a new worker to its first work."""
    prefix = f"k{uuid4().hex[:8]}"
    settings = settings_for(cluster, prefix, PARTITIONS, max_keys=count)
    stream, now = Stream.connect(settings), time.time()
    for start in range(0, count, 8000):
        places: dict[int, list[Event]] = {}
        for number in range(start, min(start + 8000, count)):
            slug = f"sender-{number}"
            event = Event(id=f"e{number}", source="bench", type="heartbeat", time=now, data={"slug": slug})
            places.setdefault(partition_of(f"slug={slug}", PARTITIONS), []).append(event)
        for place, events in places.items():
            stream.producer.send(list(packed(stream.names.events, str(place), events, place)))
    stream.close()
    folder = f"{ROOT}/build/bench-{prefix}"
    first = _worker(cluster, prefix, count, folder)
    again = _worker(cluster, prefix, count, folder)
    return {
        "mb": first["mb"], "bytes_per_key": round((first["mb"] - first["empty_mb"]) * 1e6 / count),
        "learn_s": first["s"], "recover_s": again["s"], "mb_recovered": again["mb"],
    }  # fmt: skip


def _worker(cluster: Cluster, prefix: str, count: int, folder: str) -> dict[str, float]:
    line = [sys.executable, "-m", "tests.bench.stream.holder", cluster.addresses[0], prefix, str(count), folder]
    limit = LIMIT_S + count / LIMIT_KEYS_PER_S
    done = subprocess.run(line, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True, timeout=limit)
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told
