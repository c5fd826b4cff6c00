"""The rules as people look at them: what each allows itself and how far it has learned, from its stored states."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from detectors.elsewhere import Learned, kept, learned
from detectors.feedback import stricter
from detectors.registry import AnyDetector
from incident.domain.opinion import Opinion
from incident.service.records import RuleFacts


class RuleBook:
    """Reads stored states; never touches those a running engine works with."""

    def __init__(self, detectors: Sequence[AnyDetector]) -> None:
        self._detectors = tuple(detectors)

    def facts(self, states: Mapping[tuple[str, str], bytes]) -> list[RuleFacts]:
        """Every rule in file order: from its states, or from what detectors elsewhere have told of them. States of
        drills, and such as can't be read, are passed over.
        """
        told = kept(states)
        found: dict[str, list[tuple[str, bytes]]] = {detector.rule.id: [] for detector in self._detectors}
        for (rule, key), blob in states.items():
            if rule in found:
                found[rule].append((key, blob))
        return [
            _facts(one, told.get(one.rule.id) or learned(one, found[one.rule.id]))
            for one in self._detectors
        ]  # fmt: skip

    def halvings(self, opinions: Sequence[Opinion], now: datetime) -> dict[str, float]:
        """Rule → how often these opinions halve its budget."""
        return stricter(opinions, now)


def _facts(detector: AnyDetector, found: Learned) -> RuleFacts:
    rule, allowance = detector.rule, detector.allowance
    return RuleFacts(
        id=rule.id,
        kind=rule.kind,
        title=rule.title.text(),
        scenario=rule.scenario,
        alarms=None if allowance is None else allowance.rate,
        each=detector.each,
        keys=found.keys,
        weeks=found.weeks,
        confidence=None if allowance is None else found.confidence,
        heeds=detector.heeds,
    )
