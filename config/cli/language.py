"""Which language the command line speaks, found out without loading the settings: help must be quick."""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path

_CONFIGURED = re.compile(r"^language:\s*['\"]?([A-Za-z-]+)", re.MULTILINE)


class Language(StrEnum):
    """What ``--lang`` takes."""

    CHINESE = "zh-CN"
    ENGLISH = "en"


def language_for(args: Sequence[str], environ: Mapping[str, str]) -> Language:
    """``--lang``; a Chinese locale; the configured language; an English locale; Chinese, as shipped."""
    locale = next((environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environ.get(name)), "")
    configured = environ.get("TOCSIN_LANGUAGE") or _configured(args, environ)
    wishes = (given(args, "--lang"), locale if locale.startswith("zh") else "", configured, locale)
    return next((known for wish in wishes if (known := _known(wish))), Language.CHINESE)


def given(args: Sequence[str], option: str) -> str:
    """The value of an option as typed, wherever it stands; empty without."""
    for place, arg in enumerate(args):
        if arg == "--":
            break
        if arg == option:
            return args[place + 1] if place + 1 < len(args) else ""
        if arg.startswith(f"{option}="):
            return arg.partition("=")[2]
    return ""


def _known(wish: str) -> Language | None:
    lower = wish.lower()
    if lower.startswith("zh"):
        return Language.CHINESE
    return Language.ENGLISH if lower.startswith("en") else None


def _configured(args: Sequence[str], environ: Mapping[str, str]) -> str:
    path = Path(given(args, "--config") or environ.get("TOCSIN_CONFIG") or "tocsin.yaml")
    try:
        found = _CONFIGURED.search(path.read_text("utf-8", errors="replace")[:100_000])
    except (OSError, ValueError):
        return ""  # the command itself says what is wrong with the file
    return found[1] if found else ""
