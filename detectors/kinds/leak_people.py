"""What the detectors of single users' behaviour share: users of a group of peers, local days, findings by user."""

from collections.abc import Sequence
from typing import Any, Generic, Protocol, TypeVar

import msgspec
from pydantic import Field

from detectors.budget import Allowance, Standing
from detectors.calendar import Calendar
from detectors.kinds.leak_budget import Alarms, Budget
from detectors.kit import Kit
from detectors.match import getter
from detectors.memory import Episode, Pace, Recent
from detectors.numbers import number
from detectors.rule import Duration, Names, Rule, label_name
from incident.domain.signal import Contributor, Evidence, Signal
from incident.domain.words import Degree
from incident.intake.event import Event

MAX_PARTS = 10
HISTORY = 28


class PeopleRule(Rule):
    """``value`` records taken out by ``user``; ``by`` names the group of peers, if there are several.

    ``alarms``: the budget of false alarms of this rule over all its users. ``learn``: days of the group before
    anything but a fixed limit alarms. ``split``: the field by which a finding is attributed.
    """

    on: Names = ("export.made",)
    value: str = "records"
    user: str = "user"
    timezone: str = "Asia/Shanghai"
    country: str = "CN"
    alarms: Alarms = 5.0
    learn: int = Field(default=14, ge=0)
    max_users: int = Field(default=2000, ge=1, le=20_000)
    split: str = "system"
    group_by: Names = ("user",)
    clear_after: Duration = 43200.0

    def shape(self) -> tuple[object, ...]:
        """Days and hours are local; users are named by one field."""
        return (self.timezone, self.country, self.user)


class AUser(Protocol):
    """What every kind keeps about a user. ``held``: when the finding held last; ``last``: the last export of all."""

    last: float
    held: float
    parts: dict[str, float]
    episode: Episode


class AGroup(Protocol):
    """What every kind keeps about a group of peers."""

    users: dict[str, Any]
    day: int
    born: int
    bar: float
    budget: Budget
    pace: Pace
    recent: Recent


U = TypeVar("U", bound=AUser)
R = TypeVar("R", bound=PeopleRule)
S = TypeVar("S", bound=AGroup)


class Group(msgspec.Struct, array_like=True):
    """The common part of a group's state, for kinds that need no more than a budget."""

    day: int = 0
    born: int = 0
    bar: float = 0.0
    budget: Budget = msgspec.field(default_factory=Budget)
    pace: Pace = msgspec.field(default_factory=Pace)
    recent: Recent = msgspec.field(default_factory=Recent)


class People(Kit[R, S], Generic[R, S, U]):
    """Base of the kinds. Subclasses say what a user is, what an export means, and what the end of a day teaches."""

    Member: type[U]
    restricted = True

    def __init__(self, rule: R) -> None:
        super().__init__(rule)
        self._calendar = Calendar(rule.timezone, rule.country)
        self._records, self._user = getter(rule.value), getter(rule.user)
        self._split = getter(rule.split) if rule.split else None
        self._label = label_name(rule.user)
        self._midnight = (0.0, 0.0, 0)
        self._alarms = rule.alarms

    @property
    def allowance(self) -> Allowance | None:
        """The rule's budget, over all its users."""
        return Allowance(self._rule.alarms)

    def standing(self, state: S) -> Standing | None:
        """How long scores have been gathered, and how far they are trusted."""
        return state.budget.standing(state.bar)

    def calibrate(self, stricter: float) -> None:
        """Halve the budget so many times; it holds from the end of the day."""
        self._alarms = self._rule.alarms * float(0.5**stricter)

    def observe(self, state: S, key: str, events: Sequence[Event], now: float) -> tuple[S, list[Signal]]:
        """Take each export of a named user; the first of a new day ends the day before."""
        signals: list[Signal] = []
        latest = 0.0
        for event in state.recent.fresh(events, now):
            records, name = number(self._records(event)), self._user(event)
            if records is None or records < 0 or not isinstance(name, str) or not name:
                continue
            latest = max(latest, event.time)
            state.pace.seen = max(state.pace.seen, event.time)
            day = self._day(event.time)
            if day < state.day:
                continue
            if day > state.day:
                self._turn(state, day)
            user = self._known(state, name[:120])
            signals += self._export(state, key, name[:120], user, event, records)
        state.pace.batch(latest, now)
        return state, signals

    def tick(self, state: S, key: str, now: float) -> tuple[S, list[Signal]]:
        """Clear the findings that have not held for long enough, whatever else the user exports every day."""
        signals: list[Signal] = []
        mark = state.pace.mark(now, 0.0)
        for name, user in state.users.items():
            quiet = self._held(user) + self._rule.clear_after
            if user.episode.is_open and mark >= quiet:
                evidence = self._evidence(state, user)
                signals += self._clear(user.episode, key, quiet, evidence, more={self._label: name})
        return state, signals

    def due(self, state: S, key: str) -> float | None:  # noqa: ARG002 -- the contract's signature
        """When the first open finding may be cleared."""
        held = [self._held(user) for user in state.users.values() if user.episode.is_open]
        return min(held) + self._rule.clear_after + state.pace.lag if held else None

    @staticmethod
    def _held(user: U) -> float:
        return max(user.held, user.episode.start)

    def _export(self, state: S, key: str, name: str, user: U, event: Event, records: float) -> list[Signal]:
        raise NotImplementedError

    def _end_day(self, state: S) -> None:
        raise NotImplementedError

    def _evidence(self, state: S, user: U) -> Evidence:
        raise NotImplementedError

    def _turn(self, state: S, day: int) -> None:
        if state.day:
            self._end_day(state)
        state.born = state.born or day
        state.day = day

    def _day(self, at: float) -> int:
        start, end, day = self._midnight
        if not start <= at < end:
            date = self._calendar.local(at).date()
            day = date.toordinal()
            start, end = self._calendar.midnight(date), self._calendar.midnight(date.fromordinal(day + 1))
            self._midnight = (start, end, day)
        return day

    def _known(self, state: S, name: str) -> U:
        user: U | None = state.users.get(name)
        if user is None:
            if len(state.users) >= self._rule.max_users:
                calm = [who for who, one in state.users.items() if not one.episode.is_open] or list(state.users)
                del state.users[min(calm, key=lambda who: state.users[who].last)]
            user = state.users[name] = self.Member()
        return user

    def _learned(self, state: S) -> bool:
        return state.day - state.born >= self._rule.learn

    def _tell(
        self,
        state: S,
        key: str,
        name: str,
        user: U,
        event: Event,
        *,
        grave: bool = False,
    ) -> list[Signal]:
        user.held = max(user.held, event.time)
        impact = Degree.HIGH if grave else None
        if not self._news(user.episode, impact):
            return []
        more = {self._label: name}
        return self._raise(user.episode, key, event.time, self._evidence(state, user), impact=impact, more=more)

    def _add_part(self, user: U, event: Event, records: float) -> None:
        if self._split is not None:
            part = str(self._split(event))[:80]
            if part in user.parts or len(user.parts) < MAX_PARTS:
                user.parts[part] = user.parts.get(part, 0.0) + records


def contributors(parts: dict[str, float]) -> tuple[Contributor, ...]:
    """The five largest parts with their shares."""
    total = sum(parts.values())
    ranked = sorted(parts.items(), key=lambda item: (-item[1], item[0]))[:5]
    return tuple(Contributor(name, round(count / total, 3)) for name, count in ranked) if total > 0 else ()
