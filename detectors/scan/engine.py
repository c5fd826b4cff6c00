"""The scanner: what must occur first, then patterns, then checksums and context; and the mask for what was found."""

import re
from bisect import bisect, insort
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from detectors.scan.normalise import normalise
from detectors.scan.pattern import Pattern
from detectors.scan.personal import NUMBERS, PERSONAL, TELEPHONES
from detectors.scan.prefilter import prefilter_for
from detectors.scan.secrets import SECRETS
from detectors.scan.types import ALL, COMMON, FindingType
from incident.domain.errors import BadInput
from incident.domain.said import said

_RUN = re.compile(r"[0-9](?:[ .-]{0,3}[0-9]){5,}")
_FEWEST = 9
_PROMISING = re.compile(
    r"[0-9]{11}|[0-9]{4}[ .-]{1,3}[0-9]{4}[ .-]{1,3}[0-9]{4}|1[3-9][0-9][ .-]{1,3}[0-9]{4}[ .-]"
    r"|1[3-9][0-9][ .-]{1,3}[0-9]{8}|86[ .-]{1,3}1|3[0-9]{3}[ .-]{1,3}[0-9]{6}[ .-]|[2-9][0-9]{5}[ -][0-9]{10}"
    r"|[0-9]{6}[ .-]{0,3}(?:18|19|20)[0-9]{2}[ .-]{0,3}[01][0-9][ .-]{0,3}[0-3][0-9]"
    r"|[0-9]{3}[ -][0-9]{2}[ -][0-9]{4}|(?:[0-9][ .-]{1,3}){8}|(?:[0-9]{3}[ .-]{1,3}){5}"
)
"""Runs with separators in which one of the patterns may match; most in logs are dates and times and can't."""
_TOKEN = re.compile(r"[A-Za-z0-9_+/=.-]{16}")
_MAX_PASSES = 10
_LEAST = 4096
"""Characters below which a prefilter costs more than it saves."""
_SEPARATORS = str.maketrans("", "", " .-")
_READABLE = re.compile("[0-9A-Za-z]")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something found at ``start``–``end`` of the text. ``value`` is raw: use it, never store or show it."""

    type: str
    start: int
    end: int
    value: str = field(repr=False)
    masked: str

    @property
    def grave(self) -> bool:
        """Whether one of these alone is serious (an identity number, a card, a secret)."""
        return ALL[self.type].grave


class Scanner:
    """Looks for some types (the common ones, by default); ``allow`` lists values that aren't findings.

    An allowed value is compared without separators and case; one that begins with ``@`` allows a mail domain.
    ``fast``: let the ``hyperscan`` extra look first where it is installed. It changes the time, not the findings.
    """

    def __init__(self, types: Iterable[str] = (), allow: Iterable[str] = (), *, fast: bool = False) -> None:
        wanted = set(types) or set(COMMON)
        unknown = sorted(wanted - set(ALL))
        if unknown:
            raise BadInput(
                said("unknown finding type '{unknown}'", unknown=unknown[0]),
                remedy=said("use any of {names}", names=", ".join(ALL)),
            )
        chosen = [one for one in (*SECRETS, *PERSONAL) if one.type in wanted]
        self._tokens = [_step(one) for one in chosen if one.token]
        self._words = [_step(one) for one in chosen if not one.token and not one.chinese]
        self._chinese = [_step(one) for one in chosen if one.chinese]
        self._numbers = tuple(one for one in NUMBERS if one.type in wanted)
        self._solid = {size: tuple(one for one in self._numbers if size in one.solid) for size in range(9, 20)}
        self._late = [_step(one) for one in TELEPHONES if one.type in wanted]
        self._allow = frozenset(_bare(value) for value in allow)
        self._types, self._fast = frozenset(wanted), fast

    def scan(self, text: str, *, allow: Iterable[str] = ()) -> list[Finding]:
        """All findings, in the order of the text, none overlapping another. ``allow`` adds values for this text."""
        allowed = self._allow.union(map(_bare, allow)) if allow else self._allow
        prefilter = prefilter_for(self._types) if self._fast and len(text) >= _LEAST else None
        if prefilter is None:
            return self._scan(text, allowed)
        return [_moved(one, at) for at, part in prefilter(text) for one in self._scan(part, allowed)]

    def mask(self, text: str) -> str:
        """The text with everything found made unreadable; masking twice changes nothing more."""
        # What stood hidden behind a finding may show once that is masked, so look again until nothing changes.
        for _ in range(_MAX_PASSES):
            before, text = text, self._masked_once(text)
            if text == before:
                return text
        # Only a text made for it gets here. Nothing readable is left, so there is nothing left to find.
        return _READABLE.sub("*", normalise(text)[0])

    def _masked_once(self, text: str) -> str:
        parts, last = [], 0
        for one in self.scan(text):
            parts += [text[last : one.start], one.masked]
            last = one.end
        return "".join(parts) + text[last:]

    def _scan(self, text: str, allowed: frozenset[str]) -> list[Finding]:
        plain, places = normalise(text)
        found = self._hunt(plain).found
        if allowed:
            found = [one for one in found if not _is_allowed(plain[one[1] : one[2]], allowed)]
        if len(found) > 1:
            found.sort(key=lambda one: one[1])
        return [_finding(ALL[name], plain, start, end, places) for name, start, end in found]

    def _hunt(self, plain: str) -> "_Hunt":
        hunt = _Hunt(plain, _folded(plain))
        if self._tokens and _TOKEN.search(plain):
            for step in self._tokens:
                step(hunt)
        for step in self._words:
            step(hunt)
        if not plain.isascii():
            for step in self._chinese:
                step(hunt)
        some = False
        for run in _RUN.finditer(plain):
            some = True
            if run.end() - run.start() >= _FEWEST:
                self._look_at(run, hunt)
        if some:
            for step in self._late:
                step(hunt)
        return hunt

    def _look_at(self, run: re.Match[str], hunt: "_Hunt") -> None:
        # A sign or country code may stand before the run, the letter of an identity number behind it.
        start, end = max(0, run.start() - 1), min(len(hunt.plain), run.end() + 5)
        size = len(run[0].translate(_SEPARATORS))
        if size == run.end() - run.start():
            wanted = self._solid.get(size, ())
        elif _PROMISING.search(hunt.plain, run.start(), run.end()):
            wanted = tuple(one for one in self._numbers if size >= one.digits)
        else:
            return
        for one in wanted:
            hunt.search(one, start, end)


@dataclass(slots=True)
class _Hunt:
    """One text being scanned: what was found so far, and which parts are taken by it."""

    plain: str
    lower: str
    found: list[tuple[str, int, int]] = field(default_factory=list)
    taken: list[tuple[int, int]] = field(default_factory=list)

    def at_anchors(self, one: Pattern, where: str, anchor: str) -> None:
        """Matches that begin at an anchor, or before it by the characters the pattern allows."""
        plain = self.plain
        at, done = where.find(anchor), 0
        while at >= 0:
            begin = at
            while begin > done and at - begin < one.back and plain[begin - 1] in one.before:
                begin -= 1
            match = one.regex.match(plain, begin)
            done = at + 1
            if match is not None and match.end() > at:
                done = max(done, self._take(one, match))
            at = where.find(anchor, done)

    def search(self, one: Pattern, at: int, end: int) -> None:
        """Matches anywhere in a part of the text."""
        search = one.regex.search
        while end - at >= one.digits and (match := search(self.plain, at, end)) is not None:
            # A rejected match may hide a good one that begins inside it, after a separator.
            at = max(self._take(one, match), match.start() + 1)

    def _take(self, one: Pattern, match: re.Match[str]) -> int:
        """Add a match that is free and accepted; the place where it ends, 0 when it isn't."""
        begin, stop = match.span(one.group)
        if not self._is_free(begin, stop):
            return 0
        if one.accept is not None and not one.accept(self.plain, begin, stop):
            return 0
        span = one.widen(self.plain, begin, stop) if one.widen is not None else (begin, stop)
        if span is None or not self._is_free(*span):
            return 0
        insort(self.taken, span)
        self.found.append((one.type, *span))
        return stop

    def _is_free(self, start: int, end: int) -> bool:
        taken = self.taken
        place = bisect(taken, (start, end))
        if place and taken[place - 1][1] > start:
            return False
        return place == len(taken) or taken[place][0] >= end


