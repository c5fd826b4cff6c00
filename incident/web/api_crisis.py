"""The API of command: ``/api/v1/incidents/{id}/{clocks|messages|command|rollcalls|people|materials}``.

GET tells how it stands, POST with an action carries one command out and answers the same. Outsiders of a restricted
incident get 403 on every one of them, before anything of it is read.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from incident.domain.commands import Command
from incident.domain.crisis_clocks import NOT_ADVICE, clock_board
from incident.domain.crisis_commands import StartClock, WriteDraft
from incident.domain.crisis_views import card, care_counts, comms_board, roll_status, strain
from incident.domain.incident import Incident
from incident.domain.words import Text
from incident.web.api_commands import body_of
from incident.web.api_crisis_examples import SUMMARIES
from incident.web.api_crisis_models import (
    ClockAnswer,
    ClocksAnswer,
    CommandAnswer,
    DraftAnswer,
    DraftBody,
    LineAnswer,
    MessagesAnswer,
    StartClockBody,
)
from incident.web.api_incidents import aware
from incident.web.api_models import ERRORS, NOT_FOUND, Answer
from incident.web.api_people_models import (
    MaterialsAnswer,
    NeedAnswer,
    PeopleAnswer,
    RollCallAnswer,
    StockAnswer,
    StrainAnswer,
    TakingAnswer,
)
from incident.web.bounded import BoundedRoute
from incident.web.crisis_acts import clock_of, draft_of
from incident.web.crisis_table import ACTIONS
from incident.web.gate import Parts, Program, Reader

router = APIRouter(prefix="/api/v1", tags=["command"], route_class=BoundedRoute)


class RollCallsAnswer(Answer):
    """All roll calls of an incident, in the order in which they were started."""

    rollcalls: list[RollCallAnswer]


def _clocks(incident: Incident, reader: Reader) -> ClocksAnswer:
    board = clock_board(incident, reader.now)
    return ClocksAnswer(
        advice=NOT_ADVICE.in_(reader.language), anchors=incident.anchors,
        clocks=[ClockAnswer.of(line, reader) for line in board],
    )  # fmt: skip


def _messages(incident: Incident, reader: Reader) -> MessagesAnswer:
    return MessagesAnswer(
        lines=[LineAnswer.of(line, reader.language) for line in comms_board(incident, reader.now)],
        drafts=[DraftAnswer.of(draft) for draft in incident.crisis.drafts.values()],
    )


def _command(incident: Incident, reader: Reader) -> CommandAnswer:
    crisis = incident.crisis
    return CommandAnswer.of(card(incident, reader.now), list(crisis.orders.values()), list(crisis.meetings.values()))


def _rollcalls(incident: Incident, _reader: Reader) -> RollCallsAnswer:
    return RollCallsAnswer(rollcalls=[RollCallAnswer.of(roll_status(r)) for r in incident.crisis.rollcalls.values()])


def _people(incident: Incident, reader: Reader) -> PeopleAnswer:
    return PeopleAnswer(
        floor=incident.crisis.floor, strain=[StrainAnswer.of(s) for s in strain(incident, reader.now)],
        care=care_counts(incident),
        care_open=[name for name, state in incident.crisis.care.items() if state == "offered"],
    )  # fmt: skip


def _materials(incident: Incident, _reader: Reader) -> MaterialsAnswer:
    plan = incident.crisis.plan
    return MaterialsAnswer(
        needs=[NeedAnswer.of(need) for need in plan.materials] if plan else [],
        takings=[TakingAnswer.of(taking) for taking in incident.crisis.takings.values()],
    )


SECTIONS: dict[str, tuple[str, Callable[[Incident, Reader], Answer], type[Answer]]] = {
    "clocks": ("Its reporting deadlines", _clocks, ClocksAnswer),
    "messages": ("Its messages", _messages, MessagesAnswer),
    "command": ("Its command: card, orders, meetings", _command, CommandAnswer),
    "rollcalls": ("Its roll calls", _rollcalls, RollCallsAnswer),
    "people": ("Its people: floor, duty, care as counts", _people, PeopleAnswer),
    "materials": ("What was taken from the store for it", _materials, MaterialsAnswer),
}
"""Section → summary, how it stands, the model of that."""


@router.get("/materials", summary="The emergency store", responses=ERRORS)
def stock(parts: Parts, reader: Program) -> list[StockAnswer]:
    """Every item as it stands; what restricted incidents have out is in the numbers."""
    return [
        StockAnswer(
            item=line.item.id, title=line.item.title.in_(reader.language), place=line.item.place.in_(reader.language),
            custodian=line.item.custodian, par=line.item.par, available=line.available, out=line.out,
            state=line.state, checked_at=line.check.at if line.check else None, check_due=line.check_due,
        )
        for line in parts.crisis.materials.lines()
    ]  # fmt: skip


@router.get("/clockbook", summary="The clock book", responses=ERRORS)
def clock_book(parts: Parts, _reader: Program, jurisdiction: str = Query("", examples=["CN"])) -> dict[str, str]:
    """Ids of the clocks that can be started, with their jurisdiction."""
    found = {terms.id: terms.jurisdiction for terms in parts.crisis.clock_book().values()}
    return {name: where for name, where in found.items() if not jurisdiction or where == jurisdiction}


@router.post("/incidents/{incident_id}/messages/draft", summary=SUMMARIES["messages", "draft"][0], responses=NOT_FOUND)
def draft(incident_id: str, parts: Parts, reader: Program, body: DraftBody) -> MessagesAnswer:
    """Fills the template in and puts it before the approver. Phrases that must not be said are named as faults."""
    by = reader.actor()
    incident = parts.views.whole(reader.viewer, incident_id)
    values = {name: Text.same(said) if isinstance(said, str) else Text(said.zh, said.en)
              for name, said in body.fields.items()}  # fmt: skip
    return _messages(parts.desk.do(draft_of(parts, incident, body.line, body.stage, values, by)), reader)


@router.post("/incidents/{incident_id}/clocks/start", summary=SUMMARIES["clocks", "start"][0], responses=NOT_FOUND)
def start_clock(incident_id: str, parts: Parts, reader: Program, body: StartClockBody) -> ClocksAnswer:
    """The book's terms of today are kept on the incident."""
    by = reader.actor()
    incident = parts.views.whole(reader.viewer, incident_id)
    return _clocks(parts.desk.do(clock_of(parts, incident, body.clock, body.owner, body.backup, by)), reader)


