"""``level``, ``novelty``, ``auto``: a measured value unlike its own past, within a budget of alarms instead of a limit.

Three findings, each raised and cleared on its own: the value is unusual; it stands perfectly still although it never
did (label ``finding: flat``); it doesn't come any more (``finding: missing``).
"""

from collections.abc import Sequence
from math import inf
from typing import Any, ClassVar, Generic, TypeVar

import msgspec
from pydantic import Field

from detectors import trail
from detectors.budget import Allowance, Budget, BudgetState, Standing
from detectors.kinds.leak_budget import Alarms
from detectors.kit import Kit
from detectors.match import getter
from detectors.memory import Episode
from detectors.numbers import BIGGEST, SKEW, number, short, span
from detectors.rule import Duration, Rule
from detectors.series.auto import AutoMeter, AutoState
from detectors.series.level import FADE, LevelMeter, LevelState, Reach
from detectors.series.meter import Meter
from detectors.series.novelty import NoveltyMeter, NoveltyState
from incident.domain.signal import Evidence, Signal
from incident.domain.words import Degree, Text
from incident.intake.event import Event

M = TypeVar("M")
_LEARN = 30
_CHANGES = 20
_STILL = 4
_GAPS = 3.0
_MANY = 4
"""In so many samples and more a short way is looked for."""


class SeriesRule(Rule):
    """``alarms`` is the budget, ``stricter`` halves it so many times. ``side``: which way is bad.

    ``settle``: a new level that has held so long is the new usual one. ``quiet``: how long a stretch of trouble may
    pause and still be one. ``grave`` × the threshold makes the impact high. ``flat`` is how many equal samples in a
    row are a finding at least, 0 for never. ``missing`` is how long a silence is one at least, absent for never.
    """

    value: str = "value"
    alarms: Alarms = 1.0
    stricter: float = Field(default=0.0, ge=-3, le=6)
    side: str = Field(default="both", pattern="^(both|above|below)$")
    settle: Duration = 21600.0
    quiet: Duration = 3600.0
    grave: float = Field(default=2.0, gt=1)
    flat: int = Field(default=60, ge=0)
    missing: Duration | None = None
    unit: str = ""


class SeriesState(msgspec.Struct, Generic[M], array_like=True):
    """``anchor`` and ``reach``: what was expected when the finding was raised, and how far off is still unwell.

    ``same``: equal samples in a row, ``still`` the longest such row, ``changes`` how often it ended. ``gap``: the
    longest usual distance between samples.
    """

    meter: M
    last: float = 0.0
    seen: int = 0
    value: float = 0.0
    same: int = 0
    still: int = 0
    changes: int = 0
    gap: float = 0.0
    anchor: float = 0.0
    reach: float = 0.0
    trail: bytes = b""
    budget: BudgetState = msgspec.field(default_factory=BudgetState)
    episode: Episode = msgspec.field(default_factory=Episode)
    flat: Episode = msgspec.field(default_factory=Episode)
    missing: Episode = msgspec.field(default_factory=Episode)


