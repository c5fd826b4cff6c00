"""What the templates say: every sentence exists in Chinese, and means one thing throughout the house."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.pofile import read_po

import incident.web
from incident.domain.said import said
from incident.i18n import translator
from incident.web.error_words import in_words, letter_reason

WEB = Path(incident.web.__file__).parent
CATALOGUES = WEB.parent / "locale" / "zh_CN"
_TEXT = re.compile(r"""\b(?:_|msg)\(\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\s*\)""")


def sentences() -> Iterator[str]:
    """All English texts that templates and modules of the web room translate."""
    for path in [*WEB.glob("templates/*.html"), *WEB.glob("*.py")]:
        for found in _TEXT.finditer(path.read_text(encoding="utf-8")):
            yield ast.literal_eval(found.group(1))


def catalogue(path: Path) -> dict[str, str]:
    """The entries of a file."""
    with path.open("rb") as handle:
        return {str(m.id): str(m.string) for m in read_po(handle, locale="zh_CN") if m.id}


def test_every_sentence_exists_in_chinese() -> None:
    """With the same gaps to fill."""
    chinese = translator("zh-CN")
    found = set(sentences())
    assert len(found) > 200
    missing = sorted(text for text in found if chinese(text) == text)
    assert missing == []
    gaps = re.compile(r"\{\w*\}")
    assert [t for t in found if sorted(gaps.findall(t)) != sorted(gaps.findall(chinese(t)))] == []


def test_no_english_sentence_has_two_chinese_ones() -> None:
    """Catalogues are read together; a key that two of them hold must say the same."""
    own = catalogue(CATALOGUES / "web.po")
    for path in CATALOGUES.glob("*.po"):
        other = catalogue(path) if path.name != "web.po" else {}
        assert {key: other[key] for key in own.keys() & other.keys() if other[key] != own[key]} == {}, path.name


def test_errors_with_names_in_them_are_told_in_chinese() -> None:
    """They know their template; what has no translation is shown as it stands."""
    chinese = translator("zh-CN")
    ended = said("{incident} can't end: still open: {names}", incident="INC-2026-0001", names="a, b")
    assert ended == "INC-2026-0001 can't end: still open: a, b"
    assert in_words(ended, chinese) == "INC-2026-0001 还不能结案：还有未了结的事项"
    assert in_words(said("{name}: is empty", name="title"), chinese) == "title：不能为空"
    assert in_words("something new", chinese) == "something new"


def test_why_something_was_refused_reads_in_chinese_too() -> None:
    """It is kept in English; the technical part behind it stays as it is."""
    chinese = translator("zh-CN")
    kept = "Valid JSON, but not of the expected shape (Expected `str`, got `int` - at `$.id`)"
    assert letter_reason(kept, chinese) == "JSON 有效，但结构不符合要求 (Expected `str`, got `int` - at `$.id`)"
    assert letter_reason("Event could not be worked on: KeyError", chinese) == "Event 无法处理：KeyError"
    assert letter_reason(kept, translator("en")) == kept
