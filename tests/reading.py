"""Reads what the product says as somebody does who reads Chinese first."""

from incident.domain.said import Said
from incident.i18n import translator

CHINESE = translator("zh-CN")


class _Empty(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return ""


def english_left(*texts: str) -> list[str]:
    """What would be read in English: templates in a sentence, or in the sentences within it, without translation."""
    found: list[str] = []
    for text in texts:
        if not isinstance(text, Said):
            found.append(text)
            continue
        bare = text.template.format_map(_Empty()) if text.values else text.template
        if CHINESE(text.template) == text.template and any(c.isalpha() for c in bare):
            found.append(text.template)
        found += english_left(*(value for value in text.values.values() if isinstance(value, Said)))
    return found
