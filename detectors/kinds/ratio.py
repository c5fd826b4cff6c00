"""``ratio``: too large a share of requests fails, or of calls is abandoned.

A cumulated log-likelihood ratio less its largest step finds lasting rises that no single bad minute can feign, a
beta-binomial tail over the last buckets finds large sudden ones, and an absolute limit holds from the first day. What
is usual depends on the hour of the day as soon as the hours have shown it.
"""

from collections.abc import Sequence
from datetime import datetime
from math import inf, log
from struct import Struct
from zoneinfo import ZoneInfo

import msgspec
from pydantic import Field, field_validator

from detectors.budget import Allowance, BudgetState, Standing
from detectors.kit import Kit
from detectors.match import getter, matcher
from detectors.memory import Episode, Pace, Recent
from detectors.numbers import betabinomial_tail, percent, short, span, weight
from detectors.rule import Duration, Match, Share
from detectors.series.ratio import CAP, FADE, LEAST_CAP
from detectors.strictness import BudgetRule, Strictness
from incident.domain.said import said
from incident.domain.signal import Contributor, Evidence, Signal
from incident.domain.words import Degree, Text
from incident.intake.event import Event

_TAIL = 3
_FEW = 3
_WINDOW = 20
_HOUR, _PAST = Struct("<ff"), Struct("<Iff")
_MAX_PARTS = 30
_PRIOR_TRIALS = 200.0
_HOUR_TRIALS = 500.0
"""An hour of the day is believed over the whole day as far as it has this many trials."""
_HOUR_MEMORY = 7.0
"""Hours remember so many times longer than the whole: each comes once a day."""
_QUIET = 3600.0
_LEAST = 1e-300


class RatioRule(BudgetRule):
    """``bad`` events among ``total`` ones; without ``total`` every event of the rule is one trial.

    ``normal`` fixes the usual share; else it is learned over ``memory``, starting from ``prior``. A share of
    ``worse_factor`` × normal + ``worse_plus`` is what is looked for: raised when the evidence for it, less that of the
    worst single bucket, reaches ``threshold``. ``limit`` raises from day one, ``grave`` makes the impact high.
    ``split`` names the field by which the bad ones are attributed. With ``alarms`` the multiple of ``threshold`` and
    of the logarithm of ``tail`` that raises is learned; ``limit`` always holds.
    """

    bad: Match
    total: Match | None = None
    bucket: Duration = 60.0
    grace: Duration = 15.0
    min_count: int = Field(default=20, ge=1)
    normal: Share | None = None
    prior: Share = 0.01
    memory: Duration = 86400.0
    worse_factor: float = Field(default=4.0, ge=1)
    worse_plus: Share = 0.01
    threshold: float = Field(default=8.0, gt=0)
    timezone: str = "Asia/Shanghai"
    rho: float = Field(default=0.02, gt=0, lt=1)
    tail: float = Field(default=1e-5, gt=0, lt=1)
    limit: Share | None = None
    grave: Share = 0.5
    split: str = ""

    @field_validator("timezone")
    @classmethod
    def _zone_exists(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError):
            raise ValueError(said("no such time zone: '{name}'", name=name)) from None
        return name

    def shape(self) -> tuple[object, ...]:
        """Counts belong to buckets of one length."""
        return (self.bucket,)


class Bin(msgspec.Struct, array_like=True):
    """One bucket: its start, trials, bad ones, and the bad ones by contributor."""

    start: float
    total: float = 0.0
    bad: float = 0.0
    parts: dict[str, float] = {}


class RatioState(msgspec.Struct, array_like=True):
    """``open`` bins wait for late events; the last ``closed`` ones are judged, and start, total and bad of more of them
    stand packed in ``past``. ``usual`` holds decayed bad and total, ``hours``, packed, those of each hour of the day.
    ``score`` is the evidence, ``largest`` its largest step since it left zero.
    """

    open: list[Bin] = []
    closed: list[Bin] = []
    past: bytes = b""
    usual: tuple[float, float] = (0.0, 0.0)
    hours: bytearray = msgspec.field(default_factory=lambda: bytearray(24 * _HOUR.size))
    score: float = 0.0
    largest: float = 0.0
    score_since: float = 0.0
    pace: Pace = msgspec.field(default_factory=Pace)
    recent: Recent = msgspec.field(default_factory=Recent)
    episode: Episode = msgspec.field(default_factory=Episode)
    budget: BudgetState = msgspec.field(default_factory=BudgetState)


