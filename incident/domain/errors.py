"""The exceptions Tocsin raises on purpose.

::

    TocsinError                 permanent: bool, remedy: str | None
    ├── BadInput                what the caller sent or wrote is wrong; names place and remedy
    ├── NotAllowed              the caller may not do or see this
    ├── NotFound                no such incident, person, drill …
    ├── Conflict                somebody else was first: load again and retry (not permanent)
    └── Unavailable             a part Tocsin needs is away (not permanent)
"""

from collections.abc import Iterable
from typing import Self

from incident.domain.said import Said, as_said, lines, said


class TocsinError(Exception):
    """Base of every error a user may read.

    ``message`` is safe to show (no secret, no personal data); ``remedy`` says what to do about it;
    ``permanent`` says whether trying the same again is pointless.
    """

    permanent = True

    def __init__(self, message: str, *, remedy: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    @property
    def whole(self) -> Said:
        """Message and remedy in one sentence."""
        message = as_said(self.message)
        return said("{problem} — {remedy}", problem=message, remedy=as_said(self.remedy)) if self.remedy else message

    def __str__(self) -> str:
        return str(self.whole)


class BadInput(TocsinError):
    """Input that can't be taken. ``faults`` lists every fault found, one readable line each."""

    def __init__(self, message: str, *, remedy: str | None = None, faults: tuple[str, ...] = ()) -> None:
        super().__init__(message, remedy=remedy)
        self.faults = faults or (message,)

    @classmethod
    def listing(cls, faults: Iterable[str]) -> Self:
        """Input with these faults, each of which says its own remedy."""
        found = tuple(faults)
        return cls(lines(found), faults=found)

    @classmethod
    def at(cls, file: object, problem: Said, *, line: int | None = None, remedy: Said | None = None) -> Self:
        """What is wrong with a file, or with one line of it."""
        if line is None:
            return cls(said("{file}: {problem}", file=file, problem=problem), remedy=remedy)
        return cls(said("{file}:{line}: {problem}", file=file, line=line, problem=problem), remedy=remedy)

    @property
    def told(self) -> tuple[str, ...]:
        """Every fault on a line of its own, with the remedy when one is for all."""
        return (self.whole,) if self.remedy else self.faults


class NotAllowed(TocsinError):
    """The caller may not do or see this."""


class NotFound(TocsinError):
    """There is no such thing, or the caller may not know that there is."""


class Conflict(TocsinError):
    """Somebody else changed the same thing first."""

    permanent = False


class Unavailable(TocsinError):
    """A part Tocsin needs is away at the moment."""

    permanent = False
