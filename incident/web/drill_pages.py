"""Drills: the programme, the runs with their scores, and the button that stops one."""

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from incident.domain.words import Text
from incident.service.records import DrillRun
from incident.web.bounded import BoundedRoute
from incident.web.forms import SignedForm
from incident.web.gate import Browser, Parts
from incident.web.parts import PlannedDrill, WebParts
from incident.web.templating import page

router = APIRouter(route_class=BoundedRoute, include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Score:
    """How many of a drill's objectives were met."""

    met: int
    of: int


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run as the list shows it. Whatever else a run's body holds stays inside."""

    run: DrillRun
    title: Text
    score: Score | None
    incidents: tuple[str, ...]


@router.get("/drills")
def drills(request: Request, reader: Browser, parts: Parts) -> HTMLResponse:
    """The programme and the runs."""
    return page(request, "drills.html", reader, runs=run_lines(parts), programme=parts.programme())


@router.post("/drills/{run_id}/stop")
def stop(run_id: str, reader: Browser, form: SignedForm, parts: Parts) -> Response:
    """Break a running drill off."""
    by = reader.actor()
    name = parts.views.names.person(by).in_(parts.language)
    parts.desk.stop_drill(run_id, form["reason"].strip()[:500] or name)
    return RedirectResponse("/drills", 303)


def run_lines(parts: WebParts, limit: int = 100) -> list[RunLine]:
    """Drill runs, newest first, with title, score and incidents as far as their bodies tell."""
    planned = {drill.name: drill for drill in parts.programme()}
    return [_line(run, planned.get(run.drill)) for run in parts.views.drills(limit)]


def _line(run: DrillRun, planned: PlannedDrill | None) -> RunLine:
    score, incidents = run.body.get("score"), run.body.get("incidents")
    return RunLine(
        run,
        planned.title if planned else Text.same(run.drill),
        Score(int(score["met"]), int(score["of"])) if isinstance(score, dict) and {"met", "of"} <= set(score) else None,
        tuple(str(each) for each in incidents) if isinstance(incidents, list | tuple) else (),
    )