class RatioStateV2(msgspec.Struct, array_like=True):
    """As version 2 wrote it: all closed bins and the hours as lists."""

    open: list[Bin]
    closed: list[Bin]
    usual: tuple[float, float]
    hours: list[tuple[float, float]]
    score: float
    largest: float
    score_since: float
    pace: Pace
    recent: Recent
    episode: Episode
    budget: BudgetState


class Ratio(Kit[RatioRule, RatioState]):
    """Buckets are judged when they close. No traffic changes nothing: unknown isn't well."""

    kind = "ratio"
    version = 3
    State = RatioState
    heeds = True

    def __init__(self, rule: RatioRule) -> None:
        super().__init__(rule)
        self._bad = matcher(rule.bad)
        self._total = matcher(rule.total) if rule.total else None
        self._split = getter(rule.split) if rule.split else None
        self._strictness = Strictness(rule, max(_QUIET, 3 * rule.bucket))
        self._decay = 0.5 ** (rule.bucket / rule.memory)
        self._hour_decay = 0.5 ** (rule.bucket * 24 / (_HOUR_MEMORY * rule.memory))
        self._zone = ZoneInfo(rule.timezone)

    @property
    def allowance(self) -> Allowance | None:
        """The rule's budget, if it has one."""
        return self._strictness.allowance

    def standing(self, state: RatioState) -> Standing | None:
        """How the rule keeps to its budget for this key."""
        return self._strictness.standing(state.budget)

    def calibrate(self, stricter: float) -> None:
        """Halve the budget, or ask for more evidence."""
        self._strictness.calibrate(stricter)

    def migrated(self, version: int, body: bytes) -> RatioState:
        """Version 2 kept the same at greater length."""
        if version != 2:
            return super().migrated(version, body)
        old = msgspec.msgpack.decode(body, type=RatioStateV2)
        return RatioState(
            old.open, old.closed[-_TAIL:], b"".join([_packed(one) for one in old.closed[-_WINDOW:]]), old.usual,
            bytearray(b"".join([_HOUR.pack(*pair) for pair in old.hours])), old.score, old.largest, old.score_since,
            old.pace, old.recent, old.episode, old.budget,
        )  # fmt: skip

    def observe(
        self, state: RatioState, key: str, events: Sequence[Event], now: float
    ) -> tuple[RatioState, list[Signal]]:
        """Count trials into their buckets and judge those that are complete."""
        signals: list[Signal] = []
        last = state.closed[-1].start if state.closed else 0.0
        pace, latest, found = state.pace, 0.0, None
        size, grace, seen = self._rule.bucket, self._rule.grace, pace.seen
        start = end = 0.0
        due = state.open[0].start + size + grace if state.open else inf
        is_bad, is_trial = self._bad, self._total
        for event in state.recent.fresh(events, now):
            at = event.time
            count = 1.0 if "count" not in event.data else weight(event)
            if count is None:
                continue
            if at > latest:
                latest = at
                if at > seen:
                    pace.seen = seen = at
                    if at >= due:
                        signals += self._close(state, key, at - grace)
                        found = None
            if found is None or not start <= at < end:
                found = self._bin(state, at)
                if found is None:
                    continue
                start, end, due = found.start, found.start + size, state.open[0].start + size + grace
            if is_trial is None or is_trial(event):
                found.total += count
            if is_bad(event):
                self._bad_one(found, event, count)
        pace.batch(latest, now)
        self._turn(state, last)
        return state, signals

    def tick(self, state: RatioState, key: str, now: float) -> tuple[RatioState, list[Signal]]:
        """Judge the buckets that are complete by now."""
        last = state.closed[-1].start if state.closed else 0.0
        signals = self._close(state, key, state.pace.mark(now, self._rule.grace))
        self._turn(state, last)
        return state, signals

    def due(self, state: RatioState, key: str) -> float | None:  # noqa: ARG002 -- the contract's signature
        """When the oldest open bucket is complete."""
        if not state.open:
            return None
        return state.open[0].start + self._rule.bucket + self._rule.grace + state.pace.lag

    def _bin(self, state: RatioState, at: float) -> Bin | None:
        size = self._rule.bucket
        start = at // size * size
        for found in reversed(state.open):
            if found.start == start:
                return found
        if state.closed and start <= state.closed[-1].start:
            return None
        fresh = Bin(start)
        state.open.append(fresh)
        state.open.sort(key=lambda one: one.start)
        return fresh

    def _bad_one(self, found: Bin, event: Event, count: float) -> None:
        found.bad += count
        if self._split is not None:
            name = str(self._split(event))[:80]
            if name in found.parts or len(found.parts) < _MAX_PARTS:
                found.parts[name] = found.parts.get(name, 0.0) + count

    def _close(self, state: RatioState, key: str, mark: float) -> list[Signal]:
        signals: list[Signal] = []
        while state.open and state.open[0].start + self._rule.bucket <= mark:
            found = state.open.pop(0)
            if found.total > 0:
                found.bad = min(found.bad, found.total)
                state.closed = [*state.closed[1 - _TAIL :], found]
                state.past = (state.past + _packed(found))[-_WINDOW * _PAST.size :]
                signals += self._judge(state, key, found)
        return signals

    def _turn(self, state: RatioState, last: float) -> None:
        if state.closed and state.closed[-1].start != last and len(state.open) <= 1:
            state.recent.turn()

    def _judge(self, state: RatioState, key: str, found: Bin) -> list[Signal]:
        rule, end = self._rule, found.start + self._rule.bucket
        usual = self._usual(state, found.start)
        worse = min(0.95, rule.worse_factor * usual + rule.worse_plus)
        times = self._strictness.times(state.budget)
        self._add_up(state, found, usual, worse, times)
        near = [one for one in state.closed if one.start > end - (_TAIL + 1) * rule.bucket]
        bad, total = sum(one.bad for one in near), sum(one.total for one in near)
        share = bad / total
        score, since = self._since(state, near, usual, times)
        self._strictness.learn(state.budget, end, score, told=bool(since) and not state.episode.is_open)
        if since:
            state.episode.bad()
            impact = Degree.HIGH if share >= rule.grave else None
            if not self._news(state.episode, impact):
                return []
            at = end if state.episode.is_open else since
            return self._raise(state.episode, key, at, self._evidence(state, near, worse), impact=impact)
        calm = share < (usual + worse) / 2 and (rule.limit is None or share < 0.8 * rule.limit)
        if not state.episode.is_open:
            if state.score - state.largest < rule.threshold * times / 2:
                self._learn(state, found, worse)
            return []
        if not calm:
            state.episode.bad()
        elif state.episode.good(found.start, end, rule.clear_after) and self._enough_since(state):
            state.score, state.largest, state.score_since = 0.0, 0.0, 0.0
            return self._clear(state.episode, key, end, self._evidence(state, near, worse))
        return []

    def _usual(self, state: RatioState, at: float) -> float:
        if self._rule.normal is not None:
            share = self._rule.normal
        else:
            bad, total = state.usual
            whole = (bad + self._rule.prior * _PRIOR_TRIALS) / (total + _PRIOR_TRIALS)
            bad, total = _HOUR.unpack_from(state.hours, self._hour(at) * _HOUR.size)
            share = (bad + whole * _HOUR_TRIALS) / (total + _HOUR_TRIALS)
        return min(max(share, 0.0005), 0.9)

    def _learn(self, state: RatioState, found: Bin, worse: float) -> None:
        bad, total = state.usual
        trials = min(found.total, max(LEAST_CAP, total / CAP))
        capped = min(found.bad / found.total, worse) * trials
        state.usual = (bad * self._decay + capped, total * self._decay + trials)
        place, decay = self._hour(found.start) * _HOUR.size, self._hour_decay
        bad, total = _HOUR.unpack_from(state.hours, place)
        _HOUR.pack_into(state.hours, place, bad * decay + capped, total * decay + trials)

    def _add_up(self, state: RatioState, found: Bin, usual: float, worse: float, times: float) -> None:
        gain = found.bad * log(worse / usual) + (found.total - found.bad) * log((1 - worse) / (1 - usual))
        score = FADE * state.score + gain
        if score <= 0:
            state.score, state.largest, state.score_since = 0.0, 0.0, 0.0
            return
        state.largest = max(FADE * state.largest, gain)
        state.score = min(score, state.largest + self._strictness.room * times * self._rule.threshold)
        state.score_since = state.score_since or found.start

    def _since(self, state: RatioState, near: list[Bin], usual: float, times: float) -> tuple[float, float]:
        """(evidence in multiples of what the rule asks for, the time since which it is bad; 0 when it isn't).

        One bucket alone may be enough, or the last few.
        """
        score, since = 0.0, 0.0
        if self._counts(near):
            score = (state.score - state.largest) / self._rule.threshold
            since = state.score_since if score >= times else 0.0
        for bins in (near[-1:], near):
            if not self._counts(bins):
                continue
            strength = self._strength(bins, usual)
            score = max(score, strength)
            if not since and (strength >= times or self._beyond_limit(bins)):
                since = bins[0].start
        return score, since

    def _counts(self, bins: list[Bin]) -> bool:
        """Whether there are trials and bad ones enough to judge."""
        return sum(one.total for one in bins) >= self._rule.min_count and sum(one.bad for one in bins) >= _FEW

    def _strength(self, bins: list[Bin], usual: float) -> float:
        """How unlikely so many bad ones are, as a multiple of what ``tail`` asks for."""
        rule, bad, total = self._rule, sum(one.bad for one in bins), sum(one.total for one in bins)
        if bad / total <= usual:
            return 0.0
        return log(max(betabinomial_tail(bad, total, usual, rule.rho), _LEAST)) / log(rule.tail)

    def _beyond_limit(self, bins: list[Bin]) -> bool:
        limit = self._rule.limit
        return limit is not None and sum(one.bad for one in bins) / sum(one.total for one in bins) >= limit

    def _hour(self, at: float) -> int:
        return datetime.fromtimestamp(at, self._zone).hour

    def _enough_since(self, state: RatioState) -> bool:
        """Whether there was traffic enough, since it is well, to believe that it is."""
        since = int(state.episode.good_since)
        trials = sum(float(total) for start, total, _ in _PAST.iter_unpack(state.past) if start >= since)
        return trials >= min(self._rule.min_count, 5)

    def _evidence(self, state: RatioState, near: list[Bin], worse: float) -> Evidence:
        bad, total = sum(one.bad for one in near), sum(one.total for one in near)
        past = list(_PAST.iter_unpack(state.past))
        last, size, much = past[-10:], span(self._rule.bucket), percent(worse)
        over = sum(few > worse * of for _, of, few in last)
        parts: dict[str, float] = {}
        for one in near:
            for name, count in one.parts.items():
                parts[name] = parts.get(name, 0.0) + count
        top = sorted(parts.items(), key=lambda item: (-item[1], item[0]))[:5]
        return Evidence(
            expected=f"≈ {percent(self._usual(state, near[-1].start))}",
            seen=f"{percent(bad / total)} ({short(bad)}/{short(total)})",
            unit="%",
            unusual=f"{over}/{len(last)} × {size} > {much}",
            meaning=Text(
                f"最近 {len(last)} 个时段（每段 {size}）中有 {over} 段超过 {much}",
                f"{over} of the last {len(last)} buckets of {size} above {much}",
            ),
            window=tuple((float(start), round(100 * few / of, 2)) for start, of, few in past),
            contributors=tuple(Contributor(name, round(count / bad, 3)) for name, count in top if bad > 0),
        )


def _packed(found: Bin) -> bytes:
    return _PAST.pack(int(found.start) & 0xFFFFFFFF, found.total, found.bad)
