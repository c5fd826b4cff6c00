"""Files and pipes: read piece by piece, decoded, scanned, with line and column. Memory doesn't grow with the input."""

import codecs
import gzip
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from detectors.scan.engine import Scanner

BLOCK = 1 << 20
_SNIFFED = 8192
_TAIL = 16_384
"""A line that is longer than a block is cut so that what lies across the cut is seen whole."""
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Binary(ValueError):
    """What was to be scanned is no text."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A finding in a file: 1-based ``line`` and ``column``, ``offset`` and ``length`` in characters; never raw."""

    type: str
    line: int
    column: int
    offset: int
    length: int
    masked: str
    grave: bool


def open_text(name: str, standard_input: BinaryIO) -> BinaryIO:
    """A file to scan, unpacked when it ends in ``.gz``; ``-`` is standard input. Raises OSError."""
    if name == "-":
        return standard_input
    path = Path(name)
    return cast("BinaryIO", gzip.open(path)) if path.suffix == ".gz" else path.open("rb")


def hits(stream: BinaryIO, scanner: Scanner, on_read: Callable[[int], None] = lambda _size: None) -> Iterator[Hit]:
    """Everything found, in order; ``on_read`` is told of each so many bytes read.

    Raises Binary when the input is no text, OSError when it can't be read.
    """
    line, offset, edge = 1, 0, 0
    column = 1
    for text, keep in _pieces(stream, on_read):
        # ``edge``: up to where the piece before has already reported.
        at, start_of_line = 0, 1 - column
        for one in scanner.scan(text):
            if one.start < edge or one.start >= len(text) - keep:
                continue
            line += text.count("\n", at, one.start)
            last = text.rfind("\n", 0, one.start)
            start_of_line = last + 1 if last >= 0 else 1 - column
            at = one.start
            yield Hit(
                one.type,
                line,
                one.start - start_of_line + 1,
                offset + one.start,
                one.end - one.start,
                one.masked,
                one.grave,
            )
            edge = one.end
        done = len(text) - keep
        line += text.count("\n", at, done)
        last = text.rfind("\n", 0, done)
        column = done - last if last >= 0 else column + done
        offset += done
        edge = max(0, edge - done)


def _pieces(stream: BinaryIO, on_read: Callable[[int], None]) -> Iterator[tuple[str, int]]:
    """Text that ends with a line where it can, and how many characters at its end come again in the next piece."""
    first = stream.read(_SNIFFED)
    decoder = codecs.getincrementaldecoder(_encoding(first))(errors="replace")
    rest, data = "", first
    while data:
        on_read(len(data))
        rest += decoder.decode(data)
        data = stream.read(BLOCK)
        if not data:
            break
        cut = rest.rfind("\n") + 1
        if cut:
            yield rest[:cut], 0
            rest = rest[cut:]
        elif len(rest) >= BLOCK:
            yield rest, _TAIL
            rest = rest[-_TAIL:]
    rest += decoder.decode(b"", final=True)
    if rest:
        yield rest, 0


def _encoding(first: bytes) -> str:
    for mark, name in _BOMS:
        if first.startswith(mark):
            return name
    if b"\0" in first:
        raise Binary
    try:
        # The last character may be cut by the end of the sample.
        codecs.getincrementaldecoder("utf-8")().decode(first)
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8"
