"""Alarms per week instead of a threshold: the score that a series passes about so often, learned from its own past.

The highest score of each stretch of trouble is a peak. The largest peaks of the last weeks are taken to have an
exponential tail whose slope is their median excess (the median, so that a few real incidents among them don't make
the rule deaf); where that tail is expected to be passed as often as the budget allows lies the threshold. Until the
series has been watched for long enough, the prior of its kind has a say: the confidence tells how little.
"""

import re
from collections.abc import Sequence
from math import ceil, log
from typing import NamedTuple

import msgspec

from detectors.series.meter import Prior
from incident.domain.errors import BadInput
from incident.domain.said import said

WEEK = 604800.0
MEMORY = 8 * WEEK
PEAKS = 10
_FEW = 4
CREDIT, FAR, _LEARNED = 1, 1.5, 4.0
"""A series that has had so many alarms more than were due so far must pass its highest peak so many times to be told,
until so many were due: then its peaks tell enough."""
_DAY = 86400
_HALVING = log(2.0)
QUIET = 3600.0
_QUIET_STEPS, _FEW_STEPS, _LONG = 12.0, 2.0, 43200.0


_PERIODS = {
    "hour": 168.0,
    "h": 168.0,
    "day": 7.0,
    "d": 7.0,
    "week": 1.0,
    "w": 1.0,
    "month": 7 / 30.44,
    "quarter": 1 / 13,
}
_RATE = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*/\s*([a-z]+?)\s*")


def rate(text: str) -> float:
    """``1/week``, ``2/day``, ``1/month`` or a plain number → alarms a week. Raises BadInput."""
    found = _RATE.fullmatch(text.lower())
    number, period = found.groups() if found else (text.strip(), "week")
    try:
        weekly: float = float(number) * _PERIODS[period]
    except (KeyError, ValueError):
        weekly = 0.0
    if not 0.001 <= weekly <= 10_000:
        raise BadInput(
            said("'{text}' is no budget of alarms", text=text), remedy="write it like 1/week, 3/day or 1/month"
        )
    return weekly


def pause(step: float) -> float:
    """How long a stretch of trouble may pause and still be one, in samples ``step`` seconds apart.

    An hour or twelve samples, whichever is longer; but where twelve samples are more than half a day, half a day or
    two samples are enough.
    """
    return max(QUIET, min(_QUIET_STEPS * step, max(_LONG, _FEW_STEPS * step)))


class Allowance(NamedTuple):
    """``rate`` alarms a week; ``stricter`` halvings of it that people's verdicts have asked for."""

    rate: float = 1.0
    stricter: float = 0.0

    @property
    def weekly(self) -> float:
        """The rate that is left."""
        return self.rate * float(0.5**self.stricter)


class BudgetState(msgspec.Struct, array_like=True):
    """``peaks``: (score, second), largest first; ``peak`` the one of the current stretch, from its last loud second.

    ``limit`` is the threshold for ``weekly`` alarms, ``told`` counts those that were raised.
    """

    born: int = 0
    seen: int = 0
    peaks: list[tuple[float, int]] = []
    peak: float = 0.0
    loud: int = 0
    limit: float = 0.0
    weekly: float = 0.0
    told: int = 0


class Standing(NamedTuple):
    """How a rule keeps to its budget. ``confidence``: 0 nothing learned, towards 1 all from the series itself."""

    weeks: float
    alarms: int
    threshold: float
    confidence: float

    @property
    def weekly(self) -> float:
        """Alarms a week so far; 0 before the first hour has passed."""
        return self.alarms / self.weeks if self.weeks > 0.006 else 0.0


class Budget:
    """Turns scores into a threshold. ``quiet`` is how long a stretch of trouble may pause and still be one."""

    def __init__(self, prior: Prior, allowance: Allowance, quiet: float) -> None:
        self.calibrate(allowance)
        self._prior = prior
        self._quiet = quiet
        self.noted = prior.noted * prior.weekly

    def calibrate(self, allowance: Allowance) -> None:
        """Another allowance from now on; thresholds follow at once."""
        self._allowed = allowance.weekly

    def threshold(self, state: BudgetState) -> float:
        """The score from which on a value is an alarm."""
        if state.weekly != self._allowed:
            state.limit, state.weekly = self._worked_out(state), self._allowed
        return state.limit

    def learn(self, state: BudgetState, at: float, score: float, quiet: float = 0.0) -> None:
        """Take in a score after it was judged; ``quiet``, if longer than the rule's, fits samples far apart."""
        if score <= self.noted and not state.peak and state.born:
            self._pass(state, at)
            return
        if not state.born:
            state.born = state.seen = int(at)
        self._pass(state, at)
        if state.peak and at - state.loud > max(self._quiet, quiet):
            self._close(state)
        if score > self.noted:
            state.loud = int(at)
            state.peak = max(state.peak, score)

    def _pass(self, state: BudgetState, at: float) -> None:
        if at > state.seen:
            if (int(at) - state.born) // _DAY != (state.seen - state.born) // _DAY:
                state.weekly = 0.0  # what is due grows by the day, also where nothing happens
            state.seen = int(at)

    def unmoved_until(self, state: BudgetState) -> float:
        """Up to when a score that is not noted changes nothing but the time up to which the series was watched."""
        day_ends = state.born + ((state.seen - state.born) // _DAY + 1) * _DAY
        return min(day_ends, state.loud + self._quiet) if state.peak else day_ends

    def standing(self, state: BudgetState) -> Standing:
        """What a person wants to know about the rule."""
        weeks = self._weeks(state)
        return Standing(weeks, state.told, self.threshold(state), self._confidence(self._allowed * weeks))

    def _close(self, state: BudgetState) -> None:
        oldest = state.seen - MEMORY
        kept = [one for one in state.peaks if one[1] >= oldest]
        state.peaks = sorted([*kept, (state.peak, state.loud)], reverse=True)[:PEAKS]
        state.peak = 0.0
        state.weekly = 0.0

    def _weeks(self, state: BudgetState) -> float:
        return min(state.seen - state.born, MEMORY) / WEEK

    def _confidence(self, due: float) -> float:
        return due / (due + 1.0)

    def _worked_out(self, state: BudgetState) -> float:
        due = self._allowed * self._weeks(state)
        learned = max(self._from_peaks(state.peaks, due), self.noted)
        if due >= _LEARNED or not state.peaks or state.told < ceil(due) + CREDIT:
            return learned
        # However wrong the prior is, few peaks can't show it at once: until they can, a series that has had its alarms
        # and one on credit is told again only when it is far beyond all of them.
        return max(learned, FAR * state.peaks[0][0])

    def _from_peaks(self, peaks: Sequence[tuple[float, int]], due: float) -> float:
        prior = self._prior.weekly - self._prior.scale * log(self._allowed)
        if len(peaks) < _FEW or due <= 0.0:
            return prior
        lowest = peaks[-1][0]
        slope = (peaks[(len(peaks) - 1) // 2][0] - lowest) / _HALVING
        own = lowest + slope * max(0.0, log(len(peaks) / due))
        share = self._confidence(due)
        # A series that is new must not cry wolf: what it has shown so far may only make the rule deafer.
        return share * own + (1 - share) * prior if share >= 0.5 else max(own, prior)
