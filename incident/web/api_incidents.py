"""The API of incidents: list, raise, read."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from incident.domain.commands import ReportIncident
from incident.domain.words import Degree, Scenario
from incident.report.render import render_json
from incident.service.views import line_of
from incident.web.api_models import (
    ERRORS,
    NOT_FOUND,
    IncidentAnswer,
    IncidentSummary,
    TaskAnswer,
    TimelineAnswer,
)
from incident.web.bounded import BoundedRoute
from incident.web.gate import Parts, Program, Reader
from incident.web.moments import sensible
from incident.web.report_pages import report_file

router = APIRouter(prefix="/api/v1", tags=["incidents"], route_class=BoundedRoute)
Limit = Annotated[int, Query(ge=1, le=500, description="at most so many")]
Lang = Annotated[str | None, Query(description="zh-CN or en", examples=["en"])]


def _degree(value: object) -> object:
    return Degree[value.upper()] if isinstance(value, str) and value.upper() in Degree.__members__ else value


DegreeWord = Annotated[
    Degree,
    BeforeValidator(_degree, json_schema_input_type=Literal["low", "medium", "high", 1, 2, 3]),
]


class NewIncident(BaseModel):
    """A person's alarm. A data leak is restricted from its first entry."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"scenario": "system-outage", "title": "Agents can't log in to the CRM", "impact": "high",
                 "urgency": "high", "labels": {"service": "crm"}},
            ]
        },
    )  # fmt: skip

    scenario: Scenario
    title: str = Field(min_length=1, max_length=200)
    description: str = Field(default="", max_length=10_000)
    impact: DegreeWord = Degree.MEDIUM
    urgency: DegreeWord = Degree.MEDIUM
    labels: dict[str, str] = Field(default_factory=dict, max_length=50)
    at: datetime | None = Field(default=None, description="when it began; now, if left out")
    restricted: bool = False


@router.get("/incidents", summary="List incidents", responses=ERRORS)
def list_incidents(
    parts: Parts, reader: Program, open_only: bool = False, drill: bool | None = None, limit: Limit = 100,
    lang: Lang = None,  # noqa: ARG001 - read from the request; declared for the description
) -> list[IncidentSummary]:  # fmt: skip
    """Newest first. ``drill`` true or false shows only drills or only real incidents."""
    lines = parts.views.incidents(reader.viewer, open_only=open_only, drill=drill, limit=limit)
    return [IncidentSummary.of(line, reader.language) for line in lines]


@router.post("/incidents", summary="Raise the alarm", status_code=201, responses=ERRORS)
def raise_alarm(parts: Parts, reader: Program, body: NewIncident) -> IncidentSummary:
    """Opens an incident in the name of the token's person; its playbook starts at once and people are paged."""
    by = reader.actor()
    incident = parts.desk.report(
        ReportIncident(
            by=by, scenario=body.scenario, title=body.title, description=body.description, impact=body.impact,
            urgency=body.urgency, labels=body.labels, at=aware(body.at, reader, "at"), restricted=body.restricted,
        )
    )  # fmt: skip
    return IncidentSummary.of(line_of(incident, reader.viewer), reader.language)


@router.get("/incidents/{incident_id}", summary="An incident", responses=NOT_FOUND)
def get_incident(incident_id: str, parts: Parts, reader: Program) -> IncidentAnswer:
    """Everything about one incident but its timeline and tasks."""
    desk = parts.views.desktop(reader.viewer, incident_id, reader.language)
    return IncidentAnswer.whole(line_of(desk.incident, reader.viewer), desk, reader)


@router.get("/incidents/{incident_id}/timeline", summary="Its timeline", responses=NOT_FOUND)
def get_timeline(
    incident_id: str, parts: Parts, reader: Program, after: Annotated[int, Query(ge=0)] = 0, limit: Limit = 500
) -> list[TimelineAnswer]:
    """The log in words, oldest first; ``after`` is the number of the last entry known already."""
    lines = parts.views.timeline(reader.viewer, incident_id, reader.language)
    return [TimelineAnswer.of(line) for line in lines if line.seq > after][:limit]


@router.get("/incidents/{incident_id}/tasks", summary="Its tasks", responses=NOT_FOUND)
def get_tasks(incident_id: str, parts: Parts, reader: Program) -> list[TaskAnswer]:
    """Tasks in the order of the plan."""
    return [TaskAnswer.of(line, reader.language) for line in parts.views.tasks(reader.viewer, incident_id)]


@router.get("/incidents/{incident_id}/report", summary="Its report so far", responses=NOT_FOUND)
def get_report(
    incident_id: str, parts: Parts, reader: Program, form: Literal["json", "md", "html"] = "json"
) -> Response:
    """The report as it would be now, as JSON, Markdown or HTML."""
    report = parts.views.report(reader.viewer, incident_id)
    if form == "json":
        return Response(render_json(report), media_type="application/json")
    return report_file(report, form, reader, "")


def aware(at: datetime | None, reader: Reader, name: str) -> datetime | None:
    """A time without an offset is taken as the reader's wall clock. Raises BadInput far outside our times."""
    if at is None:
        return None
    return sensible(at if at.tzinfo is not None else at.replace(tzinfo=reader.zone), name)
