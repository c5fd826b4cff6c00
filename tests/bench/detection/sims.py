"""Simulated traffic where no real labelled data exist: error rates with blips, heartbeats with long gaps, surges."""

import copy
import random
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from detectors.series.beat import BeatMeter
from detectors.series.count import CountMeter
from detectors.series.ratio import RatioMeter
from tests.bench.detection.budgets import WEEK, Judged, threshold_for

Scores = Callable[[Sequence[float], Sequence[float]], list[float]]
DAY_MINUTES = 1440
_PROTECTED = 30


class Cell(NamedTuple):
    """Share found, and the mean and median number of samples it took (1: the first)."""

    found: float
    mean: float
    median: float


def cell(delays: Sequence[int | None]) -> Cell:
    """From delays in samples, None for a miss."""
    hits = sorted(one + 1 for one in delays if one is not None)
    if not hits:
        return Cell(0.0, 0.0, 0.0)
    return Cell(len(hits) / len(delays), sum(hits) / len(hits), float(hits[len(hits) // 2]))


def error_rate(per_minute: int, seed: int = 1, weeks: int = 6, injections: int = 60) -> dict[str, Cell]:
    """0.5 % errors with overdispersion and two one-minute blips a day; a lasting rise at one false alarm a week."""
    rng = random.Random(seed)
    minutes = (7 * weeks + 3) * DAY_MINUTES
    rates = [rng.betavariate(2.5, 497.5) for _ in range(minutes)]
    for day in range(minutes // DAY_MINUTES):
        for _ in range(2):
            rates[day * DAY_MINUTES + rng.randrange(DAY_MINUTES)] = rng.uniform(0.05, 0.3)
    trials = [max(1, round(rng.gauss(per_minute, per_minute**0.5))) for _ in range(minutes)]
    bad = [_binomial(rng, n, p) for n, p in zip(trials, rates, strict=True)]
    meter, state = RatioMeter(), RatioMeter().new()
    warm = 3 * DAY_MINUTES
    places = [warm + _PROTECTED + n * ((minutes - warm - 100) // injections) for n in range(injections)]
    kept, scores = dict[int, Any](), list[float]()
    for minute in range(minutes):
        if minute in places:
            kept[minute] = copy.deepcopy(state)
        scores.append(meter.take(state, 60.0 * minute + 1.7e9, bad[minute] / trials[minute], float(trials[minute])))
    threshold = threshold_for([Judged(scores, (), warm, float(weeks))], 1.0, dedup=30)
    found = {}
    for rise in (0.02, 0.05, 0.2):
        delays: list[int | None] = []
        for place in places:
            now = copy.deepcopy(kept[place])
            delays.append(None)
            for step in range(30):
                minute = place + step
                worse = _binomial(rng, trials[minute], min(1.0, rates[minute] + rise)) / trials[minute]
                if meter.take(now, 60.0 * minute + 1.7e9, worse, float(trials[minute])) >= threshold:
                    delays[-1] = step
                    break
        found[f"+{100 * rise:.0f} pp"] = cell(delays)
    return found


def _binomial(rng: random.Random, trials: int, chance: float) -> int:
    return sum(rng.random() < chance for _ in range(trials))


class Beats(NamedTuple):
    """False alarms a week and the mean timeout in seconds."""

    weekly: float
    timeout: float


def heartbeats(seed: int = 1, weeks: int = 30) -> Beats:
    """Every ten seconds with jitter; 0.3 % of the gaps are longer by 15 s on average. No beat is ever missing."""
    rng = random.Random(seed)
    meter, state = BeatMeter(), BeatMeter().new()
    at, false, sum_, count = 1.7e9, 0, 0.0, 0
    warm, end = at + WEEK, at + (weeks + 1) * WEEK
    while at < end:
        at += 10.0 * rng.lognormvariate(0.0, 0.05) + (rng.expovariate(1 / 15) if rng.random() < 0.003 else 0.0)
        late = meter.take(state, at, 1.0, 0.0) >= 1.0
        if at >= warm:
            false += late
            sum_ += state.timeout
            count += 1
    return Beats(false / weeks, sum_ / count)


def count_scores(times: Sequence[float], values: Sequence[float]) -> list[float]:
    """The count meter's."""
    meter, state = CountMeter(), CountMeter().new()
    return [meter.take(state, at, value, 0.0) for at, value in zip(times, values, strict=True)]


class Surges(NamedTuple):
    """How surges are injected: so many samples long, after so many, at a budget a week."""

    length: int
    warm: int
    budget: float
    dedup: int
    pooled: bool


def surges(
    series: Sequence[tuple[str, list[float], list[float]]],
    scores: Scores,
    plan: Surges,
    back: int | None,
    each: int = 40,
) -> dict[str, Cell]:
    """Extra counts as large as ×1.5, ×2, ×3 the real ones; false alarms are counted on the real series as they are.

    ``back``: samples before a surge that are replayed for it, None for all.
    """
    rng = random.Random(5)
    clean = [
        Judged(scores(times, values), (), plan.warm, (times[-1] - times[plan.warm]) / WEEK)
        for _, times, values in series
    ]
    pooled = threshold_for(clean, plan.budget, plan.dedup) if plan.pooled else None
    found = {}
    for factor in (1.5, 2.0, 3.0):
        delays: list[int | None] = []
        for (_, times, values), judged in zip(series, clean, strict=True):
            threshold = pooled if pooled is not None else threshold_for([judged], plan.budget, plan.dedup)
            for _ in range(each):
                place = rng.randrange(plan.warm, len(values) - plan.length)
                if sum(values[place : place + plan.length]) < plan.length:
                    continue
                first, last = max(0, place - back) if back is not None else 0, place + plan.length
                extra = [value + _poisson(rng, value * (factor - 1)) for value in values[place:last]]
                scored = scores(times[first:last], [*values[first:place], *extra])[place - first :]
                delays.append(next((n for n, one in enumerate(scored) if one >= threshold), None))
        found[f"×{factor:g}"] = cell(delays)
    return found


def _poisson(rng: random.Random, mean: float) -> float:
    return float(max(0, round(rng.gauss(mean, mean**0.5)))) if mean > 0 else 0.0
