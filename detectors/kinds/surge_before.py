"""The state of ``surge`` as version 2 wrote it, and what of it is still worth knowing."""

import msgspec

from detectors.budget import BudgetState
from detectors.memory import Episode, Pace, Recent
from detectors.series.days import DayState
from detectors.series.parts import PartState, Slot, place

_WORKING, _OFF = 7, 8
_ALL = 9


class Baseline(msgspec.Struct, array_like=True):
    """``slots``: 2 × part of the day + (0 working day, 1 day off) → (mean, how often seen)."""

    slots: dict[int, tuple[float, int]]
    week: list[float]
    weeks: list[int]
    spread: float
    known: int


class Scatter(msgspec.Struct, array_like=True):
    """The variance of the counts' logarithm: by slot, with how often it was seen, and of all."""

    slots: dict[int, tuple[float, int]]
    whole: float


class BucketV2(msgspec.Struct, array_like=True):
    """An open bucket."""

    start: float
    end: float
    slot: int
    weekday: int
    mean: float
    trip: float
    count: float
    parts: dict[str, float]


class SurgeStateV2(msgspec.Struct, array_like=True):
    """Two CUSUMs over a baseline."""

    open: list[BucketV2]
    base: Baseline
    scatter: Scatter
    born: float
    slow: float
    fast: float
    since: float
    history: list[tuple[float, float]]
    usual_parts: dict[str, float]
    pace: Pace
    recent: Recent
    episode: Episode
    budget: BudgetState = msgspec.field(default_factory=BudgetState)

    def days(self) -> DayState:
        """Level, weekdays and scatter go on; the evidence begins anew."""
        level, seen = self.base.slots.get(0, (0.0, 0))
        state = DayState(seen=seen, slow=level, fast=level, spread=self.base.spread)
        state.week, state.weeks = self.base.week, self.base.weeks
        return state

    def slots(self) -> PartState:
        """Working days and days off are witnesses as before, both together a third; weekdays are learned anew."""
        state = PartState(scatter=self.scatter.whole)
        both: dict[int, list[tuple[float, int]]] = {}
        for number, (mean, seen) in self.base.slots.items():
            part, off = divmod(number, 2)
            state.slots[place(part, _OFF if off else _WORKING)] = Slot(mean, seen)
            both.setdefault(part, []).append((mean, seen))
        for part, kinds in both.items():
            seen = sum(times for _, times in kinds)
            if seen:
                mean = sum(mean * times for mean, times in kinds) / seen
                state.slots[place(part, _ALL)] = Slot(mean, seen)
        return state
