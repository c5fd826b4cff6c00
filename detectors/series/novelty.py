"""``novelty``: a value, a mean or a jump unlike any in recent memory, for slow metrics nobody described.

Each of three views of the series (the value, its mean over 64 samples, its jump against the last four) keeps a few
dozen prototypes of what it has seen; the score is the distance to the nearest one seen lately, as a part of the range.
A first alarm quiets what follows for a while, and a series that alarms often must shout louder.
"""
# ruff: noqa: FURB136 -- for each sample: a comparison costs less than a call

from bisect import bisect_left
from math import inf

import msgspec

from detectors.series.meter import Prior

NEAR = 0.02
"""Nearer than this part of the range is the same value again."""
MEMORY = 4000
MEAN = 64
JUMP = 4
MEAN_WEIGHT, JUMP_WEIGHT = 0.9, 0.1
REFRACTORY = 100
ESCALATION = 3.0
SHYNESS, SHY_HALF = 0.8, 4000.0
NOTABLE = 0.012
LOUD = 0.03
GLITCH = 50.0
"""So many times the range of all the rest."""
_CORE = 3
_WARM = 50.0
_FIRST = 30
"""Nothing is old in a series this young."""


class View(msgspec.Struct, array_like=True):
    """Sorted prototypes and, beside each, the sample at which it was last seen."""

    values: list[float] = []
    seen: list[int] = []
    low: float = inf
    high: float = -inf

    def strangeness(self, value: float, now: int) -> float:
        """Distance to the nearest prototype seen within memory as a part of the range, at most 1; learns the value."""
        low, high = self.low, self.high
        if value < low:
            low = self.low = value
        if value > high:
            high = self.high = value
        span = high - low
        values, seen, oldest = self.values, self.seen, now - MEMORY
        place = bisect_left(values, value)
        above = below = inf
        while place < len(values) and seen[place] < oldest:
            del values[place], seen[place]
        if place < len(values):
            above = values[place] - value
        while place and seen[place - 1] < oldest:
            place -= 1
            del values[place], seen[place]
        if place:
            below = value - values[place - 1]
        nearest = above if above < below else below
        if nearest > NEAR * span:
            values.insert(place, value)
            seen.insert(place, now)
            if now == 1 or span <= 0.0:
                return 0.0
            return nearest / span if nearest < span else 1.0
        seen[place if above < below else place - 1] = now
        return nearest / span if span > 0.0 else 0.0

    def settle(self, now: int) -> None:
        """Leave out of the range what lies far beyond all the rest and has not come again: a glitch."""
        values, seen = self.values, self.seen
        count, recent = len(values), now - REFRACTORY
        place = count
        while place > _CORE and seen[place - 1] < recent:
            place -= 1
            if values[place] - values[place - 1] > GLITCH * (values[place - 1] - values[0]) > 0.0:
                self.high = values[place - 1]
        place = 0
        while count - place > _CORE and seen[place] < recent:
            place += 1
            if values[place] - values[place - 1] > GLITCH * (values[-1] - values[place]) > 0.0:
                self.low = values[place]


class NoveltyState(msgspec.Struct, array_like=True):
    """``last``: a ring of the last values, ``total`` their sum. ``held`` quiets until sample ``until``."""

    n: int = 0
    last: list[float] = []
    total: float = 0.0
    value: View = msgspec.field(default_factory=View)
    mean: View = msgspec.field(default_factory=View)
    jump: View = msgspec.field(default_factory=View)
    held: float = 0.0
    until: int = 0
    shy: float = 0.0
    shy_at: int = 0


class NoveltyMeter:
    """Naturally quiet after the first surprise: what was seen is no longer new."""

    kind = "novelty"
    prior = Prior(0.02, 0.008)

    def new(self) -> NoveltyState:
        """Nothing seen."""
        return NoveltyState()

    def take(self, state: NoveltyState, at: float, value: float, count: float = 0.0) -> float:  # noqa: ARG002 -- the protocol's signature
        """Score from 0 to about 2; 0.012 is notable."""
        n = state.n = state.n + 1
        last = state.last
        place = (n - 1) % MEAN
        if n > MEAN:
            state.total += value - last[place]
            last[place] = value
        else:
            state.total += value
            last.append(value)
        if place == 0:
            state.total = sum(last)  # so that rounding never adds up
            for view in (state.value, state.mean, state.jump):
                view.settle(n)
        near = (value + last[place - 1] + last[place - 2] + last[place - 3]) / JUMP if n >= JUMP else sum(last) / n
        score = state.value.strangeness(value, n)
        score += MEAN_WEIGHT * state.mean.strangeness(state.total / len(last), n)
        score += JUMP_WEIGHT * state.jump.strangeness(value - near, n)
        told = self._quieted(state, score, n) if score > NOTABLE else 0.0
        return told if n > _FIRST else 0.0

    def _quieted(self, state: NoveltyState, score: float, n: int) -> float:
        """The score a listener who has heard the earlier ones would still call news."""
        score *= (n - 1) / (n - 1 + _WARM)
        state.shy *= 0.5 ** ((n - state.shy_at) / SHY_HALF)
        state.shy_at = n
        score /= 1.0 + SHYNESS * state.shy
        again = n <= state.until
        if again and score <= ESCALATION * state.held:
            return 0.0
        if score > NOTABLE:
            state.shy += min(1.0, score / LOUD) * (0.5 if again else 1.0)
            state.held, state.until = score, n + REFRACTORY
        return score

    def expected(self, state: NoveltyState, at: float) -> float | None:  # noqa: ARG002 -- the protocol's signature
        """The mean of the last samples."""
        return state.total / len(state.last) if state.last else None
