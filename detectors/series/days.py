"""Counts a day: how much more likely the last days are if they were half as many more, twice or thrice as many.

A level with weekdays, and how far counts scatter around it, on a scale on which small and large counts scatter alike.
The level is between a slow and a fast one, nearer to the one that has erred less: most series are steady, some drift.
The evidence for a surge that began one to seven days ago and multiplied the counts is the sum of likelihood ratios over
all those beginnings and multiples. It forgets after a week by itself, so that one real event isn't told for a month.
"""

from collections.abc import Sequence
from math import asinh, exp, inf, log, sinh, sqrt

import msgspec

FACTORS = (1.5, 2.0, 3.0)
LONGEST = 7
LEARN = 14
"""Days before which nothing is said."""
LEVEL_RATE, WEEK_RATE, SPREAD_RATE, SCALE_RATE = 0.06, 0.05, 0.02, 0.005
SHIFTED, SHIFT_RATE = 0.85, 0.2
"""Seven days that lie so far above on average are a new level, and that is learned faster."""
FAST_RATE, ERROR_RATE, STEADY = 0.25, 0.04, 3.0
"""The fast level; how fast errors are forgotten; how much more the slow level is believed at equal errors."""
_DOUBT, _LEAST_ERROR, _ERROR = 12, 0.01, 0.2
CLIP, SCALE_CLIP, FAR = 2.0, 3.0, 5.0
LEAST_SCALE = 0.36
LEAST = 0.2
AWAY = 5.0
"""Nothing at all where so many were expected is a feed that was away."""
_LEAST_SPREAD, _MOST_SPREAD = 0.005, 2.0
_PRIOR = 30
_MOST = 60.0
_EVEN = 0.375
_FURTHEST, _HALVINGS, _HIGHEST = 12.0, 48, 60.0