Step = Callable[[_Hunt], None]


def _step(one: Pattern) -> Step:
    """A pattern as a function of the text."""
    if not one.anchors:
        return lambda hunt: hunt.search(one, 0, len(hunt.plain))
    if len(one.anchors) == 1 and not one.folded:
        (only,) = one.anchors
        return lambda hunt: hunt.at_anchors(one, hunt.plain, only) if only in hunt.plain else None

    def step(hunt: _Hunt) -> None:
        where = hunt.lower if one.folded else hunt.plain
        for anchor in one.anchors:
            if anchor in where:
                hunt.at_anchors(one, where, anchor)

    return step


def _folded(plain: str) -> str:
    lower = plain.lower()
    # One letter, the Turkish İ, becomes two in lower case and would shift all places behind it.
    return lower if len(lower) == len(plain) else plain.replace("İ", "i").lower()


def _finding(one: FindingType, plain: str, start: int, end: int, places: list[int] | None) -> Finding:
    value = plain[start:end]
    first, last = (start, end) if places is None else (places[start], places[end - 1] + 1)
    return Finding(one.name, first, last, value, _masked(one, value))


def _moved(one: Finding, by: int) -> Finding:
    return Finding(one.type, one.start + by, one.end + by, one.value, one.masked) if by else one


def _masked(one: FindingType, value: str) -> str:
    head, tail = one.keep
    if one.name == "email":
        name, _, domain = value.partition("@")
        return f"{name[:head]}***@{domain}"
    body = max(3, min(16, len(value) - head - tail))
    return value[:head] + "*" * body + (value[-tail:] if tail else "")


def _bare(value: str) -> str:
    return normalise(value)[0].translate(_SEPARATORS).lower().removeprefix("+86")


def _is_allowed(value: str, allowed: frozenset[str]) -> bool:
    if not allowed:
        return False
    bare = _bare(value)
    if bare in allowed:
        return True
    domain = value.lower().rpartition("@")[2]
    return "@" in value and "@" + domain.translate(_SEPARATORS) in allowed


_EVERYTHING = Scanner()
_PRIVATE = Scanner(set(COMMON) - {"phone", "email", "address"})


def scan(text: str) -> list[Finding]:
    """All findings of the common types in a text."""
    return _EVERYTHING.scan(text)


def mask(text: str) -> str:
    """The text with all personal data and secrets masked."""
    return _EVERYTHING.mask(text)


def mask_private(text: str) -> str:
    """The same, but where a company can be reached stays: landlines, mail and postal addresses."""
    return _PRIVATE.mask(text)
