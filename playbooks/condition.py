"""Conditions in CEL (https://cel.dev) over typed facts, with three answers: yes, no, and "needs a fact".

Only a small, total part of CEL is let in: comparisons, ``&& || !``, ``in``, arithmetic, the named facts and the tables
below. No loops, no functions of the host, no access into objects: a condition is checked word by word before CEL
sees it, and costs at most as much as its few hundred characters.

A fact that is not known has no value; CEL's ``&&`` and ``||`` then still answer where the other side decides
(Kleene's logic), and everything else is ``unknown``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from incident import celcore
from incident.domain.parts import Verdict
from incident.domain.said import Said, said

MAX_CHARACTERS = 400
MAX_DEPTH = 12

TABLES = ("done", "overdue", "chosen", "known", "minutes", "quorum", "labels")
"""``done.TASK``, ``overdue.TASK``, ``chosen.TASK``, ``known.FACT``, ``minutes.ANCHOR``, ``quorum.GROUP``,
``labels.NAME``."""
CONSTANTS: dict[str, bool] = {"yes": True, "no": False}
_WORDS = frozenset({"true", "false", "in"})
_FUNCTIONS = frozenset({"size", "timestamp", "duration"})
_METHODS = frozenset({"contains", "startsWith", "endsWith"})
_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<text>"[^"\\\n]*"|'[^'\\\n]*')|(?P<word>[A-Za-z_]\w*)"""
    r"""|(?P<sign>&&|\|\||[=!<>]=|[-<>!+*/()\[\],.?:]))""",
    re.ASCII,
)
_COMPARE = frozenset({"==", "!=", "<", "<=", ">", ">="})


@dataclass(frozen=True, slots=True)
class Token:
    """A word, number, text or sign, and where it begins (from 0)."""

    kind: str
    text: str
    at: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """``left sign right`` where one side is a fact or a table's entry and the other is written out."""

    name: str
    sign: str
    value: str
    kind: str


@dataclass(frozen=True, slots=True)
class Condition:
    """A compiled condition. ``facts`` are plain names, ``entries`` (table, name) pairs.

    ``strict`` tells that it has no ``&&``, ``||`` or choice: then one missing name leaves it unknown, unread.
    """

    source: str
    program: Any
    facts: frozenset[str]
    entries: frozenset[tuple[str, str]]
    comparisons: tuple[Comparison, ...]
    strict: bool

    def read(self, values: Mapping[str, Any]) -> Verdict:
        """The answer for these values. A name without a value makes it ``unknown`` unless the rest decides."""
        return _verdict(self.source, tuple((name, _frozen(value)) for name, value in values.items()))


_PLAIN = frozenset({str, float})


@lru_cache(maxsize=16_384)
def _verdict(source: str, values: tuple[tuple[str, Any], ...]) -> Verdict:
    """The answer, kept: many incidents ask the same at every tick, and CEL is the dearest part of it."""
    given = {name: _thawed(value) for name, value in values}
    try:
        found = compile_condition(source).program.execute({**CONSTANTS, **given})
    except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError):
        return Verdict.UNKNOWN
    if found is True:
        return Verdict.YES
    return Verdict.NO if found is False else Verdict.UNKNOWN


