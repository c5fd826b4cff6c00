"""Figures of the road, each by one command from the repository's root, with an optional size:

python -m tests.bench.road fresh           # fresh clone, empty home → first incident on the demo's screen
python -m tests.bench.road start 10        # cold start and tocsin --help, so many times
python -m tests.bench.road latency 60      # event in → page handed over, 50 events a second for so many seconds
python -m tests.bench.road burst 20000     # so many alerts of one cause at once
python -m tests.bench.road kill 200        # so many times kill -9 at a random instant under load

All on SQLite as ``tocsin init`` sets it up: every commit is synced. Set ``TMPDIR`` to a folder on a real disk where
the usual one is kept in memory.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from tests.bench.installation import ROOT, Installation, Receiver, alert, failing

SENDERS = 4
STILL_S = 30.0
"""Longer than any lease, and than the rounds in which a long queue of pages goes out."""
RATE = 50
"""Events a second; every tenth opens an incident of its own."""


def fresh(_size: int) -> dict[str, Any]:
    """Clone what is committed, run ``make demo`` in an empty home: seconds until the first incident is shown."""
    left_out = {"VIRTUAL_ENV", "PYTHONPATH"}
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as home, tempfile.TemporaryDirectory() as place:
        environment = {name: value for name, value in os.environ.items() if name not in left_out} | {"HOME": home}
        command = ["make", "-C", place, "demo", "DEMO_ARGS=--exit --lang en"]
        began = time.perf_counter()
        subprocess.run(["git", "clone", "-q", str(ROOT), place], check=True)
        with subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE) as demo:
            for line in demo.stdout or ():
                after = round(time.perf_counter() - began, 1)
                if line.startswith("Tocsin "):
                    found |= {"up_s": after, "own_start": line.rpartition("·")[2].strip()}
                elif "INC-" in line and "first_incident_s" not in found:
                    found["first_incident_s"] = after
        return {**found, "whole_demo_s": round(time.perf_counter() - began, 1), "exit_code": demo.returncode}


def start(times: int = 10) -> dict[str, Any]:
    """Seconds until the site answers, and until help is on the screen; best and median."""
    helps = []
    for _ in range(times):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-m", "config.cli.main", "--help"], cwd=ROOT, capture_output=True, check=True)
        helps.append(time.perf_counter() - began)
    starts = []
    with tempfile.TemporaryDirectory() as home:
        house = Installation(Path(home), Receiver())
        first = house.start()  # makes the database
        house.stop()
        for _ in range(times):
            starts.append(house.start())
            house.stop()
    return {
        "help_s": {"best": round(min(helps), 3), "median": round(statistics.median(helps), 3)},
        "start_s": {"first": round(first, 3), "best": round(min(starts), 3),
                    "median": round(statistics.median(starts), 3)},
    }  # fmt: skip


def latency(seconds: int = 60) -> dict[str, Any]:
    """From before the POST to the page's arrival. Cases come by turns as an alert and as a fact a detector judges."""
    receiver = Receiver()
    with tempfile.TemporaryDirectory() as home:
        house = Installation(Path(home), receiver)
        house.prepare()
        house.start()
        sent: dict[str, float] = {}
        with house.client() as client, ThreadPoolExecutor(8) as pool:
            answers = []
            began = time.perf_counter()
            for number in range(seconds * RATE):
                wait = began + number / RATE - time.perf_counter()
                if wait > 0:
                    time.sleep(wait)
                if number % 10 == 0:
                    name = f"case-{number}"
                    sent[name] = time.perf_counter()
                    answers.append(pool.submit(_case, client, name, number // 10))
                else:
                    answers.append(pool.submit(client.post, "/api/v1/events", json=_fact(number)))
            for answer in answers:
                answer.result().raise_for_status()
            rate = seconds * RATE / (time.perf_counter() - began)
            time.sleep(3)
        house.stop()
    return {"events_per_s": round(rate, 1), **_waits(sent, receiver)}


def _waits(sent: dict[str, float], receiver: Receiver) -> dict[str, Any]:
    arrived: dict[str, float] = {}
    for at, message in receiver.pages():
        arrived.setdefault(_case_of(message["title"]), at)
    waits = sorted((arrived[name] - at) * 1000 for name, at in sent.items() if name in arrived)
    if not waits:
        raise RuntimeError("no page arrived")
    return {
        "cases": len(sent), "missing": len(sent) - len(waits),
        "p50_ms": round(waits[len(waits) // 2], 1), "p99_ms": round(waits[int(len(waits) * 0.99) - 1], 1),
        "max_ms": round(waits[-1], 1),
    }  # fmt: skip


def _case(client: httpx.Client, name: str, turn: int, **options: Any) -> httpx.Response:
    """Send something that opens an incident named ``name``."""
    if turn % 2:
        return client.post("/api/v1/events", json=failing(name), **options)
    return client.post("/api/v2/alerts", json=[alert(name, service=name)], **options)


def _case_of(title: str) -> str:
    """The case's name, with which or after whose level a title begins."""
    return next((word for word in title.split() if word.startswith("case-")), "")


def _fact(number: int) -> dict[str, Any]:
    return {
        "specversion": "1.0", "id": f"f{number}", "source": "bench", "type": "metric.sampled",
        "data": {"service": "crm", "metric": "latency_ms", "value": 100 + number % 7, "unit": "ms"},
    }  # fmt: skip


def burst(count: int = 20_000) -> dict[str, Any]:
    """Alerts of one cause in batches of 100 over four connections."""
    receiver = Receiver()
    with tempfile.TemporaryDirectory() as home:
        house = Installation(Path(home), receiver)
        house.prepare()
        house.start()
        batches = [
            [alert("NodeDown", scenario="system-outage", service="ivr", instance=f"h{n}")
             for n in range(i, min(i + 100, count))]
            for i in range(0, count, 100)
        ]  # fmt: skip
        with house.client() as client, ThreadPoolExecutor(4) as pool:
            began = time.perf_counter()
            codes = list(pool.map(lambda batch: client.post("/api/v2/alerts", json=batch).status_code, batches))
            accepted = time.perf_counter() - began
            state = _wait_until_joined(client, count)
            done = time.perf_counter() - began
        time.sleep(3)
        memory = house.memory_mb()
        house.stop()
    people = Counter(message["person"] for _, message in receiver.pages())
    return {
        "accepted_per_s": round(count / accepted), "refused": sum(code != 200 for code in codes),
        "all_joined_after_s": round(done, 1), "incidents": state["incidents"], "signals": state["signals"],
        "people_paged": len(people), "pages_per_person": max(people.values()), "peak_memory_mb": round(memory),
    }  # fmt: skip


def _wait_until_joined(client: httpx.Client, count: int) -> dict[str, int]:
    for _ in range(1200):
        rows = client.get("/api/v1/incidents").json()
        if rows:
            joined = int(client.get(f"/api/v1/incidents/{rows[0]['id']}").json()["signals"])
            if joined >= count:
                return {"incidents": len(rows), "signals": joined}
        time.sleep(0.1)
    raise RuntimeError("the alerts did not join within two minutes")


def kill(kills: int = 200) -> dict[str, Any]:
    """Under load, ``kill -9`` at random instants, start again; at the end, what was accepted against what is there."""
    receiver, rng = Receiver(), random.Random(7)
    accepted: dict[str, float] = {}
    stop = threading.Event()
    with tempfile.TemporaryDirectory() as home:
        house = Installation(Path(home), receiver)
        house.prepare()
        senders = [threading.Thread(target=_load, args=(house, accepted, stop, who)) for who in range(SENDERS)]
        house.start()
        for sender in senders:
            sender.start()
        for number in range(kills):
            time.sleep(rng.uniform(0.05, 1.5))
            house.kill()
            house.start()
            print(f"\r{number + 1}/{kills} kills, {len(accepted)} accepted", end="", file=sys.stderr, flush=True)
        stop.set()
        for sender in senders:
            sender.join()
        _settle(accepted, receiver)
        result = _compare(house, accepted, receiver)
        house.stop()
        result["audit"] = house.cli("--lang", "en", "audit", "verify").strip().splitlines()[-1]
    print(file=sys.stderr)
    return {"kills": kills, **result}


def _load(house: Installation, accepted: dict[str, float], stop: threading.Event, who: int) -> None:
    """Cases one after another, each again until it is taken, as Prometheus does; ``who`` numbers the sender."""
    number = who
    with house.client() as client:
        while not stop.is_set():
            number += SENDERS
            name = f"case-{number}"
            for _ in range(1200):
                try:
                    if _case(client, name, number, timeout=3).is_success:
                        accepted[name] = time.perf_counter()
                        break
                except httpx.HTTPError:
                    pass
                time.sleep(0.05)
            time.sleep(0.05)


def _settle(accepted: dict[str, float], receiver: Receiver) -> None:
    """Until every case has a page, or no case got its first one for a while: nobody answers, so pages never cease."""
    missing, since = len(accepted) + 1, time.perf_counter()
    while missing and time.perf_counter() - since < STILL_S:
        time.sleep(1)
        if (now := len(accepted.keys() - _paged(receiver))) != missing:
            missing, since = now, time.perf_counter()


def _paged(receiver: Receiver) -> set[str]:
    return {_case_of(message["title"]) for _, message in receiver.pages()}


def _compare(house: Installation, accepted: dict[str, float], receiver: Receiver) -> dict[str, Any]:
    rows = json.loads(house.cli("incident", "list", "--json", "--limit", "10000", "--all"))
    opened = Counter(_case_of(row["title"]["en"]) for row in rows)
    paged = _paged(receiver)
    copies = receiver.per_page()
    return {
        "accepted": len(accepted), "events_lost": sum(name not in opened for name in accepted),
        "incidents_doubled": sum(count > 1 for count in opened.values()),
        "pages_lost": sum(name not in paged for name in accepted), "pages": len(copies),
        "pages_doubled": sum(count > 1 for count in copies.values()),
    }  # fmt: skip


WORK: dict[str, tuple[Callable[[int], dict[str, Any]], int]] = {
    "fresh": (fresh, 1), "start": (start, 10), "latency": (latency, 60), "burst": (burst, 20_000), "kill": (kill, 200),
}  # fmt: skip
"""What can be measured, and the size when none is given."""


if __name__ == "__main__":
    name, *size = sys.argv[1:] or [""]
    if name not in WORK or len(size) > 1 or not all(part.isdecimal() for part in size):
        sys.exit(__doc__)
    measure, usual = WORK[name]
    print(json.dumps(measure(int(size[0]) if size else usual), indent=2))
