"""``off_hours``: somebody exports at an hour that is strange for them.

How often a user is active in each hour of working days and of days off is counted in days, not in exports. Hours next
to the user's own are less strange than hours far away; going on after work is less strange than coming back at night;
and while little is known of a user, the peers' hours count.
"""

from math import exp, log

import msgspec
from pydantic import Field

from detectors.calendar import OFF
from detectors.kinds.leak_people import Group, People, PeopleRule, contributors
from detectors.memory import Episode
from detectors.numbers import short
from incident.domain.signal import Evidence, Signal
from incident.domain.words import Text
from incident.intake.event import Event

_HOURS = 24
_DECAY = 0.985
_NEAR = tuple(exp(-distance / 0.6) if distance < 2 else 0.08 * exp(-distance / 1.4) for distance in range(13))
"""What activity so many hours away says about an hour."""
_ON = 0.06
"""How likely somebody goes on at once; it fades within hours."""
_PEERS = 1.0
"""Days of one's own that count as much as the peers' hours."""
_BORROWED = 10.0
_KEPT_NIGHTS = 14


class HoursRule(PeopleRule):
    """``closed``: hours of the day (from, to) in which ``limit`` records alarm from the first day on.

    ``min_records``: fewer in the strange hours of a day are passed over. ``start``: the score needed until the budget
    is calibrated.
    """

    closed: tuple[int, int] = (0, 6)
    limit: float | None = Field(default=None, gt=0)
    min_records: float = Field(default=1, ge=0)
    start: float = Field(default=6.0, gt=0)
    least: float = Field(default=3.5, gt=0)


class HoursUser(msgspec.Struct, array_like=True):
    """Days active by hour (24 of working days, 24 of days off), and today's hours and strangest score."""

    hours: list[float] = msgspec.field(default_factory=lambda: [0.0] * (2 * _HOURS))
    days: list[float] = msgspec.field(default_factory=lambda: [0.0, 0.0])
    today: list[int] = []
    score: float = 0.0
    amount: float = 0.0
    last: float = 0.0
    at: float = 0.0
    parts: dict[str, float] = {}
    nights: list[tuple[float, float]] = []
    episode: Episode = msgspec.field(default_factory=Episode)
    held: float = 0.0


class HoursState(Group, array_like=True):
    """A group of peers: how many user-days were active in each hour, and how many there were."""

    users: dict[str, HoursUser] = msgspec.field(default_factory=dict)
    hours: list[float] = msgspec.field(default_factory=lambda: [0.0] * (2 * _HOURS))
    days: list[float] = msgspec.field(default_factory=lambda: [0.0, 0.0])
    off: int = 0


class OffHours(People[HoursRule, HoursState, HoursUser]):
    """Working days and days off differ; a user's first weekend is judged by the peers' weekends."""

    kind = "off_hours"
    State = HoursState
    heeds = True
    Member = HoursUser

    def _export(
        self, state: HoursState, key: str, name: str, user: HoursUser, event: Event, records: float
    ) -> list[Signal]:
        rule, hour = self._rule, int((event.time - self._midnight[0]) // 3600) % _HOURS
        score = self._strangeness(state, user, hour, event.time)
        if hour not in user.today:
            user.today.append(hour)
        user.score = max(user.score, score)
        user.last = user.at = max(user.last, event.time)
        if score >= max(rule.least, state.bar):
            user.amount += records
            self._add_part(user, event, records)
        if rule.limit is not None and self._is_closed(hour):
            user.amount += records if score < max(rule.least, state.bar) else 0.0
            if user.amount >= rule.limit:
                return self._tell(state, key, name, user, event, grave=True)
        if not self._learned(state) or state.bar <= 0 or score < state.bar or user.amount < rule.min_records:
            return []
        return self._tell(state, key, name, user, event)

    def _is_closed(self, hour: int) -> bool:
        first, last = self._rule.closed
        return first <= hour < last if first < last else hour >= first or hour < last

    def _strangeness(self, state: HoursState, user: HoursUser, hour: int, at: float) -> float:
        """-ln of how likely the user is active in this hour."""
        off = state.off
        peers = (state.hours[_HOURS * off + hour] + 0.02) / (state.days[off] + 1.0)
        days, known = user.days[off], 0.0
        habit = days * self._own(user, hour, off)
        if off:
            # Few work on days off; until then the hours of one's own working days say more than the peers' do.
            known = min(user.days[0], _BORROWED)
            habit += known * self._own(user, hour, 0)
        gap = (at - user.at) / 3600 if user.at else _HOURS
        rate = (habit + _PEERS * peers) / (days + known + _PEERS) + _ON * exp(-max(0.0, gap) / 1.5)
        return -log(min(1.0, max(rate, 1e-6)))

    def _own(self, user: HoursUser, hour: int, off: int) -> float:
        days = user.days[off]
        if days <= 0:
            return 0.0
        found = 0.0
        for other in range(_HOURS):
            count = user.hours[_HOURS * off + other]
            if count > 0:
                apart = abs(other - hour)
                found = max(found, count / (days + 0.5) * _NEAR[min(apart, _HOURS - apart)])
        return min(1.0, found)

    def _turn(self, state: HoursState, day: int) -> None:
        super()._turn(state, day)
        state.off = int(self._calendar.kind(self._calendar.local(self._midnight[0] + 43200).date()) == OFF)

    def _end_day(self, state: HoursState) -> None:
        off, latest = state.off, max((user.last for user in state.users.values()), default=0.0)
        learned = self._learned(state)
        for user in state.users.values():
            if not user.today:
                continue
            if learned:
                state.budget.note(user.last, user.score)
            self._learn(state, user, off)
        state.bar = state.budget.bar(latest, self._alarms, self._rule.start, self._rule.least)

    def _learn(self, state: HoursState, user: HoursUser, off: int) -> None:
        for place in range(_HOURS * off, _HOURS * (off + 1)):
            user.hours[place] *= _DECAY
        user.days[off] = user.days[off] * _DECAY + 1.0
        state.days[off] += 1.0
        # A night that alarmed teaches little: it must not become a habit by itself.
        weight = 0.3 if state.bar > 0 and user.score >= state.bar else 1.0
        for hour in user.today:
            user.hours[_HOURS * off + hour] += weight
            state.hours[_HOURS * off + hour] += weight
        user.nights = [*user.nights[1 - _KEPT_NIGHTS :], (user.last, user.amount)]
        user.today, user.score, user.amount, user.parts = [], 0.0, 0.0, {}

    def _evidence(self, state: HoursState, user: HoursUser) -> Evidence:
        off = state.off
        days = user.days[off]
        usual = [hour for hour in range(_HOURS) if days > 0 and user.hours[_HOURS * off + hour] / days >= 0.05]
        span = f"{min(usual):02d}:00–{max(usual) + 1:02d}:00" if usual else "–"
        return Evidence(
            expected=span,
            seen=f"{self._calendar.local(user.last):%H:%M}, {short(user.amount)}",
            unusual=f"p ≤ 10^-{int(user.score / 2.3026)}" if user.score > 2.3026 else "",
            meaning=Text(
                f"此人此时段活动的可能约为 10 的 {int(user.score / 2.3026)} 次方分之一",
                f"active at this hour about once in 10^{int(user.score / 2.3026)} days",
            )
            if user.score > 2.3026
            else Text("在不营业时段导出", "exported while closed"),
            window=(*user.nights, (user.last, user.amount)),
            contributors=contributors(user.parts),
        )
