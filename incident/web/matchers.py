"""Label conditions as people write them: ``service=ivr``, ``queue=~"bill.*"``, one a line or parted by commas."""

import re

from incident.domain.errors import BadInput
from incident.domain.said import said
from incident.domain.suppression import Matcher

_CONDITION = re.compile(r"\s*([A-Za-z_][\w.-]*)\s*(=~|!~|!=|=)\s*(\"[^\"]*\"|[^,\n\"]*?)\s*(?:[,\n]|$)")
MOST = 20
MOST_CHARACTERS = 2000
_REPEATED_GROUP = re.compile(r"\)\s*[*+{]")
_REPEAT = re.compile(r"[*+{]")
MOST_REPEATS = 3
"""Python's expressions try every way to part a text among their repeats: a few take no time, nested ones for ever."""


def parse_matchers(text: str) -> tuple[Matcher, ...]:
    """The conditions in ``text``; none when it is blank. Raises BadInput for anything that is not one."""
    if len(text) > MOST_CHARACTERS:
        raise _bad(text[:40])
    found: list[Matcher] = []
    place, rest = 0, text.strip().strip(",")
    while place < len(rest):
        condition = _CONDITION.match(rest, place)
        if condition is None or len(found) >= MOST:
            raise _bad(rest[place : place + 40])
        label, op, value = condition.groups()
        found.append(_matcher(label, op, value.strip('"')))
        place = condition.end()
    return tuple(found)


def in_text(matcher: Matcher) -> str:
    """The condition as ``parse_matchers`` reads it."""
    return f'{matcher.label}{matcher.op}"{matcher.value}"'


def _matcher(label: str, op: str, value: str) -> Matcher:
    if op in {"=~", "!~"}:
        try:
            re.compile(value)
        except re.error:
            raise _bad(f"{label}{op}{value}"[:40]) from None
        if _REPEATED_GROUP.search(value) or len(_REPEAT.findall(value)) > MOST_REPEATS:
            raise BadInput(
                said("matchers: '{value}' could take for ever on some labels", value=value[:40]),
                remedy="repeat no group, and at most three times a single character; write two silences instead",
            )
    return Matcher(label, op, value)


def _bad(near: str) -> BadInput:
    return BadInput(
        said("matchers: can't read '{near}'", near=near), remedy='e.g. service=ivr, queue=~"billing|orders"'
    )
