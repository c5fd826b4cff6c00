"""What faults cost, each struck many times under load: what was lost, what was doubled, how late pages were.

python -m tests.bench.faults sender      # kill -9 of the node that has the duty, of two nodes on PostgreSQL
python -m tests.bench.faults postgres    # kill -9 of PostgreSQL
python -m tests.bench.faults sender postgres

With Kafka: tests.bench.faults_stream.

FAULTS=20 says how often each is struck. Nothing may be lost: the exit code is 1 when anything was.
"""

from __future__ import annotations

import json
import os
import random
import re
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import create_engine, text

from tests.bench.installation import Installation, Receiver, alert
from tests.fixtures.postgres import PostgresServer, running_postgres

FAULTS = int(os.environ.get("FAULTS", "20"))
RATE = float(os.environ.get("RATE", "3"))
"""Alerts a second, each an incident of its own that pages somebody."""
QUIET_S = 60.0
CASE = re.compile(r"case-\d+")


@dataclass
class Load:
    """A sender that gives nothing up: each alert is sent to one node after another until one has taken it."""

    doors: list[Installation]
    began: dict[str, float] = field(default_factory=dict)
    accepted: dict[str, float] = field(default_factory=dict)
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self, number: int, of: int) -> None:
        """One of several senders."""
        count = number
        with httpx.Client(timeout=8) as client:
            while not self.stop.is_set():
                began = time.perf_counter()
                name = f"case-{count}"
                count += of
                self._send(client, name)
                self.stop.wait(max(0.0, of / RATE - (time.perf_counter() - began)))

    def post(self, client: httpx.Client, door: str, headers: dict[str, str], name: str) -> bool:
        """Hand it to one node; whether it was taken."""
        answer = client.post(f"{door}/api/v2/alerts", json=[alert(name, service=name)], headers=headers)
        return answer.status_code == 200

    def _send(self, client: httpx.Client, name: str) -> None:
        headers = {"Authorization": f"Bearer {self.doors[0].token}"}
        self.began[name] = time.perf_counter()
        for attempt in range(4000):
            door = self.doors[(hash(name) + attempt) % len(self.doors)]
            try:
                if self.post(client, door.url, headers, name):
                    self.accepted[name] = time.perf_counter()
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.05)
        raise RuntimeError(f"nobody took {name}")


@dataclass
class Stage:
    """What a fault is struck at. ``nodes`` are the command nodes; ``database`` is theirs."""

    nodes: list[Installation]
    database: PostgresServer
    receiver: Receiver
    load: Load

    def ask(self, sql: str) -> list[Any]:
        """Rows of the database; waits until it answers."""
        engine = create_engine(self.database.url)
        try:
            with engine.connect() as connection:
                return list(connection.execute(text(sql)))
        finally:
            engine.dispose()

    def holder(self) -> Installation:
        """The node that has the duty."""
        for _ in range(600):
            for (owner,) in self.ask("SELECT owner FROM leases WHERE duty = 'command' AND until > clock_timestamp()"):
                for node in self.nodes:
                    if node.process is not None and f":{node.process.pid}:" in owner:
                        return node
            time.sleep(0.05)
        raise RuntimeError("nobody takes the duty")


Strike = Callable[[Stage], None]
"""Strikes once, and mends what was struck."""


def sender(stage: Stage) -> None:
    """The node that has the duty dies; another one starts a moment later in its place."""
    node = stage.holder()
    node.kill()
    time.sleep(1.0)
    node.start()


def postgres(stage: Stage) -> None:
    """The server and all its processes die, and are started again as a supervisor would."""
    stage.database.kill()
    time.sleep(0.5)
    stage.database.start()


@contextmanager
def command_stage() -> Iterator[Stage]:
    """Two nodes on one PostgreSQL that waits for its disk."""
    receiver = Receiver()
    with tempfile.TemporaryDirectory() as home, running_postgres(durable=True) as database:
        nodes = [Installation(Path(home) / f"node{n}", receiver, f"database: {database.url}\n") for n in (1, 2)]
        nodes[0].prepare()
        try:
            for node in nodes:
                node.start()
            yield Stage(nodes, database, receiver, Load(nodes))
        finally:
            for node in nodes:
                node.kill()


