"""Which partition an event lies in, and which one a state lives in. Pure.

Event types that a rule looks at together form a group. The events of a group are spread by the fields that most of
its rules split by: such a rule finds all it must see in one partition. The others (an overall count beside one per
queue) get their events by a second topic, keyed as they need it (``regroup``).
"""

from collections.abc import Sequence
from itertools import combinations

from detectors import keys
from detectors.kit import label_value
from detectors.match import Getter, getter
from detectors.registry import AnyDetector
from detectors.rule import label_name
from incident.intake.event import Event

_CACHED = 100_000
Fields = tuple[str, ...]


class Plan:
    """What must stay together under a set of rules. The same rules always give the same plan."""

    def __init__(self, detectors: Sequence[AnyDetector]) -> None:
        rules = {one.rule.id: one.rule for one in detectors}
        self._group_of_type = _groups([tuple(rule.on) for rule in rules.values()])
        self._group_of_rule = {name: self._group_of_type[rule.on[0]] for name, rule in rules.items()}
        splits: dict[str, list[Fields]] = {}
        for name, rule in rules.items():
            splits.setdefault(self._group_of_rule[name], []).append(tuple(rule.by))
        self.fields = {group: _best(found) for group, found in splits.items()}
        """Group (the first of its event types) → the fields its events are spread by."""
        self.regrouped = tuple(
            name for name, rule in rules.items() if not self._is_local(self.fields[self._group_of_rule[name]], rule.by)
        )
        """Rules whose events take the second topic."""
        self._getters: dict[str, tuple[tuple[str, Getter], ...]] = {
            group: tuple((label_name(path), getter(path)) for path in fields) for group, fields in self.fields.items()
        }
        self._away = frozenset(self.regrouped)
        self._homes: dict[tuple[str, str], str] = {}

    def knows(self, rule: str) -> bool:
        """Whether the rule is in use."""
        return rule in self._group_of_rule

    @property
    def types(self) -> frozenset[str]:
        """The types of events that any rule looks at."""
        return frozenset(self._group_of_type)

    def key_of(self, event: Event) -> str:
        """The key an event is produced with."""
        group = self._group_of_type.get(event.type)
        if group is None:
            return f"{event.type}|{event.source}"
        getters = self._getters[group]
        if not getters:
            return f"{group}|{keys.WHOLE}"
        return keys.make([(name, label_value(get(event)) or "") for name, get in getters], None)

    def home_of(self, rule: str, key: str) -> str:
        """The key whose partition holds the state ``key`` of a rule."""
        home = self._homes.get((rule, key))
        if home is None:
            if len(self._homes) >= _CACHED:
                self._homes.clear()
            home = self._homes[rule, key] = self._home(rule, key)
        return home

    def _home(self, rule: str, key: str) -> str:
        group = self._group_of_rule[rule]
        getters = self._getters[group]
        if rule in self._away or not getters:
            return f"{group}|{key.partition('#')[0]}"
        labels = keys.labels_of(key)
        return keys.make([(name, labels.get(name, "")) for name, _ in getters], None)

    @staticmethod
    def _is_local(fields: Fields, by: Sequence[str]) -> bool:
        return set(fields) <= set(by) and (bool(fields) or not by)


def _groups(together: Sequence[Fields]) -> dict[str, str]:
    """Event type → the name of its group, the first of its types in alphabetical order."""
    group: dict[str, set[str]] = {}
    for types in together:
        merged = set(types).union(*(group.get(one, set()) for one in types))
        group |= dict.fromkeys(merged, merged)
    return {one: min(types) for one, types in group.items()}


def _best(splits: Sequence[Fields]) -> Fields:
    """The fields by which most rules can work where the event lies; of equals the finest, which spreads best."""
    sets = [frozenset(by) for by in splits if by]
    candidates = {*sets, *(a & b for a, b in combinations(sets, 2))} - {frozenset()}
    if not candidates:
        return ()
    ranked = ((sum(one <= by for by in sets), len(one), sorted(one, reverse=True), one) for one in candidates)
    return tuple(sorted(max(ranked, key=lambda rank: rank[:3])[3]))
