"""Measures the outage and surge detectors: ``python -m tests.bench.detection.run [DATA]`` (or TOCSIN_BENCH_DATA).

Prints a table in Markdown. River's detectors are measured beside ours when River is installed. The leak detectors have
a bench of their own: ``python -m tests.bench.leak.run``; ``python -m tests.bench.figures DATA`` runs both.
"""

import os
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from math import isnan, sin
from pathlib import Path
from typing import Any

from detectors.series.meters import METERS
from tests.bench.detection import budgets, data, nab, peers, sims
from tests.bench.detection.cost import costs

Line = tuple[str, str, str]
PEERS: dict[str, Callable[[Sequence[float]], list[float]]] = {
    "River half-space trees": peers.half_space_trees,
    "River Gaussian scorer": peers.gaussian,
    "River absolute deviation": peers.absolute_deviation,
    "River predictive, Holt-Winters": peers.predictive,
}
WARM = 2016
"""Samples of five minutes in a week."""


def scored(kind: str, times: Sequence[float], values: Sequence[float]) -> list[float]:
    """One series through one meter."""
    meter: Any = METERS[kind]()
    state = meter.new()
    return [
        meter.take(state, at, value, 0.0) if not isnan(at) else 0.0 for at, value in zip(times, values, strict=True)
    ]


def methods() -> dict[str, Callable[[data.Series], list[float]]]:
    """Ours, and the peers that are installed."""
    ours = {kind: (lambda one, kind=kind: scored(kind, one.times, one.values)) for kind in ("novelty", "level", "auto")}
    others = (
        {name: (lambda one, make=make: make(one.values)) for name, make in PEERS.items()} if peers.has_river() else {}
    )
    return {**ours, **others}


def nab_lines(folder: Path) -> Iterator[Line]:
    """Standard / low FP / low FN, with the threshold on all files and from the other half."""
    corpus = nab.load(folder / "nab")
    for name, make in methods().items():
        scores = {file: make(one) for file, one in corpus.series.items()}
        for what, found in (("all", nab.whole(corpus, scores)), ("other half", nab.halves(corpus, scores))):
            yield "NAB, threshold from " + what, name, " / ".join(f"{value:.1f}" for value in found.values())


def kpi_lines(folder: Path) -> Iterator[Line]:
    """Labelled KPIs at one and three false alarms a week, one threshold."""
    series = [data.read_series(path) for path in sorted((folder / "kpi").glob("*.csv"))]
    for name, make in methods().items():
        pool = [
            budgets.Judged(make(one), budgets.stretches(one.labels), WARM, (len(one.times) - WARM) / WARM)
            for one in series
        ]
        for budget in (1.0, 3.0):
            found = budgets.at_budget(pool, budget)
            yield f"KPI recall at {budget:g} FA/week", name, f"{found.recall:.2f}, median {found.median:g} samples"


def petshop_lines(folder: Path) -> Iterator[Line]:
    """Issues alarmed in the first sample, and in any, at one false alarm in the last 36 hours of normal data."""
    found = data.issues(folder / "petshop")
    for kind in ("level", "auto"):
        first = later = early = 0
        for one in found:
            rows = one.normal + one.issue
            scores = scored(kind, [at for at, _ in rows], [value for _, value in rows])
            normal = len(one.normal)
            threshold = budgets.threshold_for([budgets.Judged(scores[:normal], (), normal - 432, 1.0)], 1.0)
            first += scores[normal + 2] >= threshold
            later += any(score >= threshold for score in scores[normal + 2 :])
            early += any(score >= threshold for score in scores[normal : normal + 3])
        yield (
            "PetShop issues", kind,
            f"{first}/{len(found)} in the first whole sample, {early} by its end at all, {later} then or later",
        )  # fmt: skip


def rate_lines(_folder: Path) -> Iterator[Line]:
    """Rising error rates at one false alarm a week."""
    for volume in (60, 150, 300):
        for rise, found in sims.error_rate(volume).items():
            yield (
                f"error rate {rise}, {volume}/min, 1 FA/week", "ratio",
                f"{found.found:.2f}, median {found.median:g} min, mean {found.mean:.1f} min",
            )  # fmt: skip


def beat_lines(_folder: Path) -> Iterator[Line]:
    """Heartbeats that never fail."""
    found = sims.heartbeats()
    yield "heartbeat", "heartbeat", f"{found.weekly:.2f} FA/week at a timeout of {found.timeout:.0f} s"


def surge_lines(folder: Path) -> Iterator[Line]:
    """Complaints a day and calls per half hour."""
    days, drifting = data.daily(folder), data.triages(folder)
    plans = (
        ("daily, 0.077 FA/week, one threshold", days, sims.Surges(7, 60, 0.077, 7, pooled=True), "d", 1.0),
        ("daily, 0.077 FA/week, each its own", days, sims.Surges(7, 60, 0.077, 7, pooled=False), "d", 1.0),
        ("daily, drifting, one threshold", drifting, sims.Surges(7, 40, 0.077, 7, pooled=True), "d", 1.0),
        ("half-hourly, 1 FA/week", data.half_hours(folder), sims.Surges(8, 600, 1.0, 16, pooled=True), "min", 30.0),
    )
    ears = {f"EARS {kind}": (lambda _times, values, kind=kind: peers.ears(values, kind)) for kind in ("C1", "C2", "C3")}
    for what, series, plan, unit, size in plans:
        for name, scores in {"count": sims.count_scores, **ears}.items():
            for factor, found in sims.surges(series, scores, plan, None if name == "count" else 12).items():
                yield f"{what} {factor}", name, f"{found.found:.2f} in {found.mean * size:.1f} {unit}"


def cost_lines(_folder: Path) -> Iterator[Line]:
    """Microseconds an event, in batches of 500 and singly, and the size of a state."""
    for kind, batch, single, size in costs(random.Random(1)):
        yield "cost per event", kind, f"{batch:.1f} µs in batches, {single:.1f} µs singly, state {size} bytes"
    values = [50 + 9 * sin(n / 229) + random.Random(n).random() for n in range(5000)]
    for name, make in PEERS.items() if peers.has_river() else ():
        start = time.process_time()
        make(values)
        yield "cost per value", name, f"{(time.process_time() - start) / len(values) * 1e6:.1f} µs singly"


PARTS = {
    "nab": nab_lines, "kpi": kpi_lines, "petshop": petshop_lines, "rate": rate_lines, "beat": beat_lines,
    "surge": surge_lines, "cost": cost_lines,
}  # fmt: skip


def main() -> None:
    """Measure all parts, or those named after the folder."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("TOCSIN_BENCH_DATA", "data"))
    print("| what | detector | measured |\n|---|---|---|")
    for name in sys.argv[2:] or PARTS:
        start = time.perf_counter()
        for what, detector, found in PARTS[name](folder):
            print(f"| {what} | {detector} | {found} |", flush=True)
        print(f"{name}: {time.perf_counter() - start:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
