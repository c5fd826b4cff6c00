"""``privileged_export``: somebody is given rights and soon afterwards takes out records."""

import re
from collections.abc import Sequence

import msgspec
from pydantic import Field, field_validator

from detectors.kit import Kit
from detectors.match import getter
from detectors.memory import Episode, Pace, Recent
from detectors.numbers import number, short, span
from detectors.rule import Duration, Names, Rule
from incident.domain.said import said
from incident.domain.signal import Evidence, Signal
from incident.domain.words import Degree, Text
from incident.intake.event import Event

_WINDOW = 60


class PrivilegeRule(Rule):
    """``granted`` in the field ``change`` of an ``access.changed`` event (but not ``taken``) opens a window ``within``
    which ``min_records`` exported by the same user alarm; ``grave`` of them make the impact high.
    """

    unbudgeted = said("every one must be heard of — raise 'min_records' or narrow 'granted'")

    on: Names = ("access.changed", "export.made")
    by: Names = ("user",)
    value: str = "records"
    change: str = "change"
    granted: str = "grant|add|admin|role|elevat|permission|privilege|授予|授权|新增|增加|提升|开通|管理员|角色|权限"
    taken: str = "revok|remov|deni|withdraw|撤销|收回|取消|移除|回收|关闭"
    within: Duration = 86400.0
    min_records: float = Field(default=500, ge=1)
    grave: float = Field(default=5000, gt=0)
    group_by: Names = ("user",)
    clear_after: Duration = 43200.0

    @field_validator("granted", "taken")
    @classmethod
    def _is_pattern(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(
                said("'{pattern}' is no regular expression: {error}", pattern=pattern, error=error)
            ) from None
        return pattern


class PrivilegeState(msgspec.Struct, array_like=True):
    """``changed``: when rights were given last; ``exports``: (time, records) since then."""

    changed: float = 0.0
    exports: list[tuple[float, float]] = []
    total: float = 0.0
    last: float = 0.0
    pace: Pace = msgspec.field(default_factory=Pace)
    recent: Recent = msgspec.field(default_factory=Recent)
    episode: Episode = msgspec.field(default_factory=Episode)


class PrivilegedExport(Kit[PrivilegeRule, PrivilegeState]):
    """Either alone is everyday business; the order and the closeness make the finding."""

    kind = "privileged_export"
    State = PrivilegeState
    restricted = True

    def __init__(self, rule: PrivilegeRule) -> None:
        super().__init__(rule)
        self._records, self._change = getter(rule.value), getter(rule.change)
        self._granted, self._taken = re.compile(rule.granted, re.IGNORECASE), re.compile(rule.taken, re.IGNORECASE)

    def observe(
        self, state: PrivilegeState, key: str, events: Sequence[Event], now: float
    ) -> tuple[PrivilegeState, list[Signal]]:
        """Note rights given; add up what is exported afterwards."""
        signals: list[Signal] = []
        latest = 0.0
        for event in state.recent.fresh(events, now):
            latest = max(latest, event.time)
            state.pace.seen = max(state.pace.seen, event.time)
            records = number(self._records(event))
            if event.type == "access.changed":
                self._note(state, event)
            elif records is not None and records > 0:
                signals += self._add(state, key, event.time, records)
        state.pace.batch(latest, now)
        return state, signals

    def tick(self, state: PrivilegeState, key: str, now: float) -> tuple[PrivilegeState, list[Signal]]:
        """Clear when nothing was exported for long enough."""
        quiet = state.last + self._rule.clear_after
        if not state.episode.is_open or state.pace.mark(now, 0.0) < quiet:
            return state, []
        signals = self._clear(state.episode, key, quiet, self._evidence(state))
        state.changed, state.exports, state.total = 0.0, [], 0.0
        return state, signals

    def due(self, state: PrivilegeState, key: str) -> float | None:  # noqa: ARG002 -- the contract's signature
        """When the finding may be cleared."""
        return state.last + self._rule.clear_after + state.pace.lag if state.episode.is_open else None

    def _note(self, state: PrivilegeState, event: Event) -> None:
        text = self._change(event)
        if not isinstance(text, str) or not self._granted.search(text) or self._taken.search(text):
            return
        if event.time - state.changed > self._rule.within:
            state.exports, state.total = [], 0.0
        state.changed = max(state.changed, event.time)

    def _add(self, state: PrivilegeState, key: str, at: float, records: float) -> list[Signal]:
        if not state.changed or not 0 <= at - state.changed <= self._rule.within:
            return []
        state.last = max(state.last, at)
        state.total += records
        state.exports = [*state.exports, (at, records)][-_WINDOW:]
        if state.total < self._rule.min_records:
            return []
        impact = Degree.HIGH if state.total >= self._rule.grave else None
        if not self._news(state.episode, impact):
            return []
        return self._raise(state.episode, key, at, self._evidence(state), impact=impact)

    def _evidence(self, state: PrivilegeState) -> Evidence:
        return Evidence(
            expected=f"< {short(self._rule.min_records)} / {span(self._rule.within)}",
            seen=short(state.total),
            unusual=f"+{span(max(0.0, state.last - state.changed))}",
            meaning=Text(
                f"获授权限后 {span(max(0.0, state.last - state.changed))} 内导出",
                f"within {span(max(0.0, state.last - state.changed))} of being given rights",
            ),
            window=tuple(sorted(state.exports)),
        )
