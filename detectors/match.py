"""Field paths and filters of a rule, turned into fast functions once, when the rule is loaded."""

from collections.abc import Callable
from typing import Any

from detectors.rule import Filter, Match
from incident.intake.event import Event

Getter = Callable[[Event], Any]
Test = Callable[[Event], bool]


def getter(path: str) -> Getter:
    """A function that takes the value at ``path`` from an event; None when it isn't there."""
    if path.startswith("$"):
        return _envelope(path[1:])
    if "." not in path:
        return lambda event: event.data.get(path)
    parts = path.split(".")

    def deep(event: Event) -> Any:
        node: Any = event.data
        for part in parts:
            if not isinstance(node, dict):
                return None
            node = node.get(part)
        return node

    return deep


def _envelope(name: str) -> Getter:
    known: dict[str, Getter] = {
        "source": lambda event: event.source,
        "subject": lambda event: event.subject,
        "type": lambda event: event.type,
    }
    return known.get(name, lambda _event: None)


def conditions(where: Filter) -> tuple[tuple[Getter, tuple[Any, ...]], ...]:
    """Each field of a filter as (getter, values of which one must match)."""
    return tuple((getter(path), _options(wanted)) for path, wanted in where.items())


def _options(wanted: Any) -> tuple[Any, ...]:
    return tuple(wanted) if isinstance(wanted, list | tuple) else (wanted,)


def matcher(match: Match) -> Test:
    """A function that says whether an event is meant."""
    types, tests = frozenset(match.type), conditions(match.where)
    if not tests:
        return lambda event: not types or event.type in types
    if len(tests) == 1 and not types:
        ((only, values),) = tests
        if len(values) == 1 and "." not in (path := next(iter(match.where))) and not path.startswith("$"):
            value = values[0]
            return lambda event: bool(event.data.get(path) == value)
        return lambda event: only(event) in values

    def matches(event: Event) -> bool:
        if types and event.type not in types:
            return False
        return all(get(event) in wanted for get, wanted in tests)

    return matches
