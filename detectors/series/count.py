"""``count``: more than level, season and scatter explain, per day (:mod:`detectors.series.days`) or per part of a day
(:mod:`detectors.series.parts`).
"""

import msgspec

from detectors.series.days import DayState
from detectors.series.meter import Prior
from detectors.series.parts import PartState

DAY = 86400.0
_DAILY = 0.8 * DAY
EVIDENCE = 2.5
"""Nats of evidence in counts a day where alarms begin."""
_SLOTS = 288


class CountState(msgspec.Struct, array_like=True):
    """``step``: the shortest distance between samples, which tells days from parts of days."""

    at: float = 0.0
    step: float = 0.0
    seen: int = 0
    days: DayState = msgspec.field(default_factory=DayState)
    parts: PartState = msgspec.field(default_factory=PartState)


class CountMeter:
    """Which of the two it is the distance between samples tells."""

    kind = "count"
    prior = Prior(1.0, 0.35)

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
        if state.step >= _DAILY:
            return state.days.take(_weekday(at), value) / EVIDENCE
        return state.parts.take(_part(state, at), _weekday(at), value)

    def expected(self, state: CountState, at: float) -> float | None:
        """The usual count of that day or slot."""
        if state.step >= _DAILY:
            return state.days.mean(_weekday(at)) or None
        found = state.parts.usual(_part(state, at), _weekday(at)) if state.step else None
        return found.mean if found else None


def _weekday(at: float) -> int:
    return int(at // DAY + 3) % 7


def _part(state: CountState, at: float) -> int:
    return min(int(at % DAY / max(state.step, DAY / _SLOTS)), _SLOTS)
