"""CEL expressions in webhook mappings: compiled once, checked at load, run on strangers' JSON.

CEL has no loops beyond walking over a list, no attribute access into Python and linear-time regular expressions.
Costs stay bounded because bodies are small (``Limits.webhook_bytes``) and field expressions never see the whole body.
Our own functions never raise: the library would log the message, and it may hold personal data.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from incident import celcore as cel
from incident.domain.said import said
from incident.intake.results import BadItem, Reason

MAX_CHARACTERS = 4_000


def get(value: Any, path: str) -> Any:
    """The value at ``path`` (``labels.service``, ``tags.0.1``), or null when anything on the way is missing."""
    for part in str(path).split("."):
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and part.isascii() and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value


def first(values: Any) -> Any:
    """The first that is neither null nor empty; the last when all are."""
    if not isinstance(values, list) or not values:
        return None
    return next((value for value in values if value not in (None, "", [], {})), values[-1])


def lower(value: Any) -> str:
    """A text in lower case; empty for anything that is no text."""
    return value.lower() if isinstance(value, str) else ""


def text(value: Any) -> str:
    """A text, number or boolean as text; empty for anything else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (str, int, float)) else ""


FUNCTIONS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {"get": get, "first": first, "lower": lower, "text": text}
)
_BUILT_IN = frozenset(
    {"bool", "bytes", "contains", "double", "duration", "endsWith", "int", "matches", "max", "min", "size"}
    | {"startsWith", "string", "timestamp", "type", "uint"}
)


class Expression:
    """One compiled expression. Raises ValueError, with a message for the author, when it can't be compiled."""

    __slots__ = ("_program", "names")

    def __init__(self, source: str) -> None:
        if len(source) > MAX_CHARACTERS:
            raise ValueError(said("expression is longer than {most} characters", most=MAX_CHARACTERS))
        try:
            self._program = cel.compile(source)
        except ValueError as error:
            raise ValueError(said("not a CEL expression: {error}", error=cel.fault(error))) from None
        self.names = frozenset(self._program.variables())
        unknown = {name for name in self._program.functions() if name.isidentifier() and not name.startswith("_")}
        unknown -= _BUILT_IN | FUNCTIONS.keys()
        if unknown:
            raise ValueError(said("no such function: {names}", names=", ".join(sorted(unknown))))

    def run(self, variables: Mapping[str, Any]) -> Any:
        """The value. Raises BadItem (not_mapped) when the data does not have what the expression takes for granted."""
        try:
            return self._program.execute({**FUNCTIONS, **variables})
        except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError) as error:
            raise BadItem(Reason.NOT_MAPPED, type(error).__name__) from None