def measure(stage: Stage, strike: Strike, times: int = FAULTS) -> dict[str, Any]:
    """Strike under load, then wait until all is quiet and count."""
    rng, struck = random.Random(7), []
    senders = [threading.Thread(target=stage.load.run, args=(n, 3)) for n in range(3)]
    for one in senders:
        one.start()
    time.sleep(3)
    for number in range(times):
        time.sleep(rng.uniform(3.0, 6.0))
        struck.append(time.perf_counter())
        strike(stage)
        struck.append(time.perf_counter())
        print(f"\r{number + 1}/{times}, {len(stage.load.accepted)} accepted", end="", file=sys.stderr, flush=True)
    time.sleep(3)
    stage.load.stop.set()
    for one in senders:
        one.join()
    until_quiet(stage)
    print(file=sys.stderr)
    return {"times": times, **count(stage, struck)}


def until_quiet(stage: Stage) -> None:
    """Until everybody who is to be paged was paged, or nothing has moved for a minute; then for longer than a lease."""
    paged, moved = -1, time.monotonic()
    while time.monotonic() - moved < QUIET_S:
        found = {name for _, message in stage.receiver.pages() for name in CASE.findall(message["title"])[:1]}
        if found >= set(stage.load.accepted):
            break
        if len(found) != paged:
            paged, moved = len(found), time.monotonic()
        time.sleep(0.5)
    time.sleep(6)


def count(stage: Stage, struck: list[float]) -> dict[str, Any]:
    """What was accepted against what came of it."""
    load, opened = stage.load, Counter[str]()
    for (title,) in stage.ask("SELECT title_en FROM incidents"):
        opened.update(CASE.findall(title)[:1])
    copies: Counter[tuple[str, str]] = Counter()
    first: dict[str, float] = {}
    for at, message in stage.receiver.pages():
        for name in CASE.findall(message["title"])[:1]:
            copies[(name, message["page_id"])] += 1
            first.setdefault(name, at)
    waits = {name: first[name] - at for name, at in load.accepted.items() if name in first}
    asked = sorted(first[name] - at for name, at in load.began.items() if name in first)
    worst = [
        max((waits[n] for n, at in load.accepted.items() if n in waits and begin - 1 <= at <= end + 4), default=0.0)
        for begin, end in zip(struck[::2], struck[1::2], strict=True)
    ]
    return {
        "accepted": len(load.accepted), "events_lost": sum(name not in opened for name in load.accepted),
        "incidents_doubled": sum(number > 1 for number in opened.values()),
        "pages_lost": sum(name not in first for name in load.accepted), "pages": len(copies),
        "pages_doubled": sum(number > 1 for number in copies.values()),
        "accepted_to_page_s": {
            "p50": round(statistics.median(waits.values()), 3), "worst": round(max(waits.values()), 2),
            "worst_of_the_usual_fault": round(statistics.median(worst), 2),
        },
        "sent_to_page_worst_s": round(asked[-1], 2),
        "audit": stage.nodes[0].cli("audit", "verify").strip().splitlines()[-1],
    }  # fmt: skip


STRIKES: dict[str, Strike] = {"sender": sender, "postgres": postgres}


def main(names: list[str], strikes: dict[str, Strike], stages: Callable[[], AbstractContextManager[Stage]]) -> int:
    """Measure the named faults, then show them in one table; 1 when anything was lost."""
    found: dict[str, dict[str, Any]] = {}
    for name in names:
        with stages() as stage:
            found[name] = measure(stage, strikes[name])
        print(json.dumps({name: found[name]}, indent=2), flush=True)
    lines = [_line(strikes[name].__doc__ or name, one) for name, one in found.items()]
    print("\n".join((HEAD, re.sub("[^|]+", "---", HEAD), *lines)), flush=True)
    return 1 if any(one["events_lost"] + one["pages_lost"] for one in found.values()) else 0


HEAD = "| fault | times | accepted | lost | incidents doubled | pages | pages doubled | usual delay | worst delay |"


def _line(what: str, one: dict[str, Any]) -> str:
    waits = one["accepted_to_page_s"]
    lost = one["events_lost"] + one["pages_lost"]
    cells = (
        what.rstrip("."), one["times"], one["accepted"], lost, one["incidents_doubled"], one["pages"],
        one["pages_doubled"], f"{waits['worst_of_the_usual_fault']} s", f"{waits['worst']} s",
    )  # fmt: skip
    return f"| {' | '.join(map(str, cells))} |"


if __name__ == "__main__":
    if not sys.argv[1:] or set(sys.argv[1:]) - set(STRIKES):
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:], STRIKES, command_stage))
