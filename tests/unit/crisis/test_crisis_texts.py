"""Every word of command reads in both languages, with the same gaps, and nothing is left over."""

import string
from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import extract
from babel.messages.pofile import read_po

import config.cli
import incident.domain
from incident.domain.crisis_clocks import NOT_ADVICE, STATUSES
from incident.domain.crisis_sentences import CALL_REASONS, SENTENCES
from incident.domain.events import EVENT_TYPES
from incident.i18n import translator

DOMAIN = Path(incident.domain.__file__).parent
CLI = Path(config.cli.__file__).parent
PO = DOMAIN.parent / "locale" / "zh_CN" / "crisis.po"


def known() -> dict[str, str]:
    with PO.open("rb") as handle:
        return {str(m.id): str(m.string) for m in read_po(handle) if m.id}


def used() -> Iterator[str]:
    with (DOMAIN / "crisis_sentences.py").open("rb") as handle:
        yield from (str(text) for _, text, _, _ in extract("python", handle, keywords={"msg": None}))


def test_every_sentence_has_its_chinese() -> None:
    """Timeline sentences, reasons and terms."""
    chinese = translator("zh-CN")
    assert [text for text in used() if chinese(text) == text] == []


def test_no_translation_is_left_over() -> None:
    """What stands in the catalogue is used by sentences or by the command line."""
    sources = "".join(path.read_text("utf-8") for path in [*DOMAIN.glob("crisis_*.py"), *CLI.glob("*.py")])
    assert [text for text in known() if text not in sources] == []


def test_a_translation_fills_the_same_gaps() -> None:
    """No name or number is lost on the way."""
    for english, chinese in known().items():
        assert _gaps(english) == _gaps(chinese), english


def test_every_event_of_command_has_a_sentence() -> None:
    """None can be forgotten."""
    assert set(SENTENCES) <= set(EVENT_TYPES.values())
    assert {kind.__module__ for kind in SENTENCES} == {"incident.domain.crisis_events"}
    own = {k for k in EVENT_TYPES.values() if k.__module__ == "incident.domain.crisis_events"}
    assert own == set(SENTENCES)


def test_the_note_on_legal_advice_reads_in_both_languages() -> None:
    """Beside every clock."""
    assert "不构成法律意见" in NOT_ADVICE.zh
    assert "not legal advice" in NOT_ADVICE.en
    assert len(STATUSES) == len(set(STATUSES))
    assert all("_" not in text for text in CALL_REASONS.values())


def _gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}
