"""Error sentences in the reader's language. Sentences with names in them are recognised by their shape."""

import re

from incident.i18n import Translate
from incident.intake.results import retold
from incident.report.words import msg
from incident.web.crisis_error_words import SHAPES

_SHAPES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(shape), sentence)
    for shape, sentence in (
        (r"(?P<a>\S+) is restricted", msg("{a} is restricted")),
        (r"(?P<a>\S+) has ended", msg("{a} has ended")),
        (r"(?P<a>\S+): nothing would be left of it", msg("{a}: nothing would be left of it")),
        (r"(?P<a>\S+): does not belong to (?P<b>\S+)", msg("{a}: does not belong to {b}")),
        (r"(?P<a>\S+): has cleared", msg("{a}: has cleared")),
        (r"(?P<a>\S+) is not resolved yet", msg("{a} is not resolved yet")),
        (r"(?P<a>\S+) can't end: still open: (?P<b>.+)", msg("{a} can't end: something is still open")),
        (r"(?P<a>\S+): still needs (?P<b>.+)", msg("{a}: still needs {b}")),
        (r"(?P<a>\S+): is empty", msg("{a}: is empty")),
        (r"(?P<a>\S+): longer than (?P<b>\d+) characters", msg("{a}: longer than {b} characters")),
        (r"maintenance: unknown service (?P<a>.+)", msg("maintenance: unknown service {a}")),
        (r"There is no incident (?P<a>\S+)", msg("There is no incident {a}")),
        (r"There is no report (?P<a>\S+)", msg("There is no report {a}")),
        (r"There is no drill run (?P<a>\S+)", msg("There is no drill run {a}")),
        (
            r"No silence or maintenance window (?P<a>\S+) is in force or to come",
            msg("No silence or maintenance window {a} is in force or to come"),
        ),
        (
            r"matchers: '(?P<a>.+)' could take for ever on some labels",
            msg("matchers: '{a}' could take for ever on some labels"),
        ),
        (
            r"(?P<a>\S+): not a year from (?P<b>\d+) to (?P<c>\d+)",
            msg("{a}: not a year from {b} to {c}"),
        ),
        (r"the request is larger than (?P<a>\d+) KiB", msg("the request is larger than {a} KiB")),
        (r"(?P<a>.+) could not be worked on: (?P<b>\w+)", msg("{a} could not be worked on: {b}")),
        (r"Inbox row (?P<a>\d+) can't be read by this version", msg("Inbox row {a} can't be read by this version")),
        *SHAPES,
    )
)


def in_words(text: str, translate: Translate) -> str:
    """``text`` as the reader would say it; as it stands when nobody has foreseen it."""
    for shape, sentence in _SHAPES:
        if found := shape.fullmatch(text):
            return translate(sentence).format(**found.groupdict())
    return translate(text)


def letter_reason(kept: str, translate: Translate) -> str:
    """Why something could not be taken, as it was kept, in the reader's language."""
    told = retold(kept, translate)
    return in_words(kept, translate) if told == kept else told