class DayState(msgspec.Struct, array_like=True):
    """``ratios``: likelihood ratio of each factor for each of the last days. ``off``: how far those lay from usual.

    ``scale`` is the variance of that distance before it is divided by its own root. ``slow`` and ``fast`` are levels,
    beside how far they have lain from the counts of late, as logarithms.
    """

    seen: int = 0
    slow: float = 0.0
    fast: float = 0.0
    slow_error: float = _ERROR
    fast_error: float = _ERROR
    week: list[float] = msgspec.field(default_factory=lambda: [1.0] * 7)
    weeks: list[int] = msgspec.field(default_factory=lambda: [0] * 7)
    spread: float = 0.1
    scale: float = 1.0
    ratios: list[tuple[float, ...]] = []
    off: list[float] = []

    @property
    def level(self) -> float:
        """The usual count of a middling weekday."""
        doubt = ((self.slow_error + _LEAST_ERROR) / (self.fast_error + _LEAST_ERROR)) ** _DOUBT
        share = doubt / (doubt + STEADY)
        return exp((1.0 - share) * log(self.slow + LEAST) + share * log(self.fast + LEAST)) - LEAST

    def mean(self, weekday: int) -> float:
        """The usual count; 0 when none is known."""
        return max(self.level * self.week[weekday], LEAST) if self.seen else 0.0

    def take(self, weekday: int, count: float) -> float:
        """Evidence in nats that counts have risen lately; learns the count."""
        mean = self.mean(weekday)
        if not count and mean >= AWAY:
            return 0.0
        self.seen += 1
        if self.seen == 1:
            self.slow = self.fast = count
            return 0.0
        root, scale = sqrt(self.spread), self._scale()
        off = 2.0 * (asinh(root * sqrt(count + _EVEN)) - self._middle(mean)) / root
        far = off / scale
        if far > FAR:
            far = FAR + log(1.0 + far - FAR)
        score = 0.0
        if self.seen > LEARN:
            steps = self._steps(mean)
            self.ratios = [*self.ratios[1 - LONGEST :], tuple([_ratio(step, far) for step in steps])]
            score = self.evidence()
        self._learn(weekday, count, mean, off, scale)
        return score

    def evidence(self) -> float:
        """Log of the summed likelihood ratios, from 0."""
        return log(1.0 + sum(_summed(one) for one in zip(*self.ratios, strict=True)))

    def needed(self, weekday: int, evidence: float) -> float:
        """The count with which the next day reaches so much evidence: below it :meth:`take` says less."""
        mean = self.mean(weekday)
        if self.seen < LEARN or mean <= 0.0:
            return inf
        before = [_summed(one) for one in zip(*self.ratios[1 - LONGEST :], strict=True)] or [0.0] * len(FACTORS)
        parts = list(zip(self._steps(mean), before, strict=True))

        def reached(far: float) -> float:
            return log(1.0 + sum((1.0 + since) * _ratio(step, far) for step, since in parts))

        low, high = -_FURTHEST, _FURTHEST
        if reached(high) < evidence:
            return inf
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            low, high = (low, middle) if reached(middle) >= evidence else (middle, high)
        return self._count_at(mean, high)

    def beginning(self) -> int:
        """For how many days it seems to have lasted: the beginning that explains them best; 0 when none does."""
        best, since = 1.0, 0
        for ratios in zip(*self.ratios, strict=True):
            product = 1.0
            for number, ratio in enumerate(reversed(ratios), 1):
                product *= ratio
                if product > best:
                    best, since = product, number
        return since

    def _scale(self) -> float:
        return sqrt(max(self.scale, LEAST_SCALE))

    def _middle(self, mean: float) -> float:
        return asinh(sqrt(self.spread) * sqrt(mean + _EVEN))

    def _steps(self, mean: float) -> list[float]:
        """How far from usual, on the scale on which counts scatter alike, each multiple of the usual lies."""
        root, usual = sqrt(self.spread), self._middle(mean)
        whole = root * self._scale()
        return [2.0 * (asinh(root * sqrt(factor * mean + _EVEN)) - usual) / whole for factor in FACTORS]

    def _count_at(self, mean: float, far: float) -> float:
        """The count that lies so far from usual."""
        if far > FAR:
            far = FAR - 1.0 + exp(far - FAR)
        root = sqrt(self.spread)
        height = self._middle(mean) + far * self._scale() * root / 2.0
        return float((sinh(min(height, _HIGHEST)) / root) ** 2) - _EVEN if height > 0.0 else 0.0

    def _learn(self, weekday: int, count: float, mean: float, off: float, scale: float) -> None:
        seen, level = self.seen - 1, self.level
        self._err(count, self.week[weekday])
        lasting = sum(self.off) / LONGEST * scale  # scatter is what a lasting distance doesn't explain
        self.off = [*self.off[1 - LONGEST :], max(-FAR, min(FAR, off / scale))]
        size = min(abs(off - lasting), SCALE_CLIP * scale)
        self.scale += max(SCALE_RATE, 1.0 / (self.seen + _PRIOR)) * (size * size - self.scale)
        reach = CLIP * sqrt(mean + self.spread * mean * mean) * (2 if seen < LONGEST else 1)
        clipped = min(max(count, mean - reach), mean + reach)
        if seen >= 3:
            excess = ((clipped - mean) ** 2 - mean) / (mean * mean)
            spread = self.spread + max(SPREAD_RATE, 1.0 / (seen + 10)) * (excess - self.spread)
            self.spread = min(_MOST_SPREAD, max(_LEAST_SPREAD, spread))
        shifted = len(self.off) == LONGEST and sum(self.off) > SHIFTED * LONGEST
        first, plain = 1.0 / (seen + 1), clipped / self.week[weekday]
        self.slow += max(SHIFT_RATE if shifted else LEVEL_RATE, first) * (max(0.0, plain) - self.slow)
        self.fast += max(FAST_RATE, first) * (max(0.0, plain) - self.fast)
        if seen >= LONGEST and level > LEAST:
            known = self.weeks[weekday] = self.weeks[weekday] + 1
            factor = self.week[weekday]
            factor += max(WEEK_RATE, 1.0 / (known + 2)) * (clipped / level - factor)
            self.week[weekday] = min(10.0, max(0.05, factor))

    def _err(self, count: float, factor: float) -> None:
        if self.seen > LONGEST:
            self.slow_error += ERROR_RATE * (_distance(count, self.slow * factor) - self.slow_error)
            self.fast_error += ERROR_RATE * (_distance(count, self.fast * factor) - self.fast_error)


def _ratio(step: float, far: float) -> float:
    """How much likelier a distance is if the middle had moved by ``step``."""
    return exp(min(step * (far - step / 2), _MOST))


def _summed(ratios: Sequence[float]) -> float:
    """The products from each beginning to the end, summed."""
    since = 0.0
    for ratio in ratios:
        since = (1.0 + since) * ratio
    return since


def _distance(count: float, mean: float) -> float:
    return min(1.0, abs(log((count + 1.0) / (mean + 1.0))))
