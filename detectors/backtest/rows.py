"""Series as CSV: rows in as they stand, rows out one for one."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from math import isfinite, nan
from typing import NamedTuple

from detectors.numbers import BIGGEST
from incident.domain.errors import BadInput
from incident.domain.said import said

_MILLISECONDS = 1e11
"""An epoch beyond this (the year 5138) is meant in milliseconds."""


class Row(NamedTuple):
    """``at``: epoch seconds, NaN when unreadable; ``value``: NaN when missing; the texts are as they stood."""

    at: float
    value: float
    trials: float
    timestamp: str
    text: str


def read_rows(lines: Iterable[str], name: str) -> Iterator[Row]:
    """The rows of a CSV with a header that names ``timestamp`` and ``value`` (and maybe ``count``), lazily.

    Raises BadInput when the header doesn't.
    """
    reader = csv.reader(lines)
    header = [cell.strip().lower().lstrip("\ufeff") for cell in next(reader, [])]
    places = [_place(header, wanted) for wanted in ("timestamp", "value", "count")]
    if places[0] is None:
        raise BadInput.at(
            name, said("no column 'timestamp'"), remedy=said("the first line must be: timestamp,value[,count]")
        )
    if places[1] is None:
        raise BadInput.at(
            name, said("no column 'value'"), remedy=said("the first line must be: timestamp,value[,count]")
        )
    at, value, count = places
    for cells in reader:
        if cells:
            stamp, text = _cell(cells, at), _cell(cells, value)
            yield Row(epoch(stamp), _number(text), _number(_cell(cells, count)), stamp, text)


def _place(header: Sequence[str], wanted: str) -> int | None:
    return header.index(wanted) if wanted in header else None


def _cell(cells: Sequence[str], place: int | None) -> str:
    return cells[place].strip() if place is not None and place < len(cells) else ""


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return nan
    return value if isfinite(value) and abs(value) <= BIGGEST else nan


def epoch(text: str) -> float:
    """A time as epoch seconds: a number of (milli)seconds or ISO 8601, without a zone taken as UTC. NaN if neither."""
    try:
        number = float(text)
    except ValueError:
        return _iso(text)
    if not isfinite(number) or number <= 0:
        return nan
    return number / 1000 if number > _MILLISECONDS else number


def _iso(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return nan
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