class Series(Kit[SeriesRule, SeriesState[Any]]):
    """Late, doubled and future samples are ignored; a sample that is no number says nothing."""

    heeds = True

    meter_type: ClassVar[type[Meter[Any]]]

    def __init__(self, rule: SeriesRule) -> None:
        super().__init__(rule)
        self._value = getter(rule.value)
        self._misses = rule.missing is not None
        self._meter = self.meter_type()
        self._budget = Budget(self._meter.prior, self.allowance, rule.quiet)

    def new(self) -> SeriesState[Any]:
        """A state that has seen nothing."""
        return SeriesState(meter=self._meter.new())

    @property
    def allowance(self) -> Allowance:
        """The rule's budget."""
        return Allowance(self._rule.alarms, self._rule.stricter)

    def standing(self, state: SeriesState[Any]) -> Standing:
        """How the rule keeps to its budget for this key."""
        return self._budget.standing(state.budget)

    def calibrate(self, stricter: float) -> None:
        """Halve the budget so many times from now on, beyond what the rule says (see :mod:`detectors.feedback`)."""
        self._budget.calibrate(Allowance(self._rule.alarms, self._rule.stricter + stricter))

    def observe(
        self, state: SeriesState[Any], key: str, events: Sequence[Event], now: float
    ) -> tuple[SeriesState[Any], list[Signal]]:
        """Judge each sample in turn."""
        signals: list[Signal] = []
        recent: list[tuple[float, float]] = []
        samples = self._samples(state.last, events, now + SKEW)
        done, many = 0, len(samples)
        while done < many:
            if many - done >= _MANY:
                done += self._calm(state, samples, done, recent)
                if done == many:
                    break
            at, value = samples[done]
            done += 1
            if self._misses and state.seen > _LEARN:
                signals += self._came(state, key, at, recent)
            if value == state.value or state.flat.start or state.same > state.still or not state.seen:
                state.trail = trail.extended(state.trail, recent)
                signals += self._stood(state, key, at, value)
            else:
                state.changes += 1
                state.same = 1
            self._judge(state, key, at, value, signals, recent)
        state.trail = trail.extended(state.trail, recent)
        return state, signals

    def _samples(self, last: float, events: Sequence[Event], horizon: float) -> list[tuple[float, float]]:
        """(epoch second, value) of those events that come later than the one before and measure something."""
        read, samples = self._value, []
        for event in events:
            at = event.time
            if last < at <= horizon:
                value = read(event)
                if type(value) is not float or not -BIGGEST <= value <= BIGGEST:  # nearly always it is a sane float
                    value = number(value)
                    if value is None:
                        continue
                samples.append((at, value))
                last = at
        return samples

    def _calm(
        self,
        state: SeriesState[Any],  # noqa: ARG002 -- for kinds that know a short way
        samples: Sequence[tuple[float, float]],  # noqa: ARG002
        first: int,  # noqa: ARG002
        recent: list[tuple[float, float]],  # noqa: ARG002
    ) -> int:
        """Take the samples from number ``first`` on that are nothing to speak of, if there is a short way; how many."""
        return 0

    def tick(self, state: SeriesState[Any], key: str, now: float) -> tuple[SeriesState[Any], list[Signal]]:
        """Raise when samples that should have come didn't."""
        deadline = self.due(state, key)
        if deadline is None or now < deadline:
            return state, []
        return state, self._silent(state, key, deadline)

    def due(self, state: SeriesState[Any], key: str) -> float | None:  # noqa: ARG002 -- the contract's signature
        """When the next sample is overdue."""
        if self._rule.missing is None or state.missing.start or state.seen <= _LEARN:
            return None
        return state.last + max(self._rule.missing, _GAPS * state.gap)

    # --- the value ---------------------------------------------------------------------------------------------------

    def _judge(
        self,
        state: SeriesState[Any],
        key: str,
        at: float,
        value: float,
        signals: list[Signal],
        recent: list[tuple[float, float]],
    ) -> None:
        expected = self._meter.expected(state.meter, at)
        score = self._meter.take(state.meter, at, value, 0.0)
        if state.seen and not state.missing.start:
            gap = at - state.last
            state.gap = gap if gap > state.gap else state.gap * FADE
        state.last, state.value = at, value
        state.seen += 1
        recent.append((at, value))
        budget, learned = self._budget, state.budget
        threshold = budget.threshold(learned)
        if score >= threshold and state.seen > _LEARN and expected is not None and self._is_bad_side(value, expected):
            state.trail = trail.extended(state.trail, recent)
            signals += self._bad(state, key, at, value, expected, score / threshold)
        elif state.episode.start:
            state.trail = trail.extended(state.trail, recent)
            signals += self._open(state, key, at, value)
        budget.learn(learned, at, score)

    def _is_bad_side(self, value: float, expected: float) -> bool:
        side = self._rule.side
        return side == "both" or (value > expected) == (side == "above")

    def _bad(
        self, state: SeriesState[Any], key: str, at: float, value: float, expected: float, times: float
    ) -> list[Signal]:
        if not state.episode.is_open:
            state.anchor, state.reach = expected, abs(value - expected) / 2
            state.budget.told += 1
        state.episode.bad()
        impact = Degree.HIGH if times >= self._rule.grave else None
        if not self._news(state.episode, impact):
            return []
        return self._raise(state.episode, key, at, self._evidence(state, value, times), impact=impact)

    def _open(self, state: SeriesState[Any], key: str, at: float, value: float) -> list[Signal]:
        episode = state.episode
        settled = at - episode.start >= self._rule.settle
        if abs(value - state.anchor) > state.reach and not settled:
            episode.bad()
            return []
        if not episode.good(at, at, self._rule.clear_after) and not settled:
            return []
        return self._clear(episode, key, at, self._evidence(state, value, 0.0))

    # --- standing still, not coming ----------------------------------------------------------------------------------

    def _stood(self, state: SeriesState[Any], key: str, at: float, value: float) -> list[Signal]:
        if not state.seen or value != state.value:
            state.changes += 1
            state.still = max(state.still, state.same) if not state.flat.start else state.still
            state.same = 1
            if not state.flat.start:
                return []
            return self._clear(state.flat, key, at, self._still(state, value), more={"finding": "flat"})
        state.same += 1
        enough = max(self._rule.flat, _STILL * state.still)
        if not self._rule.flat or state.same < enough or state.flat.start or state.changes < _CHANGES:
            return []
        return self._raise(state.flat, key, at, self._still(state, value), more={"finding": "flat"})

    def _came(self, state: SeriesState[Any], key: str, at: float, recent: list[tuple[float, float]]) -> list[Signal]:
        if not state.missing.start and at - state.last <= (self._rule.missing or 0.0):
            return []
        state.trail = trail.extended(state.trail, recent)
        if state.missing.start:
            return self._clear(state.missing, key, at, self._gone(state, at - state.last), more={"finding": "missing"})
        deadline = self.due(state, key)
        if deadline is None or at <= deadline:
            return []
        # Nobody ticked in between: the silence is told late rather than not at all.
        signals = self._silent(state, key, deadline)
        return signals + self._clear(
            state.missing, key, at, self._gone(state, at - state.last), more={"finding": "missing"}
        )

    def _silent(self, state: SeriesState[Any], key: str, deadline: float) -> list[Signal]:
        gone = self._gone(state, deadline - state.last)
        return self._raise(state.missing, key, deadline, gone, more={"finding": "missing"})

    # --- evidence ----------------------------------------------------------------------------------------------------

    def _evidence(self, state: SeriesState[Any], value: float, times: float) -> Evidence:
        unit = f" {self._rule.unit}" if self._rule.unit else ""
        standing = self._budget.standing(state.budget)
        far, rate, sure = (
            short(max(round(times, 1), 1.0)),
            short(self._rule.alarms),
            f"{100 * standing.confidence:.0f} %",
        )
        return Evidence(
            expected=f"≈ {short(state.anchor)}{unit}",
            seen=f"{short(value)}{unit}",
            unit=self._rule.unit,
            unusual=f"× {far} > {rate}/w ({sure})",
            meaning=Text(
                f"为告警线的 {far} 倍；告警线按每周 {rate} 次告警学得（把握 {sure}）",
                f"{far} × the threshold learned for a budget of {rate} a week (confidence {sure})",
            )
            if times > 0
            else Text("已回到常态", "back to the usual"),
            window=trail.points(state.trail),
        )

    def _still(self, state: SeriesState[Any], value: float) -> Evidence:
        return Evidence(
            expected=f"= × ≤ {state.still}",
            seen=f"= {short(value)} × {state.same}",
            unit=self._rule.unit,
            meaning=Text(
                f"连续 {state.same} 个采样完全相同，此前最多连续 {state.still} 个",
                f"{state.same} equal samples in a row, never more than {state.still} before",
            ),
            window=trail.points(state.trail),
        )

    def _gone(self, state: SeriesState[Any], silence: float) -> Evidence:
        return Evidence(
            expected=f"≤ {span(max(state.gap, 1.0))}",
            seen=f"∅ {span(max(round(silence), 1))}",
            unit="",
            meaning=Text(
                f"已 {span(max(round(silence), 1))} 没有数据，平时最长间隔 {span(max(state.gap, 1.0))}",
                f"no data for {span(max(round(silence), 1))}, usually {span(max(state.gap, 1.0))} at most",
            ),
            window=trail.points(state.trail),
        )


