"""``first_answer``: too few contacts get their first answer in time (service level; two minutes by the handbook).

A contact still waiting past the limit counts as late at once, not when somebody answers at last.
"""

from collections.abc import Sequence

import msgspec
from pydantic import Field

from detectors.kit import Kit
from detectors.match import getter
from detectors.memory import Episode, Pace, Recent, timely
from detectors.numbers import number, percent, short, span
from detectors.rule import Duration, Names, Rule, Share
from incident.domain.said import said
from incident.domain.signal import Evidence, Signal
from incident.domain.words import Degree, Text
from incident.intake.event import Event

_BINS = 30
_MAX_WAITING = 2000
_GRACE = 5.0


class FirstAnswerRule(Rule):
    """At least ``target`` of a ``window``'s contacts answered ``within`` the limit, once ``min_count`` are known.

    Below ``grave`` the impact is high. Cleared when the share is back at target + ``margin`` for ``clear_after``.
    ``hung_up_early``: whether one who left before the limit counts as ``late`` or is ``ignored``.
    """

    unbudgeted = said("its target is a promise — change 'target', 'window' or 'min_count' if it alarms too often")

    on: Names = ("contact.offered", "contact.answered", "contact.abandoned")
    offered: str = "contact.offered"
    answered: str = "contact.answered"
    abandoned: str = "contact.abandoned"
    contact: str = "contact_id"
    waited: str = "waited_s"
    within: Duration = 120.0
    target: Share = 0.8
    margin: Share = 0.05
    grave: Share = 0.4
    window: Duration = 1800.0
    min_count: int = Field(default=20, ge=1)
    hung_up_early: str = Field(default="ignored", pattern="^(late|ignored)$")

    def shape(self) -> tuple[object, ...]:
        """Counts belong to parts of one window."""
        return (self.window,)


class FirstAnswerState(msgspec.Struct, array_like=True):
    """``waiting``: contact → when it was offered. ``bins``: (start, contacts, in time), oldest first;
    ``total`` and ``good`` are their sums.
    """

    waiting: dict[str, float] = {}
    bins: list[tuple[float, int, int]] = []
    total: int = 0
    good: int = 0
    pace: Pace = msgspec.field(default_factory=Pace)
    decided: Recent = msgspec.field(default_factory=Recent)
    episode: Episode = msgspec.field(default_factory=Episode)


class FirstAnswer(Kit[FirstAnswerRule, FirstAnswerState]):
    """Each contact is decided once, by its first answer, its hang-up, or the end of its patience."""

    kind = "first_answer"
    State = FirstAnswerState

    def __init__(self, rule: FirstAnswerRule) -> None:
        super().__init__(rule)
        self._contact = getter(rule.contact)
        self._waited = getter(rule.waited)
        self._bin = rule.window / _BINS

    def observe(
        self, state: FirstAnswerState, key: str, events: Sequence[Event], now: float
    ) -> tuple[FirstAnswerState, list[Signal]]:
        """Decide contacts one by one."""
        signals: list[Signal] = []
        latest = 0.0
        for event in events:
            contact = self._contact(event)
            if not isinstance(contact, str) or not contact or not timely(event, now):
                continue
            at = event.time
            latest = max(latest, at)
            if at > state.pace.seen:
                state.pace.seen = at
                signals += self._expire(state, key, at)
            in_time = self._verdict(state, event, contact)
            if in_time is not None and not state.decided.twice(contact, 1024):
                signals += self._decide(state, key, at, in_time=in_time)
        state.pace.batch(latest, now)
        return state, signals

    def tick(self, state: FirstAnswerState, key: str, now: float) -> tuple[FirstAnswerState, list[Signal]]:
        """Count those who still wait past the limit."""
        return state, self._expire(state, key, state.pace.mark(now, _GRACE))

    def due(self, state: FirstAnswerState, key: str) -> float | None:  # noqa: ARG002 -- the contract's signature
        """When the longest-waiting contact is past the limit."""
        if not state.waiting:
            return None
        return next(iter(state.waiting.values())) + self._rule.within + _GRACE + state.pace.lag

    def _verdict(self, state: FirstAnswerState, event: Event, contact: str) -> bool | None:
        """True: in time, False: late, None: not known yet or not counted."""
        rule = self._rule
        if event.type == rule.offered:
            if contact not in state.waiting and len(state.waiting) < _MAX_WAITING:
                state.waiting[contact] = event.time
            return None
        offered = state.waiting.pop(contact, None)
        waited = number(self._waited(event))
        if waited is None or waited < 0:
            if offered is None:
                return None
            waited = max(0.0, event.time - offered)
        if event.type == rule.answered:
            return waited <= rule.within
        if event.type == rule.abandoned and (waited > rule.within or rule.hung_up_early == "late"):
            return False
        return None

    def _expire(self, state: FirstAnswerState, key: str, at: float) -> list[Signal]:
        if not state.waiting or next(iter(state.waiting.values())) + self._rule.within >= at:
            return []
        signals: list[Signal] = []
        late = [name for name, offered in state.waiting.items() if offered + self._rule.within < at]
        for contact in late:
            passed = state.waiting.pop(contact) + self._rule.within
            if not state.decided.twice(contact, 1024):
                signals += self._decide(state, key, passed, in_time=False)
        return signals

    def _decide(self, state: FirstAnswerState, key: str, at: float, *, in_time: bool) -> list[Signal]:
        self._count(state, at, in_time=in_time)
        newest = state.bins[-1][0]
        while state.bins[0][0] <= newest - self._rule.window:
            _, gone, well = state.bins.pop(0)
            state.total -= gone
            state.good -= well
        if state.total < self._rule.min_count:
            return []
        return self._judge(state, key, max(at, newest), state.good, state.total)

    def _count(self, state: FirstAnswerState, at: float, *, in_time: bool) -> None:
        start = at // self._bin * self._bin
        state.total += 1
        state.good += in_time
        for place in range(len(state.bins) - 1, -1, -1):
            found, total, good = state.bins[place]
            if found == start:
                state.bins[place] = (found, total + 1, good + in_time)
                return
            if found < start:
                state.bins.insert(place + 1, (start, 1, int(in_time)))
                return
        state.bins.insert(0, (start, 1, int(in_time)))

    def _judge(self, state: FirstAnswerState, key: str, at: float, good: int, total: int) -> list[Signal]:
        rule, share = self._rule, good / total
        if share < rule.target:
            state.episode.bad()
            impact = Degree.HIGH if share < rule.grave else None
            if not self._news(state.episode, impact):
                return []
            return self._raise(state.episode, key, at, self._evidence(state, good, total), impact=impact)
        if not state.episode.is_open:
            return []
        if share < min(1.0, rule.target + rule.margin):
            state.episode.bad()
            return []
        if not state.episode.good(at, at, rule.clear_after):
            return []
        return self._clear(state.episode, key, at, self._evidence(state, good, total))

    def _evidence(self, state: FirstAnswerState, good: int, total: int) -> Evidence:
        rule = self._rule
        return Evidence(
            expected=f"≥ {percent(rule.target)} ≤ {span(rule.within)}",
            seen=f"{percent(good / total)} ({good}/{total})",
            unit="%",
            unusual=f"{total - good}/{total} > {span(rule.within)}; {short(len(state.waiting))} …",
            meaning=Text(
                f"{total} 人中有 {total - good} 人等候超过 {span(rule.within)}，另有 {len(state.waiting)} 人仍在等候",
                f"{total - good} of {total} waited longer than {span(rule.within)}; {len(state.waiting)} still wait",
            ),
            window=tuple((start, round(100 * well / count, 1)) for start, count, well in state.bins),
        )
