"""``level``: how far a value lies from where this time of day and the last values put it, for latency and queues.

A fast exponential level with a profile over the day on top. The scale follows the errors robustly: one part fast and
clipped, one slow that remembers heavy tails, so that a metric which sits at 100 % for hours and then dips a little
isn't a sensation. The score is the tail of Student's t with three degrees of freedom, in powers of ten.
"""
# ruff: noqa: PLR1730, FURB136 -- for each sample: a comparison costs less than a call

from collections.abc import Sequence
from math import log10, sqrt
from typing import NamedTuple

import msgspec

from detectors.series.meter import Prior

DAY = 86400.0
BINS = 48
ALPHA, SEASON_RATE = 0.5, 0.02
SCALE_RATE, HEAVY_RATE = 0.005, 0.002
CLIP, HEAVY_CLIP, LEVEL_CLIP = 4.0, 30.0, 6.0
HEAVY = 0.5
FLOOR = 0.004
"""Errors below this part of the range ever seen are rounding, not news."""
FREEDOM = 3.0
_YOUNG = 1 / 30
_FIRST = 10
_FEW = 4
_GAP = 12.0
"""After so many missing samples the level is taken anew: what was is no guide to what is."""
CALM = 2.0
"""An error of so many scales scores less than what any budget takes note of."""
FADE = 0.999
_TINY = 1e-12
_HALF = (FREEDOM + 1) / 2


class LevelState(msgspec.Struct, array_like=True):
    """``season``: what each half hour adds to the level. ``step``: the usual seconds between samples."""

    level: float = 0.0
    scale: float = 0.0
    heavy: float = 0.0
    low: float = 0.0
    high: float = 0.0
    at: float = 0.0
    step: float = 0.0
    seen: int = 0
    season: list[float] = msgspec.field(default_factory=lambda: [0.0] * BINS)


class Reach(NamedTuple):
    """How far a calm run may go: to which time, over which silences; the value before it and the usual gap."""

    until: float
    longest: float
    before: float
    gap: float


class LevelMeter:
    """Robust, seasonal, forgetful within a day or two."""

    kind = "level"
    prior = Prior(2.5, 0.35)

    def new(self) -> LevelState:
        """Nothing seen."""
        return LevelState()

    def take(self, state: LevelState, at: float, value: float, count: float = 0.0) -> float:  # noqa: ARG002 -- the protocol's signature
        """Score in powers of ten of a t tail: 2 is rare, 4 is alarming whatever the series."""
        slot = int(at % DAY * BINS / DAY)
        season = state.season[slot]
        seen = state.seen = state.seen + 1
        if seen == 1:
            state.level = state.low = state.high = value
            state.at = at
            return 0.0
        passed, step = at - state.at, state.step
        if 0.0 < passed <= step * _GAP:
            state.step = step + 0.05 * (passed - step)
        elif -step * _GAP <= passed <= 0.0 and seen > 2:
            state.seen -= 1
            return 0.0  # late or doubled: the moment is over
        else:
            self._anew(state, passed, value - season)
        state.at = at
        error = value - state.level - season
        size = error if error >= 0.0 else -error
        scale, other = state.scale, HEAVY * sqrt(state.heavy)
        if other > scale:
            scale = other
        other = FLOOR * (state.high - state.low)
        if other > scale:
            scale = other
        if scale < _TINY:
            scale = _TINY
        self._learn(state, slot, error, size, scale, value)
        if seen <= _FIRST:
            return 0.0
        z = size / scale
        return _HALF * log10(1.0 + z * z / FREEDOM)

    def calm(
        self, state: LevelState, samples: Sequence[tuple[float, float]], first: int, reach: Reach
    ) -> tuple[int, float]:
        """``take`` for as many samples from number ``first`` on as are nothing to speak of, in one loop.

        How many, and the usual gap after them. It stops before the first that is far off, equal to the one before, too
        late by the series' rhythm or by ``reach``; the state must have seen more than thirty. What is learned is to the
        last bit what ``take`` would have learned.
        """
        at, step, seen, season = state.at, state.step, state.seen, state.season
        level, scale, heavy, low, high = state.level, state.scale, state.heavy, state.low, state.high
        until, longest, before, gap = reach
        number = first
        for now, value in samples[first:]:
            passed = now - at
            if value == before or now >= until or passed > longest or not 0.0 < passed <= step * _GAP:
                break
            slot = int(now % DAY * BINS / DAY)
            error = value - level - season[slot]
            size = error if error >= 0.0 else -error
            wide, other = scale, HEAVY * sqrt(heavy)
            if other > wide:
                wide = other
            other = FLOOR * (high - low)
            if other > wide:
                wide = other
            if size > CALM * wide:
                break
            seen += 1
            share = 1.0 / seen
            step += 0.05 * (passed - step)
            if value < low:
                low = value
            elif value > high:
                high = value
            scale += (share if share > SCALE_RATE else SCALE_RATE) * (1.25 * size - scale)
            heavy += (share if share > HEAVY_RATE else HEAVY_RATE) * (size * size - heavy)
            level += ALPHA * error
            season[slot] += SEASON_RATE * (1 - ALPHA) * error
            gap = passed if passed > gap else gap * FADE
            at, before = now, value
            number += 1
        state.at, state.step, state.seen = at, step, seen
        state.level, state.scale, state.heavy, state.low, state.high = level, scale, heavy, low, high
        return number - first, gap

    def _anew(self, state: LevelState, passed: float, level: float) -> None:
        if state.step == 0.0 and passed > 0.0:
            state.step = passed  # the second sample ever tells the rhythm
        else:
            state.level = level
            if passed > 0.0:
                state.step *= 1.5  # a rhythm that has become slower is found out in a few steps

    def _learn(self, state: LevelState, slot: int, error: float, size: float, scale: float, value: float) -> None:
        share = 1.0 / state.seen
        if size > HEAVY_CLIP * scale and scale > _TINY and state.seen > _FEW:  # one wild value must not blind for good
            value -= error
            size = HEAVY_CLIP * scale
            error = size if error > 0.0 else -size
            value += error
        if value < state.low:
            state.low = value
        elif value > state.high:
            state.high = value
        if share >= _YOUNG:
            state.scale += share * (1.25 * size - state.scale)
            state.heavy += share * (size * size - state.heavy)
            clipped = error
        else:
            near, far, clipped = size, size, error
            if size > CLIP * scale:  # seldom so
                near, far, reach = CLIP * scale, min(size, HEAVY_CLIP * scale), LEVEL_CLIP * scale
                clipped = error if size <= reach else (reach if error > 0.0 else -reach)
            state.scale += (share if share > SCALE_RATE else SCALE_RATE) * (1.25 * near - state.scale)
            state.heavy += (share if share > HEAVY_RATE else HEAVY_RATE) * (far * far - state.heavy)
        state.level += ALPHA * clipped
        state.season[slot] += SEASON_RATE * (1 - ALPHA) * clipped

    def expected(self, state: LevelState, at: float) -> float | None:
        """Level and season together."""
        return state.level + state.season[int(at % DAY * BINS / DAY)] if state.seen else None
