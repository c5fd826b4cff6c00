"""Error sentences in the reader's language."""

import re

from incident.domain.said import Said
from incident.i18n import Translate
from incident.intake.results import retold
from incident.report.words import msg

_KEPT: tuple[tuple[str, str], ...] = (
    (r"(?P<a>.+) could not be worked on: (?P<b>\w+)", msg("{a} could not be worked on: {b}")),
    (
        r"Inbox row (?P<a>\d+) can't be read by this version",
        msg("Inbox row {a} can't be read by this version"),
    ),
)
"""Why something became a dead letter: the database keeps the sentence alone, so it is known by its shape."""


def in_words(text: str, translate: Translate) -> str:
    """``text`` as the reader would say it; as it stands when it has no translation."""
    return text.told(translate) if isinstance(text, Said) else translate(text)


def letter_reason(kept: str, translate: Translate) -> str:
    """Why something could not be taken, as it was kept, in the reader's language."""
    for shape, sentence in _KEPT:
        if found := re.fullmatch(shape, kept):
            return translate(sentence).format(**found.groupdict())
    return retold(kept, translate)
