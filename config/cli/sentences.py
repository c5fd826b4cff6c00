"""Sentences made elsewhere (wrong use, the store's, the settings' errors) in the reader's language, by their shape."""

import re
from collections.abc import Callable

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
        (r"unknown person '(?P<a>.+)'", msg("unknown person '{a}'")),
        (r"unknown position '(?P<a>.+)'", msg("unknown position '{a}'")),
        (r"There is no playbook '(?P<a>.+)'", msg("There is no playbook '{a}'")),
        (r"There is no valid key '(?P<a>.+)'", msg("There is no valid key '{a}'")),
        (r"There is no dead letter (?P<a>.+)", msg("There is no dead letter {a}")),
        (r"dead letter (?P<a>\d+) was refused at the door", msg("dead letter {a} was refused at the door")),
        (r"dead letter (?P<a>\d+) was decided on before", msg("dead letter {a} was decided on before")),
        (r"did you mean '(?P<a>.+)'\?", msg("did you mean '{a}'?")),
        (r"one of (?P<a>.+)", msg("one of {a}")),
        (r"(?P<a>.+): (?P<b>.+) already there", msg("{a}: {b} already there")),
        (r"the data directory (?P<a>.+) can't be used \((?P<b>.+)\)",
         msg("the data directory {a} can't be used ({b})")),
        (r"Tocsin is running already with the data in (?P<a>.+) \(process (?P<b>.+)\)",
         msg("Tocsin is running already with the data in {a} (process {b})")),
        (r"(?P<a>\S+) port (?P<b>\d+) is in use", msg("{a} port {b} is in use")),
        (r"port (?P<a>\d+) needs special rights", msg("port {a} needs special rights")),
        (r"listen\.host: '(?P<a>.+)' is not an address of this machine",
         msg("listen.host: '{a}' is not an address of this machine")),
        (r"The database (?P<a>.+) is not set up for this version",
         msg("The database {a} is not set up for this version")),
        (r"The database (?P<a>.+) is busy with another writer", msg("The database {a} is busy with another writer")),
        (r"The database (?P<a>.+) can't be opened for writing", msg("The database {a} can't be opened for writing")),
        (r"The file (?P<a>.+) is damaged or not a Tocsin database",
         msg("The file {a} is damaged or not a Tocsin database")),
        (r"The disk with (?P<a>.+) is full or failing", msg("The disk with {a} is full or failing")),
        (r"The database (?P<a>.+) can't be reached or takes no writes",
         msg("The database {a} can't be reached or takes no writes")),
        (r"The database (?P<a>.+) and this side don't agree on encryption",
         msg("The database {a} and this side don't agree on encryption")),
        (r"the server stays away \((?P<a>.+)\); everything up to line (?P<b>\d+) is in",
         msg("the server stays away ({a}); everything up to line {b} is in")),
        (r"send again later with --from-line (?P<a>\d+)", msg("send again later with --from-line {a}")),
        (r"(?P<a>.+): No such file or directory", msg("{a}: no such file")),
        (r"(?P<a>.+): Permission denied", msg("{a}: not allowed by the file system")),
        (r"(?P<a>.+): no playbook in this folder", msg("{a}: no playbook in this folder")),
        (r"(?P<a>.+): Is a directory", msg("{a}: is a directory")),
    )
)  # fmt: skip


def in_language(text: str, t: Callable[[str], str]) -> str:
    """``text`` as the reader would say it; as it stands when nobody has foreseen it."""
    for shape, sentence in _SHAPES:
        if found := shape.fullmatch(text):
            return t(sentence).format(**{name: _part(name, part, t) for name, part in found.groupdict().items()})
    return in_words(text, t)


def _part(name: str, text: str | None, t: Callable[[str], str]) -> str:
    """What is to be typed as it stands, such as a command, has no other language: ``open`` is no state here."""
    return (text or "") if name == "as_is" else in_language(text or "", t)
