"""How one type is looked for: what must occur before its pattern is tried, the pattern, and the check afterwards."""

import re
from collections.abc import Callable
from dataclasses import dataclass

Accept = Callable[[str, int, int], bool]
"""Takes the plain text and the span of a match."""

Widen = Callable[[str, int, int], tuple[int, int] | None]


@dataclass(frozen=True, slots=True)
class FindingType:
    """``name`` is stored and used in YAML; ``label`` is the English text people read (a translation key).

    ``grave``: one alone is serious. ``keep``: how many characters stay readable at the start and the end when
    masked. ``common``: looked for when nobody says which types to look for.
    """

    name: str
    label: str
    grave: bool = True
    keep: tuple[int, int] = (0, 0)
    common: bool = True


@dataclass(frozen=True, slots=True)
class Pattern:
    """One way a type is written. The group ``value`` (else the whole match) is what is found.

    ``anchors``: one of them must occur, and the match begins there, or before it by the characters (``back`` at most)
    of the set ``before``. They are compared in lower case when ``folded``. Without anchors the whole text is searched.
    ``solid``: the lengths of such runs without any separator in which there can be one.
    ``widen``: gives the whole span of what a match is the core of, or None.
    ``digits``: looked for only within runs of at least so many digits, which may be set apart by separators.
    """

    type: str
    regex: re.Pattern[str]
    accept: Accept | None = None
    anchors: tuple[str, ...] = ()
    folded: bool = False
    before: str = ""
    back: int = 0
    digits: int = 0
    widen: Widen | None = None
    solid: tuple[int, ...] = ()
    group: int = 0

    @property
    def token(self) -> bool:
        """Whether it holds a long row of letters and digits, so that a text without one needn't be searched."""
        return self.type.endswith(("_key", "_token", "jwt")) and self.type != "private_key"

    @property
    def chinese(self) -> bool:
        """Whether it holds a Chinese character."""
        return self.type in ("car_plate", "address")


def pattern(
    type_name: str,
    regex: str,
    *,
    accept: Accept | None = None,
    anchors: tuple[str, ...] = (),
    folded: bool = False,
    before: str = "",
    back: int = 0,
    digits: int = 0,
    widen: Widen | None = None,
    solid: tuple[int, ...] = (),
) -> Pattern:
    """A pattern from the text of its regular expression; a ``folded`` one ignores case."""
    compiled = re.compile(regex, re.IGNORECASE if folded else 0)
    group = compiled.groupindex.get("value", 0)
    return Pattern(type_name, compiled, accept, anchors, folded, before, back, digits, widen, solid, group)
