"""The API's lists: pages, signals, drills, reports, who is on duty, dead letters."""

from datetime import datetime
from typing import Literal

from fastapi import APIRouter, Response
from pydantic import Field

from incident.domain.errors import NotAllowed
from incident.report.render import render_json
from incident.web.api_incidents import Limit
from incident.web.api_models import (
    ERRORS,
    NOT_FOUND,
    Answer,
    PageAnswer,
    ReportSummary,
    SignalAnswer,
)
from incident.web.drill_pages import run_lines
from incident.web.gate import Parts, Program
from incident.web.report_pages import report_file
from incident.web.watch_pages import duties

router = APIRouter(prefix="/api/v1", tags=["lists"])


class DrillAnswer(Answer):
    """A run of a drill. ``met`` of ``objectives`` were met; null while nobody has scored it."""

    id: str
    drill: str
    title: str
    state: str = Field(description="planned, running, finished or aborted")
    started_at: datetime
    ended_at: datetime | None
    reason: str
    met: int | None
    objectives: int | None
    incidents: list[str]


class DutyAnswer(Answer):
    """A position and who holds it now, first to be asked first."""

    position: str
    title: str
    holders: list[str] = Field(description="ids of people", examples=[["li-na"]])
    names: list[str]
    until: datetime | None = Field(description="next change of the rotation")


class DeadLetter(Answer):
    """What could not be taken; personal data in it is masked."""

    number: int
    origin: str
    index: int
    code: str
    reason: str
    body: str
    received_at: datetime


@router.get("/pages", summary="Messages going out", responses=ERRORS)
def list_pages(parts: Parts, reader: Program, limit: Limit = 200) -> list[PageAnswer]:
    """What waits, was sent, failed or was withdrawn, newest first."""
    return [PageAnswer.of(row) for row in parts.views.pages(reader.viewer, limit)]


@router.get("/signals", summary="Signals", responses=ERRORS)
def list_signals(parts: Parts, reader: Program, limit: Limit = 200) -> list[SignalAnswer]:
    """Recent signals, also those held back, with the reason."""
    return [SignalAnswer.of(stored, reader.language) for stored in parts.views.signals(reader.viewer, limit)]


@router.get("/drills", summary="Drill runs", responses=ERRORS)
def list_drills(parts: Parts, reader: Program, limit: Limit = 100) -> list[DrillAnswer]:
    """Runs of drills, newest first."""
    return [
        DrillAnswer(
            id=line.run.id, drill=line.run.drill, title=line.title.in_(reader.language), state=line.run.state,
            started_at=line.run.started_at, ended_at=line.run.ended_at, reason=line.run.reason,
            met=line.score.met if line.score else None, objectives=line.score.of if line.score else None,
            incidents=list(line.incidents),
        )
        for line in run_lines(parts, limit)
    ]  # fmt: skip


@router.get("/reports", summary="Issued reports", responses=ERRORS)
def list_reports(parts: Parts, reader: Program, limit: Limit = 100) -> list[ReportSummary]:
    """Newest first."""
    found = parts.views.reports(reader.viewer)[:limit]
    return [ReportSummary.of(stored, line, reader.language) for stored, line in found]


@router.get("/reports/{report_id}", summary="An issued report", responses=NOT_FOUND)
def get_report(report_id: str, parts: Parts, reader: Program, form: Literal["json", "md", "html"] = "json") -> Response:
    """As it was issued, as JSON, Markdown or HTML."""
    _, report = parts.views.issued(reader.viewer, report_id)
    if form == "json":
        return Response(render_json(report), media_type="application/json")
    return report_file(report, form, reader, "")


@router.get("/oncall", summary="Who is on duty", responses=ERRORS)
def list_duties(parts: Parts, reader: Program) -> list[DutyAnswer]:
    """Every position with its holders now."""
    return [
        DutyAnswer(
            position=duty.position.id, title=duty.position.title.in_(reader.language),
            holders=[person.id for person in duty.holders],
            names=[person.name.in_(reader.language) for person in duty.holders], until=duty.until,
        )
        for duty in duties(parts.desk.rules.roster, reader.now)
    ]  # fmt: skip


@router.get("/dead-letters", summary="What could not be taken", responses=ERRORS)
def list_dead(parts: Parts, reader: Program, limit: Limit = 100) -> list[DeadLetter]:
    """For administrators: a dead letter may tell of a restricted incident."""
    if not reader.admin:
        raise NotAllowed("this list is for administrators", remedy="use a token with the role admin")
    return [
        DeadLetter(
            number=row.number, origin=row.origin, index=row.index, code=row.reason_code, reason=row.reason,
            body=row.body, received_at=row.received_at,
        )
        for row in parts.views.dead_letters(limit)
    ]  # fmt: skip
