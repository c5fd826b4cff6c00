"""``honeytoken``: a made-up customer, account or file that nobody has a reason to touch has been touched."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from pydantic import Field, field_validator

from detectors.kit import Kit
from detectors.memory import Episode, Pace, Recent
from detectors.rule import DegreeName, Duration, Names, Rule
from detectors.scan.normalise import normalise
from incident.domain.said import said
from incident.domain.signal import Contributor, Evidence, Signal
from incident.domain.words import Degree, Text
from incident.intake.event import Event

_WINDOW = 60
_DEEP = 4
_SHORTEST = 6
_LONGEST = 20_000
_SEPARATORS = str.maketrans("", "", " .-")


class HoneyRule(Rule):
    """``tokens``: texts that occur nowhere else, at least six characters without separators, such as a made-up
    customer's mobile number. Any field of an event that holds one raises; ``fields`` narrows the search to some.
    """

    unbudgeted = said("every one must be heard of — take a token that is touched in daily work off the list")

    on: Names = ("export.made", "message.sent", "login.made", "access.changed")
    tokens: Names = Field(min_length=1)
    fields: Names = ()
    by: Names = ("user",)
    group_by: Names = ("user",)
    impact: DegreeName = Degree.HIGH
    urgency: DegreeName = Degree.HIGH
    clear_after: Duration = 86400.0

    @field_validator("tokens", mode="before")
    @classmethod
    def _numbers_are_texts(cls, tokens: Any) -> Any:
        """YAML reads a telephone number without quotes as a number."""
        listed = tokens if isinstance(tokens, list) else [tokens]
        return [str(one) if type(one) is int else one for one in listed]

    @field_validator("tokens")
    @classmethod
    def _are_long_enough(cls, tokens: tuple[str, ...]) -> tuple[str, ...]:
        if any(len(_bare(token)) < _SHORTEST for token in tokens):
            raise ValueError(
                said("a token needs at least {least} characters besides spaces, dots and hyphens", least=_SHORTEST)
            )
        return tokens


class HoneyState(msgspec.Struct, array_like=True):
    """``hits``: when tokens were touched; ``names``: how often each, by its place in the rule."""

    hits: list[float] = []
    names: dict[int, int] = {}
    last: float = 0.0
    pace: Pace = msgspec.field(default_factory=Pace)
    recent: Recent = msgspec.field(default_factory=Recent)
    episode: Episode = msgspec.field(default_factory=Episode)


class Honeytoken(Kit[HoneyRule, HoneyState]):
    """One touch is enough: nothing is learned and nothing is counted against a usual."""

    kind = "honeytoken"
    State = HoneyState
    restricted = True

    def __init__(self, rule: HoneyRule) -> None:
        super().__init__(rule)
        self._tokens = tuple(_bare(token) for token in rule.tokens)

    def observe(
        self, state: HoneyState, key: str, events: Sequence[Event], now: float
    ) -> tuple[HoneyState, list[Signal]]:
        """Look into the fields of each event."""
        signals: list[Signal] = []
        latest = 0.0
        for event in state.recent.fresh(events, now):
            latest = max(latest, event.time)
            state.pace.seen = max(state.pace.seen, event.time)
            touched = self._touched(event)
            if touched and event.time > state.pace.seen - self._rule.clear_after:
                signals += self._found(state, key, event.time, touched)
        state.pace.batch(latest, now)
        return state, signals

    def tick(self, state: HoneyState, key: str, now: float) -> tuple[HoneyState, list[Signal]]:
        """Clear when nothing was touched for long enough."""
        quiet = state.last + self._rule.clear_after
        if not state.episode.is_open or state.pace.mark(now, 0.0) < quiet:
            return state, []
        signals = self._clear(state.episode, key, quiet, self._evidence(state))
        state.hits, state.names = [], {}
        return state, signals

    def due(self, state: HoneyState, key: str) -> float | None:  # noqa: ARG002 -- the contract's signature
        """When the finding may be cleared."""
        return state.last + self._rule.clear_after + state.pace.lag if state.episode.is_open else None

    def _touched(self, event: Event) -> list[int]:
        wanted = self._rule.fields
        body = {name: event.data.get(name) for name in wanted} if wanted else event.data
        text = "\n".join(_bare(value) for value in _texts(body))
        return [place for place, token in enumerate(self._tokens) if token in text]

    def _found(self, state: HoneyState, key: str, at: float, touched: list[int]) -> list[Signal]:
        state.last = max(state.last, at)
        state.hits = [*state.hits, at][-_WINDOW:]
        for place in touched:
            state.names[place] = state.names.get(place, 0) + 1
        return self._raise(state.episode, key, at, self._evidence(state))

    def _evidence(self, state: HoneyState) -> Evidence:
        total = sum(state.names.values())
        ranked = sorted(state.names.items(), key=lambda item: (-item[1], item[0]))[:5]
        return Evidence(
            expected="0",
            seen=f"{total}",
            unusual=", ".join(f"#{place + 1} × {count}" for place, count in ranked),
            meaning=Text("正常业务不会触碰诱饵", "nobody has a reason to touch a honeytoken"),
            window=tuple((at, 1.0) for at in sorted(state.hits)),
            contributors=tuple(
                Contributor(f"#{place + 1}", round(count / total, 3)) for place, count in ranked if total
            ),
        )


def _bare(text: str) -> str:
    return normalise(text[:_LONGEST])[0].translate(_SEPARATORS).lower()


def _texts(node: Any, depth: int = 0) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, int) and not isinstance(node, bool):
        yield str(node) if abs(node) < 10**40 else ""
    elif isinstance(node, dict) and depth < _DEEP:
        for value in node.values():
            yield from _texts(value, depth + 1)
    elif isinstance(node, list) and depth < _DEEP:
        for value in node[:1000]:
            yield from _texts(value, depth + 1)
