"""What faults cost where events flow through Kafka: three brokers, two of each kind of node, one PostgreSQL.

python -m tests.bench.faults_stream detector   # kill -9 of a detector worker
python -m tests.bench.faults_stream worker     # kill -9 of the command node that has the duty
python -m tests.bench.faults_stream leader     # kill -9 of the broker that leads a partition of the events
python -m tests.bench.faults_stream database   # kill -9 of PostgreSQL
python -m tests.bench.faults_stream cut        # network cut for 8 s between the detector workers and a broker
python -m tests.bench.faults_stream disk       # all brokers frozen until the spool's 1 MB disk is full

FAULTS=20 says how often each is struck. Nothing may be lost: the exit code is 1 when anything was.
"""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.bench.faults import Load, Stage, main
from tests.bench.installation import Installation, Receiver
from tests.fixtures.kafka import Cluster, free_ports, running_kafka
from tests.fixtures.postgres import running_postgres

RULES = """schema: detectors/v1
rules:
  - id: slow
    kind: threshold
    on: metric.sampled
    where: {metric: latency_ms}
    by: [service]
    above: 2000
    samples: 1
    of: 1
    scenario: other
    title: {zh: "{service} slow", en: "{service} is slow"}
"""
CUT_S = 8.0


class Node(Installation):
    """One process of a distributed installation. ``kind`` is serve, detect or work."""

    def __init__(self, kind: str, home: Path, receiver: Receiver, settings: str) -> None:
        super().__init__(home, receiver, settings)
        (home / "detectors.yaml").write_text(RULES, "utf-8")
        self.arguments = ("serve", "--port", str(self.port)) if kind == "serve" else (kind,)
        self._kind = kind
        self._read = 0

    def start(self) -> float:
        """Start and wait until it is ready."""
        log = self.home / "up.log"
        self._read = log.stat().st_size if log.exists() else 0
        return super().start()

    def _answers(self) -> bool:
        if self._kind == "serve":
            return super()._answers()
        return "Ctrl-C" in (self.home / "up.log").read_bytes()[self._read :].decode("utf-8", "replace")


class Proxy:
    """A wire to a broker that can be cut: then nothing passes, and nobody is told so."""

    def __init__(self, port: int, target: int) -> None:
        self._port, self._target = port, target
        self._passes = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)

    def cut(self) -> None:
        """Nothing passes from now on."""
        self._loop.call_soon_threadsafe(self._passes.clear)

    def heal(self) -> None:
        """New connections get through; those that were cut are dead."""
        for task in list(self._tasks):
            self._loop.call_soon_threadsafe(task.cancel)
        self._loop.call_soon_threadsafe(self._passes.set)

    async def _listen(self) -> None:
        self._passes.set()
        await asyncio.start_server(self._serve, "127.0.0.1", self._port)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._passes.wait()
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.close()
            return
        for source, sink in ((reader, back), (there, writer)):
            task = asyncio.ensure_future(self._carry(source, sink))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while content := await source.read(65536):
                await self._passes.wait()
                sink.write(content)
                await sink.drain()
        except OSError:
            pass
        finally:
            sink.close()


class Events(Load):
    """Each event is a case of its own: a sample far beyond what the rule allows."""

    def post(self, client: httpx.Client, door: str, headers: dict[str, str], name: str) -> bool:
        """Hand it to one node; whether it was taken."""
        event = {
            "specversion": "1.0", "id": name, "source": "bench", "type": "metric.sampled",
            "data": {"service": name, "metric": "latency_ms", "value": 9000, "unit": "ms"},
        }  # fmt: skip
        answer = client.post(f"{door}/api/v1/events", json=event, headers=headers)
        return answer.status_code == 202


@dataclass
class StreamStage(Stage):
    """A stage whose facts go through Kafka."""

    serve: list[Node] = field(default_factory=list)
    detect: list[Node] = field(default_factory=list)
    kafka: Cluster = field(default_factory=lambda: Cluster(()))
    wires: list[Proxy] = field(default_factory=list)


