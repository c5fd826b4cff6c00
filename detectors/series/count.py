"""``count``: more than the season explains, per day or per part of a day.

Days: two negative-binomial CUSUMs over a Gamma-Poisson level with weekdays, for half as many more and for twice as
many. Parts of a day: the last hour against the same hour of the last days, on the logarithmic scale, because there
noise grows with the counts; the scatter of each time of day is learned, so that shift edges and lunch hours don't
alarm, and so is how busy today is.
"""

from math import log, sqrt

import msgspec

from detectors.baseline import Baseline, steps
from detectors.series.meter import Prior

DAY = 86400.0
_DAILY = 0.8 * DAY
SLOW, FAST = (1.5, 5.0), (2.0, 2.6)
"""(multiple of the usual, CUSUM that alarms)."""
_CEILING = 3.0
_LEARN_DAYS = 14
SLOT_RATE = 1 / 7
SCATTER_RATE = 0.05
SCATTER = 0.04
"""Variance of the logarithm of a slot's count around its mean, before anything is known."""
SCATTER_TRUST = 5.0
PAD = 3.0
TODAY = 0.8
_TODAY_WEIGHT = 3.0
_BUSY = 2.0
_SLOTS = 288


class Slot(msgspec.Struct, array_like=True):
    """A part of the day: mean count, how often seen, and the scatter of its logarithm."""

    mean: float = 0.0
    seen: int = 0
    scatter: float = SCATTER


class CountState(msgspec.Struct, array_like=True):
    """``base``, ``slow`` and ``fast`` serve days; ``slots`` parts of days; ``hour`` the (count, expected) of the last.

    ``today``: decayed (count, expected) of the day so far, ``yet`` those too fresh to be part of it.
    """

    at: float = 0.0
    step: float = 0.0
    seen: int = 0
    base: Baseline = msgspec.field(default_factory=Baseline)
    slow: float = 0.0
    fast: float = 0.0
    slots: dict[int, Slot] = {}
    hour: list[tuple[float, float]] = []
    today: tuple[float, float] = (0.0, 0.0)
    scatter: float = SCATTER


class CountMeter:
    """Which of the two it is the distance between samples tells."""

    kind = "count"
    prior = Prior(1.0, 0.3)

    def new(self) -> CountState:
        """Nothing seen."""
        return CountState()

    def take(self, state: CountState, at: float, value: float, count: float = 0.0) -> float:  # noqa: ARG002 -- the protocol's signature
        """Score 1 is where alarms begin; negative counts are none."""
        if value < 0.0 or (state.seen and at <= state.at):
            return 0.0
        state.seen += 1
        if state.seen > 1:
            passed = at - state.at
            state.step = passed if state.seen == 2 else min(state.step, max(passed, 60.0))
        state.at = at
        if state.seen < 2:
            return 0.0
        return self._day(state, at, value) if state.step >= _DAILY else self._part(state, at, value)

    def _day(self, state: CountState, at: float, value: float) -> float:
        base, weekday = state.base, _weekday(at)
        mean = base.mean(0, weekday)
        score = 0.0
        if base.known >= _LEARN_DAYS and mean > 0.0:
            state.slow = _cusum(state.slow, value, mean, base.spread, SLOW)
            state.fast = _cusum(state.fast, value, mean, base.spread, FAST)
            score = max(state.slow / SLOW[1], state.fast / FAST[1])
        base.learn(0, weekday, value, daily=True)
        return score

    def _part(self, state: CountState, at: float, value: float) -> float:
        slot = self._slot(state, at)
        if not slot.seen:
            slot.mean, slot.seen = value, 1
            state.hour = []
            return 0.0
        usual = slot.mean
        mean = usual * self._busy(state)
        state.hour = [*state.hour[-1:], (value, mean)] if state.step <= 3600.0 else [(value, mean)]
        seen, expected = sum(one for one, _ in state.hour), sum(one for _, one in state.hour)
        scatter = (SCATTER_TRUST * state.scatter + slot.seen * slot.scatter) / (SCATTER_TRUST + slot.seen)
        off = log((seen + PAD) / (expected + PAD))
        score = off / sqrt(scatter + 1.0 / (expected + PAD)) / 4.0 if slot.seen >= 3 else 0.0
        self._learn(state, slot, value, usual, mean)
        return max(0.0, score)

    def _slot(self, state: CountState, at: float) -> Slot:
        place = min(int(at % DAY / max(state.step, DAY / _SLOTS)), _SLOTS) * 2 + (_weekday(at) >= 5)
        slot = state.slots.get(place)
        if slot is None:
            slot = state.slots[place] = Slot()
        return slot

    def _busy(self, state: CountState) -> float:
        """How today compares with other days so far; 1 when it has hardly begun."""
        seen, expected = state.today
        weight = _TODAY_WEIGHT * PAD
        return min(_BUSY, max(1 / _BUSY, (seen + weight) / (expected + weight)))

    def _learn(self, state: CountState, slot: Slot, value: float, usual: float, mean: float) -> None:
        room = 2.5 * sqrt(slot.scatter + 1.0 / (mean + PAD))
        off = log((value + PAD) / (mean + PAD))
        noise = min(off * off, room * room) - 1.0 / (mean + PAD)
        if slot.seen >= 3:
            slot.scatter = max(0.005, slot.scatter + SCATTER_RATE * (noise - slot.scatter))
            state.scatter = max(0.005, state.scatter + SCATTER_RATE / 10 * (noise - state.scatter))
        slot.seen += 1
        high = (usual + PAD) * 2.0
        slot.mean += max(SLOT_RATE, 1.0 / slot.seen) * (min(value, high) - usual)
        seen, expected = state.today
        state.today = (TODAY * seen + min(value, high), TODAY * expected + usual)

    def expected(self, state: CountState, at: float) -> float | None:
        """The usual count of that day or slot."""
        if state.step >= _DAILY:
            return state.base.mean(0, _weekday(at)) or None
        if not state.step:
            return None
        slot = self._slot(state, at)
        return slot.mean * self._busy(state) if slot.seen else None


def _weekday(at: float) -> int:
    return int(at // DAY + 3) % 7


def _cusum(score: float, count: float, mean: float, spread: float, test: tuple[float, float]) -> float:
    gain, loss = steps(mean, spread, test[0])
    return max(0.0, min(_CEILING * test[1], score + count * gain - loss))
