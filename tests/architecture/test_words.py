"""Every fault that people may read has a Chinese sentence: the source is read, and what is missing is named."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from incident.i18n import entries, translator

ROOT = Path(__file__).parents[2]
ROOMS = ("incident", "detectors", "playbooks", "notifiers", "drills", "config")
ERRORS = {
    "BadInput", "NotFound", "NotAllowed", "Conflict", "Unavailable", "TocsinError", "ValueError", "TooLarge",
    "TooSlow", "NotSignedIn",
}  # fmt: skip
"""Their first argument and ``remedy`` are told to people."""
FOR_PROGRAMS = {
    "incident/intake/alertmanager.py", "incident/intake/memory.py", "incident/intake/wire.py",
    "incident/store/codec.py", "incident/store/columns.py", "notifiers/slack/interactions.py", "notifiers/slack/web.py",
    "config/probing.py",
}  # fmt: skip
"""Modules whose errors answer programs or tell of a fault in ours: in English alone."""
IDS = {"{incident} can't end: still open: {names}": {"names"}}
"""Gaps that only programs can read: Chinese leaves them out."""
LOCALE = ROOT / "incident" / "locale" / "zh_CN"


def _modules() -> Iterator[Path]:
    for room in ROOMS:
        yield from sorted((ROOT / room).rglob("*.py"))


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _given(call: ast.Call) -> list[ast.expr]:
    """The arguments of a call that people read."""
    name = _name(call)
    if name == "said":
        return [*call.args[:1], *(k.value for k in call.keywords if not isinstance(k.value, ast.JoinedStr))]
    if name in {"_bad_url", "as_said"}:
        return call.args[:1]
    if name in ERRORS:
        remedy = [k.value for k in call.keywords if k.arg == "remedy"]
        return [*call.args[:1], *remedy]
    return []


def _leaves(value: ast.expr, scope: ast.AST) -> Iterator[ast.expr]:
    """What an argument may turn out to be, as written: both sides of an if, and what a name was given."""
    if isinstance(value, ast.IfExp):
        yield from (*_leaves(value.body, scope), *_leaves(value.orelse, scope))
    elif isinstance(value, ast.BoolOp):
        for one in value.values:
            yield from _leaves(one, scope)
    elif isinstance(value, ast.Name):
        for node in ast.walk(scope):
            if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == value.id for t in node.targets):
                yield from _leaves(node.value, ast.Module([], []))
    else:
        yield value


def _told(path: Path) -> Iterator[tuple[int, ast.expr]]:
    tree = ast.parse(path.read_text("utf-8"))
    scopes = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    seen: set[tuple[int, int]] = set()
    for scope in (*reversed(scopes), tree):
        for call in (n for n in ast.walk(scope) if isinstance(n, ast.Call)):
            if (call.lineno, call.col_offset) in seen:
                continue
            seen.add((call.lineno, call.col_offset))
            for value in _given(call):
                yield from ((leaf.lineno, leaf) for leaf in _leaves(value, scope))


def _is_composed(value: ast.expr) -> bool:
    """Made of pieces in a way that leaves no template behind."""
    if isinstance(value, ast.BinOp):
        return any(isinstance(n, ast.Constant) and isinstance(n.value, str) for n in ast.walk(value))
    if isinstance(value, ast.JoinedStr):
        return True
    return isinstance(value, ast.Call) and _name(value) == "format"


def _has_words(text: str) -> bool:
    return bool(re.search("[A-Za-z]", re.sub(r"\{\w+\}", "", text)))


@pytest.mark.parametrize("path", list(_modules()), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_fault_reads_in_chinese(path: Path) -> None:
    """A sentence with gaps is ``said``; it and every sentence without gaps is in the catalogue."""
    if path.relative_to(ROOT).as_posix() in FOR_PROGRAMS:
        return
    chinese = translator("zh-CN")
    missing = []
    for line, value in _told(path):
        if _is_composed(value):
            missing.append((line, "write it with said()"))
        text = value.value if isinstance(value, ast.Constant) else ""
        if isinstance(text, str) and chinese(text) == text and _has_words(text):
            missing.append((line, text))
    assert missing == []


def test_translations_keep_the_gaps() -> None:
    """What is filled in stands in both languages, and in no other name."""
    wrong = []
    for path in sorted(LOCALE.glob("*.po")):
        for text, said in entries(path.read_text("utf-8")):
            try:
                here, there = ({f for _, f, *_ in Formatter().parse(t) if f is not None} for t in (text, said))
            except ValueError:
                continue  # a text with a single brace is never filled in
            if here - IDS.get(text, set()) != there:
                wrong.append((path.name, text))
    assert wrong == []
