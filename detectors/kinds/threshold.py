"""``threshold``: a measured value over or under a limit, for several samples or for a while, with hysteresis."""

from collections.abc import Sequence

import msgspec
from pydantic import Field, model_validator

from detectors import trail
from detectors.kit import Kit
from detectors.match import getter
from detectors.memory import Episode
from detectors.numbers import SKEW, number, short
from detectors.rule import Duration, Rule
from incident.domain.said import said
from incident.domain.signal import Evidence, Signal
from incident.domain.words import Degree, Text
from incident.intake.event import Event


class ThresholdRule(Rule):
    """``samples`` of the last ``of`` values beyond ``above`` / ``below``, and at least for ``for``.

    Well again only inside ``clear_above`` / ``clear_below`` (default: a tenth inside the limit). Beyond
    ``grave_above`` / ``grave_below`` the impact is high.
    """

    unbudgeted = said("its limit is a promise — use kind level to have it learned, or ask for more 'samples' or 'for'")

    value: str = "value"
    above: float | None = None
    below: float | None = None
    grave_above: float | None = None
    grave_below: float | None = None
    clear_above: float | None = None
    clear_below: float | None = None
    samples: int = Field(default=3, ge=1, le=60)
    of: int = Field(default=0, ge=0, le=60)
    lasting: Duration | None = Field(default=None, alias="for")
    unit: str = ""

    @model_validator(mode="after")
    def _limits_make_sense(self) -> "ThresholdRule":
        if self.above is None and self.below is None:
            raise ValueError("needs 'above' or 'below'")
        if self.of and self.of < self.samples:
            raise ValueError("'of' must not be smaller than 'samples'")
        return self


class ThresholdState(msgspec.Struct, array_like=True):
    """``bits``: whether each of the last 60 samples was bad, newest lowest."""

    last: float = 0.0
    bits: int = 0
    bad_since: float = 0.0
    trail: bytes = b""
    episode: Episode = msgspec.field(default_factory=Episode)


class ThresholdStateV1(msgspec.Struct, array_like=True):
    """As version 1 wrote it: the window as a list of pairs."""

    last: float
    bits: int
    bad_since: float
    window: list[tuple[float, float]]
    episode: Episode


class Threshold(Kit[ThresholdRule, ThresholdState]):
    """Samples older than the newest one seen are ignored; silence changes nothing (unknown isn't well)."""

    kind = "threshold"
    version = 2
    State = ThresholdState

    def __init__(self, rule: ThresholdRule) -> None:
        super().__init__(rule)
        self._value = getter(rule.value)
        infinity = float("inf")
        self._above = infinity if rule.above is None else rule.above
        self._below = -infinity if rule.below is None else rule.below
        self._clear_above = _inside(rule.above, rule.clear_above, -0.1, infinity)
        self._clear_below = _inside(rule.below, rule.clear_below, 0.1, -infinity)
        self._grave_above = infinity if rule.grave_above is None else rule.grave_above
        self._grave_below = -infinity if rule.grave_below is None else rule.grave_below
        self._of = rule.of or rule.samples
        self._mask = (1 << self._of) - 1

    def observe(
        self, state: ThresholdState, key: str, events: Sequence[Event], now: float
    ) -> tuple[ThresholdState, list[Signal]]:
        """Judge each sample in turn."""
        signals: list[Signal] = []
        horizon, last, read = now + SKEW, state.last, self._value
        above, below = self._above, self._below
        calm = not state.bits and not state.episode.start
        recent: list[tuple[float, float]] = []
        for event in events:
            at = event.time
            if not last < at <= horizon:
                continue
            value = number(read(event))
            if value is None:
                continue
            last = at
            recent.append((at, value))
            if calm and below <= value <= above:
                continue
            state.trail = trail.extended(state.trail, recent)
            signals += self._judge(state, key, at, value)
            calm = not state.bits and not state.episode.start
        state.last = last
        state.trail = trail.extended(state.trail, recent)
        return state, signals

    def _judge(self, state: ThresholdState, key: str, at: float, value: float) -> list[Signal]:
        bad = value > self._above or value < self._below
        state.bits = (state.bits << 1 | bad) & self._mask
        if bad:
            return self._bad(state, key, at, value)
        state.bad_since = state.bad_since if state.bits else 0.0
        return self._good(state, key, at, value) if state.episode.start else []

    def tick(self, state: ThresholdState, key: str, now: float) -> tuple[ThresholdState, list[Signal]]:  # noqa: ARG002 -- the contract's signature
        """Nothing: without samples nothing is known."""
        return state, []

    def migrated(self, version: int, body: bytes) -> ThresholdState:  # noqa: ARG002 -- there is one older version
        """Version 1 kept longer windows."""
        old = msgspec.msgpack.decode(body, type=ThresholdStateV1)
        return ThresholdState(old.last, old.bits, old.bad_since, trail.packed(old.window), old.episode)

    def _bad(self, state: ThresholdState, key: str, at: float, value: float) -> list[Signal]:
        state.bad_since = state.bad_since or at
        state.episode.bad()
        enough = state.bits.bit_count() >= self._rule.samples
        lasted = at - state.bad_since >= (self._rule.lasting or 0.0)
        if not state.episode.is_open and not (enough and lasted):
            return []
        grave = value > self._grave_above or value < self._grave_below
        impact = Degree.HIGH if grave else None
        if not self._news(state.episode, impact):
            return []
        first = state.episode.start or state.bad_since
        at = at if state.episode.is_open else first
        return self._raise(state.episode, key, at, self._evidence(state, value), impact=impact)

    def _good(self, state: ThresholdState, key: str, at: float, value: float) -> list[Signal]:
        if value > self._clear_above or value < self._clear_below:
            state.episode.bad()
            return []
        if not state.episode.good(at, at, self._rule.clear_after):
            return []
        state.bits, state.bad_since = 0, 0.0
        return self._clear(state.episode, key, at, self._evidence(state, value))

    def _evidence(self, state: ThresholdState, value: float) -> Evidence:
        rule, unit = self._rule, f" {self._rule.unit}" if self._rule.unit else ""
        limits = [f"≤ {short(rule.above)}{unit}"] if rule.above is not None else []
        limits += [f"≥ {short(rule.below)}{unit}"] if rule.below is not None else []
        return Evidence(
            expected=", ".join(limits),
            seen=f"{short(value)}{unit}",
            unit=rule.unit,
            unusual=f"{state.bits.bit_count()}/{self._of}",
            meaning=Text(
                f"最近 {self._of} 次采样中有 {state.bits.bit_count()} 次超限",
                f"{state.bits.bit_count()} of the last {self._of} samples beyond the limit",
            ),
            window=trail.points(state.trail),
        )


def _inside(limit: float | None, given: float | None, margin: float, none: float) -> float:
    if given is not None:
        return given
    return none if limit is None else limit + margin * abs(limit)
