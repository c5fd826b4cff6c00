"""``ratio``: too large a share of few or many trials, against what is usual at this hour.

A cumulated log-likelihood ratio of "worse" against "usual", less its single largest step: one bad minute, however
bad, never suffices, and what remains after leaving it out needs no cap that would slow a real rise down.
"""

from math import log, sqrt

import msgspec

from detectors.series.meter import Prior

DAY = 86400.0
HOURS = 24
WORSE = 0.3
"""Worse is usual + 0.3 standard deviations of a single trial: 0.5 % → 2.6 %, 11 % → 20 %."""
TRIALS = 200.0
"""An hour of the day is believed over the whole day as far as it has this many trials."""
HALF = 7 * DAY
FADE = 0.95
"""What a sample leaves to the next: two bad minutes an hour apart are two, not a rise."""
LOWEST, HIGHEST = 0.0005, 0.9
_PRIOR_SHARE, _PRIOR_TRIALS = 0.01, 50.0
_MOST = 400.0
_ASSUMED = 100.0
"""Trials behind a share whose number nobody tells."""
LEAST_CAP, CAP = 1000.0, 4.0
"""A sample counts for no more than so many trials, or this part of all that are known: a wild count is no history."""
_PAUSE = 10.0


class RatioSeriesState(msgspec.Struct, array_like=True):
    """Decayed bad and trials, whole and by hour; ``sum`` with its ``largest`` step since it left zero."""

    at: float = 0.0
    step: float = 0.0
    bad: float = 0.0
    trials: float = 0.0
    bad_by_hour: list[float] = msgspec.field(default_factory=lambda: [0.0] * HOURS)
    trials_by_hour: list[float] = msgspec.field(default_factory=lambda: [0.0] * HOURS)
    sum: float = 0.0
    largest: float = 0.0
    counts: bool = False


class RatioMeter:
    """``value`` is a share (0–1) or, beside a ``count`` of trials, a number of bad ones."""

    kind = "ratio"
    prior = Prior(7.0, 1.5)

    def new(self) -> RatioSeriesState:
        """Nothing seen."""
        return RatioSeriesState()

    def take(self, state: RatioSeriesState, at: float, value: float, count: float = 0.0) -> float:
        """Score in nats of evidence beyond the worst single sample."""
        if value < 0.0:
            return 0.0
        trials = count if count > 0.0 else _ASSUMED
        if value > 1.0:
            state.counts = state.counts or value == int(value)
        elif value != int(value):
            state.counts = False
        share = value / trials if state.counts else (value if value <= 1.0 else value / 100.0)
        share = min(1.0, share)
        passed = at - state.at
        if state.at and passed <= 0.0:
            return 0.0
        if state.at and state.step and passed > _PAUSE * state.step:
            state.sum = state.largest = 0.0
        state.step += (0.05 if state.step else 1.0) * (passed - state.step) if state.at else 0.0
        state.at = at
        hour = int(at % DAY * HOURS / DAY)
        usual = self._usual(state, hour)
        score = self._add_up(state, share, trials, usual)
        self._learn(state, hour, share, trials, usual)
        return score

    def _usual(self, state: RatioSeriesState, hour: int) -> float:
        whole = (state.bad + _PRIOR_SHARE * _PRIOR_TRIALS) / (state.trials + _PRIOR_TRIALS)
        share = (state.bad_by_hour[hour] + TRIALS * whole) / (state.trials_by_hour[hour] + TRIALS)
        return min(max(share, LOWEST), HIGHEST)

    def _add_up(self, state: RatioSeriesState, share: float, trials: float, usual: float) -> float:
        worse = min(0.95, usual + WORSE * sqrt(usual * (1.0 - usual)))
        trials = min(trials, _MOST)
        step = trials * (share * log(worse / usual) + (1.0 - share) * log((1.0 - worse) / (1.0 - usual)))
        total = FADE * state.sum + step
        if total <= 0.0:
            state.sum = state.largest = 0.0
            return 0.0
        state.largest = max(FADE * state.largest, step)
        state.sum = total
        return max(0.0, total - state.largest)

    def _learn(self, state: RatioSeriesState, hour: int, share: float, trials: float, usual: float) -> None:
        kept = 0.5 ** (max(state.step, 1.0) / HALF)
        trials = min(trials, max(LEAST_CAP, state.trials / CAP))
        bad = min(share, 3.0 * usual + 0.01) * trials  # a bad hour must not become the norm at once
        state.bad = state.bad * kept + bad
        state.trials = state.trials * kept + trials
        kept **= HOURS
        state.bad_by_hour[hour] = state.bad_by_hour[hour] * kept + bad
        state.trials_by_hour[hour] = state.trials_by_hour[hour] * kept + trials

    def expected(self, state: RatioSeriesState, at: float) -> float | None:
        """The usual share at that hour."""
        return self._usual(state, int(at % DAY * HOURS / DAY))
