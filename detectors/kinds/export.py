"""``export``: somebody takes out far more records than ever before, or than their peers do.

Each user's daily total, and the total of each hour, is compared on a logarithmic scale with the user's own usual; a
user with little history borrows the peers'. How far out is too far follows from the budget of alarms. A hard limit
holds from the first day. One state covers one group of peers.
"""

from math import exp, inf, log

import msgspec
from pydantic import Field

from detectors.kinds.leak_budget import Budget
from detectors.kinds.leak_levels import Level, Peers, expected, learn
from detectors.kinds.leak_people import HISTORY, Group, People, PeopleRule, contributors
from detectors.memory import Episode
from detectors.numbers import short
from incident.domain.signal import Evidence, Signal
from incident.domain.words import Text
from incident.intake.event import Event

_HOUR = 3600.0
_SHARE = 0.7
"""Of the budget, for days and for hours: many a day alarms for both."""
_ABOVE_DAY = 1.5
"""An hour alarms only on a day that is above the usual as a whole: somebody may do a day's work in one hour."""


class ExportRule(PeopleRule):
    """``limit``: records in a day that raise at once; ``single``: in one export.

    Otherwise a day or hour of at least ``min_records`` and ``factor`` × usual, so many standard deviations above it
    as the budget ``alarms`` allows: ``start`` until that is calibrated, never fewer than ``least``.
    """

    limit: float = Field(default=10_000, gt=0)
    single: float | None = Field(default=None, gt=0)
    learn: int = Field(default=5, ge=1)
    min_records: float = Field(default=100, ge=1)
    factor: float = Field(default=3.0, gt=1)
    start: float = Field(default=4.0, gt=0)
    least: float = Field(default=2.0, gt=0)


class User(msgspec.Struct, array_like=True):
    """One user: the running day and hour with what they may reach, the usual of both, and the last days."""

    day: int = 0
    total: float = 0.0
    trip: float = inf
    hour: int = 0
    in_hour: float = 0.0
    hour_trip: float = inf
    most: float = 0.0
    last: float = 0.0
    daily: Level = msgspec.field(default_factory=Level)
    hourly: Level = msgspec.field(default_factory=Level)
    parts: dict[str, float] = {}
    history: list[tuple[float, float]] = []
    episode: Episode = msgspec.field(default_factory=Episode)
    held: float = 0.0


class ExportState(Group, array_like=True):
    """A group of peers: its users and what is usual among them, by day and by hour."""

    users: dict[str, User] = msgspec.field(default_factory=dict)
    daily: Peers = msgspec.field(default_factory=Peers)
    hourly: Peers = msgspec.field(default_factory=Peers)
    hours: Budget = msgspec.field(default_factory=Budget)
    hour_bar: float = 0.0


class Export(People[ExportRule, ExportState, User]):
    """Days on which somebody doesn't export teach nothing: the usual day is a day with exports."""

    kind = "export"
    version = 2
    State = ExportState
    heeds = True
    Member = User

    def _export(
        self, state: ExportState, key: str, name: str, user: User, event: Event, records: float
    ) -> list[Signal]:
        rule, hour = self._rule, int(event.time // _HOUR)
        if user.day != state.day:
            user.day = state.day
            user.trip = self._trip(user.daily, state.daily, state.bar or rule.start, self._learned(state))
            user.hour_trip = self._trip(user.hourly, state.hourly, state.hour_bar or rule.start, self._learned(state))
        if hour != user.hour:
            self._end_hour(state, user)
            user.hour = hour
        user.total += records
        user.in_hour += records
        user.last = max(user.last, event.time)
        self._add_part(user, event, records)
        grave = user.total >= rule.limit or (rule.single is not None and records >= rule.single)
        fast = user.in_hour >= user.hour_trip and user.total >= _ABOVE_DAY * self._usual(state, user)
        if not grave and user.total < user.trip and not fast:
            return []
        return self._tell(state, key, name, user, event, grave=grave)

    def _trip(self, own: Level, peers: Peers, bar: float, learned: bool) -> float:
        """The total from which it is too much."""
        rule = self._rule
        if not learned or not peers.days:
            return inf
        mean, spread = expected(own, peers)
        return max(exp(mean + bar * spread) - 1, rule.min_records, rule.factor * (exp(mean) - 1))

    def _usual(self, state: ExportState, user: User) -> float:
        return exp(expected(user.daily, state.daily)[0]) - 1 if state.daily.days else 0.0

    def _end_hour(self, state: ExportState, user: User) -> None:
        if user.in_hour <= 0:
            return
        value = log(1 + user.in_hour)
        if state.hourly.days:
            mean, spread = expected(user.hourly, state.hourly)
            user.most = max(user.most, (value - mean) / spread)
        learn(user.hourly, state.hourly, value)
        user.in_hour = 0.0

    def _end_day(self, state: ExportState) -> None:
        learned, latest = self._learned(state), 0.0
        for user in state.users.values():
            if user.total > 0 and user.day == state.day:
                latest = max(latest, user.last)
                self._end_users_day(state, user, learned=learned)
        rule = self._rule
        state.bar = state.budget.bar(latest, _SHARE * self._alarms, rule.start, rule.least)
        state.hour_bar = state.hours.bar(latest, _SHARE * self._alarms, rule.start, rule.least)

    def _end_users_day(self, state: ExportState, user: User, *, learned: bool) -> None:
        self._end_hour(state, user)
        value = log(1 + user.total)
        if learned and state.daily.days and user.total >= self._rule.min_records:
            mean, spread = expected(user.daily, state.daily)
            state.budget.note(user.last, (value - mean) / spread)
            if user.total >= _ABOVE_DAY * self._usual(state, user):
                state.hours.note(user.last, user.most)
        learn(user.daily, state.daily, value)
        start = self._calendar.midnight(self._calendar.local(user.last).date())
        user.history = [*user.history[1 - HISTORY :], (start, user.total)]
        user.total, user.most, user.parts = 0.0, 0.0, {}

    def _evidence(self, state: ExportState, user: User) -> Evidence:
        usual, limit = self._usual(state, user), self._rule.limit
        factor = f"× {short(user.total / usual)}" if usual > 0 else ""
        far = ""
        if state.daily.days and user.total > 0:
            mean, spread = expected(user.daily, state.daily)
            far = f"{short(round((log(1 + user.total) - mean) / spread, 1))} σ"
        over = f"≥ {short(limit)}" if user.total >= limit else ""
        meaning = Text(
            "，".join(part for part in (f"为平常的 {factor[2:]} 倍" if factor else "", f"超出 {far}" if far else "",
                                        f"达到上限 {short(limit)}" if over else "") if part),
            ", ".join(part for part in (f"{factor[2:]} times the usual" if factor else "",
                                        f"{far} above it" if far else "",
                                        f"reached the limit of {short(limit)}" if over else "") if part),
        )  # fmt: skip
        today = (self._calendar.midnight(self._calendar.local(user.last).date()), user.total)
        return Evidence(
            expected=f"≈ {short(round(usual, 1))} / 1 d" if usual > 0 else f"< {short(limit)} / 1 d",
            seen=f"{short(user.total)} / 1 d",
            unit="1/d",
            unusual=", ".join(part for part in (factor, far, over) if part),
            meaning=meaning,
            window=(*user.history, today),
            contributors=contributors(user.parts),
        )
