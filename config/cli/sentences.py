"""What the command line library says of wrong use, in the reader's language, by the shape of its sentences."""

import re
from collections.abc import Callable

from incident.domain.said import Said
from incident.report.words import msg
from incident.web.error_words import in_words

_SHAPES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(shape, re.DOTALL), sentence)
    for shape, sentence in (
        (r"Missing (?:argument|parameter) '(?P<a>.+?)'\..*", msg("'{a}' is missing")),
        (r"Missing option '(?P<a>.+?)'\..*", msg("the option {a} is missing")),
        (r"No such command '(?P<a>[^']*)'\.(?P<b>.*)", msg("there is no command '{a}'{b}")),
        (r"No such option: (?P<a>\S+)(?P<b>.*)", msg("there is no option {a}{b}")),
        (r"Option '(?P<a>.+)' requires an argument\.", msg("the option {a} needs a value")),
        (r"Got unexpected extra argument\S* \((?P<a>.+)\)", msg("too much on the line: {a}")),
        (r"Missing command\.", msg("name a command")),
        (r" (?:Did you mean|Perhaps you meant) '(?P<as_is>[^']+)'(?:, '[^']+')*\?", msg(" (did you mean {as_is}?)")),
        (r" \(Possible options: (?P<as_is>[^)]+)\)", msg(" (did you mean {as_is}?)")),
        (r"(?:Value error, )?'(?P<a>.*)' is not one of (?P<b>.+)\.", msg("'{a}' is not one of {b}")),
        (r"Input should be a valid integer.*", msg("must be a whole number")),
        (r"Input should be (?:greater|less) than or equal to (?P<a>\S+)", msg("is out of range (limit {a})")),
        (r"Invalid value for '?(?P<a>[^:']+)'?: (?P<b>.+)", msg("{a}: {b}")),
        (r"Invalid value: (?P<a>.+)", "{a}"),
    )
)  # fmt: skip


def in_language(text: str, t: Callable[[str], str]) -> str:
    """``text`` as the reader would say it; as it stands when nobody has foreseen it."""
    if isinstance(text, Said):
        return text.told(t)
    for shape, sentence in _SHAPES:
        if found := shape.fullmatch(text):
            return t(sentence).format(**{name: _part(name, part, t) for name, part in found.groupdict().items()})
    return in_words(text, t)


def _part(name: str, text: str | None, t: Callable[[str], str]) -> str:
    """What is to be typed as it stands, such as a command, has no other language: ``open`` is no state here."""
    return (text or "") if name == "as_is" else in_language(text or "", t)
