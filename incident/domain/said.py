"""Sentences that know how they were made: English as they stand, and sayable again in the reader's language.

::

    raise BadInput(said("there is no drill '{drill}'", drill=drill_id), remedy="see: tocsin drill list")

The template is the key of the catalogues; what fills its gaps is told as it was typed, unless it was ``said`` too.
"""

from collections.abc import Callable, Iterable
from typing import Any

Translate = Callable[[str], str]


class Said(str):
    """A text made of a template and values; to everybody who doesn't ask, a plain English text."""

    __slots__ = ("template", "values")
    template: str
    values: dict[str, object]

    def __new__(cls, template: str, values: dict[str, object]) -> "Said":
        """Values are left out of a template that has no gaps for them."""
        made = super().__new__(cls, template.format(**values) if values else template)
        made.template, made.values = template, values
        return made

    def __getnewargs__(self) -> Any:
        """For copies."""
        return self.template, self.values

    def told(self, translate: Translate) -> str:
        """The sentence in the language that ``translate`` leads to, and so the sentences in it."""
        values = {name: v.told(translate) if isinstance(v, Said) else v for name, v in self.values.items()}
        return translate(self.template).format(**values) if values else translate(self.template)


def said(template: str, /, **values: object) -> Said:
    """A sentence with its gaps filled. ``template`` is written out where it is called: a test looks it up."""
    return Said(template, values)


def as_said(text: str) -> Said:
    """``text`` as a sentence of its own, however it was made."""
    return text if isinstance(text, Said) else Said(text, {})


def reason(error: Exception) -> Said:
    """What an error says, with its template when it was raised with one."""
    first = error.args[0] if error.args else ""
    return first if isinstance(first, Said) else Said(str(error), {})


def lines(texts: Iterable[str]) -> Said:
    """Sentences one below the other."""
    values: dict[str, object] = {f"line{number}": as_said(text) for number, text in enumerate(texts)}
    return Said("\n".join(f"{{{name}}}" for name in values), values)