class Level(Series):
    """See :mod:`detectors.series.level`."""

    kind = "level"
    State = SeriesState[LevelState]
    meter_type = LevelMeter
    _meter: LevelMeter

    def _calm(
        self, state: SeriesState[LevelState], samples: Sequence[tuple[float, float]], first: int,
        recent: list[tuple[float, float]],
    ) -> int:  # fmt: skip
        budget, meter = state.budget, state.meter
        if state.episode.start or state.flat.start or state.missing.start or state.same > state.still:
            return 0
        if not budget.born or min(state.seen, meter.seen) <= _LEARN or meter.at != state.last:
            return 0
        self._budget.threshold(budget)
        longest = self._rule.missing if self._rule.missing is not None else inf
        reach = Reach(self._budget.unmoved_until(budget), longest, state.value, state.gap)
        taken, gap = self._meter.calm(meter, samples, first, reach)
        if taken:
            state.gap, state.same = gap, 1
            state.last, state.value = samples[first + taken - 1]
            state.seen += taken
            state.changes += taken
            budget.seen = max(budget.seen, int(state.last))
            recent += samples[first : first + taken]
        return taken


class Novelty(Series):
    """See :mod:`detectors.series.novelty`."""

    kind = "novelty"
    State = SeriesState[NoveltyState]
    meter_type = NoveltyMeter


class Auto(Series):
    """See :mod:`detectors.series.auto`."""

    kind = "auto"
    State = SeriesState[AutoState]
    meter_type = AutoMeter
