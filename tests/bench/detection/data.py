"""The series of the measuring data. Their folder is an argument: nothing of it belongs to the product."""

import csv
import gzip
import json
import random
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from detectors.backtest.rows import epoch


class Series(NamedTuple):
    """Times in epoch seconds, values, the times as they stood, and 1 where a label says anomaly."""

    times: list[float]
    values: list[float]
    stamps: list[str]
    labels: list[int]


class Issue(NamedTuple):
    """A metric on normal days, then the few samples around an injected issue."""

    kind: str
    normal: list[tuple[float, float]]
    issue: list[tuple[float, float]]


def read_series(path: Path) -> Series:
    """A CSV with timestamp, value and maybe label."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return Series(
        [epoch(row["timestamp"]) for row in rows],
        [float(row["value"]) for row in rows],
        [row["timestamp"][:19] for row in rows],
        [int(float(row.get("label") or 0)) for row in rows],
    )


def issues(folder: Path) -> list[Issue]:
    """PetShop: the target metric of each issue."""
    found = []
    for level in ("low_traffic", "high_traffic"):
        normal = _metrics(folder / level / "noissue" / "metrics.csv")
        for place in sorted((folder / level).glob("*/issue_*")):
            target = json.loads((place / "target.json").read_text())["target"]
            name = (target["node"], target["metric"], target["agg"])
            found.append(Issue(target["metric"], normal[name], _metrics(place / "metrics.csv")[name]))
    return found


def _metrics(path: Path) -> dict[tuple[str, str, str], list[tuple[float, float]]]:
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    names = list(zip(*rows[:3], strict=True))
    return {
        name: [(float(row[0]), float(row[column])) for row in rows[4:] if row[0] and row[column]]
        for column, name in enumerate(names)
        if column
    }


def daily(folder: Path) -> list[tuple[str, list[float], list[float]]]:
    """Complaints a day in New York, whole and thinned to 10 and 85 a day, and downloads of four packages."""
    rng = random.Random(1)
    found = []
    with (folder / "nyc311" / "nyc311_daily_to_2013.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    times = [epoch(row["date"]) for row in rows]
    for column in ("noise_complaints", "other_complaints", "total"):
        values = [float(row[column]) for row in rows]
        found.append((column, times, values))
        mean = sum(values) / len(values)
        found += [(f"{column} {size}", times, thinned(values, size / mean, rng)) for size in (10, 85)]
    packages: dict[str, list[tuple[float, float]]] = {}
    with (folder / "counts_other" / "cran_downloads.csv").open(newline="") as stream:
        for row in csv.DictReader(stream):
            packages.setdefault(row["package"], []).append((epoch(row["date"]), float(row["count"])))
    for name in list(packages)[:4]:
        found.append((name, [at for at, _ in packages[name]], [value for _, value in packages[name]]))
    return found


def triages(folder: Path) -> list[tuple[str, list[float], list[float]]]:
    """Triages a day by region and way in from the spring of 2020 on: counts that fell for months."""
    found: dict[str, list[tuple[float, float]]] = {}
    with (folder / "counts_other" / "nhs_pathways_2020.csv").open(newline="") as stream:
        for row in csv.DictReader(stream):
            rows = found.setdefault(f"{row['site_type']} {row['nhs_region']}", [])
            if not rows or epoch(row["date"]) > rows[-1][0]:
                rows.append((epoch(row["date"]), float(row["count"])))
    return [(name, [at for at, _ in rows], [one for _, one in rows]) for name, rows in found.items() if len(rows) > 100]


def thinned(values: Sequence[float], share: float, rng: random.Random) -> list[float]:
    """Each single event kept with this chance."""
    return [_kept(value, share, rng) for value in values]


def _kept(value: float, share: float, rng: random.Random) -> float:
    if value < 400:
        return float(sum(rng.random() < share for _ in range(int(value))))
    mean = value * share
    return max(0.0, float(round(rng.gauss(mean, (mean * (1 - share)) ** 0.5))))


def half_hours(folder: Path) -> list[tuple[str, list[float], list[float]]]:
    """Calls per half hour: a bank, whole and thinned, and a smaller call centre's January."""
    rng = random.Random(2)
    bank: dict[float, float] = {}
    with (folder / "callcentre" / "bank_calls.csv").open(newline="") as stream:
        for row in csv.DictReader(stream):
            slot = epoch(row["DateTime"]) // 1800 * 1800
            bank[slot] = bank.get(slot, 0.0) + float(row["Calls"])
    times = sorted(bank)
    calls = [bank[at] for at in times]
    small = _technion(folder / "callcentre" / "technion_1999_january.txt.gz")
    return [
        ("bank", times, calls),
        ("bank, a tenth", times, thinned(calls, 0.1, rng)),
        ("bank, a fiftieth", times, thinned(calls, 0.02, rng)),
        ("small centre", *small),
    ]


def _technion(path: Path) -> tuple[list[float], list[float]]:
    slots: dict[float, float] = {}
    with gzip.open(path, "rt", encoding="utf-8", errors="replace") as stream:
        for text in stream:
            cells = text.split("\t")
            if len(cells) < 10 or not cells[5].isdigit():
                continue
            day, (hour, minute, _) = cells[5], cells[6].split(":")
            at = datetime(1900 + int(day[:2]), int(day[2:4]), int(day[4:]), int(hour), int(minute), tzinfo=UTC)
            slot = at.timestamp() // 1800 * 1800
            slots[slot] = slots.get(slot, 0.0) + 1
    times = [float(at) for at in range(int(min(slots)), int(max(slots)) + 1, 1800)]
    return times, [slots.get(at, 0.0) for at in times]
