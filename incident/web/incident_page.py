"""One incident on one page: what is wrong, who has it, what is due; then tasks, people, calls, timeline."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from incident.domain.crisis_sentences import YES_NO
from incident.domain.events import Seat
from incident.domain.facts import answers
from incident.domain.incident import Call, Incident, Page, Task, TaskStatus
from incident.domain.plan import VarPlan
from incident.domain.words import Group, Phase, Text
from incident.report.ending import still_open
from incident.report.names import both
from incident.report.timeline import KINDS
from incident.service.records import OutboxRow
from incident.service.views import Desktop, IncidentLine, TaskLine, line_of
from incident.web.crisis_context import holder, tabs
from incident.web.gate import Browser, Parts, Reader
from incident.web.parts import WebParts
from incident.web.templating import page
from incident.web.urgent import SHOWN, urgent, wanted_facts

router = APIRouter(include_in_schema=False)
NEWEST = 25
"""So many entries of the timeline are unfolded."""


@dataclass(frozen=True, slots=True)
class PhaseBlock:
    """The tasks of one phase. ``open``: unfolded, because somebody ought to work in it now."""

    phase: Phase
    tasks: tuple[TaskLine, ...]
    finished: int
    current: bool
    open: bool


@dataclass(frozen=True, slots=True)
class PageLine:
    """A page with what became of it: the outbox row says which channel is tried and why the last one failed."""

    page: Page
    sending: OutboxRow | None


@dataclass(frozen=True, slots=True)
class CallBlock:
    """A call with its pages; ``due_at`` is when the next person is asked."""

    call: Call
    pages: tuple[PageLine, ...]
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class GroupBlock:
    """A group as it stands: is it convened, who leads it, who sits in it."""

    group: Group
    convened: bool
    lead: str
    acting: bool
    seats: tuple[tuple[str, str, str | None], ...]


QUIET = {"condition", "delivery"}
"""Lines for the auditor, shown when they are asked for: at 3 a.m. they would bury what people did."""


@dataclass(frozen=True, slots=True)
class Link:
    """Another incident and how this one stands to it."""

    relation: str
    line: IncidentLine


@router.get("/incidents/{incident_id}")
def show(request: Request, incident_id: str, reader: Browser, parts: Parts, kind: str = "") -> HTMLResponse:
    """The incident's page; for an outsider of a restricted one its code name only."""
    desk = parts.views.desktop(reader.viewer, incident_id, reader.language)
    if desk.hidden:
        return page(request, "incident_hidden.html", reader, incident=desk.incident)
    incident = desk.incident
    kinds = [known for known in KINDS if any(line.kind == known for line in desk.timeline)]
    timeline = [line for line in reversed(desk.timeline) if (line.kind == kind if kind else line.kind not in QUIET)]
    return page(
        request,
        "incident.html",
        reader,
        desk=desk,
        incident=incident,
        phases=phases(desk),
        calls=calls(desk),
        groups=groups(incident),
        links=_links(parts, reader, incident),
        timeline=timeline[:NEWEST],
        older=timeline[NEWEST:],
        kinds=kinds,
        kind=kind,
        mine=incident.leads.values(),
        blockers=still_open(incident, parts.views.names, reader.now),
        overdue=sum(t.overdue for t in desk.tasks),
        unanswered=not incident.ended and (not incident.acknowledged or any(c.open for c in incident.calls.values())),
        choices=partial(choices, incident),
        positions=parts.desk.rules.roster.positions.values(),
        all_phases=tuple(Phase),
        tabs=tabs(incident, reader),
        pressing=urgent(incident, reader),
        urgent_shown=SHOWN,
        **_wanted(parts, incident, reader),
        people=sorted(parts.desk.rules.roster.people.values(), key=lambda p: p.id),
    )


def phases(desk: Desktop) -> list[PhaseBlock]:
    """Tasks by phase, in the order of the plan."""
    found = []
    for phase in Phase:
        tasks = tuple(line for line in desk.tasks if line.task.plan.phase is phase)
        if tasks:
            done = sum(line.task.settled for line in tasks)
            current = desk.incident.phase is phase
            busy = any(
                line.task.status is TaskStatus.STARTED or (line.overdue and line.ready and not line.task.settled)
                for line in tasks
            )
            found.append(PhaseBlock(phase, tasks, done, current, current or busy))
    return found


def choices(incident: Incident, task: Task) -> list[tuple[str, Text]]:
    """What a task may be answered with: its options, or the answers that its fact allows; empty for free words."""
    if task.plan.options:
        return [(option.id, option.title) for option in task.plan.options]
    var = incident.plan.var(task.plan.sets) if incident.plan and task.plan.sets else None
    return _answers(var) if var else []


def _answers(var: VarPlan) -> list[tuple[str, Text]]:
    """What may be said about a fact, in words; empty for free words."""
    return [(answer, _said(answer)) for answer in answers(var)]


def _said(answer: str) -> Text:
    return both(lambda t: t(YES_NO[answer])) if answer in YES_NO else Text.same(answer)


def _wanted(parts: WebParts, incident: Incident, reader: Reader) -> dict[str, Any]:
    """The facts that the playbook waits for, and whom to ask."""
    wanted = wanted_facts(incident)
    return {
        "wanted": wanted,
        "wanted_names": {var.name: var.ask for var in wanted},
        "answers_of": _answers,
        "asked_of": lambda position: holder(parts, incident, position, reader.now),
    }


def calls(desk: Desktop) -> list[CallBlock]:
    """Calls, newest first, with their pages and what the outbox says of each."""
    sending = {row.page_id: row for row in desk.outbox if row.kind == "page"}
    return [
        CallBlock(call, tuple(PageLine(p, sending.get(p.id)) for p in desk.pages if p.call_id == call.id), call.due_at)
        for call in sorted(desk.incident.calls.values(), key=lambda c: c.opened_at, reverse=True)
    ]


def groups(incident: Incident) -> list[GroupBlock]:
    """The groups the plan has seats for."""
    found = []
    for group in Group:
        seats = [seat for seat in incident.seats if seat.group is group]
        if seats:
            lead = incident.leads.get(group, "")
            heads = {seat.person for seat in seats if seat.role == "head"}
            rows = tuple((seat.role, seat.position, seat.person) for seat in _ordered(seats))
            found.append(GroupBlock(group, group in incident.convened, lead, bool(lead) and lead not in heads, rows))
    return found


def _ordered(seats: Iterable[Seat]) -> list[Seat]:
    order = {"head": 0, "deputy": 1, "member": 2}
    return sorted(seats, key=lambda seat: order.get(seat.role, 3))


def _links(parts: WebParts, reader: Reader, incident: Incident) -> list[Link]:
    return [
        Link(relation, line_of(parts.views.incident(reader.viewer, other), reader.viewer))
        for other, relation in incident.links.items()
    ]
