"""The incident list and raising the alarm."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from incident.domain.commands import ReportIncident
from incident.domain.errors import BadInput, TocsinError
from incident.domain.said import said
from incident.domain.words import Scenario
from incident.web.board import board
from incident.web.bounded import BoundedRoute
from incident.web.error_words import in_words
from incident.web.errors import status_of
from incident.web.forms import Form, SignedForm, degree
from incident.web.gate import Browser, Parts, Reader
from incident.web.parts import WebParts
from incident.web.templating import page

router = APIRouter(route_class=BoundedRoute, include_in_schema=False)
TABS = ("open", "all", "drills")


@router.get("/")
def incidents(request: Request, reader: Browser, parts: Parts, tab: str = "open") -> HTMLResponse:
    """Open incidents first; tabs for all and for drills."""
    shown = tab if tab in TABS else "open"
    rows = board(parts.views, reader.viewer, shown)
    return page(request, "incidents.html", reader, rows=rows, tab=shown, tabs=TABS)


@router.get("/report-incident")
def ask(request: Request, reader: Browser, parts: Parts) -> HTMLResponse:
    """The form by which a person raises the alarm."""
    reader.actor()
    return _form(request, reader, parts, Form())


@router.post("/report-incident")
def raise_alarm(request: Request, reader: Browser, form: SignedForm, parts: Parts) -> Response:
    """Open the incident; with a fault in the form, show the form again as it was."""
    by = reader.actor()
    try:
        incident = parts.desk.report(
            ReportIncident(
                by=by, scenario=_scenario(form["scenario"]), title=form["title"], description=form["description"],
                impact=degree(form["impact"], "impact"), urgency=degree(form["urgency"], "urgency"),
                labels={"service": form["service"]} if form["service"] else {}, restricted=bool(form["restricted"]),
            )
        )  # fmt: skip
    except BadInput as error:
        return _form(request, reader, parts, form, error)
    return RedirectResponse(f"/incidents/{incident.id}", 303)


def _form(
    request: Request, reader: Reader, parts: WebParts, form: Form, error: TocsinError | None = None
) -> HTMLResponse:
    return page(
        request, "report_incident.html", reader, status=status_of(error) if error else 200, form=form,
        scenarios=tuple(Scenario), services=parts.desk.rules.services.services.values(),
        error=in_words(error.message, reader.translate) if error else "",
    )  # fmt: skip


def _scenario(text: str) -> Scenario:
    try:
        return Scenario(text)
    except ValueError:
        raise BadInput("scenario: choose one", remedy=said("one of {names}", names=", ".join(Scenario))) from None
