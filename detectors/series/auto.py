"""``auto``: one meter for a series nobody described.

It watches how strongly the series follows the time of day. Where it does, and is sampled often enough for a profile
over the day to mean something, the seasonal level decides; where it doesn't, novelty does. The change is gradual and
judged anew with every sample.
"""

import msgspec

from detectors.series.level import DAY, LevelMeter, LevelState
from detectors.series.meter import Prior
from detectors.series.novelty import NoveltyMeter, NoveltyState

HOURS = 24
WEAK, STRONG = 0.15, 0.4
"""Strengths of the season between which level takes over from novelty."""
LEVEL_UNIT, NOVELTY_UNIT = 4.5, 0.0123
"""Scores of the two that are equally alarming."""
KEPT = 0.2
"""What is left of novelty in a seasonal series."""
YOUNG = 0.3
"""What is left of it while a series is too young to show a season: level decides from the first hour on."""
CLIP = 10.0
"""What lies so many times further from the centre than usual says no more about the season."""
SLOWEST = 900.0
"""A half hour of the profile must hold two samples at least."""
_WARM = 3 * DAY
_PROFILE_RATE = 0.25
_MEMORY = 3 * DAY
_CENTRE = 2 * DAY
_LONGEST = 3600.0


class SeasonState(msgspec.Struct, array_like=True):
    """``profile``: mean by hour of day (None: never seen). ``around``: how far values lie from the profile, ``spread``:
    from their slow ``centre``. ``sum`` and ``count`` gather the current hour.
    """

    born: float = 0.0
    at: float = 0.0
    hour: int = -1
    sum: float = 0.0
    count: int = 0
    centre: float = 0.0
    around: float = 0.0
    spread: float = 0.0
    profile: list[float | None] = msgspec.field(default_factory=lambda: [None] * HOURS)

    def strength(self, at: float, value: float) -> float:
        """0: the time of day explains nothing, 1: everything. Learns the value."""
        hour = int(at % DAY * HOURS / DAY)
        if not self.born:
            self.born = self.at = at
            self.centre = value
        passed = min(max(at - self.at, 0.0), _LONGEST)
        self.at = at
        reach = CLIP * self.spread
        if reach > 0.0 and at - self.born >= _WARM:
            value = min(max(value, self.centre - reach), self.centre + reach)
        if hour != self.hour:
            self._close(hour)
        self.sum += value
        self.count += 1
        usual = self.profile[hour]
        if usual is not None:
            share = passed / (passed + _MEMORY)
            self.around += share * (abs(value - usual) - self.around)
            self.spread += share * (abs(value - self.centre) - self.spread)
        self.centre += passed / (passed + _CENTRE) * (value - self.centre)
        if self.spread <= 0.0 or at - self.born < _WARM:
            return 0.0
        return max(0.0, 1.0 - self.around / self.spread)

    def _close(self, hour: int) -> None:
        if self.count:
            mean, usual = self.sum / self.count, self.profile[self.hour]
            self.profile[self.hour] = mean if usual is None else usual + _PROFILE_RATE * (mean - usual)
        self.hour, self.sum, self.count = hour, 0.0, 0


class AutoState(msgspec.Struct, array_like=True):
    """The states of the parts."""

    level: LevelState = msgspec.field(default_factory=LevelState)
    novelty: NoveltyState = msgspec.field(default_factory=NoveltyState)
    season: SeasonState = msgspec.field(default_factory=SeasonState)


class AutoMeter:
    """Level and novelty, weighed by the character of the series."""

    kind = "auto"
    prior = Prior(0.9, 0.25)

    def __init__(self) -> None:
        self._level, self._novelty = LevelMeter(), NoveltyMeter()

    def new(self) -> AutoState:
        """Nothing seen."""
        return AutoState()

    def take(self, state: AutoState, at: float, value: float, count: float = 0.0) -> float:
        """Score in units of what is alarming: 1 is where alarms begin on series of many kinds."""
        level = self._level.take(state.level, at, value, count)
        novelty = self._novelty.take(state.novelty, at, value, count)
        strength = state.season.strength(at, value)
        if state.level.step <= SLOWEST and at - state.season.born < _WARM:
            return max(YOUNG * novelty / NOVELTY_UNIT, level / LEVEL_UNIT)
        if strength <= WEAK or state.level.step > SLOWEST:
            return novelty / NOVELTY_UNIT
        seasonal = min(1.0, (strength - WEAK) / (STRONG - WEAK))
        return max((1.0 - (1.0 - KEPT) * seasonal) * novelty / NOVELTY_UNIT, seasonal * level / LEVEL_UNIT)

    def expected(self, state: AutoState, at: float) -> float | None:
        """Level and season together."""
        return self._level.expected(state.level, at)