@contextmanager
def stream_stage() -> Iterator[StreamStage]:
    """Everything, started in the order in which somebody would."""
    receiver, ports = Receiver(), free_ports(6)
    outer = [(ports[n], ports[n + 3]) for n in range(3)]
    with (
        tempfile.TemporaryDirectory() as home, running_postgres(durable=True) as database,
        running_kafka(3, outer, broker__session__timeout__ms="9000") as kafka,
        small_disk(Path(home) / "small") as small,
    ):  # fmt: skip
        wires = [Proxy(front, back) for back, front in outer]

        def settings(brokers: list[str]) -> str:
            stream = f"brokers: [{', '.join(brokers)}], topics: {{events: {{partitions: 4}}}}"
            return f"database: {database.url}\nstream: {{{stream}}}\n"

        def nodes(kind: str, brokers: list[str]) -> list[Node]:
            return [Node(kind, Path(home) / f"{kind}{n}", receiver, settings(brokers)) for n in (1, 2)]

        serve, work = nodes("serve", kafka.addresses), nodes("work", kafka.addresses)
        detect = nodes("detect", [f"127.0.0.1:{front}" for _, front in outer])
        for n, node in enumerate(serve):
            (small / str(n)).mkdir()
            (node.home / "tocsin-data").symlink_to(small / str(n))
        work[0].prepare()
        serve[0].token = work[0].token
        try:
            for node in (*serve, *detect, *work):
                node.start()
            yield StreamStage(list(work), database, receiver, Events(list(serve)), serve, detect, kafka, wires)
        finally:
            for node in (*serve, *detect, *work):
                node.kill()


@contextmanager
def small_disk(place: Path) -> Iterator[Path]:
    """A disk of one megabyte; needs root."""
    place.mkdir(parents=True)
    subprocess.run(("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)), check=True)
    try:
        yield place
    finally:
        subprocess.run(("umount", str(place)), check=True)


def detector(stage: Stage) -> None:
    """A detector worker dies; another one starts a moment later."""
    assert isinstance(stage, StreamStage)
    node = random.choice(stage.detect)
    node.kill()
    time.sleep(1.0)
    node.start()


def worker(stage: Stage) -> None:
    """The command node that has the duty dies; another one starts a moment later."""
    node = stage.holder()
    node.kill()
    time.sleep(1.0)
    node.start()


def leader(stage: Stage) -> None:
    """The leader of a partition dies; it is started again, and the cluster whole, before the next one."""
    assert isinstance(stage, StreamStage)
    broker = stage.kafka.leader("tocsin.events", random.randrange(4))
    broker.kill()
    time.sleep(3.0)
    broker.start()
    stage.kafka.wait()
    time.sleep(2.0)


def database(stage: Stage) -> None:
    """The server and all its processes die, and are started again as a supervisor would."""
    stage.database.kill()
    time.sleep(1.0)
    stage.database.start()


def cut(stage: Stage) -> None:
    """Nothing passes between the detector workers and one broker for a while."""
    assert isinstance(stage, StreamStage)
    wire = random.choice(stage.wires)
    wire.cut()
    time.sleep(CUT_S)
    wire.heal()


def disk(stage: Stage) -> None:
    """No broker answers, the nodes spool until their disk is full and refuse; then the brokers answer again."""
    assert isinstance(stage, StreamStage)
    headers = {"Authorization": f"Bearer {stage.load.doors[0].token}"}
    for broker in stage.kafka.brokers:
        broker.freeze()
    try:
        refused: set[str] = set()
        filler = {"specversion": "1.0", "source": "filler", "type": "filler.sent", "data": {"text": "x" * 60_000}}
        end = time.monotonic() + 90
        while len(refused) < len(stage.serve) and time.monotonic() < end:
            for node in stage.serve:
                body = {**filler, "id": os.urandom(8).hex()}
                with suppress(httpx.HTTPError):
                    answer = httpx.post(f"{node.url}/api/v1/events", json=body, headers=headers, timeout=30)
                    if answer.status_code == 503:
                        refused.add(node.url)
        if len(refused) < len(stage.serve):
            raise RuntimeError("the disk was never full")
    finally:
        for broker in stage.kafka.brokers:
            broker.thaw()
    stage.kafka.wait()
    time.sleep(5.0)


STRIKES = {
    "detector": detector, "worker": worker, "leader": leader, "database": database, "cut": cut, "disk": disk,
}  # fmt: skip

if __name__ == "__main__":
    if not sys.argv[1:] or set(sys.argv[1:]) - set(STRIKES):
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:], STRIKES, stream_stage))
