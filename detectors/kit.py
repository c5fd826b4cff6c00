"""The part all kinds have in common: filter and split events, open and close episodes, dump and load states."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Generic, TypeVar
from zlib import crc32

import msgspec

from detectors import keys
from detectors.base import Unreadable
from detectors.budget import Allowance, Standing
from detectors.complaints.classes import NAMES
from detectors.match import conditions, getter
from detectors.memory import Episode
from detectors.rule import Rule, label_name
from incident.domain.signal import Evidence, Signal, SignalState
from incident.domain.words import Degree, Text
from incident.intake.event import Event

R = TypeVar("R", bound=Rule)
S = TypeVar("S")

FINDINGS = {
    "flat": Text("（数据停滞不变）", " – stands perfectly still"),
    "missing": Text("（数据中断）", " – no data any more"),
}
"""What a rule's title is followed by when the finding is not the one it names."""
_CACHED_KEYS = 10_000
_HEADER = 5
_ITSELF = Text("", "")


class Kit(Generic[R, S]):
    """Base of the kinds: ``State`` is the msgspec type of the state, ``version`` grows when its fields change."""

    kind: str
    State: type[S]
    version: int = 1
    restricted: bool = False
    heeds: bool = False

    def __init__(self, rule: R) -> None:
        self._rule = rule
        self._types = frozenset(rule.on)
        self._where = conditions(rule.where)
        self._by = tuple((label_name(path), getter(path)) for path in rule.by)
        self._keys: dict[tuple[str | None, ...], str] = {}
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder: msgspec.msgpack.Decoder[S] = msgspec.msgpack.Decoder(self.State)
        shape = crc32(repr((self.kind, *rule.shape())).encode())
        self._header = self.version.to_bytes(1, "big") + shape.to_bytes(4, "big")

    @property
    def rule(self) -> R:
        """The rule this detector follows."""
        return self._rule

    def new(self) -> S:
        """A state that has seen nothing."""
        return self.State()

    def expected(self) -> Sequence[str]:
        """No key exists before its first event; kinds that miss silence override this."""
        return ()

    def due(self, state: S, key: str) -> float | None:  # noqa: ARG002 -- the contract's signature
        """Only events matter; kinds with windows override this."""
        return None

    @property
    def allowance(self) -> Allowance | None:
        """Limits are fixed; kinds with a budget override this."""
        return None

    @property
    def each(self) -> bool:
        """A budget is for each key, if there are several."""
        return bool(self._rule.by)

    def standing(self, state: S) -> Standing | None:  # noqa: ARG002 -- the contract's signature
        """Nothing to keep to; kinds with a budget override this."""
        return None

    def calibrate(self, stricter: float) -> None:
        """Kinds that can be stricter than their rule override this."""

    def key_of(self, event: Event) -> str | None:
        """The key of an event this rule is about, else None."""
        if event.type not in self._types:
            return None
        for get, wanted in self._where:
            if get(event) not in wanted:
                return None
        values = (event.drill, *[label_value(get(event)) for _, get in self._by])
        key = self._keys.get(values)
        return key if key is not None else self._new_key(values)

    def _new_key(self, values: tuple[str | None, ...]) -> str:
        if len(self._keys) >= _CACHED_KEYS:
            self._keys.clear()
        pairs = [(name, value or "") for (name, _), value in zip(self._by, values[1:], strict=True)]
        key = self._keys[values] = keys.make(pairs, values[0])
        return key

    def dump(self, state: S) -> bytes:
        """Version, checksum of the parameters the state depends on, then the state as MessagePack."""
        return self._header + self._encoder.encode(state)

    def load(self, blob: bytes) -> S:
        """The state back. Raises Unreadable when it is of another version or shape, or damaged."""
        body = blob[_HEADER:]
        try:
            if blob[:_HEADER] == self._header:
                return self._decoder.decode(body)
            if len(blob) >= _HEADER and blob[1:_HEADER] == self._header[1:] and 0 < blob[0] < self.version:
                return self.migrated(blob[0], body)
            raise Unreadable(f"{self._rule.id}: state of another version or of other parameters")
        except msgspec.DecodeError as error:
            raise Unreadable(f"{self._rule.id}: state is damaged ({error})") from None

    def migrated(self, version: int, body: bytes) -> S:
        """The state an older version wrote, as this one's; kinds that know older shapes override this."""
        raise Unreadable(f"{self._rule.id}: no way from state version {version} ({len(body)} bytes) to {self.version}")

    def _news(self, episode: Episode, impact: Degree | None) -> bool:
        """Whether a raise with this impact would say anything new."""
        return not episode.is_open or (impact or self._rule.impact) > episode.impact

    def _raise(
        self,
        episode: Episode,
        key: str,
        at: float,
        evidence: Evidence,
        *,
        impact: Degree | None = None,
        urgency: Degree | None = None,
        more: dict[str, str] | None = None,
        since: float | None = None,
    ) -> list[Signal]:
        """Open the episode, or say again that it grew worse; nothing when it is as bad as already told.

        ``since``: when the episode began, if that was before ``at``.
        """
        worst_impact = max(impact or self._rule.impact, episode.impact)
        worst_urgency = max(urgency or self._rule.urgency, episode.urgency)
        if episode.is_open and (worst_impact, worst_urgency) == (episode.impact, episode.urgency):
            return []
        if not episode.is_open:
            # The start names the episode, so two episodes of one key never share one.
            start = at if since is None else since
            episode.start = start if start > episode.ended else episode.ended + 0.001
        episode.good_since = 0.0
        episode.impact, episode.urgency = int(worst_impact), int(worst_urgency)
        return [self._signal(episode, key, max(at, episode.start), SignalState.RAISED, evidence, more)]

    def _clear(
        self, episode: Episode, key: str, at: float, evidence: Evidence, *, more: dict[str, str] | None = None
    ) -> list[Signal]:
        """Close the episode; nothing when none is open."""
        if not episode.is_open:
            return []
        at = max(at, episode.start)
        signal = self._signal(episode, key, at, SignalState.CLEARED, evidence, more)
        episode.start, episode.ended, episode.impact, episode.urgency, episode.good_since = 0.0, at, 0, 0, 0.0
        return [signal]

    def _signal(
        self,
        episode: Episode,
        key: str,
        at: float,
        state: SignalState,
        evidence: Evidence,
        more: dict[str, str] | None,
    ) -> Signal:
        rule, drill = self._rule, keys.drill_of(key)
        split = {**keys.labels_of(key), **(more or {})}
        labels = {name: _filled(value, split) for name, value in rule.labels.items()} | split
        other = FINDINGS.get((more or {}).get("finding", ""), _ITSELF)
        return Signal(
            id=_episode_id(rule.id, key, more, episode.start),
            rule=rule.id,
            scenario=rule.scenario,
            state=state,
            at=moment(at),
            title=Text(
                zh=_filled(rule.title.zh, {**labels, **_spoken(labels, "zh-CN")}) + other.zh,
                en=_filled(rule.title.en, {**labels, **_spoken(labels, "en")}) + other.en,
            ),
            labels=labels,
            group_by=rule.group_by,
            impact=Degree(episode.impact),
            urgency=Degree(episode.urgency),
            evidence=replace(evidence, since=moment(episode.start)),
            restricted=self.restricted,
            drill=drill,
        )


def moment(at: float) -> datetime:
    """Epoch seconds as the domain's time."""
    return datetime.fromtimestamp(at, UTC)


def _episode_id(rule: str, key: str, more: dict[str, str] | None, start: float) -> str:
    parts = (rule, key, *(more or {}).values(), repr(start))
    return sha256("\x1f".join(parts).encode()).hexdigest()[:24]


def label_value(value: Any) -> str | None:
    """The text a field's value makes as a label; None for what makes none."""
    if type(value) is str:
        return value
    return str(value) if isinstance(value, int | float) else None


def _spoken(labels: dict[str, str], language: str) -> dict[str, str]:
    """A complaint class as people call it."""
    name = NAMES.get(labels.get("class", ""))
    return {"class": name.in_(language)} if name else {}


def _filled(text: str, labels: dict[str, str]) -> str:
    """Put label values into ``{name}``; a value is never searched for further names."""
    if "{" not in text:
        return text
    head, *rest = text.split("{")
    for part in rest:
        name, closed, tail = part.partition("}")
        head += f"{labels.get(name, '–')}{tail}" if closed else "{" + part
    return head
