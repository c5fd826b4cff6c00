"""A detector worker dies by ``kill -9``: how long until what lies in its partitions is judged again."""

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from config.streamside import Stream
from incident.domain.signal import Signal
from incident.intake.event import Event
from incident.intake.wire import item_from_bytes
from incident.stream.binding import packed
from incident.stream.topics import partition_of
from tests.bench.stream.installation import settings_for
from tests.fixtures.kafka import Cluster

ROOT = Path(__file__).parents[3]
PARTITIONS = 4
EVERY_S = 0.1
CALM_S, LIMIT_S = 6.0, 120.0
EVENTS = "metric.sampled"
RULES = """schema: detectors/v1
rules:
- {id: slow, kind: threshold, on: metric.sampled, by: [service], above: 1, samples: 1, of: 1, scenario: other,
   title: {zh: "{service}", en: "{service}"}}
"""


@dataclass
class Road:
    """Facts that are each judged at once, a few a second into every partition, and when their verdicts came."""

    stream: Stream
    sent: dict[str, float] = field(default_factory=dict)
    judged: dict[str, float] = field(default_factory=dict)
    sent_all: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)

    def send(self) -> None:
        """Until told to end."""
        number = 0
        while not self.sent_all.wait(EVERY_S):
            places: dict[int, list[Event]] = {}
            while len(places) < PARTITIONS:
                name, number = f"s{number}", number + 1
                place = partition_of(f"service={name}", PARTITIONS)
                if place not in places:
                    data = {"service": name, "metric": "m", "value": 9.0}
                    places[place] = [Event(id=name, source="bench", type=EVENTS, time=time.time(), data=data)]
            for place, events in places.items():
                self.sent.update((event.id, time.time()) for event in events)
                self.stream.producer.send(list(packed(self.stream.names.events, str(place), events, place)))

    def watch(self) -> None:
        """Until told to end."""
        reader = self.stream.reader("watch")
        reader.assign({(self.stream.names.signals, 0): -1})
        while not self.ended.is_set():
            for one in reader.poll(0.1):
                item = item_from_bytes(one.value)
                if isinstance(item, Signal):
                    self.judged.setdefault(item.labels["service"], time.time())
        reader.close()

    def worst_since(self, moment: float) -> float:
        """The longest any fact sent since then waited, or has waited."""
        now = time.time()
        return max((self.judged.get(name, now) - at for name, at in self.sent.items() if at >= moment - 1), default=0.0)


def measure(cluster: Cluster, short: bool) -> dict[str, object]:
    """Two workers; one of them dies, another one is started a second later, again and again."""
    prefix, times = f"t{uuid4().hex[:8]}", 3 if short else 10
    stream = Stream.connect(settings_for(cluster, prefix, PARTITIONS))
    road, waited = Road(stream), []
    with tempfile.TemporaryDirectory() as folder:
        workers = [Worker(Path(folder) / str(number), cluster, prefix) for number in range(2)]
        threads = [threading.Thread(target=one) for one in (road.send, road.watch)]
        for one in (*workers, *threads):
            one.start()
        try:
            _settled(road)
            for number in range(times):
                victim, struck = workers[number % 2], time.time()
                victim.kill()
                time.sleep(1.0)
                victim.start()
                _settled(road)
                waited.append(road.worst_since(struck))
            road.sent_all.set()
            time.sleep(CALM_S)
        finally:
            road.sent_all.set()
            road.ended.set()
            for thread in threads:
                thread.join()
            for worker in workers:
                worker.kill()
            stream.close()
    return {
        "times": times, "facts": len(road.sent), "lost": len(road.sent.keys() - road.judged.keys()),
        "median_s": round(statistics.median(waited), 2), "worst_s": round(max(waited), 2),
        "each_s": [round(one, 2) for one in waited],
    }  # fmt: skip


def _settled(road: Road) -> None:
    """Until facts were judged at once for a while."""
    end = time.time() + LIMIT_S
    while time.time() < end:
        time.sleep(CALM_S)
        if road.judged and road.worst_since(time.time() - CALM_S + 1) < 1.0:
            return
    raise RuntimeError("the facts of some partition are not judged")


class Worker:
    """``tocsin detect``."""

    def __init__(self, home: Path, cluster: Cluster, prefix: str) -> None:
        home.mkdir()
        (home / "detectors.yaml").write_text(RULES, "utf-8")
        stream = f"{{brokers: [{', '.join(cluster.addresses)}], prefix: {prefix}}}"
        (home / "tocsin.yaml").write_text(f"schema: tocsin/v1\nstream: {stream}\n", "utf-8")
        self._home = home
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Begin; returns at once."""
        line = [sys.executable, "-m", "config.cli.main", "detect", "--config", str(self._home / "tocsin.yaml")]
        with (self._home / "log").open("ab") as log:
            self._process = subprocess.Popen(line, cwd=ROOT, stdout=log, stderr=log)

    def kill(self) -> None:
        """``kill -9``."""
        if self._process is not None:
            os.kill(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None
