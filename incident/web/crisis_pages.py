"""The pages of command beside an incident's own: clocks, messages, command, people, materials; and the store.

A form that can't be carried out shows its page again as it was, with the reason beside it: nothing typed is lost.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from incident.domain.errors import BadInput, NotAllowed, TocsinError
from incident.domain.incident import Incident
from incident.service.redaction import may_see
from incident.web import crisis_context as context
from incident.web.bounded import BoundedRoute
from incident.web.crisis_acts import Unsayable, submit
from incident.web.error_words import in_words
from incident.web.errors import status_of
from incident.web.forms import Form, SignedForm, whole
from incident.web.gate import Browser, Parts, Reader
from incident.web.parts import WebParts
from incident.web.templating import page

router = APIRouter(route_class=BoundedRoute, include_in_schema=False)
PAGES: dict[str, Callable[[WebParts, Incident, Reader], dict[str, Any]]] = {
    "clocks": context.clocks,
    "messages": context.messages,
    "command": context.command,
    "people": context.people,
    "materials": context.materials,
}
"""Page → what it shows."""
_PAGE_OF = {"rollcalls": "people"}
MOST_COUNTED = 1_000_000


@dataclass(frozen=True, slots=True)
class Failed:
    """A form that was not carried out: what was typed, and why not, in the reader's language."""

    form: Form
    message: str
    remedy: str
    status: int
    hits: tuple[str, ...] = ()

    @classmethod
    def of(cls, form: Form, error: TocsinError, reader: Reader) -> "Failed":
        """The form and the error of it."""
        t = reader.translate
        if isinstance(error, Unsayable):
            hits = tuple(f"“{hit.words}” — {hit.why.in_(reader.language)}" for hit in error.hits)
            return cls(form, t("This must not be said outside:"), t("say it in other words"), status_of(error), hits)
        return cls(form, in_words(error.message, t), in_words(error.remedy or "", t), status_of(error))


@router.get("/incidents/{incident_id}/clocks")
def clocks(request: Request, incident_id: str, reader: Browser, parts: Parts) -> HTMLResponse:
    """The clock wall."""
    return _shown(request, incident_id, "clocks", reader, parts)


@router.get("/incidents/{incident_id}/messages")
def messages(request: Request, incident_id: str, reader: Browser, parts: Parts) -> HTMLResponse:
    """Who hears what. ``?line=`` and ``?stage=`` unfold the form for one message."""
    return _shown(request, incident_id, "messages", reader, parts)


@router.get("/incidents/{incident_id}/command")
def command(request: Request, incident_id: str, reader: Browser, parts: Parts) -> HTMLResponse:
    """Orders, meetings, objectives, the hand-over card."""
    return _shown(request, incident_id, "command", reader, parts)


@router.get("/incidents/{incident_id}/people")
def people(request: Request, incident_id: str, reader: Browser, parts: Parts) -> HTMLResponse:
    """Roll calls, the floor, duty hours, care."""
    return _shown(request, incident_id, "people", reader, parts)


@router.get("/incidents/{incident_id}/materials")
def materials(request: Request, incident_id: str, reader: Browser, parts: Parts) -> HTMLResponse:
    """What was taken from the store and is out."""
    return _shown(request, incident_id, "materials", reader, parts)


@router.post("/incidents/{incident_id}/{section}/{action}")
def act(
    request: Request, incident_id: str, section: str, action: str, reader: Browser, form: SignedForm, parts: Parts
) -> Response:  # fmt: skip
    """Carry out one command; when it can't be, the page again with the reason. Raises NotFound for no such command."""
    incident = parts.views.incident(reader.viewer, incident_id)
    if not may_see(incident, reader.viewer):
        return page(request, "incident_hidden.html", reader, status=403, incident=incident)
    shown = _PAGE_OF.get(section, section)
    try:
        submit(parts, reader, incident, section, action, form)
    except (BadInput, NotAllowed) as error:
        if shown not in PAGES:
            raise
        return _shown(request, incident_id, shown, reader, parts, Failed.of(form, error, reader))
    return RedirectResponse(f"/incidents/{incident_id}/{shown}#{_anchor(section, form)}", 303)


@router.get("/materials")
def store(request: Request, reader: Browser, parts: Parts) -> HTMLResponse:
    """The emergency store: what is ready, what is out, what must be checked."""
    return page(
        request,
        "stock.html",
        reader,
        lines=parts.crisis.materials.lines(),
        error="",
        item="",
        noted="noted" in request.query_params,
    )


@router.post("/materials/{item}/check")
def check(request: Request, item: str, reader: Browser, form: SignedForm, parts: Parts) -> Response:
    """Record a readiness check. Raises NotFound."""
    by = reader.actor()
    try:
        count = whole(form["count"], "count", 0, MOST_COUNTED)
    except BadInput as error:
        lines, message = parts.crisis.materials.lines(), in_words(error.message, reader.translate)
        return page(request, "stock.html", reader, status=422, lines=lines, error=message, item=item, noted=False)
    parts.crisis.materials.check(item, count, works=form["works"] != "no", by=by)
    return RedirectResponse("/materials?noted=1", 303)


def _shown(
    request: Request, incident_id: str, name: str, reader: Reader, parts: WebParts, failed: Failed | None = None
) -> HTMLResponse:
    incident = parts.views.incident(reader.viewer, incident_id)
    if not may_see(incident, reader.viewer):
        return page(request, "incident_hidden.html", reader, incident=incident)
    asked = failed.form if failed else request.query_params
    return page(
        request, f"crisis_{name}.html", reader, status=failed.status if failed else 200, incident=incident, tab=name,
        failed=failed, typed=lambda form_id, field, default="": _typed(failed, form_id, field, default),
        wrong=lambda form_id: failed is not None and failed.form["form"] == form_id,
        tabs=context.tabs(incident, reader), **PAGES[name](parts, incident, reader),
        asked=(asked.get("line", ""), asked.get("stage", "")),
    )  # fmt: skip


def _typed(failed: Failed | None, form_id: str, field: str, default: str) -> str:
    """What stood in a field of the form that failed."""
    return failed.form[field] if failed is not None and failed.form["form"] == form_id else default


def _anchor(section: str, form: Form) -> str:
    """Where the reader was."""
    if section == "clocks" and form["clock_id"]:
        return f"clock-{form['clock_id']}"
    if section == "messages" and form["line"]:
        return f"line-{form['line']}"
    return section
