"""The exceptions Tocsin raises on purpose.

::

    TocsinError                 permanent: bool, remedy: str | None
    ├── BadInput                what the caller sent or wrote is wrong; names place and remedy
    ├── NotAllowed              the caller may not do or see this
    ├── NotFound                no such incident, person, drill …
    ├── Conflict                somebody else was first: load again and retry (not permanent)
    └── Unavailable             a part Tocsin needs is away (not permanent)
"""


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

    def __str__(self) -> str:
        return f"{self.message} — {self.remedy}" if self.remedy else self.message


class BadInput(TocsinError):
    """Input that can't be taken. ``faults`` lists every fault found, one readable line each."""

    def __init__(self, message: str, *, remedy: str | None = None, faults: tuple[str, ...] = ()) -> None:
        super().__init__(message, remedy=remedy)
        self.faults = faults or (message,)


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
