"""Every English text of the report has a Chinese one, and no translation is left over."""

import string
from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import extract
from babel.messages.pofile import read_po

import incident.report

ROOM = Path(incident.report.__file__).parent
PO = ROOM.parent / "locale" / "zh_CN" / "report.po"


def used() -> Iterator[str]:
    """Every text marked in code or template."""
    for path in sorted(ROOM.rglob("*")):
        method = {".py": "python", ".j2": "jinja2.ext:babel_extract"}.get(path.suffix)
        if method:
            with path.open("rb") as handle:
                for _, text, _, _ in extract(method, handle, keywords={"msg": None, "t": None}):
                    assert isinstance(text, str)
                    yield text


def known() -> dict[str, str]:
    """The catalogue."""
    with PO.open("rb") as handle:
        return {str(m.id): str(m.string) for m in read_po(handle) if m.id}


def test_it_translates_every_text() -> None:
    """Nothing a reader sees stays English by accident, and nothing is translated that is not used."""
    assert set(used()) - set(known()) == set()
    assert set(known()) - set(used()) == set()
    assert all(known().values())


def test_it_keeps_the_gaps_of_every_text() -> None:
    """A translation fills the same gaps as its original."""
    for english, chinese in known().items():
        assert _gaps(english) == _gaps(chinese), english


def _gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}
