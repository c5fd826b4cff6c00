"""Events from a file or a pipe, for ``tocsin send``: NDJSON, a JSON array, or CSV, read in constant memory.

A row needs only ``type``; what is left out is filled in: ``source`` is ``file:NAME`` and ``id`` is ``NAME:LINE``, so
that sending the same file twice counts once. In CSV all columns other than id, source, type, time, subject and
tocsindrill are data; empty cells are left out. Lines are counted from 1.
"""

import csv
import gzip
import io
import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from incident.domain.errors import BadInput
from incident.domain.said import said
from incident.intake import catalogue
from incident.intake.cloudevents import Wire, to_event
from incident.intake.jsonread import decode, moment, screen, utc
from incident.intake.limits import Terms
from incident.intake.payloads import PAYLOADS
from incident.intake.results import BadItem, Ok, Reason, Result
from incident.yamlfile import refused

_CHUNK = 262_144
_BETWEEN = re.compile(r"[ \t\r\n,]*")
_OWN = ("id", "source", "type", "subject", "tocsindrill")


@contextmanager
def open_events(path: str) -> Iterator[tuple[BinaryIO, str]]:
    """The file's bytes and its name; ``-`` is standard input, ``.gz`` is decompressed on the way."""
    if path == "-":
        yield sys.stdin.buffer, "stdin"
        return
    try:
        plain = Path(path).open("rb")  # noqa: SIM115 - closed below, after the caller has read it
    except OSError as error:
        raise refused(Path(path), error) from None
    with plain:
        unzipped = gzip.GzipFile(fileobj=plain) if path.endswith(".gz") else plain
        yield io.BufferedReader(unzipped), Path(path).name


def read_events(stream: BinaryIO, name: str, terms: Terms) -> Iterator[Result]:
    """One result per row, ``index`` being its line. Raises BadInput with the line when the file itself is broken."""
    buffered = _peekable(stream)
    try:
        head = buffered.peek(1).lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
        if head == b"{" or not head:
            rows = _lines(buffered, terms)
        elif head == b"[":
            rows = _array(io.TextIOWrapper(buffered, encoding="utf-8-sig"), name, terms)
        else:
            rows = _table(io.TextIOWrapper(buffered, encoding="utf-8-sig", newline=""), name)
        for line, row in rows:
            yield _result(line, row, name, terms)
    except UnicodeDecodeError:
        raise BadInput.at(name, said("not UTF-8"), remedy=said("save the file as UTF-8")) from None
    except (OSError, EOFError) as error:
        what = said("can't be read ({why})", why=type(error).__name__)
        raise BadInput.at(name, what, remedy=said("check whether the file is whole")) from None


Row = dict[str, Any] | BadItem


def _peekable(stream: BinaryIO) -> "io.BufferedReader[Any]":
    return stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(stream)


def _result(line: int, row: Row, name: str, terms: Terms) -> Result:
    if isinstance(row, BadItem):
        return row.at(line, b"")
    filled = {"specversion": "1.0", "id": f"{name}:{line}", "source": f"file:{name}", **row}
    try:
        try:
            return Ok(line, to_event(msgspec.convert(filled, Wire), terms))
        except msgspec.ValidationError as error:
            raise BadItem(Reason.BAD_SHAPE, str(error)[:200]) from None
    except BadItem as bad:
        return bad.at(line, b"")


def _lines(stream: "io.BufferedReader[Any]", terms: Terms) -> Iterator[tuple[int, Row]]:
    most = terms.limits.event_bytes
    number = 0
    while line := stream.readline(most + 1):
        number += 1
        raw = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
        if len(line) > most:
            while line and not line.endswith(b"\n"):
                line = stream.readline(most)
            yield number, BadItem(Reason.TOO_LARGE, f"> {most} bytes")
        elif raw.strip():
            yield number, _object(raw, most)


def _object(raw: bytes, most: int) -> Row:
    try:
        screen(raw, most)
        return decode(raw, dict[str, Any])
    except BadItem as bad:
        return bad


def _array(stream: io.TextIOWrapper, name: str, terms: Terms) -> Iterator[tuple[int, Row]]:
    """The elements of a JSON array, one at a time: ``text`` holds what was read, ``at`` is how far it is used up."""
    decoder = json.JSONDecoder(parse_constant=_refuse)
    text = stream.read(_CHUNK)
    at = text.index("[") + 1
    line = 1 + text.count("\n", 0, at)
    while True:
        begin = _skip(text, at)
        line += text.count("\n", at, begin)
        if text.startswith("]", begin):
            return
        try:
            item, at = decoder.raw_decode(text, begin)
        except (ValueError, RecursionError):
            more = stream.read(_CHUNK)
            if not more or len(text) - begin > terms.limits.event_bytes:
                what = said("not valid JSON, or an item larger than allowed")
                raise BadInput.at(name, what, line=line, remedy=said("mend the item that begins here")) from None
            text, at = text[begin:] + more, 0
            continue
        yield line, item if isinstance(item, dict) else BadItem(Reason.BAD_SHAPE, "not a JSON object")
        line += text.count("\n", begin, at)


def _skip(text: str, at: int) -> int:
    """Where the next element begins: after blanks and commas."""
    found = _BETWEEN.match(text, at)
    return found.end() if found else at


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _table(stream: io.TextIOWrapper, name: str) -> Iterator[tuple[int, Row]]:
    reader = csv.DictReader(stream, restkey="", strict=True)
    try:
        if "type" not in (reader.fieldnames or ()):
            remedy = said("begin the file with a header line: time,type,…")
            raise BadInput.at(name, said("no column 'type'"), line=1, remedy=remedy)
        for cells in reader:
            yield reader.line_num, _cells(cells)
    except csv.Error as error:
        what = said("not valid CSV ({why})", why=error)
        raise BadInput.at(name, what, line=reader.line_num, remedy=said("mend the CSV at this line")) from None


def _cells(cells: dict[str, Any]) -> Row:
    if "" in cells:
        return BadItem(Reason.BAD_SHAPE, "more cells than the header has columns")
    filled = {column.strip(): cell for column, cell in cells.items() if cell}
    row = {column: filled.pop(column) for column in _OWN if column in filled}
    try:
        when = moment(filled.pop("time", None), "time")
        data = {column.removeprefix("data."): cell for column, cell in filled.items()}
        kind = row.get("type", "")
        data = catalogue.from_texts(kind, data) if kind in PAYLOADS else _guess(data)
    except BadItem as bad:
        return bad
    return {**row, "data": data, **({} if when is None else {"time": utc(when).isoformat()})}


def _guess(data: dict[str, str]) -> dict[str, Any]:
    """Cells of an event type nobody described: what reads as a JSON number or boolean is one."""
    return {column: _scalar(cell) for column, cell in data.items()}


def _scalar(cell: str) -> Any:
    try:
        return msgspec.json.decode(cell, type=bool | int | float)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return cell
