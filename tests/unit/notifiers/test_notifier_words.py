"""Everything the notifiers add themselves exists in both languages, with the same placeholders."""

import string
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import notifiers
from incident import i18n

_CATALOGUE = Path(i18n.__file__).parent / "locale" / "zh_CN" / "notifiers.po"
_SOURCE = "\n".join(path.read_text("utf-8") for path in Path(str(notifiers.__file__)).parent.rglob("*.py"))


def _texts() -> list[tuple[str, str]]:
    with _CATALOGUE.open("rb") as handle:
        return [(str(m.id), str(m.string)) for m in read_po(handle, locale="zh_CN") if m.id]


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize(("english", "chinese"), _texts())
def test_a_translation_says_something_and_keeps_its_placeholders(english: str, chinese: str) -> None:
    """A lost placeholder would lose who acknowledged, or break the sentence."""
    assert chinese
    assert chinese != english
    assert _placeholders(chinese) == _placeholders(english)


@pytest.mark.parametrize(("english", "chinese"), _texts())
def test_a_translation_is_still_used(english: str, chinese: str) -> None:
    """The English key occurs in the code, so that a reworded sentence can't silently lose its Chinese."""
    words = english.split("\n", maxsplit=1)[0].split(". ", maxsplit=1)[0]
    if not english.startswith("Level "):
        assert words in _SOURCE
