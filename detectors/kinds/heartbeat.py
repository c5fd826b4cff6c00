"""``heartbeat``: something that reports regularly has gone silent, or reports that it failed."""

from collections.abc import Sequence
from math import ceil, log
from operator import attrgetter

import msgspec
from pydantic import Field, model_validator

from detectors import keys, trail
from detectors.budget import QUIET, Allowance, BudgetState, Standing
from detectors.kit import Kit
from detectors.match import getter
from detectors.memory import Episode
from detectors.numbers import SKEW, span
from detectors.rule import Duration, Names, label_name
from detectors.series.beat import BeatMeter, halved
from detectors.strictness import BudgetRule, Strictness
from incident.domain.signal import Evidence, Signal
from incident.domain.words import Degree, Text
from incident.intake.event import Event

_STEP = log(1.05)
"""Gaps are counted in bins 5 % wide: exact enough for a timeout, small enough to store."""
_HALVE = 50_000
_TIME = attrgetter("time")
_NEW_RHYTHM = 3
_MAX_BINS = 400
_LONGEST = 4.0
"""However small the budget: so many times the learned timeout is silence."""


class HeartbeatRule(BudgetRule):
    """Missing after ``timeout``; without one, after the ``period_s`` that the last beat gave; without either, after
    ``factor`` × the ``quantile`` of the gaps seen.

    Until ``min_gaps`` gaps are known ``first_timeout`` holds. ``floor`` bounds a learned timeout from below.
    ``failing``: the values of ``status`` that mean down; ``fails`` of them in a row raise at once. ``expect``
    lists values of the ``by`` field that must report, even if they never did. With ``alarms`` the learned timeout is
    multiplied by a number that is learned as well.
    """

    on: Names = ("heartbeat",)
    by: Names = ("slug",)
    timeout: Duration | None = None
    first_timeout: Duration = 900.0
    factor: float = Field(default=1.7, ge=1)
    quantile: float = Field(default=0.9999, gt=0.5, lt=1)
    min_gaps: int = Field(default=30, ge=5)
    floor: Duration = 30.0
    status: str = "status"
    failing: Names = ("fail", "down")
    fails: int = Field(default=1, ge=1)
    expect: Names = ()
    clear_after: Duration = 1.0

    @model_validator(mode="after")
    def _budget_has_something_to_learn(self) -> "HeartbeatRule":
        if self.timeout is not None and self.alarms is not None:
            raise ValueError("'timeout' is a promise and has no budget: leave out one of 'timeout' and 'alarms'")
        return self


class HeartbeatState(msgspec.Struct, array_like=True):
    """``gaps``: bin of log gap → how many; ``learned``: the timeout they make, 0 while too few are known.

    ``long``: gaps in a row beyond the timeout, maybe a new rhythm. ``trail``: the last gaps. ``period``: what the
    last beat said of the next, 0 when nothing.
    """

    last: float = 0.0
    gaps: dict[int, int] = {}
    known: int = 0
    learned: float = 0.0
    long: list[float] = []
    fails: int = 0
    failing_since: float = 0.0
    trail: bytes = b""
    episode: Episode = msgspec.field(default_factory=Episode)
    period: float = 0.0
    budget: BudgetState = msgspec.field(default_factory=BudgetState)


class HeartbeatStateV1(msgspec.Struct, array_like=True):
    """As version 1 wrote it: the last gaps as a list of pairs."""

    last: float
    gaps: dict[int, int]
    known: int
    learned: float
    long: list[float]
    fails: int
    failing_since: float
    beats: list[tuple[float, float]]
    episode: Episode