def _frozen(value: Any) -> Any:
    """A value as a key: with its type where Python takes two for the same, such as true and 1."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, dict):
        return dict, tuple((name, _frozen(one)) for name, one in value.items())
    return (list, tuple(_frozen(one) for one in value)) if isinstance(value, list) else (type(value), value)


def _thawed(frozen: Any) -> Any:
    if type(frozen) in _PLAIN:
        return frozen
    kind, value = frozen
    if kind is dict:
        return {name: _thawed(one) for name, one in value}
    return [_thawed(one) for one in value] if kind is list else value


@lru_cache(maxsize=4096)
def compile_condition(source: str) -> Condition:
    """Check and compile. Raises ValueError that says what is wrong and what to write instead."""
    if len(source) > MAX_CHARACTERS:
        raise ValueError(said("longer than {most} characters — split it over facts or tasks", most=MAX_CHARACTERS))
    tokens = _tokens(source)
    _check_depth(tokens)
    facts, entries = _names(tokens)
    try:
        program = celcore.compile(_with_decimals(source, tokens))
    except ValueError as error:
        raise ValueError(
            said("not a condition: {error} — write e.g. affected_pct >= 50 && !drill", error=celcore.fault(error))
        ) from None
    strict = not any(token.text in {"&&", "||", "?"} for token in tokens)
    return Condition(source, program, frozenset(facts), frozenset(entries), tuple(_comparisons(tokens)), strict)


def _tokens(source: str) -> list[Token]:
    found, at = [], 0
    text = source.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            what = said("'{text}' can't stand in a condition", text=text[at : at + 10].strip())
            remedy = said('use names, numbers, "texts", comparisons, &&, || and !')
            raise ValueError(said("{problem} — {remedy}", problem=what, remedy=remedy))
        found.append(Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup)))
        at = match.end()
    return found


def _check_depth(tokens: list[Token]) -> None:
    depth = deepest = 0
    for token in tokens:
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(token.text, 0) if token.kind == "sign" else 0
        deepest = max(deepest, depth)
    if deepest > MAX_DEPTH:
        raise ValueError(
            said(
                "brackets {found} deep — {most} are enough; make a fact of the inner part",
                found=deepest,
                most=MAX_DEPTH,
            )
        )


def _names(tokens: list[Token]) -> tuple[set[str], set[tuple[str, str]]]:
    facts: set[str] = set()
    entries: set[tuple[str, str]] = set()
    for number, token in enumerate(tokens):
        before = tokens[number - 1].text if number else ""
        after = tokens[number + 1 : number + 4]
        if token.kind != "word":
            _check_sign(token, before, after)
        elif before == ".":
            _check_member(tokens, number)
        elif token.text in TABLES:
            entries.add((token.text, _entry(token, after)))
        elif after and after[0].text == "(":
            if token.text not in _FUNCTIONS:
                raise ValueError(
                    said("there is no function '{name}' — {remedy}", name=token.text, remedy=_how(token.text))
                )
        elif token.text not in _WORDS and token.text not in CONSTANTS:
            facts.add(token.text)
    return facts, entries


def _check_sign(token: Token, before: str, after: list[Token]) -> None:
    if token.text == "[" and (before in {")", "]"} or (before.isidentifier() and before not in {*TABLES, "in"})):
        raise ValueError("nothing can be looked up there — use the fact itself")
    if token.text == "." and (not after or after[0].kind != "word"):
        raise ValueError("a dot must be followed by a name")


def _check_member(tokens: list[Token], number: int) -> None:
    """After a dot: an entry of a table, or one of the text tests."""
    owner, calls = tokens[number - 2].text if number >= 2 else "", tokens[number + 1 : number + 2]
    if owner in TABLES and (number < 4 or tokens[number - 3].text != "."):
        return
    if tokens[number].text in _METHODS and calls and calls[0].text == "(":
        return
    raise ValueError(
        said("'.{text}' can't be looked up — tables are {names}", text=tokens[number].text, names=", ".join(TABLES))
    )


def _entry(token: Token, after: list[Token]) -> str:
    if len(after) >= 2 and after[0].text == "." and after[1].kind == "word":
        return after[1].text
    if len(after) >= 3 and after[0].text == "[" and after[1].kind == "text" and after[2].text == "]":
        return after[1].text[1:-1]
    raise ValueError(said("'{text}' is a table — write {text}.NAME or {text}[\"NAME\"]", text=token.text))


def _comparisons(tokens: list[Token]) -> list[Comparison]:
    found = []
    for number, token in enumerate(tokens):
        if token.text in _COMPARE and token.kind == "sign" and 0 < number < len(tokens) - 1:
            left, right = _name_before(tokens, number), tokens[number + 1]
            literal = right.kind in {"number", "text"} or right.text in {*CONSTANTS, "true", "false"}
            if left and literal:
                kind = right.kind if right.kind != "word" else "bool"
                found.append(Comparison(left, token.text, right.text.strip("\"'"), kind))
    return found


def _name_before(tokens: list[Token], number: int) -> str:
    """``fact`` or ``table.name`` right before a comparison; empty for anything else, such as a sum."""
    left = tokens[number - 1]
    if left.text == "]" and number >= 4 and tokens[number - 4].text in TABLES:
        return f"{tokens[number - 4].text}.{tokens[number - 2].text[1:-1]}"
    if left.kind != "word":
        return ""
    start, name = number - 1, left.text
    if number >= 3 and tokens[number - 2].text == ".":
        start, name = number - 3, f"{tokens[number - 3].text}.{left.text}"
    return "" if start and tokens[start - 1].text in {"+", "-", "*", "/", "."} else name


def _with_decimals(source: str, tokens: list[Token]) -> str:
    """Whole numbers written as decimals: all our numbers are, and CEL would not multiply one with the other."""
    parts, last = [], 0
    for token in tokens:
        if token.kind == "number" and "." not in token.text:
            end = token.at + len(token.text)
            parts.append(source[last:end] + ".0")
            last = end
    return "".join(parts) + source[last:]


def _how(name: str) -> Said:
    hints = {table: f"{table}.NAME" for table in TABLES}
    hints |= {"elapsed": "minutes.opened >= 30", "unknown": "!known.FACT"}
    if name in hints:
        return said("write {word}", word=hints[name])
    return said("there are {names}", names=", ".join(sorted(_FUNCTIONS)))
