"""Recall and delay at a budget of false alarms: a standing alarm counts again after a while, and so does a new one."""

from collections.abc import Sequence
from statistics import mean, median
from typing import NamedTuple

WEEK = 604800.0


class Judged(NamedTuple):
    """One series: its scores, the labelled stretches of rows, the first row that counts, the weeks from there on."""

    scores: Sequence[float]
    events: Sequence[tuple[int, int]]
    warm: int
    weeks: float


class Found(NamedTuple):
    """Recall, median and mean delay in samples, and the threshold."""

    recall: float
    median: float
    mean: float
    threshold: float


def stretches(labels: Sequence[int], merge: int = 12) -> list[tuple[int, int]]:
    """Runs of labels, those close together joined."""
    events: list[tuple[int, int]] = []
    for row, label in enumerate(labels):
        if label and events and row - events[-1][1] <= merge + 1:
            events[-1] = (events[-1][0], row)
        elif label:
            events.append((row, row))
    return events


def alarms(one: Judged, threshold: float, dedup: int, before: int, after: int) -> tuple[list[int], int]:
    """Delays of the found events, and how many false alarms."""
    delays: dict[int, int] = {}
    false, last = 0, -(10**9)
    for row in range(one.warm, len(one.scores)):
        if one.scores[row] < threshold:
            continue
        number = next((n for n, (a, b) in enumerate(one.events) if a - before <= row <= b + after), None)
        if number is not None:
            delays.setdefault(number, max(0, row - one.events[number][0]))
        elif row - last > dedup:
            false, last = false + 1, row
    return list(delays.values()), false


def threshold_for(pool: Sequence[Judged], budget: float, dedup: int = 12, before: int = 3, after: int = 12) -> float:
    """The lowest threshold with at most so many false alarms a week over the pool."""
    values = sorted({score for one in pool for score in one.scores[one.warm :] if score > 0})
    weeks = sum(one.weeks for one in pool)
    low, high = 0, len(values)
    while low < high:
        middle = (low + high) // 2
        if sum(alarms(one, values[middle], dedup, before, after)[1] for one in pool) <= budget * weeks:
            high = middle
        else:
            low = middle + 1
    # Just above the highest score that would be one false alarm too many.
    return values[low - 1] * (1 + 1e-9) if low else (values[0] if values else 1.0)


def at_budget(pool: Sequence[Judged], budget: float, dedup: int = 12, before: int = 3, after: int = 12) -> Found:
    """Recall over the pool with one threshold."""
    threshold = threshold_for(pool, budget, dedup, before, after)
    delays = [delay for one in pool for delay in alarms(one, threshold, dedup, before, after)[0]]
    events = sum(1 for one in pool for _, end in one.events if end >= one.warm)
    if not delays:
        return Found(0.0, 0.0, 0.0, threshold)
    return Found(len(delays) / max(events, 1), median(delays), mean(delays), threshold)
