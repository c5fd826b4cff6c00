"""``surge``: more complaints (or contacts, tickets …) than the season explains.

The evidence is that of the back-test's ``count`` (:mod:`detectors.series.days` for days, :mod:`detectors.series.parts`
for parts of one), with the holidays of a country. Because a count only grows while its bucket is open, the count that
would be evidence enough is known when the bucket opens, and a surge in the morning is told in the morning, not at
midnight.
"""

from collections.abc import Sequence
from math import inf, log

import msgspec
from pydantic import Field, field_validator, model_validator

from detectors import trail
from detectors.budget import Allowance, BudgetState, Standing, pause, rate
from detectors.calendar import Calendar, check_country
from detectors.kinds.leak_budget import Alarms
from detectors.kinds.surge_before import SurgeStateV2
from detectors.kit import Kit
from detectors.match import getter
from detectors.memory import Episode, Pace, Recent
from detectors.numbers import number, short, span, surprise, weight
from detectors.rule import Duration
from detectors.series.count import EVIDENCE, CountMeter
from detectors.series.days import AWAY, DayState
from detectors.series.parts import PartState
from detectors.strictness import BudgetRule, Strictness
from incident.domain.said import said
from incident.domain.signal import Contributor, Evidence, Signal
from incident.domain.words import Degree, Text
from incident.intake.event import Event

DAY = 86400.0
_MAX_PARTS = 30
_MAX_GAP = 400
"""More empty buckets in a row than this are a feed that was away, not quiet days."""
_CALM = 1.25
"""Up to so many times the usual a bucket counts as well again."""


class SurgeRule(BudgetRule):
    """Counts per ``bucket`` (a day, or a whole part of one) in ``timezone``, with the holidays of ``country``.

    ``value`` names a field that already holds a count; without it each event is one, or its ``count``. ``learn``
    is how long only ``limit`` can alarm. ``alarms``: the budget for each key. ``grave`` × usual makes the impact high.
    """

    alarms: Alarms = rate("1/month")
    bucket: Duration = DAY
    timezone: str = "Asia/Shanghai"
    country: str = ""
    grace: Duration = 300.0
    learn: Duration = 14 * DAY
    min_count: float = Field(default=5.0, ge=1)
    limit: float | None = Field(default=None, gt=0)
    grave: float = Field(default=3.0, gt=1)
    split: str = ""
    clear_after: Duration = DAY

    @field_validator("bucket")
    @classmethod
    def _divides_the_day(cls, bucket: float) -> float:
        if bucket < 60 or DAY % bucket:
            raise ValueError("must be 1d or divide a day evenly, at least 1m (15m, 30m, 1h …)")
        return bucket

    @model_validator(mode="after")
    def _place_exists(self) -> "SurgeRule":
        try:
            Calendar(self.timezone, self.country)
            check_country(self.country)
        except (KeyError, ValueError, NotImplementedError):
            raise ValueError(
                said(
                    "no such time zone or country: '{timezone}', '{country}'",
                    timezone=self.timezone,
                    country=self.country,
                )
            ) from None
        return self

    def shape(self) -> tuple[object, ...]:
        """A baseline belongs to buckets of one length in one time zone."""
        return (self.bucket, self.timezone)


class Bucket(msgspec.Struct, array_like=True):
    """An open bucket: ``trip`` is the count at which it alarms, ``mean`` what was expected (0: not known yet).

    ``back``: how many buckets before it the surge has lasted, if it is one. ``raised``: the finding began in it.
    """

    start: float
    end: float
    slot: int = 0
    weekday: int = 0
    mean: float = 0.0
    trip: float = inf
    count: float = 0.0
    parts: dict[str, float] = {}
    back: int = 0
    raised: bool = False


class SurgeState(msgspec.Struct, array_like=True):
    """``days`` or ``slots`` is what is usual, by the rule's bucket; the other stays None. ``trail``: the last counts,
    ``closed``: up to when they are complete.
    """

    open: list[Bucket] = []
    days: DayState | None = None
    slots: PartState | None = None
    born: float = 0.0
    closed: float = 0.0
    trail: bytes = b""
    usual_parts: dict[str, float] = {}
    pace: Pace = msgspec.field(default_factory=Pace)
    recent: Recent = msgspec.field(default_factory=Recent)
    episode: Episode = msgspec.field(default_factory=Episode)
    budget: BudgetState = msgspec.field(default_factory=BudgetState)


