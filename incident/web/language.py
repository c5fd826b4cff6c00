"""Which language and zone a reader gets: asked for, chosen before, the person's own, the browser's, the house's."""

from zoneinfo import ZoneInfo

from fastapi import Request

from incident.domain.roster import Person
from incident.i18n import LANGUAGES, nearest

LANGUAGE_COOKIE = "tocsin_language"


def language_of(request: Request, person: Person | None, default: str) -> str:
    """``?lang=``, the cookie, the person's language, Accept-Language, ``default``: the first that is there."""
    asked = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE, "")
    if asked:
        return nearest(asked)
    if person is not None:
        return nearest(person.language)
    return _accepted(request.headers.get("accept-language", "")) or nearest(default)


def chosen(request: Request) -> str | None:
    """The language asked for with ``?lang=``, to be remembered; None without."""
    asked = request.query_params.get("lang")
    return nearest(asked) if asked else None


def zone_of(person: Person | None, default: str) -> ZoneInfo:
    """The person's zone, else the house's."""
    return ZoneInfo(person.timezone if person else default)


def _accepted(header: str) -> str | None:
    """The best supported language of an Accept-Language header, None when none is named."""
    found: list[tuple[float, str]] = []
    for part in header.split(","):
        tag, _, weight = part.strip().partition(";q=")
        language = next((known for known in LANGUAGES if tag[:2].lower() == known[:2]), None)
        if language:
            found.append((_weight(weight), language))
    return max(found, key=lambda pair: pair[0])[1] if found else None


def _weight(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0
