"""JSON from strangers: decoded into what is expected, every kind of fault turned into a named reason.

Duplicate keys are not an error: the last one counts, as in most JSON readers.
"""

from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from incident.intake.results import BadItem, Reason

T = TypeVar("T")
_NUL = b"\\u0000"
EARLIEST = 946_684_800.0
"""2000-01-01 UTC: an older time is a clock that was never set, not a fact."""
LATEST = 7_258_118_400.0
"""2200-01-01 UTC: no fact and no alert lies beyond it."""
_MILLISECONDS = 100_000_000_000
"""Epoch numbers above this are milliseconds: as seconds they would lie beyond the year 5000."""


def decode(raw: bytes | msgspec.Raw, kind: type[T]) -> T:
    """Decode one JSON value. Raises BadItem with the place of the fault, never with a value."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError as error:
        raise BadItem(Reason.BAD_SHAPE, place(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise BadItem(Reason.NOT_JSON) from None
    except RecursionError:
        raise BadItem(Reason.TOO_DEEP) from None


def array(body: bytes, most: int) -> list[msgspec.Raw]:
    """The elements of a JSON array, undecoded. Raises BadItem when it is none or has more than ``most``."""
    items = decode(body, list[msgspec.Raw])
    if len(items) > most:
        raise BadItem(Reason.TOO_MANY, f"{len(items)} > {most}")
    return items


def place(error: msgspec.ValidationError) -> str:
    """Where and what a validation complains about, without the offending value."""
    text = str(error)
    if "Invalid enum value" in text:
        _, mark, path = text.rpartition(" - at ")
        return f"Not one of the allowed values{mark}{path}"
    return text[:200]


def check_depth(value: Any, most: int) -> None:
    """Raises BadItem when containers are nested more than ``most`` deep; iterative, so depth can't hurt."""
    level = [value]
    for _ in range(most + 1):
        level = [child for node in level for child in children(node) if isinstance(child, (dict, list))]
        if not level:
            return
    raise BadItem(Reason.TOO_DEEP, f"> {most}")


def children(node: Any) -> list[Any]:
    """The values directly inside a container; empty for anything else."""
    if isinstance(node, dict):
        return list(node.values())
    return node if isinstance(node, list) else []


def screen(raw: bytes, most: int) -> None:
    """Raises BadItem when an item is larger than ``most`` bytes or a text in it holds the character NUL,

    which no database can store.
    """
    if len(raw) > most:
        raise BadItem(Reason.TOO_LARGE, f"> {most} bytes")
    if _NUL in raw:
        raise BadItem(Reason.BAD_DATA, "character U+0000")


def rfc3339(text: str) -> float:
    """Epoch seconds of an RFC 3339 timestamp with a zone; finer than a microsecond is rounded."""
    try:
        when = msgspec.convert(text, datetime)
    except msgspec.ValidationError:
        raise BadItem(Reason.BAD_TIME) from None
    return epoch(when)


def epoch(when: datetime) -> float:
    """Epoch seconds; a time without a zone is refused rather than guessed at."""
    if when.tzinfo is None:
        raise BadItem(Reason.BAD_TIME)
    return when.timestamp()


def utc(when: float) -> datetime:
    """Epoch seconds as a UTC datetime. ``when`` must lie between the years 1 and 9999."""
    return datetime.fromtimestamp(when, UTC)


def moment(value: Any, name: str) -> float | None:
    """Epoch seconds of an RFC 3339 text, or of a number (seconds or milliseconds); Go's year 1 means none.

    Raises BadItem, naming ``name``, for anything else and for times before 2000 or after 2200.
    """
    if value in (None, ""):
        return None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 16:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise BadItem(Reason.BAD_TIME, name)
    if not isinstance(value, str):
        seconds = value / 1000 if value > _MILLISECONDS else float(value)
        if not EARLIEST <= seconds <= LATEST:
            raise BadItem(Reason.BAD_TIME, name)
        return seconds
    try:
        when = msgspec.convert(value, datetime)
    except msgspec.ValidationError:
        raise BadItem(Reason.BAD_TIME, name) from None
    if when.year == 1:
        return None
    if not EARLIEST <= epoch(when) <= LATEST:
        raise BadItem(Reason.BAD_TIME, name)
    return epoch(when)
