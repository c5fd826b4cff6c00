"""Two languages from gettext catalogues: the English text is the key, ``locale/zh_CN/*.po`` holds the Chinese.

The ``.po`` files are read as they are, so that nobody has to remember a compile step. They are read by a few lines of
our own because every command starts with it: Babel's reader takes thirty times as long. A test holds the two together.
"""

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

LANGUAGES = ("zh-CN", "en")
_LOCALE = Path(__file__).parent / "locale"

Translate = Callable[[str], str]


_ENTRY = re.compile(r'^msgid ((?:"[^\n]*"\n)+)msgstr ((?:"[^\n]*"(?:\n|\Z))+)', re.MULTILINE)


@cache
def _catalogue(language: str) -> dict[str, str]:
    paths = sorted((_LOCALE / language.replace("-", "_")).glob("*.po"))
    return {text: said for path in paths for text, said in entries(path.read_text("utf-8"))}


def entries(po: str) -> Iterator[tuple[str, str]]:
    """The texts of a ``.po`` file and their translations; the header, plurals and empty translations are left out."""
    for text, said in _ENTRY.findall(po):
        key = _joined(text)
        translation = _joined(said)
        if key and translation:
            yield key, translation


def _joined(lines: str) -> str:
    # C's escapes as gettext writes them are among JSON's.
    return "".join(json.loads(line, strict=False) for line in lines.splitlines())


def nearest(language: str | None) -> str:
    """The supported language nearest to a BCP 47 tag; Chinese first, because most readers are."""
    return "en" if language and language.lower().startswith("en") else "zh-CN"


def translator(language: str) -> Translate:
    """A function from English text to the reader's language; texts without a translation stay English."""
    if language == "en":
        return lambda text: text
    known = _catalogue(language)
    return lambda text: known.get(text, text)
