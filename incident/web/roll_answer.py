"""Answering a roll call by its signed link, without signing in: four buttons, one press."""

from dataclasses import replace

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from incident.domain.crisis_commands import AnswerRollCall
from incident.domain.crisis_parts import RollCall
from incident.domain.errors import NotAllowed
from incident.domain.incident import Incident
from incident.service.links import AckClaim
from incident.service.redaction import Viewer, may_see
from incident.service.rollcalls import ROLL
from incident.web.bounded import BoundedRoute
from incident.web.forms import OwnForm
from incident.web.gate import Anyone, Parts
from incident.web.language import language_of, zone_of
from incident.web.parts import WebParts
from incident.web.templating import page

router = APIRouter(route_class=BoundedRoute, include_in_schema=False)


@router.get("/r/{token}")
def ask(request: Request, token: str, reader: Anyone, parts: Parts) -> HTMLResponse:
    """Who is asked and the buttons; what was answered, as long as the roll call runs."""
    claim = parts.links.read(token, parts.clock.now())
    incident, roll = _asked(parts, claim)
    person = parts.desk.rules.roster.people.get(claim.person)
    if reader.identity is None:
        zone = zone_of(person, parts.timezone)
        reader = replace(reader, language=language_of(request, person, parts.language), zone=zone)
    return page(request, "roll_answer.html", reader, claim=claim, incident=incident, roll=roll)


@router.post("/r/{token}")
def answer(token: str, form: OwnForm, parts: Parts) -> Response:
    """Enter the answer of the link's person, as long as the roll call runs. Raises BadInput for an unknown answer."""
    claim = parts.links.read(token, parts.clock.now())
    incident, roll = _asked(parts, claim)
    if roll.closed_at is None and not incident.ended:
        said = AnswerRollCall(
            incident_id=incident.id, by=claim.person, rollcall_id=roll.id, person=claim.person, answer=form["answer"]
        )
        parts.desk.do(said)
    return RedirectResponse(f"/r/{token}", 303)


def _asked(parts: WebParts, claim: AckClaim) -> tuple[Incident, RollCall]:
    """The incident and roll call of a link. Raises NotAllowed for another link, or when the person may not see it."""
    viewer = Viewer(claim.person)
    incident = parts.views.incident(viewer, claim.incident_id)
    roll = incident.crisis.rollcalls.get(claim.page_id.removeprefix(ROLL)) if claim.page_id.startswith(ROLL) else None
    if roll is None or claim.person not in roll.people or not may_see(incident, viewer):
        raise NotAllowed("this link leads to nothing you may see", remedy="sign in and open the incident")
    return incident, roll
