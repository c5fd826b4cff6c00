"""Reading catalogues."""

from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from incident.i18n import entries, nearest, translator

LOCALE = Path(__file__).parents[2] / "incident" / "locale" / "zh_CN"


@pytest.mark.parametrize("path", sorted(LOCALE.glob("*.po")), ids=lambda path: path.stem)
def test_our_reader_agrees_with_babel(path: Path) -> None:
    """Every shipped catalogue reads the same by both."""
    with path.open("rb") as handle:
        expected = {str(m.id): str(m.string) for m in read_po(handle, locale="zh_CN") if m.id and m.string}
    assert dict(entries(path.read_text("utf-8"))) == expected


def test_a_text_without_translation_stays_english() -> None:
    """Nothing is ever shown empty."""
    assert translator("zh-CN")("no such text") == "no such text"
    assert translator("en")("Level") == "Level"


@pytest.mark.parametrize(
    ("asked", "got"), [("en-GB", "en"), ("zh-TW", "zh-CN"), ("de", "zh-CN"), (None, "zh-CN"), ("EN", "en")]
)
def test_the_nearest_language_is_chosen(asked: str | None, got: str) -> None:
    """Chinese unless English is asked for."""
    assert nearest(asked) == got