class Heartbeat(Kit[HeartbeatRule, HeartbeatState]):
    """The deadline stands in the state (last beat + timeout), so a restart loses none.

    Gaps beyond the timeout aren't learned, or one outage would make the next one invisible; three in a row of
    them without a report of failure are taken as a new rhythm.
    """

    kind = "heartbeat"
    version = 2
    State = HeartbeatState

    def __init__(self, rule: HeartbeatRule) -> None:
        super().__init__(rule)
        self._status = getter(rule.status)
        self._period = getter("period_s")
        self._strictness = Strictness(rule, QUIET, BeatMeter.prior)
        self.heeds = rule.timeout is None

    @property
    def allowance(self) -> Allowance | None:
        """The rule's budget, if it has one."""
        return self._strictness.allowance

    def standing(self, state: HeartbeatState) -> Standing | None:
        """How the rule keeps to its budget for this key."""
        return self._strictness.standing(state.budget)

    def calibrate(self, stricter: float) -> None:
        """Halve the budget, or wait longer."""
        self._strictness.calibrate(stricter)

    def expected(self) -> Sequence[str]:
        """What must report, whether or not it ever did."""
        name = label_name(self._rule.by[0]) if self._rule.by else ""
        return [keys.make([(name, value)], None) for value in self._rule.expect] if name else ()

    def observe(
        self, state: HeartbeatState, key: str, events: Sequence[Event], now: float
    ) -> tuple[HeartbeatState, list[Signal]]:
        """Take beats in the order in which they were sent; one at or before the latest beat says nothing new."""
        signals: list[Signal] = []
        horizon = now + SKEW
        beats = [event for event in events if state.last < event.time <= horizon]
        if state.last and len(beats) > 1:
            beats.sort(key=_TIME)  # what was shuffled on the way must not look like a silence
        for event in beats:
            if event.time <= state.last:
                continue
            at = min(event.time, now)
            if state.last and not state.episode.is_open and at > state.last + self.timeout(state):
                # Nobody ticked in between: the silence is told late rather than not at all.
                signals += self._missing(state, key)
            state.period = self._period(event) or 0.0
            if self._status(event) in self._rule.failing:
                signals += self._failed(state, key, at)
            else:
                signals += self._beat(state, key, at)
        return state, signals

    def tick(self, state: HeartbeatState, key: str, now: float) -> tuple[HeartbeatState, list[Signal]]:
        """Raise when the deadline has passed. The first tick of something that never reported starts its wait."""
        if not state.last:
            state.last = now
            return state, []
        if state.episode.is_open or now < state.last + self.timeout(state):
            return state, []
        return state, self._missing(state, key)

    def due(self, state: HeartbeatState, key: str) -> float | None:  # noqa: ARG002 -- the contract's signature
        """The deadline, unless the silence is told already."""
        if state.episode.is_open:
            return None
        return state.last + self.timeout(state) if state.last else 0.0

    def migrated(self, version: int, body: bytes) -> HeartbeatState:  # noqa: ARG002 -- there is one older version
        """Version 1 kept more of the last gaps."""
        old = msgspec.msgpack.decode(body, type=HeartbeatStateV1)
        return HeartbeatState(
            old.last, old.gaps, old.known, old.learned, old.long, old.fails, old.failing_since,
            trail.packed(old.beats), old.episode,
        )  # fmt: skip

    def timeout(self, state: HeartbeatState) -> float:
        """Seconds of silence that are too many now."""
        learned = state.learned * min(self._strictness.times(state.budget), _LONGEST)
        return self._rule.timeout or state.period or learned or self._rule.first_timeout

    def _worked_out(self, state: HeartbeatState) -> float:
        """The learned timeout; 0 while too little is known."""
        rule = self._rule
        if state.known < rule.min_gaps:
            return 0.0
        left = max(1, ceil(state.known * (1 - rule.quantile)))
        for place in sorted(state.gaps, reverse=True):
            left -= state.gaps[place]
            if left <= 0:
                return max(rule.floor, rule.factor * _edge(place))
        return 0.0

    def _beat(self, state: HeartbeatState, key: str, at: float) -> list[Signal]:
        gap = at - state.last if state.last else 0.0
        if gap > 0:
            if state.learned and not state.period:
                self._strictness.learn(state.budget, at, gap / state.learned)
            self._learn(state, gap)
            state.trail = trail.grown(state.trail, at, gap)
        state.last, state.fails, state.failing_since = at, 0, 0.0
        if not state.episode.is_open:
            return []
        return self._clear(state.episode, key, at, self._evidence(state, span(gap) if gap else "ok"))

    def _learn(self, state: HeartbeatState, gap: float) -> None:
        if self._rule.timeout is not None or state.failing_since:
            return
        if gap > (state.period or state.learned or self._rule.first_timeout):
            state.long.append(gap)
            if len(state.long) < _NEW_RHYTHM:
                return
            state.gaps, state.known, fresh, state.long = {}, 0, state.long, []
        else:
            fresh, state.long = [gap], []
        for length in fresh:
            place = round(log(max(length, 0.001)) / _STEP)
            if place in state.gaps or len(state.gaps) < _MAX_BINS:
                state.gaps[place] = state.gaps.get(place, 0) + 1
                state.known += 1
        if state.known > _HALVE:
            state.gaps = halved(state.gaps)
            state.known = sum(state.gaps.values())
        # The quantile hardly moves with one ordinary gap more; a long one is taken into account at once.
        if state.known % 16 == 0 or state.known <= self._rule.min_gaps or gap * self._rule.factor > state.learned:
            state.learned = self._worked_out(state)

    def _failed(self, state: HeartbeatState, key: str, at: float) -> list[Signal]:
        state.last, state.fails = at, state.fails + 1
        state.failing_since = state.failing_since or at
        state.long = []
        if state.fails < self._rule.fails:
            return []
        evidence = self._evidence(state, f"fail × {state.fails}")
        return self._raise(state.episode, key, state.failing_since, evidence, urgency=Degree.HIGH)

    def _missing(self, state: HeartbeatState, key: str) -> list[Signal]:
        deadline = state.last + self.timeout(state)
        evidence = self._evidence(state, f"> {span(self.timeout(state))}")
        state.budget.told += 1
        return self._raise(state.episode, key, deadline, evidence)

    def _evidence(self, state: HeartbeatState, seen: str) -> Evidence:
        timeout = span(self.timeout(state))
        meaning = Text(f"静默超过 {timeout}（按 {state.known} 次间隔学得）",
                       f"silent for more than {timeout}, learned from {state.known} gaps")  # fmt: skip
        if not state.learned or self._rule.timeout:
            meaning = Text(f"静默超过 {timeout}", f"silent for more than {timeout}")
        if state.fails:
            meaning = Text(f"连续 {state.fails} 次上报失败", f"reported failure {state.fails} times in a row")
        return Evidence(
            meaning=meaning,
            expected=f"≤ {timeout}",
            seen=seen,
            unit="" if state.fails else "s",
            window=trail.points(state.trail),
        )


def _edge(place: int) -> float:
    return float(1.05 ** (place + 0.5))
