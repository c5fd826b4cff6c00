"""Answering a page by its signed link, without signing in. Opening it shows a button; pressing it answers."""

from dataclasses import replace

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from incident.domain.commands import Acknowledge
from incident.domain.errors import NotAllowed
from incident.domain.incident import Incident, Page
from incident.service.links import AckClaim
from incident.service.places import place_of
from incident.service.redaction import Viewer, may_see
from incident.web.bounded import BoundedRoute
from incident.web.forms import OwnForm
from incident.web.gate import Anyone, Parts
from incident.web.language import language_of, zone_of
from incident.web.parts import WebParts
from incident.web.templating import page

router = APIRouter(route_class=BoundedRoute, include_in_schema=False)


@router.get("/a/{token}")
def ask(request: Request, token: str, reader: Anyone, parts: Parts) -> HTMLResponse:
    """Who is asked, about what, and the button; or who has answered meanwhile."""
    claim = parts.links.read(token, parts.clock.now())
    incident, paged = _paged(parts, claim)
    call = incident.calls[paged.call_id]
    person = parts.desk.rules.roster.people.get(claim.person)
    if reader.identity is None:
        zone = zone_of(person, parts.timezone)
        reader = replace(reader, language=language_of(request, person, parts.language), zone=zone)
    return page(
        request, "answer.html", reader, claim=claim, incident=incident, page=paged, call=call,
        waiting=call.open and not incident.ended, place=place_of(incident, paged.id),
    )  # fmt: skip


@router.post("/a/{token}")
def answer(token: str, _form: OwnForm, parts: Parts) -> Response:
    """Acknowledge in the name of the link's person, as long as that call waits for an answer."""
    claim = parts.links.read(token, parts.clock.now())
    incident, paged = _paged(parts, claim)
    if incident.calls[paged.call_id].open and not incident.ended:
        parts.desk.do(Acknowledge(incident_id=incident.id, by=claim.person, via="link"))
    return RedirectResponse(f"/a/{token}", 303)


def _paged(parts: WebParts, claim: AckClaim) -> tuple[Incident, Page]:
    """The incident and the page of a link. Raises NotAllowed when the person may not see it (any more)."""
    viewer = Viewer(claim.person)
    incident = parts.views.incident(viewer, claim.incident_id)
    paged = incident.pages.get(claim.page_id)
    if paged is None or paged.person != claim.person or not may_see(incident, viewer):
        raise NotAllowed("this link leads to nothing you may see", remedy="sign in and open the incident")
    return incident, paged
