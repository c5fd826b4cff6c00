"""What detectors that run in other processes have learned: told by them now and then, kept by the command nodes."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
import structlog

from detectors.base import Unreadable
from detectors.keys import drill_of
from detectors.registry import AnyDetector
from incident.domain.opinion import Opinion
from incident.domain.signal import Signal
from incident.intake.event import Event

LEARNED = "rules.learned"
"""The fact's type. Its data: ``partition``, and ``rules``, each with what ``Learned`` holds."""
KEPT = "rules/learned"
"""Stands for the rule in the names of what is kept; no rule's name has a slash."""
LOOKED_AT = 500
"""States of one rule that are looked at: more of the same tell nothing new."""

Name = tuple[str, str]

log = structlog.get_logger("tocsin.detect")


class Learned(NamedTuple):
    """Of one rule: things followed; the longest has been for so many weeks; how much of the thresholds is learned."""

    keys: int
    weeks: float = 0.0
    confidence: float = 0.0


_decode = msgspec.json.Decoder(dict[str, Learned]).decode


def learned(detector: AnyDetector, states: Iterable[tuple[str, Any]]) -> Learned:
    """What a rule's states (key, state) say together; drills are passed over. A blob is read first, if it can be."""
    keys, weeks, shares = 0, 0.0, []
    for key, state in states:
        if drill_of(key) is not None:
            continue
        keys += 1
        if keys > LOOKED_AT or detector.allowance is None:
            continue
        try:
            standing = detector.standing(detector.load(state) if isinstance(state, bytes) else state)
        except Unreadable:
            continue
        if standing is not None:
            weeks = max(weeks, standing.weeks)
            shares.append(standing.confidence)
    return Learned(keys, weeks, sum(shares) / len(shares) if shares else 0.0)


def together(found: Iterable[Learned]) -> Learned:
    """One rule's in several partitions."""
    parts = list(found)
    keys = sum(one.keys for one in parts)
    share = sum(one.confidence * one.keys for one in parts) / keys if keys else 0.0
    return Learned(keys, max((one.weeks for one in parts), default=0.0), share)


def kept(states: Mapping[Name, bytes]) -> dict[str, Learned]:
    """Rule → what was told last, over all partitions. What can't be read is passed over: it is told again soon."""
    told: dict[str, list[Learned]] = {}
    for (rule, _), blob in states.items():
        if rule == KEPT:
            try:
                rows = _decode(blob)
            except msgspec.DecodeError:
                continue
            for name, one in rows.items():
                told.setdefault(name, []).append(one)
    return {rule: together(found) for rule, found in told.items()}


class Elsewhere:
    """Implements ``SignalSource`` where the detectors are elsewhere: keeps what they tell, and finds nothing itself."""

    def __init__(self) -> None:
        self._states: dict[Name, bytes] = {}
        self._changed: set[Name] = set()

    @property
    def sizes(self) -> Mapping[str, int]:
        """Keys held there, by rule."""
        return {rule: one.keys for rule, one in kept(self._states).items()}

    @property
    def skipped(self) -> Mapping[str, int]:
        """They count what they leave out themselves."""
        return Counter()

    def hears(self, event_type: str) -> bool:
        """Only what they tell."""
        return event_type == LEARNED

    def observe(self, events: Sequence[Event], now: float) -> list[Signal]:  # noqa: ARG002 - the port's signature
        """Keep the newest of each partition."""
        for event in events:
            if event.type == LEARNED:
                try:
                    rows = msgspec.convert(event.data.get("rules"), dict[str, Learned])
                except msgspec.ValidationError as error:
                    log.warning("learned_unreadable", error=type(error).__name__)
                    continue
                name = (KEPT, str(event.data.get("partition")))
                self._states[name] = msgspec.json.encode(rows)
                self._changed.add(name)
        return []

    def tick(self, now: float) -> list[Signal]:  # noqa: ARG002 - the port's signature
        """Nothing."""
        return []

    def next_due(self, now: float) -> float | None:  # noqa: ARG002 - the port's signature
        """Never."""
        return None

    def changed(self) -> dict[Name, bytes]:
        """What was told since the last call."""
        names, self._changed = self._changed, set()
        return {name: self._states[name] for name in names}

    def restore(self, states: Mapping[Name, bytes]) -> tuple[str, ...]:
        """What was told before."""
        self._states = {name: blob for name, blob in states.items() if name[0] == KEPT}
        self._changed = set()
        return ()

    def heed(self, opinions: Sequence[Opinion], now: float) -> None:
        """They are told by another way."""
