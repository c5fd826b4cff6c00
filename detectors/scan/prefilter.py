"""The optional ``hyperscan`` extra: find the lines worth a closer look at a hundred megabytes a second.

Every pattern, made looser where Hyperscan has no look-around, goes into one automaton. Only the lines it marks, each
with its neighbours for context, are scanned; what is found is the same as without.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from detectors.scan.checks import IBAN_LENGTHS
from detectors.scan.normalise import ODD
from detectors.scan.pattern import Pattern
from detectors.scan.personal import NUMBERS, PERSONAL, TELEPHONES
from detectors.scan.secrets import SECRETS

try:
    import hyperscan
except ImportError:  # the extra is optional
    hyperscan = None  # type: ignore[assignment] # a module or nothing

Regions = Iterator[tuple[int, str]]
"""Parts of a text that may hold findings, with the place where each begins."""
Prefilter = Callable[[str], Regions]

_AROUND = re.compile(r"\(\?<?[!=](?:[^()\\\[]|\\.|\[(?:[^\]\\]|\\.)*\])*\)")
_NAMED = re.compile(r"\(\?P<\w+>")
_BACK = re.compile(r"\(\?P=\w+\)|\\1")
_REPEAT = re.compile(r"\{([0-9]+),([0-9]{2,})\}")
_LABEL = "[CDELMNOQRTXcdelmnoqrtx]"
_BEFORE = rf"(?:^|[^0-9A-Za-z_.%*-]|{_LABEL}|{_LABEL}[-_]|[^\x00-\x7f][.-])"
"""What may stand before a number, as :func:`detectors.scan.context.stands_alone` has it, or a little more."""
_GAP = "[ .-]{1,3}"
_MAYBE = "[ .-]{0,3}"
_SOLID = (
    _BEFORE + r"(?:1[3-9][0-9]{9}|18[0-9]{13}|1[1-5][0-9]{13}|1[1-5][0-9]{15}[0-9Xx]|00861[3-9][0-9]{9}"
    r"|[2-9][0-9]{11,18})(?:[^0-9]|$)"
)
_SPACED = r"[0-9](?:[ .-]{1,2}[0-9]){9}"
_IBAN = (
    rf"(?:^|[^A-Za-z0-9])(?i:{'|'.join(IBAN_LENGTHS)})[0-9]{{2}}[ -]?"
    "(?:[A-Za-z0-9]{4}[ -]?){2}[A-Za-z0-9]{3}"
)
_WORDS = "电话|座机|固话|手机|传真|联系方式|联系我|致电|拨打|来电|回电|打给|打我|呼叫"
_NUMBER = r"(?:\n|[0-9][0-9 ().\/-]{6})"
_CALL = (
    r"(?:^|[^A-Za-z])(?i:tel|phone|telephone|mobile|cell|fax|call(?: me| us)?(?: back)?(?: at| on)?)"
    rf"(?:[^0-9A-Za-z\n][^0-9\n]{{0,28}})?{_NUMBER}"
)
_ROUGH = {
    "private_key": ("-----BEGIN ",),
    "resident_id": (
        _SOLID,
        _SPACED,
        rf"[0-9]{{6}}{_MAYBE}(?:18|19|20)[0-9]{{2}}{_MAYBE}[01][0-9]{_MAYBE}[0-3][0-9]{_MAYBE}[0-9]{{3}}",
        rf"(?:[0-9]{{3}}{_GAP}){{5}}[0-9]{{2}}[0-9Xx]",
        rf"[0-9]{{4}}{_GAP}[0-9]{{4}}{_GAP}[0-9]{{4}}",
    ),
    "bank_card": (
        _SOLID,
        _SPACED,
        rf"[0-9]{{4}}{_GAP}[0-9]{{4}}{_GAP}[0-9]{{4}}",
        rf"3[0-9]{{3}}{_GAP}[0-9]{{6}}{_GAP}",
        "[2-9][0-9]{5}[ -][0-9]{10}",
    ),
    "cn_mobile": (
        _SOLID,
        _SPACED,
        rf"1[3-9][0-9]{_GAP}(?:[0-9]{{4}}{_GAP}[0-9]{{4}}|[0-9]{{8}})",
        rf"86{_GAP}1[3-9]",
    ),
    "phone": (
        r"\+ ?[1-9][0-9]{0,3}(?:[ ().-]{0,3}[0-9]){6}",
        r"(?:^|[^0-9])\(?0(?:10|2[0-9]|[3-9][0-9]{2})(?:\) ?|[ -])[2-9][0-9]{2,3}[ -]?[0-9]{4}",
        r"(?:^|[^0-9])\(?[2-9][0-9]{2}(?:\) ?|[.-])[2-9][0-9]{2}[.-][0-9]{4}",
        rf"(?:{_WORDS})[^0-9\n]{{0,28}}{_NUMBER}",
        _CALL,
    ),
    "us_ssn": ("[0-9]{3}[ -][0-9]{2}[ -][0-9]{4}",),
    "iban": (_IBAN,),
}
"""Types whose patterns an automaton would find hard, in pieces it finds easy. Each matches where the patterns do."""
_LONG = 24


def available() -> bool:
    """Whether the extra is installed."""
    return hyperscan is not None


@lru_cache(maxsize=32)
def prefilter_for(types: frozenset[str]) -> Prefilter | None:
    """A function that picks the parts worth scanning; None without the extra."""
    if hyperscan is None:
        return None
    patterns = [one for one in (*SECRETS, *PERSONAL, *NUMBERS, *TELEPHONES) if one.type in types]
    sources = sorted({found for one in patterns for found in _roughly(one)})
    sources.append((f"[{re.escape(ODD)}]", hyperscan.HS_FLAG_UTF8))
    database = hyperscan.Database()
    database.compile(
        expressions=[source.encode() for source, _ in sources],
        ids=list(range(len(sources))),
        elements=len(sources),
        flags=[flags for _, flags in sources],
    )
    return lambda text: _regions(database, text)


def _flags(one: Pattern) -> int:
    flags: int = hyperscan.HS_FLAG_MULTILINE
    if not one.regex.pattern.isascii() or "\\u" in one.regex.pattern:
        flags |= hyperscan.HS_FLAG_UTF8
    return flags | hyperscan.HS_FLAG_CASELESS if one.folded else flags


def _roughly(one: Pattern) -> list[tuple[str, int]]:
    if one.type in _ROUGH:
        return [(rough, hyperscan.HS_FLAG_MULTILINE) for rough in _ROUGH[one.type]]
    return [(_loosened(one), _flags(one))]


def _loosened(one: Pattern) -> str:
    """The pattern without look-around and back-references: it matches at least where the pattern does."""
    source = one.regex.pattern
    source = _BACK.sub("[ .-]{0,3}", _NAMED.sub("(?:", _AROUND.sub("", source)))
    # Long bounded repeats cost an automaton dear; without the bound they match more.
    return _REPEAT.sub(lambda found: f"{{{found[1]},}}" if int(found[2]) > _LONG else found[0], source)


def _regions(database: "hyperscan.Database", text: str) -> Regions:
    data = text.encode(errors="replace")  # a lone surrogate becomes one question mark: places stay true
    marked: list[tuple[int, int]] = []
    limit = -1

    def mark(_id: int, _start: int, end: int, _flags: int, _context: object) -> None:
        nonlocal limit
        if end <= limit:
            return
        # The line before holds the label of a number, the line behind a number whose label this line is.
        line = data.rfind(b"\n", 0, max(0, end - 1))
        start = data.rfind(b"\n", 0, max(0, line)) + 1
        limit = data.find(b"\n", end - 1)
        limit = len(data) if limit < 0 else limit
        stop = data.find(b"\n", limit + 1)
        marked.append((start, len(data) if stop < 0 else stop))

    database.scan(data, match_event_handler=mark)
    narrow = len(data) == len(text)
    done = chars = 0
    for start, end in _joined(marked):
        chars = start if narrow else chars + len(data[done:start].decode())
        yield chars, text[chars : chars + end - start] if narrow else data[start:end].decode()
        done = start


def _joined(marked: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(marked):
        if joined and start <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
