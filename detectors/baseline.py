"""The usual count per bucket: a drifting level with a season, and how much counts scatter around it.

Gamma-Poisson in spirit: the mean follows the counts exponentially, counts are clipped before they are learned so
that a surge doesn't become the norm, and the variance is mean + spread × mean². Days have a weekday factor;
shorter buckets have one mean per slot of the day, separately for working days and days off, times a weekday
factor.
"""

from math import log, sqrt

import msgspec

LEVEL_RATE = 0.06
SEASON_RATE = 0.05
SLOT_RATE = 0.2
SPREAD_RATE = 0.02
CLIP = 2.5
MIN_MEAN = 0.2
PAD = 3.0
SCATTER = 0.04
SCATTER_RATE = 0.05
SCATTER_LEAST = 0.005
_SCATTER_TRUST = 5.0


class Baseline(msgspec.Struct, array_like=True):
    """``slots``: slot → (mean, how many buckets it has seen); daily baselines have the one slot 0."""

    slots: dict[int, tuple[float, int]] = {}
    week: list[float] = msgspec.field(default_factory=lambda: [1.0] * 7)
    weeks: list[int] = msgspec.field(default_factory=lambda: [0] * 7)
    spread: float = 0.1
    known: int = 0

    def mean(self, slot: int, weekday: int) -> float:
        """Expected count; 0 when the slot was never seen."""
        level, seen = self.slots.get(slot, (0.0, 0))
        return max(level * self.week[weekday], MIN_MEAN) if seen else 0.0

    def deviation(self, mean: float) -> float:
        """Standard deviation of a count with this mean."""
        return sqrt(mean + self.spread * mean * mean)

    def learn(self, slot: int, weekday: int, count: float, *, daily: bool) -> None:
        """Take in one complete bucket."""
        level, seen = self.slots.get(slot, (0.0, 0))
        self.known += 1
        if not seen:
            self.slots[slot] = (count, 1)
            return
        mean = self.mean(slot, weekday)
        reach = CLIP * self.deviation(mean) * (2 if seen < 7 else 1)
        clipped = min(max(count, mean - reach), mean + reach)
        if seen >= 3:
            self._scatter(clipped, mean, seen, daily=daily)
        rate = max(LEVEL_RATE if daily else SLOT_RATE, 1 / (seen + 1))
        self.slots[slot] = (max(0.0, level + rate * (clipped / self.week[weekday] - level)), seen + 1)
        if seen >= 7:
            self._season(weekday, clipped, level, daily=daily)

    def _scatter(self, count: float, mean: float, seen: int, *, daily: bool) -> None:
        excess = ((count - mean) ** 2 - mean) / (mean * mean)
        rate = max(SPREAD_RATE, 1 / (seen + 10)) if daily else SPREAD_RATE / 2
        self.spread = min(2.0, max(0.005 if daily else 0.05, self.spread + rate * (excess - self.spread)))

    def _season(self, weekday: int, count: float, level: float, *, daily: bool) -> None:
        if level <= MIN_MEAN:
            return
        self.weeks[weekday] += 1
        per_day = 1 if daily else 24
        rate = max(SEASON_RATE / per_day, 1 / (self.weeks[weekday] / per_day + 2) / per_day)
        factor = self.week[weekday]
        self.week[weekday] = min(10.0, max(0.05, factor + rate * (count / level - factor)))


def steps(mean: float, spread: float, factor: float) -> tuple[float, float]:
    """How much one count adds to the CUSUM, and what an empty bucket takes off."""
    size = 1.0 / max(spread, 1e-3)
    loss = size * log((size + factor * mean) / (size + mean))
    return log(factor) - loss / size, loss


class Scatter(msgspec.Struct, array_like=True):
    """How far counts of a slot of the day lie from the usual, as the variance of their logarithm beyond Poisson's.

    Noise within the day grows with the counts and differs by the hour: shift edges and lunch hours scatter most.
    ``slots``: slot → (variance, how often seen); ``whole`` that of all slots.
    """

    slots: dict[int, tuple[float, int]] = {}
    whole: float = SCATTER

    def of(self, slot: int) -> float:
        """The variance to reckon with; that of the whole day as far as the slot is unknown."""
        own, seen = self.slots.get(slot, (SCATTER, 0))
        return (_SCATTER_TRUST * self.whole + seen * own) / (_SCATTER_TRUST + seen)

    def learn(self, slot: int, count: float, mean: float) -> None:
        """Take in one complete bucket; what lies beyond 2.5 standard deviations counts as that far."""
        if mean <= 0:
            return
        own, seen = self.slots.get(slot, (SCATTER, 0))
        sampling = 1.0 / (mean + PAD)
        off = log((count + PAD) / (mean + PAD))
        noise = min(off * off, CLIP * CLIP * (own + sampling)) - sampling
        self.slots[slot] = (max(SCATTER_LEAST, own + SCATTER_RATE * (noise - own)), seen + 1)
        self.whole = max(SCATTER_LEAST, self.whole + SCATTER_RATE / 10 * (noise - self.whole))
