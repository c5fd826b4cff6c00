"""Figures of the road, each by one command from the repository's root:

python -m tests.bench.road start      # cold start, tocsin --help
python -m tests.bench.road latency    # event in → page handed over, 50 events a second, fsync on
python -m tests.bench.road burst      # 20,000 alerts of one cause
python -m tests.bench.road kill       # kill -9 at random instants under load (KILLS=200)
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
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from tests.bench.installation import ROOT, Installation, Receiver, alert


def start() -> dict[str, Any]:
    """Seconds until the site answers, and until help is on the screen; the best and the median of ten."""
    helps = []
    for _ in range(10):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-m", "config.cli.main", "--help"], cwd=ROOT, capture_output=True, check=True)
        helps.append(time.perf_counter() - began)
    receiver, starts = Receiver(), []
    with tempfile.TemporaryDirectory() as home:
        house = Installation(Path(home), receiver)
        for _ in range(5):
            starts.append(house.start())
            house.stop()
    return {
        "help_s": {"best": round(min(helps), 3), "median": round(statistics.median(helps), 3)},
        "start_s": {"best": round(min(starts), 3), "median": round(statistics.median(starts), 3)},
    }


def latency(seconds: int = 60) -> dict[str, Any]:
    """45 facts and 5 alerts a second, each alert an incident of its own; from before the POST to the page's arrival."""
    receiver = Receiver()
    with tempfile.TemporaryDirectory() as home:
        house = Installation(Path(home), receiver)
        house.prepare()
        house.start()
        sent: dict[str, float] = {}
        with house.client() as client:
            began = time.perf_counter()
            for number in range(seconds * 50):
                wait = began + number / 50 - time.perf_counter()
                if wait > 0:
                    time.sleep(wait)
                if number % 10 == 0:
                    name = f"case-{number}"
                    body = alert(name, service=name)
                    sent[name] = time.perf_counter()
                    client.post("/api/v2/alerts", json=[body]).raise_for_status()
                else:
                    client.post("/api/v1/events", json=_fact(number)).raise_for_status()
            time.sleep(2)
        house.stop()
    waits = []
    for name, at in sent.items():
        first = [when for when, message in receiver.pages() if name in json.dumps(message)]
        if first:
            waits.append((min(first) - at) * 1000)
    waits.sort()
    return {
        "pages": len(waits), "missing": len(sent) - len(waits),
        "p50_ms": round(waits[len(waits) // 2], 1), "p99_ms": round(waits[int(len(waits) * 0.99) - 1], 1),
        "max_ms": round(waits[-1], 1),
    }  # fmt: skip


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
            [alert("NodeDown", scenario="system-outage", service="ivr", instance=f"h{n}") for n in range(i, i + 100)]
            for i in range(0, count, 100)
        ]
        with house.client() as client, ThreadPoolExecutor(4) as pool:
            began = time.perf_counter()
            codes = list(pool.map(lambda batch: client.post("/api/v2/alerts", json=batch).status_code, batches))
            accepted = time.perf_counter() - began
            state = _wait_until_joined(client, count)
            done = time.perf_counter() - began
        memory = house.memory_mb()
        house.stop()
    people = [message["to"] if "to" in message else message["page_id"] for _, message in receiver.pages()]
    return {
        "accepted_per_s": round(count / accepted), "refused": sum(code != 200 for code in codes),
        "all_joined_after_s": round(done, 1), "incidents": state["incidents"], "signals": state["signals"],
        "pages": len(people), "peak_memory_mb": round(memory),
    }  # fmt: skip


def _wait_until_joined(client: httpx.Client, count: int) -> dict[str, int]:
    for _ in range(600):
        rows = client.get("/api/v1/incidents").json()
        if rows:
            joined = int(client.get(f"/api/v1/incidents/{rows[0]['id']}").json()["signals"])
            if joined >= count:
                return {"incidents": len(rows), "signals": joined}
        time.sleep(0.1)
    raise RuntimeError("the alerts did not join within a minute")


def kill(kills: int = int(os.environ.get("KILLS", "200"))) -> dict[str, Any]:
    """Under load, ``kill -9`` at random instants, start again; at the end, what was accepted against what is there."""
    receiver, rng = Receiver(), random.Random(7)
    accepted: dict[str, float] = {}
    stop = threading.Event()
    with tempfile.TemporaryDirectory() as home:
        house = Installation(Path(home), receiver)
        house.prepare()
        sender = threading.Thread(target=_load, args=(house, accepted, stop))
        house.start()
        sender.start()
        for number in range(kills):
            time.sleep(rng.uniform(0.05, 0.8))
            house.kill()
            house.start()
            print(f"\r{number + 1}/{kills} kills, {len(accepted)} accepted", end="", file=sys.stderr, flush=True)
        stop.set()
        sender.join()
        time.sleep(45)  # longer than a lease: what a dead process had in hand is sent by the last one
        result = _compare(house, accepted, receiver)
        house.stop()
        result["audit"] = house.cli("audit", "verify").strip().splitlines()[-1]
    print(file=sys.stderr)
    return {"kills": kills, **result}


def _load(house: Installation, accepted: dict[str, float], stop: threading.Event) -> None:
    number = 0
    with house.client() as client:
        while not stop.is_set():
            number += 1
            name = f"case-{number}"
            body = [alert(name, service=name)]
            for _ in range(400):  # as Prometheus does: again until it is taken
                try:
                    if client.post("/api/v2/alerts", json=body, timeout=3).status_code == 200:
                        accepted[name] = time.perf_counter()
                        break
                except httpx.HTTPError:
                    pass
                time.sleep(0.05)
            time.sleep(0.12)


def _compare(house: Installation, accepted: dict[str, float], receiver: Receiver) -> dict[str, Any]:
    rows = json.loads(house.cli("incident", "list", "--json", "--limit", "10000", "--all"))
    rows = rows["incidents"] if isinstance(rows, dict) else rows
    opened: dict[str, int] = {}
    for row in rows:
        title = row["title"] if isinstance(row["title"], str) else row["title"]["en"]
        name = title.split()[0]
        opened[name] = opened.get(name, 0) + 1
    paged = {name for name in accepted if any(f"{name} " in f"{m['title']} " for _, m in receiver.pages())}
    copies = receiver.per_page()
    return {
        "accepted": len(accepted), "events_lost": sum(name not in opened for name in accepted),
        "incidents_doubled": sum(count > 1 for count in opened.values()),
        "pages_lost": len(accepted) - len(paged), "pages": len(copies),
        "pages_doubled": sum(count > 1 for count in copies.values()),
    }  # fmt: skip


if __name__ == "__main__":
    work = {"start": start, "latency": latency, "burst": burst, "kill": kill}
    if len(sys.argv) != 2 or sys.argv[1] not in work:
        sys.exit(__doc__)
    print(json.dumps(work[sys.argv[1]](), indent=2))