class Surge(Kit[SurgeRule, SurgeState]):
    """No events is a count of zero: here silence is knowledge."""

    kind = "surge"
    version = 3
    State = SurgeState
    heeds = True

    def __init__(self, rule: SurgeRule) -> None:
        super().__init__(rule)
        self._calendar = Calendar(rule.timezone, rule.country)
        self._daily = rule.bucket == DAY
        self._value = getter(rule.value) if rule.value else None
        self._split = getter(rule.split) if rule.split else None
        self._strictness = Strictness(rule, pause(rule.bucket), CountMeter.prior)

    def new(self) -> SurgeState:
        """A state that has seen nothing."""
        return SurgeState(days=DayState()) if self._daily else SurgeState(slots=PartState())

    def migrated(self, version: int, body: bytes) -> SurgeState:
        """Version 2 had two CUSUMs over a baseline of another shape; what was usual is taken over."""
        if version < 2:
            return super().migrated(version, body)
        old = msgspec.msgpack.decode(body, type=SurgeStateV2)
        state = self.new()
        state.days, state.slots = (old.days(), None) if self._daily else (None, old.slots())
        state.open = [Bucket(one.start, one.end, one.slot // 2, one.weekday, one.mean, one.trip, one.count, one.parts)
                      for one in old.open]  # fmt: skip
        state.trail, state.born, state.usual_parts = trail.packed(old.history), old.born, old.usual_parts
        state.closed = old.history[-1][0] + self._rule.bucket if old.history else 0.0
        state.pace, state.recent, state.episode, state.budget = old.pace, old.recent, old.episode, old.budget
        return state

    @property
    def allowance(self) -> Allowance | None:
        """The rule's budget, if it has one."""
        return self._strictness.allowance

    def standing(self, state: SurgeState) -> Standing | None:
        """How the rule keeps to its budget for this key."""
        return self._strictness.standing(state.budget)

    def calibrate(self, stricter: float) -> None:
        """Halve the budget, or ask for more evidence; buckets already open keep what they were told."""
        self._strictness.calibrate(stricter)

    def observe(
        self, state: SurgeState, key: str, events: Sequence[Event], now: float
    ) -> tuple[SurgeState, list[Signal]]:
        """Count, and raise as soon as a bucket's count suffices."""
        signals: list[Signal] = []
        grace, pace, latest, found, closed = self._rule.grace, state.pace, 0.0, None, state.closed
        single, split, seen, start, end = self._value is None, self._split, pace.seen, 0.0, 0.0
        due = state.open[0].end + grace if state.open else inf
        for event in state.recent.fresh(events, now):
            count = 1.0 if single and "count" not in event.data else self._weight(event)
            if count is None:
                continue
            at = event.time
            if at > latest:
                latest = at
                state.born = state.born or at
                if at > seen:
                    pace.seen = seen = at
                    if at >= due:
                        signals += self._close(state, key, at - grace)
                        found = None
            if found is None or not start <= at < end:
                found = self._bucket(state, at)
                if found is None:
                    continue
                start, end, due = found.start, found.end, state.open[0].end + grace
            total = found.count = found.count + count
            if split is not None:
                self._attribute(found, str(split(event))[:80], count)
            if total >= found.trip:
                signals += self._tripped(state, key, found, at)
        pace.batch(latest, now)
        if closed != state.closed and len(state.open) <= 1:
            state.recent.turn()
        return state, signals

    def tick(self, state: SurgeState, key: str, now: float) -> tuple[SurgeState, list[Signal]]:
        """Close the buckets that are complete by now, empty ones too."""
        closed = state.closed
        signals = self._close(state, key, state.pace.mark(now, self._rule.grace))
        if closed != state.closed and len(state.open) <= 1:
            state.recent.turn()
        return state, signals

    def due(self, state: SurgeState, key: str) -> float | None:  # noqa: ARG002 -- the contract's signature
        """When the oldest open bucket is complete."""
        return state.open[0].end + self._rule.grace + state.pace.lag if state.open else None

    def _weight(self, event: Event) -> float | None:
        if self._value is None:
            return weight(event)
        found = number(self._value(event))
        return found if found is not None and found >= 0 else None

    def _attribute(self, found: Bucket, name: str, count: float) -> None:
        if name in found.parts or len(found.parts) < _MAX_PARTS:
            found.parts[name] = found.parts.get(name, 0.0) + count

    def _bucket(self, state: SurgeState, at: float) -> Bucket | None:
        for found in reversed(state.open):
            if found.start <= at < found.end:
                return found
        if state.open and at < state.open[0].start:
            return None
        if not state.open and at < state.closed:
            return None
        if not state.open:
            state.open.append(self._opened(state, at))
            return state.open[0]
        while state.open[-1].end <= at:
            state.open.append(self._opened(state, state.open[-1].end))
        return state.open[-1]

    def _opened(self, state: SurgeState, at: float) -> Bucket:
        local = self._calendar.local(at)
        day = local.date()
        if self._daily:
            start, slot = self._calendar.midnight(day), 0
            end = self._calendar.midnight(day.fromordinal(day.toordinal() + 1))
            weekday = self._calendar.like(day)
        else:
            size = self._rule.bucket
            offset = local.utcoffset()
            ahead = offset.total_seconds() if offset else 0.0
            start = (at + ahead) // size * size - ahead
            end, weekday = start + size, self._calendar.like(day)
            slot = int((start + ahead) % DAY // size)
        bucket = Bucket(start, end, slot, weekday)
        self._arm(state, bucket)
        return bucket

    def _arm(self, state: SurgeState, bucket: Bucket) -> None:
        """Work out what is expected and which count would alarm."""
        rule, trip = self._rule, inf
        if state.born and bucket.start - state.born >= rule.learn:
            bucket.mean = self._mean(state, bucket)
            if bucket.mean > 0:
                trip, bucket.back = self._needed(state, bucket, self._strictness.times(state.budget))
                trip = max(trip, rule.min_count, bucket.mean)
        bucket.trip = min(trip, rule.limit or inf)

    def _mean(self, state: SurgeState, bucket: Bucket) -> float:
        if state.days is not None:
            return state.days.mean(bucket.weekday)
        found = state.slots.usual(bucket.slot, bucket.weekday) if state.slots is not None else None
        return found.mean if found else 0.0

    def _needed(self, state: SurgeState, bucket: Bucket, times: float) -> tuple[float, int]:
        """The count that is evidence enough, and how many buckets before belong to the surge."""
        if state.days is not None:
            return state.days.needed(bucket.weekday, times * EVIDENCE), state.days.beginning()
        return state.slots.needed(bucket.slot, bucket.weekday, times) if state.slots is not None else (inf, 0)

    def _take(self, state: SurgeState, found: Bucket) -> float:
        """The evidence of a complete bucket, as the back-test scores it; learns it."""
        if state.days is not None:
            return state.days.take(found.weekday, found.count) / EVIDENCE
        return state.slots.take(found.slot, found.weekday, found.count) if state.slots is not None else 0.0

    def _tripped(self, state: SurgeState, key: str, found: Bucket, at: float) -> list[Signal]:
        grave = found.mean > 0 and found.count >= self._rule.grave * found.mean
        impact = Degree.HIGH if grave else None
        state.episode.bad()
        since = found.start - found.back * self._rule.bucket
        if not state.episode.is_open:
            state.budget.told += 1
            found.raised = True
        elif not self._news(state.episode, impact):
            return []
        return self._raise(state.episode, key, at, self._evidence(state, found), impact=impact, since=since)

    def _close(self, state: SurgeState, key: str, mark: float) -> list[Signal]:
        signals: list[Signal] = []
        rounds = 0
        while state.open and state.open[0].end <= mark:
            found = state.open.pop(0)
            signals += self._judge(state, key, found)
            rounds += 1
            if rounds >= _MAX_GAP and not state.open:
                break
            if not state.open:
                state.open.append(self._opened(state, found.end))
            else:
                self._arm(state, state.open[0])
        return signals

    def _judge(self, state: SurgeState, key: str, found: Bucket) -> list[Signal]:
        state.trail, state.closed = trail.grown(state.trail, found.start, found.count), found.end
        calm = found.mean <= 0 or found.count < max(_CALM * found.mean, self._rule.min_count)
        above = self._rule.limit is not None and found.count >= self._rule.limit
        # What came before may make little more than usual enough to raise; it must not keep a surge that has ebbed.
        bad = found.count >= found.trip and (above or not calm or found.raised or not state.episode.is_open)
        score = 0.0
        if found.start >= state.born:
            score = self._take(state, found)
            if found.count or self._mean(state, found) < AWAY:
                self._learn_parts(state, found)
        self._strictness.learn(state.budget, found.end, score)
        if bad:
            return self._tripped(state, key, found, found.end)
        if not state.episode.is_open:
            return []
        if not calm:
            state.episode.bad()
        elif state.episode.good(found.start, found.end, self._rule.clear_after):
            if state.days is not None:
                state.days.ratios = []
            if state.slots is not None:
                state.slots.last = []
            return self._clear(state.episode, key, found.end, self._evidence(state, found))
        return []

    def _learn_parts(self, state: SurgeState, found: Bucket) -> None:
        if self._split is None:
            return
        for name in {**state.usual_parts, **found.parts}:
            old, count = state.usual_parts.get(name, 0.0), found.parts.get(name, 0.0)
            if name in state.usual_parts or len(state.usual_parts) < _MAX_PARTS:
                state.usual_parts[name] = old + 0.1 * (min(count, 3 * old + 3) - old)

    def _evidence(self, state: SurgeState, found: Bucket) -> Evidence:
        rule, mean = self._rule, found.mean
        factor = f"× {short(found.count / mean)}" if mean > 0 else ""
        window = trail.points(state.trail)
        rare = surprise(found.count, mean, self._spread(state))
        limit = f"≥ {short(rule.limit)}" if rule.limit is not None and found.count >= rule.limit else ""
        chance = f"p ≤ 10^-{int(rare / log(10))}" if rare > log(10) else ""
        return Evidence(
            expected=f"≈ {short(round(mean, 1))} / {span(rule.bucket)}" if mean > 0 else f"< {short(rule.limit or 0)}",
            seen=f"{short(found.count)} / {span(rule.bucket)}",
            unit=f"1/{span(rule.bucket)}",
            unusual=", ".join(part for part in (factor, chance, limit) if part),
            meaning=_meaning(found, mean, rare, rule.limit if limit else None),
            window=(*window, *([] if window and window[-1][0] == int(found.start) else [(found.start, found.count)])),
            contributors=_contributors(state, found),
        )

    def _spread(self, state: SurgeState) -> float:
        """By how much counts scatter beyond chance."""
        if state.days is not None:
            return state.days.spread
        return state.slots.scatter if state.slots is not None else 0.0


def _meaning(found: Bucket, mean: float, rare: float, limit: float | None) -> Text:
    """The same as ``unusual``, in words."""
    zh, en = [], []
    if mean > 0:
        zh.append(f"为平常的 {short(found.count / mean)} 倍")
        en.append(f"{short(found.count / mean)} times the usual")
    if rare > log(10):
        zh.append(f"自然出现的可能不到 10 的 {int(rare / log(10))} 次方分之一")
        en.append(f"by chance less than once in 10^{int(rare / log(10))}")
    if limit is not None:
        zh.append(f"达到上限 {short(limit)}")
        en.append(f"reached the limit of {short(limit)}")
    return Text("，".join(zh), ", ".join(en))


def _contributors(state: SurgeState, found: Bucket) -> tuple[Contributor, ...]:
    excess = {name: count - state.usual_parts.get(name, 0.0) for name, count in found.parts.items()}
    above = {name: value for name, value in excess.items() if value > 0}
    total = sum(above.values())
    top = sorted(above.items(), key=lambda item: (-item[1], item[0]))[:5]
    return tuple(Contributor(name, round(value / total, 3)) for name, value in top)