def _reading(section: str) -> Callable[..., Answer]:
    tell = SECTIONS[section][1]

    def read(incident_id: str, parts: Parts, reader: Program) -> Answer:
        return tell(parts.views.whole(reader.viewer, incident_id), reader)

    return read


def _acting(section: str, command: type[Command], body_type: type[BaseModel]) -> Callable[..., Answer]:
    tell = SECTIONS[section][1]

    def carry_out(incident_id: str, parts: Parts, reader: Program, body: BaseModel) -> Answer:
        by = reader.actor()
        parts.views.whole(reader.viewer, incident_id)
        given: dict[str, Any] = {name: getattr(body, name) for name in body_type.model_fields}
        given.update({name: aware(at, reader, name) for name, at in given.items() if isinstance(at, datetime)})
        return tell(parts.desk.do(command(incident_id=incident_id, by=by, **given)), reader)

    carry_out.__annotations__["body"] = body_type
    return carry_out


for _section, (_summary, _tell, _model) in SECTIONS.items():
    router.add_api_route(
        f"/incidents/{{incident_id}}/{_section}",
        _reading(_section),
        name=f"get_{_section}",
        summary=_summary,
        response_model=_model,
        responses=NOT_FOUND,
    )
for (_section, _action), _kind in ACTIONS.items():
    if _kind not in {WriteDraft, StartClock}:
        router.add_api_route(
            f"/incidents/{{incident_id}}/{_section}/{_action}",
            _acting(_section, _kind, body_of(_kind, SUMMARIES[_section, _action][1])),
            methods=["POST"],
            name=f"{_section}_{_action}",
            summary=SUMMARIES[_section, _action][0],
            description="Doing it again changes nothing. Answers with the section as it stands afterwards.",
            response_model=SECTIONS[_section][2],
            responses=NOT_FOUND,
        )
