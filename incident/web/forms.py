"""Forms of the pages: read with a bound, and only when they come from our own pages."""

import hmac
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import parse_qsl, urlsplit

from fastapi import Depends, Request

from incident.domain.errors import BadInput, NotAllowed
from incident.domain.said import said
from incident.domain.words import Degree
from incident.web.gate import Browser, Reader
from incident.web.moments import sensible

MOST_FIELDS = 100
_ELSEWHERE = "this form did not come from here"
_AGAIN = "go back, load the page again and repeat it"


class Form(dict[str, str]):
    """The fields of a form; a field that is not there is empty."""

    def __missing__(self, name: str) -> str:
        return ""


async def own_form(request: Request) -> Form:
    """A form that was sent from one of our own pages, by whomever. Raises NotAllowed when another site sent it."""
    site = request.headers.get("sec-fetch-site", "")
    origin = request.headers.get("origin", "")
    if site not in {"", "same-origin", "none"}:
        raise NotAllowed(_ELSEWHERE, remedy=_AGAIN)
    if not site and origin and urlsplit(origin).netloc != request.headers.get("host", ""):
        raise NotAllowed(_ELSEWHERE, remedy=_AGAIN)
    try:
        pairs = parse_qsl((await request.body()).decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        raise BadInput("the form can't be read", remedy=_AGAIN) from None
    return Form({name: value.replace("\r\n", "\n").replace("\0", "") for name, value in pairs})


def signed_form(reader: Browser, form: Annotated[Form, Depends(own_form)]) -> Form:
    """A form of a signed-in person's own session. Raises NotAllowed when its secret is missing or wrong."""
    if not hmac.compare_digest(form["csrf"].encode(), reader.csrf.encode()):
        raise NotAllowed(_ELSEWHERE, remedy=_AGAIN)
    return form


def local_time(text: str, reader: Reader, name: str) -> datetime | None:
    """What a ``datetime-local`` field says in the reader's zone, as UTC; None when it is empty. Raises BadInput."""
    if not text:
        return None
    try:
        return sensible(datetime.fromisoformat(text), name).replace(tzinfo=reader.zone).astimezone(UTC)
    except ValueError:
        raise BadInput(said("{name}: not a date and time", name=name), remedy="e.g. 2026-03-12T14:07") from None


def whole(text: str, name: str, low: int, high: int) -> int:
    """A whole number within bounds. Raises BadInput."""
    try:
        number = int(text)
    except ValueError:
        number = low - 1
    if not low <= number <= high:
        raise BadInput(
            said("{name}: not a number from {low} to {high}", name=name, low=low, high=high),
            remedy="choose one of the list",
        )
    return number


def degree(text: str, name: str) -> Degree:
    """Impact or urgency. Raises BadInput."""
    return Degree(whole(text or "2", name, 1, 3))


SignedForm = Annotated[Form, Depends(signed_form)]
OwnForm = Annotated[Form, Depends(own_form)]
