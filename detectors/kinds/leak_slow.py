"""``slow_export``: somebody takes out a few times the usual amount, day after day, each day inconspicuous.

A CUSUM of log-likelihood ratios per user: how much better does ``factor`` × usual explain these days than the usual
does? Days are compared on a logarithmic scale with the user's own, working days and days off apart, less what all
peers did that day. One day moves it by a bounded amount, so a single burst is left to ``export``.
"""

from collections.abc import Iterable
from math import exp, log
from statistics import median

import msgspec
from pydantic import Field

from detectors.calendar import OFF
from detectors.kinds.leak_levels import Level, Peers, expected, learn
from detectors.kinds.leak_people import HISTORY, Group, People, PeopleRule, contributors
from detectors.memory import Episode
from detectors.numbers import short
from detectors.rule import Duration
from incident.domain.signal import Evidence, Signal
from incident.domain.words import Text
from incident.intake.event import Event

_HOUR = 3600.0
_FEW_PEERS = 5


class SlowRule(PeopleRule):
    """``factor``: how many times the usual is looked for. ``days``: how many such days an alarm takes at least.

    ``limit``: records within ``window_days`` that alarm from the first day on. ``start``: the score needed until the
    budget is calibrated.
    """

    factor: float = Field(default=2.7, gt=1)
    days: int = Field(default=2, ge=1)
    limit: float | None = Field(default=None, gt=0)
    window_days: int = Field(default=7, ge=1, le=HISTORY)
    start: float = Field(default=4.0, gt=0)
    least: float = Field(default=1.5, gt=0)
    min_records: float = Field(default=100, ge=0)
    clear_after: Duration = 3 * 86400.0


class SlowUser(msgspec.Struct, array_like=True):
    """Today's total, the CUSUM up to yesterday with its days, and the usual on working days and days off."""

    total: float = 0.0
    score: float = 0.0
    peak: float = 0.0
    run: int = 0
    last: float = 0.0
    parts: dict[str, float] = {}
    levels: tuple[Level, Level] = msgspec.field(default_factory=lambda: (Level(), Level()))
    history: list[tuple[float, float]] = []
    episode: Episode = msgspec.field(default_factory=Episode)
    held: float = 0.0


class SlowState(Group, array_like=True):
    """A group of peers. ``shift``: by how much all of them lie above their usual today, looked at once an hour."""

    users: dict[str, SlowUser] = msgspec.field(default_factory=dict)
    peers: tuple[Peers, Peers] = msgspec.field(default_factory=lambda: (Peers(), Peers()))
    shift: float = 0.0
    looked: float = 0.0
    off: int = 0


class SlowExport(People[SlowRule, SlowState, SlowUser]):
    """The running day counts as soon as it speaks for theft: a total can only grow."""

    kind = "slow_export"
    State = SlowState
    heeds = True
    Member = SlowUser

    def _export(
        self, state: SlowState, key: str, name: str, user: SlowUser, event: Event, records: float
    ) -> list[Signal]:
        user.total += records
        user.last = max(user.last, event.time)
        self._add_part(user, event, records)
        rule = self._rule
        if rule.limit is not None and self._recently(user) >= rule.limit:
            return self._tell(state, key, name, user, event, grave=True)
        if not self._learned(state) or user.total < rule.min_records or user.run + 1 < rule.days:
            return []
        if state.bar <= 0 or user.score + self._gain(state, user, 0.0) < state.bar:
            return []
        if event.time - state.looked > _HOUR:
            state.shift, state.looked = max(0.0, self._shift(state, state.users.values())), event.time
        if user.score + self._gain(state, user, state.shift) < state.bar:
            return []
        return self._tell(state, key, name, user, event)

    def _recently(self, user: SlowUser) -> float:
        since = self._midnight[0] - (self._rule.window_days - 1) * 86400.0 - _HOUR
        return user.total + sum(total for at, total in user.history if at >= since)

    def _gain(self, state: SlowState, user: SlowUser, shift: float) -> float:
        """The log-likelihood ratio of today's total: ``factor`` × usual against the usual."""
        mean, spread = expected(user.levels[state.off], state.peers[state.off])
        wanted = log(self._rule.factor)
        above = min(log(1 + user.total) - mean - shift, 1.3 * wanted)
        gain = wanted * (above - wanted / 2) / (spread * spread)
        return max(-2.0, gain)

    def _shift(self, state: SlowState, users: Iterable[SlowUser]) -> float:
        above = [
            log(1 + user.total) - user.levels[state.off].mean
            for user in users
            if user.total > 0 and user.levels[state.off].days >= 3
        ]
        return median(above) if len(above) >= _FEW_PEERS else 0.0

    def _turn(self, state: SlowState, day: int) -> None:
        super()._turn(state, day)
        state.off = int(self._calendar.kind(self._calendar.local(self._midnight[0] + 43200).date()) == OFF)
        state.shift, state.looked = 0.0, 0.0

    def _end_day(self, state: SlowState) -> None:
        shift = self._shift(state, state.users.values())
        at = max((user.last for user in state.users.values()), default=0.0)
        start = self._calendar.midnight(self._calendar.local(at).date())
        for user in state.users.values():
            if user.total > 0:
                self._end_users_day(state, user, shift, start)
        state.bar = state.budget.bar(at, self._alarms, self._rule.start, self._rule.least)

    def _end_users_day(self, state: SlowState, user: SlowUser, shift: float, start: float) -> None:
        gain = self._gain(state, user, shift)
        score = user.score + gain
        user.run = user.run + 1 if score > 0 else 0
        if self._learned(state):
            user.peak = max(user.peak, score) if user.run >= self._rule.days else user.peak
            told = user.episode.is_open
            if (score <= 0 or told) and user.peak > 0:
                state.budget.note(start, user.peak)
                user.peak = 0.0
            if told:
                # What has alarmed must be shown anew.
                score, user.run = 0.0, 0
        user.score = max(0.0, score)
        value = log(1 + user.total) - shift
        learn(user.levels[state.off], state.peers[state.off], value)
        user.history = [*user.history[1 - HISTORY :], (start, user.total)]
        user.total, user.parts = 0.0, {}

    def _evidence(self, state: SlowState, user: SlowUser) -> Evidence:
        mean, _ = expected(user.levels[state.off], state.peers[state.off])
        usual = exp(mean) - 1
        days = max(1, user.run + 1)
        seen = user.total + sum(total for _, total in user.history[-days + 1 :] if days > 1)
        return Evidence(
            expected=f"≈ {short(round(usual, 1))} / 1 d",
            seen=f"{short(seen)} / {days} d",
            unit="1/d",
            unusual=f"{days} d × {short(seen / days / usual)}" if usual > 0 else f"{days} d",
            meaning=Text(
                f"连续 {days} 天，平均为平常的 {short(seen / days / usual)} 倍",
                f"{days} days in a row, {short(seen / days / usual)} times the usual on average",
            )
            if usual > 0
            else Text(f"连续 {days} 天", f"{days} days in a row"),
            window=(*user.history, (self._midnight[0] or user.last, user.total)),
            contributors=contributors(user.parts),
        )
