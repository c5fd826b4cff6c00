"""Keys: the label values that split a rule's states, as one readable text, and back.

``queue=sales|site=bj`` for a rule split by two fields, ``*`` for an undivided one, ``queue=sales#q3-drill`` for
the same queue within a drill. ``|``, ``#`` and ``%`` inside values are percent-escaped.
"""

from collections.abc import Iterable
from functools import lru_cache

WHOLE = "*"
MAX_VALUE = 120
"""Longer label values are cut: a key must stay small whatever an event holds."""

_ESCAPES = str.maketrans({"%": "%25", "|": "%7C", "#": "%23", "\n": "%0A"})


def make(pairs: Iterable[tuple[str, str]], drill: str | None) -> str:
    """Label pairs and the drill's id → key."""
    body = "|".join(f"{name}={value[:MAX_VALUE].translate(_ESCAPES)}" for name, value in pairs) or WHOLE
    return f"{body}#{drill.translate(_ESCAPES)}" if drill else body


@lru_cache(maxsize=4096)
def _parsed(key: str) -> tuple[tuple[tuple[str, str], ...], str | None]:
    body, _, drill = key.partition("#")
    pairs = (part.partition("=") for part in body.split("|") if part != WHOLE)
    return tuple((name, _plain(value)) for name, _, value in pairs), _plain(drill) or None


def labels_of(key: str) -> dict[str, str]:
    """The labels a key stands for; those the events didn't have are left out."""
    return {name: value for name, value in _parsed(key)[0] if value}


def drill_of(key: str) -> str | None:
    """The drill a key belongs to, None for reality."""
    return _parsed(key)[1]


def _plain(value: str) -> str:
    for raw, escaped in (("\n", "%0A"), ("#", "%23"), ("|", "%7C"), ("%", "%25")):
        value = value.replace(escaped, raw)
    return value
