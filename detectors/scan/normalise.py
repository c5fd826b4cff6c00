"""Undo the disguises digits and letters wear: full width, other scripts' digits, odd dashes, invisible characters."""

import re
import unicodedata

_INVISIBLE = "\u00ad\u180e\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\u2064\ufeff"
_DASHES = "‐‑‒–—―−－﹣﹘"
_SPACES = "\u00a0\u2002\u2003\u2007\u2009\u202f\u3000"


def _plain() -> dict[int, str]:
    # Full-width commas and the like stand in every Chinese sentence and in no number: leaving them out is faster.
    table = {code: chr(code - 0xFEE0) for code in range(0xFF10, 0xFF5B) if chr(code - 0xFEE0).isalnum()}
    table |= {ord(char): chr(ord(char) - 0xFEE0) for char in "％＋．＠＿＝"}
    table |= {ord(dash): "-" for dash in _DASHES} | {ord(space): " " for space in _SPACES}
    for code in (*range(0x660, 0x10000), *range(0x1D7CE, 0x1D800)):
        digit = unicodedata.decimal(chr(code), None)
        if digit is not None:
            table[code] = str(digit)
    return table


_TABLE = _plain()
_HIDDEN = re.compile(f"[{_INVISIBLE}]")
ODD = _INVISIBLE + "".join(map(chr, sorted(_TABLE)))
"""All characters that are more than they seem."""
_ODD = re.compile("[" + re.escape("".join(map(chr, sorted(_TABLE)))) + "]")
_ALL_ODD = frozenset(ODD)


def normalise(text: str) -> tuple[str, list[int] | None]:
    """The plain text, and for each of its characters the place in the original (None: the same places)."""
    if text.isascii() or _ALL_ODD.isdisjoint(text):
        return text, None
    places: list[int] | None = None
    if _HIDDEN.search(text):
        places = [place for place, char in enumerate(text) if char not in _INVISIBLE]
        text = _HIDDEN.sub("", text)
    return _ODD.sub(lambda match: _TABLE[ord(match[0])], text), places
