"""What is held back, who is on duty, what could not be taken."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from incident.domain.errors import BadInput, NotAllowed
from incident.domain.roster import Person, Position, Roster
from incident.web.bounded import BoundedRoute
from incident.web.error_words import in_words, letter_reason
from incident.web.forms import Form, SignedForm, local_time, whole
from incident.web.gate import Browser, Parts, Reader
from incident.web.matchers import parse_matchers
from incident.web.parts import WebParts
from incident.web.templating import page

router = APIRouter(route_class=BoundedRoute, include_in_schema=False)
LENGTHS_MIN = (30, 60, 120, 240, 480, 1440, 4320)
"""Minutes a silence or maintenance window may be chosen to last."""


@dataclass(frozen=True, slots=True)
class Duty:
    """A position and who holds it now, first to be asked first; ``until`` is the next change of a rotation."""

    position: Position
    holders: tuple[Person, ...]
    until: datetime | None


@router.get("/silences")
def silences(request: Request, reader: Browser, parts: Parts, match: str = "") -> HTMLResponse:
    """What is held back now or will be, and the forms to hold something back."""
    return _silences(request, reader, parts, Form(matchers=match))


@router.post("/silences")
def add_silence(request: Request, reader: Browser, form: SignedForm, parts: Parts) -> Response:
    """Begin a silence."""
    by = reader.actor()
    try:
        parts.desk.silence(
            parse_matchers(form["matchers"]), by=by, reason=form["reason"], lasts=_lasts(form),
            starts_at=local_time(form["starts_at"], reader, "starts_at"),
        )  # fmt: skip
    except BadInput as error:
        return _silences(request, reader, parts, form, error, "silence")
    return RedirectResponse("/silences", 303)


@router.post("/maintenance")
def add_window(request: Request, reader: Browser, form: SignedForm, parts: Parts) -> Response:
    """Announce planned work."""
    by = reader.actor()
    try:
        parts.desk.maintenance(
            tuple(form["services"].replace(",", " ").split()), by=by, reason=form["reason"], lasts=_lasts(form),
            starts_at=local_time(form["starts_at"], reader, "starts_at"),
        )  # fmt: skip
    except BadInput as error:
        return _silences(request, reader, parts, form, error, "maintenance")
    return RedirectResponse("/silences", 303)


@router.post("/silences/{silence_id}/end")
def end_silence(silence_id: str, reader: Browser, _form: SignedForm, parts: Parts) -> Response:
    """End a silence or window now."""
    reader.actor()
    parts.desk.end_silence(silence_id)
    return RedirectResponse("/silences", 303)


@router.get("/oncall")
def oncall(request: Request, reader: Browser, parts: Parts) -> HTMLResponse:
    """Who holds which position now."""
    found = duties(parts.desk.rules.roster, reader.now)
    return page(request, "oncall.html", reader, duties=found, management=parts.desk.rules.roster.management)


@router.get("/dead-letters")
def dead_letters(request: Request, reader: Browser, parts: Parts) -> HTMLResponse:
    """What could not be taken, with the reason; for administrators."""
    if not reader.admin:
        raise NotAllowed("this page is for administrators", remedy="ask an administrator")
    rows = parts.views.dead_letters()
    reasons = {row.number: letter_reason(row.reason, reader.translate) for row in rows}
    return page(request, "dead_letters.html", reader, rows=rows, reasons=reasons)


@router.get("/settings")
def settings(request: Request, reader: Browser) -> HTMLResponse:
    """Language, who is signed in, sign out."""
    return page(request, "settings.html", reader)


def duties(roster: Roster, now: datetime) -> list[Duty]:
    """Every position with its holders at ``now``."""
    return [
        Duty(
            position, roster.holders(position.id, now),
            position.rotation.next_change(now) if position.rotation and position.rotation.people else None,
        )
        for position in roster.positions.values()
    ]  # fmt: skip


def _lasts(form: Form) -> timedelta:
    return timedelta(minutes=whole(form["minutes"] or "0", "minutes", 1, 60 * 24 * 30))


def _silences(
    request: Request, reader: Reader, parts: WebParts, form: Form, error: BadInput | None = None, which: str = ""
) -> HTMLResponse:
    with parts.read() as store:
        found, windows = store.silences.silences(reader.now), store.silences.windows(reader.now)
    return page(
        request, "silences.html", reader, status=422 if error else 200, silences=found, windows=windows, form=form,
        error=in_words(error.message, reader.translate) if error else "", which=which, lengths=LENGTHS_MIN,
        services=parts.desk.rules.services.services.values(),
    )  # fmt: skip
