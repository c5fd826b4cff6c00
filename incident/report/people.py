"""Who was in command and who was called: groups, seats, leads, calls and pages of the report. Pure."""

from collections.abc import Sequence

from incident.domain import events as e
from incident.domain.incident import Incident
from incident.domain.words import Group, Text
from incident.report.model import CallRow, GroupRow, LeadRow, PageRow, SeatRow
from incident.report.names import Names


def group_rows(incident: Incident, entries: Sequence[e.Entry], names: Names) -> tuple[GroupRow, ...]:
    """The groups of the plan (or those that were convened or led), in the plan's order."""
    convened = {x.event.group: x.occurred_at for x in reversed(entries) if isinstance(x.event, e.GroupConvened)}
    planned = {g.group for g in incident.plan.groups} if incident.plan else set()
    shown = [g for g in Group if g in planned or g in convened or g in incident.leads]
    return tuple(
        GroupRow(g.value, convened.get(g), _seats(incident, g, names), _leads(g, incident, entries, names))
        for g in shown
    )


def _seats(incident: Incident, group: Group, names: Names) -> tuple[SeatRow, ...]:
    return tuple(
        SeatRow(s.role, names.position(s.position), names.person(s.person) if s.person else None)
        for s in incident.seats
        if s.group is group
    )


def _leads(group: Group, incident: Incident, entries: Sequence[e.Entry], names: Names) -> tuple[LeadRow, ...]:
    taken = [
        (x.occurred_at, x.event)
        for x in entries
        if isinstance(x.event, e.PositionAssumed) and x.event.group is group
    ]  # fmt: skip
    ends = [*(at for at, _ in taken[1:]), incident.anchors.get("ended")]
    return tuple(
        LeadRow(names.person(ev.person), ev.acting, at, until)
        for (at, ev), until in zip(taken, ends, strict=False)
    )  # fmt: skip


def call_rows(incident: Incident, entries: Sequence[e.Entry], names: Names) -> tuple[CallRow, ...]:
    """Every call with its pages, in the order in which they were opened."""
    return tuple(
        _call(ev, x, incident, [y for y in entries if _call_of(y.event, incident) == ev.call_id], names)
        for x in entries
        if isinstance(ev := x.event, e.CallOpened)
    )


def _call(ev: e.CallOpened, opened: e.Entry, incident: Incident, own: list[e.Entry], names: Names) -> CallRow:
    answered = next((x for x in own if isinstance(x.event, e.CallAnswered)), None)
    closed = next((x for x in own if isinstance(x.event, e.CallClosed)), None)
    steps = [x.event for x in own if isinstance(x.event, e.CallStepped)]
    by = answered.event.by if answered and isinstance(answered.event, e.CallAnswered) else ""
    nobody = dict.fromkeys(x.event.position for x in own if isinstance(x.event, e.NobodyOnDuty))
    return CallRow(
        id=ev.call_id, reason=ev.reason, task=_title(incident, ev.task_id), opened_at=opened.occurred_at,
        rungs=len({s.step for s in steps}), tries=len(steps),
        answered_at=answered.occurred_at if answered else None, answered_by=names.person(by) if by else None,
        via=answered.event.via if answered and isinstance(answered.event, e.CallAnswered) else "",
        closed_at=closed.occurred_at if closed else None,
        closed_reason=closed.event.reason if closed and isinstance(closed.event, e.CallClosed) else "",
        nobody=tuple(names.position(p) for p in nobody),
        pages=tuple(_page(x.event, incident, own, by, names) for x in own if isinstance(x.event, e.PageRequested)),
    )  # fmt: skip


def _page(ev: e.PageRequested, incident: Incident, own: list[e.Entry], answered_by: str, names: Names) -> PageRow:
    page = incident.pages[ev.page_id]
    failures = tuple(
        (x.event.via, x.event.reason)
        for x in own
        if isinstance(x.event, e.PageFailed) and x.event.page_id == ev.page_id
    )  # fmt: skip
    return PageRow(page.requested_at, names.person(page.person), names.position(page.position), page.status.value,
                   page.via, page.delivered_at, failures, page.person == answered_by)  # fmt: skip


def _call_of(event: e.DomainEvent, incident: Incident) -> str:
    """The id of the call an event belongs to, empty for others."""
    if isinstance(event, e.PageFailed):
        page = incident.pages.get(event.page_id)
        return page.call_id if page else ""
    call_id = getattr(event, "call_id", "")
    return call_id if isinstance(call_id, str) else ""


def _title(incident: Incident, task_id: str | None) -> Text | None:
    if task_id is None:
        return None
    task = incident.tasks.get(task_id)
    return task.plan.title if task else Text.same(task_id)
