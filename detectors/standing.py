"""The rules as people look at them: what each allows itself and how far it has learned, from its stored states."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from statistics import fmean

from detectors.base import Unreadable
from detectors.budget import Standing
from detectors.feedback import stricter
from detectors.keys import drill_of
from detectors.registry import AnyDetector
from incident.domain.opinion import Opinion
from incident.service.records import RuleFacts

LOOKED_AT = 500
"""States of one rule that are read at most: more of the same tell nothing new."""


class RuleBook:
    """Reads stored states; never touches those a running engine works with."""

    def __init__(self, detectors: Sequence[AnyDetector]) -> None:
        self._detectors = tuple(detectors)

    def facts(self, states: Mapping[tuple[str, str], bytes]) -> list[RuleFacts]:
        """Every rule in file order. States of drills, and such as can't be read, are passed over."""
        found: dict[str, list[tuple[str, bytes]]] = {detector.rule.id: [] for detector in self._detectors}
        for (rule, key), blob in states.items():
            if rule in found and drill_of(key) is None:
                found[rule].append((key, blob))
        return [_facts(detector, found[detector.rule.id]) for detector in self._detectors]

    def halvings(self, opinions: Sequence[Opinion], now: datetime) -> dict[str, float]:
        """Rule → how often these opinions halve its budget."""
        return stricter(opinions, now)


def _facts(detector: AnyDetector, states: Sequence[tuple[str, bytes]]) -> RuleFacts:
    rule, allowance = detector.rule, detector.allowance
    standings = [] if allowance is None else _standings(detector, [blob for _, blob in states[:LOOKED_AT]])
    return RuleFacts(
        id=rule.id,
        kind=rule.kind,
        title=rule.title.text(),
        scenario=rule.scenario,
        alarms=None if allowance is None else allowance.rate,
        each=detector.each,
        keys=len(states),
        weeks=max((one.weeks for one in standings), default=0.0),
        confidence=None if allowance is None else fmean([one.confidence for one in standings] or [0.0]),
        heeds=detector.heeds,
    )


def _standings(detector: AnyDetector, blobs: Sequence[bytes]) -> list[Standing]:
    found = []
    for blob in blobs:
        try:
            standing = detector.standing(detector.load(blob))
        except Unreadable:
            continue
        if standing is not None:
            found.append(standing)
    return found
