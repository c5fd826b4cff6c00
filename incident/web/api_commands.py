"""The API's commands: ``POST /api/v1/incidents/{id}/{command}``, one for each command of the domain.

Their bodies follow from the commands' fields, so that a new command is in the API and its description by itself.
"""

from collections.abc import Callable
from dataclasses import MISSING, fields
from datetime import datetime
from typing import Any, get_type_hints

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, create_model

from incident.domain import commands as c
from incident.service.views import line_of
from incident.web.api_incidents import aware
from incident.web.api_models import NOT_FOUND, IncidentSummary
from incident.web.bounded import BoundedRoute
from incident.web.gate import Parts, Program

router = APIRouter(prefix="/api/v1/incidents/{incident_id}", tags=["commands"], route_class=BoundedRoute)
COMMANDS: tuple[type[c.Command], ...] = (
    c.Acknowledge,
    c.Escalate,
    c.ChangeLevel,
    c.AddNote,
    c.SetFact,
    c.TakeLead,
    c.StartTask,
    c.CompleteTask,
    c.WaiveTask,
    c.ReopenTask,
    c.AmendAnchor,
    c.AmendTask,
    c.LinkIncident,
    c.SplitSignals,
    c.ChangeAudience,
    c.Mitigate,
    c.Resolve,
    c.End,
    c.Reopen,
    c.OpenAction,
    c.CompleteAction,
)
_GIVEN = {"incident_id", "by", "via", "into", "rules"}
_SUMMARIES: dict[type[c.Command], tuple[str, dict[str, Any]]] = {
    c.Acknowledge: ("Answer: I take it; every pending page is withdrawn", {}),
    c.Escalate: ("Ask the next people at once", {"reason": "no answer by phone"}),
    c.ChangeLevel: ("Set the level", {"level": 1, "reason": "all sites are hit"}),
    c.AddNote: ("Write a note, decision or update", {"text": "provider confirms a fault", "kind": "update"}),
    c.SetFact: ("State a fact", {"fact": "customers_hit", "value": "about 1200"}),
    c.TakeLead: ("Lead a group", {"group": "response", "note": "taking over from Li Na"}),
    c.StartTask: ("Start a task", {"task_id": "verify"}),
    c.CompleteTask: ("Finish a task", {"task_id": "verify", "note": "confirmed on three lines"}),
    c.WaiveTask: ("Do without a task", {"task_id": "radios", "reason": "mobiles work"}),
    c.ReopenTask: ("Take a finished task up again", {"task_id": "verify", "reason": "it is back"}),
    c.AmendAnchor: (
        "Correct a time that deadlines count from",
        {"anchor": "began", "to": "2026-03-12T18:02:00Z", "reason": "first call came earlier"},
    ),
    c.AmendTask: (
        "Add a task to the running plan, or change one",
        {"task_id": "call_landlord", "title": "Call the landlord", "owner": "admin_manager", "reason": "flood"},
    ),
    c.LinkIncident: ("Link to another incident", {"other": "INC-2026-0008", "relation": "causes"}),
    c.SplitSignals: (
        "Split signals that are about something else out; answers with their own, new incident",
        {"signals": ["3f2a9c81d0b24e55"], "reason": "the mail server's disk, not the database"},
    ),
    c.ChangeAudience: ("Let somebody in or out", {"person": "he-jun", "add": True, "reason": "legal advice"}),
    c.Mitigate: ("Say that the harm is contained", {"note": "calls go to the standby platform"}),
    c.Resolve: ("Say that the service is back", {"cause": "disk full", "process": "moved", "after_care": "call back"}),
    c.End: ("Sign off; the report is issued", {"statement": "closed after one quiet hour"}),
    c.Reopen: ("Open again", {"reason": "the fault is back"}),
    c.OpenAction: ("Agree on an improvement", {"text": "alarm on disk space", "owner": "it_head"}),
    c.CompleteAction: ("Finish an improvement", {"action_id": "a1", "note": "alarm in place"}),
}


def body_of(command: type[c.Command], example: dict[str, Any]) -> type[BaseModel]:
    """The JSON body of a command: its own fields and ``at``."""
    hints = get_type_hints(command)
    wanted: dict[str, Any] = {}
    for field in fields(command):
        if field.name == "at":
            wanted["at"] = (datetime | None, Field(None, description="when it happened; now, if left out"))
        elif field.name not in _GIVEN:
            wanted[field.name] = (hints[field.name], ... if field.default is MISSING else field.default)
    config = ConfigDict(extra="forbid", json_schema_extra={"examples": [example]})
    return create_model(f"{command.__name__}Body", __config__=config, **wanted)


def _endpoint(command: type[c.Command], body_type: type[BaseModel]) -> Callable[..., IncidentSummary]:
    via: dict[str, Any] = {"via": "api"} if command is c.Acknowledge else {}

    def carry_out(incident_id: str, parts: Parts, reader: Program, body: BaseModel) -> IncidentSummary:
        by = reader.actor()
        given = {name: getattr(body, name) for name in body_type.model_fields}
        given.update({name: aware(at, reader, name) for name, at in given.items() if isinstance(at, datetime)})
        other = given.get("other")
        if other:
            parts.views.incident(reader.viewer, other)  # raises NotFound: nothing links to what is not there
        incident = parts.desk.do(command(incident_id=incident_id, by=by, **via, **given))
        return IncidentSummary.of(line_of(incident, reader.viewer), reader.language)

    carry_out.__annotations__["body"] = body_type
    return carry_out


for _command in COMMANDS:
    router.add_api_route(
        f"/{_command.name}",
        _endpoint(_command, body_of(_command, _SUMMARIES[_command][1])),
        methods=["POST"],
        name=f"command_{_command.name}",
        summary=_SUMMARIES[_command][0],
        description="Doing it again changes nothing. Answers with the incident as it stands afterwards.",
        response_model=IncidentSummary,
        responses=NOT_FOUND,
    )
