"""The rules of the Numenta Anomaly Benchmark v1.1, from their description: windows, probation, one threshold."""

import json
from collections.abc import Mapping, Sequence
from math import exp, floor
from pathlib import Path
from typing import NamedTuple

from tests.bench.detection.data import Series, read_series

PROFILES = {"standard": (1.0, 0.11, 1.0), "low FP": (1.0, 0.22, 1.0), "low FN": (1.0, 0.11, 2.0)}
"""Weights of a found window, of a false row, of a missed window."""


class Row(NamedTuple):
    """A row that counts: its score, its weight, and the window it lies in (None: outside all)."""

    score: float
    weight: float
    window: tuple[str, int] | None


class Corpus(NamedTuple):
    """The series, and the windows of each as (first row, last row)."""

    series: dict[str, Series]
    windows: dict[str, list[tuple[int, int]]]


def load(folder: Path) -> Corpus:
    """All series of the benchmark's folder."""
    marked = json.loads((folder / "labels" / "combined_windows.json").read_text())
    series = {name: read_series(folder / "data" / name) for name in sorted(marked)}
    windows = {}
    for name, pairs in marked.items():
        place = {text: number for number, text in reversed(list(enumerate(series[name].stamps)))}
        windows[name] = [(place[start[:19]], place[end[:19]]) for start, end in pairs]
    return Corpus(series, windows)


def _sigmoid(place: float) -> float:
    return 2.0 / (1.0 + exp(5.0 * place)) - 1.0


def _rows(name: str, scores: Sequence[float], windows: Sequence[tuple[int, int]]) -> list[Row]:
    count = len(scores)
    weights, inside = [-1.0] * count, [-1] * count
    for number, (left, right) in enumerate(windows):
        width = float(right - left + 1)
        for row in range(left, right + 1):
            weights[row], inside[row] = _sigmoid(-(right - row + 1) / width) / _sigmoid(-1.0), number
        after = windows[number + 1][0] if number + 1 < len(windows) else count
        for row in range(right + 1, after):
            place = (row - right) / (width - 1)
            weights[row] = -1.0 if place > 3.0 else _sigmoid(place)
    first = int(min(floor(0.15 * count), 750))
    return [
        Row(scores[row], weights[row], (name, inside[row]) if inside[row] >= 0 else None)
        for row in range(first, count)
        if scores[row] > 0
    ]


class Result(NamedTuple):
    """Score of a profile (0–100) and the threshold it was reached with."""

    score: float
    threshold: float


def judge(
    corpus: Corpus, scores: Mapping[str, Sequence[float]], names: Sequence[str], thresholds: Mapping[str, float] | None
) -> dict[str, Result]:
    """Scores per profile; ``thresholds`` None: the best for each, as the benchmark has it."""
    rows = sorted((row for name in names for row in _rows(name, scores[name], corpus.windows[name])), reverse=True,
                  key=lambda row: row.score)  # fmt: skip
    total = sum(len(corpus.windows[name]) for name in names)
    found = {}
    for profile, weights in PROFILES.items():
        best = _swept(rows, weights, total, thresholds[profile] if thresholds else None)
        null, perfect = -weights[2] * total, weights[0] * total
        found[profile] = Result(100 * (best[0] - null) / (perfect - null), best[1])
    return found


def _swept(
    rows: Sequence[Row], weights: tuple[float, float, float], total: int, threshold: float | None
) -> tuple[float, float]:
    hit, false, miss = weights
    raw = -miss * total
    best, earned = (raw, float("inf")), dict[tuple[str, int], float]()
    for number, row in enumerate(rows):
        if threshold is not None and row.score < threshold:
            break
        if row.window is None:
            raw += false * row.weight
        else:
            before = earned.get(row.window)
            if before is None:
                raw += miss + hit * row.weight
            elif row.weight > before:
                raw += hit * (row.weight - before)
            earned[row.window] = max(row.weight, before if before is not None else row.weight)
        last_of_ties = number + 1 == len(rows) or rows[number + 1].score != row.score
        if last_of_ties and (threshold is not None or raw > best[0]):
            best = (raw, row.score)
    return best


def whole(corpus: Corpus, scores: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """The benchmark's own score: the threshold chosen on the labels."""
    return {profile: one.score for profile, one in judge(corpus, scores, sorted(corpus.series), None).items()}


def halves(corpus: Corpus, scores: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """The threshold of each half of the files taken from the other half."""
    names = sorted(corpus.series)
    parts = [names[0::2], names[1::2]]
    found = dict.fromkeys(PROFILES, 0.0)
    total = sum(len(corpus.windows[name]) for name in names)
    for learned, judged in (parts, parts[::-1]):
        thresholds = {profile: one.threshold for profile, one in judge(corpus, scores, learned, None).items()}
        share = sum(len(corpus.windows[name]) for name in judged) / total
        for profile, one in judge(corpus, scores, judged, thresholds).items():
            found[profile] += share * one.score
    return found
