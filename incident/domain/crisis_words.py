"""The do-not-say check: finds phrases whatever their case, width or spacing. Pure."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from incident.domain.crisis_plan import Phrase
from incident.domain.words import Text


@dataclass(frozen=True, slots=True)
class Slip:
    """A phrase that stands in a text and must not."""

    words: str
    why: Text


def slips(text: str, phrases: Iterable[Phrase]) -> tuple[Slip, ...]:
    """Every forbidden phrase in ``text``, in the list's order. English phrases match whole words only."""
    told, tight = f" {_spaced(text)} ", _tight(text)
    found = []
    for phrase in phrases:
        for words in phrase.words:
            hit = f" {_spaced(words)} " in told if words.isascii() else _tight(words) in tight
            if hit and _tight(words):
                found.append(Slip(words, phrase.why))
    return tuple(found)


def _plain(text: str) -> str:
    """One spelling for all: full-width letters become half-width, invisible characters go."""
    shown = "".join(ch for ch in unicodedata.normalize("NFKC", text) if unicodedata.category(ch) != "Cf")
    return shown.casefold()


def _spaced(text: str) -> str:
    return " ".join("".join(ch if ch.isalnum() or ch == "'" else " " for ch in _plain(text).replace("’", "'")).split())


def _tight(text: str) -> str:
    return "".join(ch for ch in _plain(text) if ch.isalnum())
