"""From domain events to outbox rows: who is to be told what. Runs in the same transaction as the events."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from incident.domain import events as e
from incident.domain.crisis_events import MessageReleased
from incident.domain.incident import Incident, PageStatus
from incident.domain.roster import Roster
from incident.service.ports import Store
from incident.service.records import OutboxRow
from incident.service.rollcalls import asked

_SHOWS_ON_BOARD = (
    e.IncidentOpened, e.SignalsJoined, e.SignalsCleared, e.LevelChanged, e.PositionAssumed, e.TaskDone, e.TaskWaived,
    e.TaskOverdue, e.IncidentAcknowledged, e.IncidentMitigated, e.IncidentResolved, e.IncidentEnded,
    e.IncidentReopened, e.PhaseEntered, e.IncidentLinked, e.DrillStopped,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Board:
    """Where the one shared message per incident is posted: a channel for real ones, another for drills."""

    via: str
    to: str
    drill_to: str = ""


def project(
    store: Store,
    incident: Incident,
    events: Sequence[e.DomainEvent],
    roster: Roster,
    board: Board | None,
    now: datetime,
) -> None:
    """Write the outbox rows that follow from ``events``."""
    cancelled = [page_id for event in events if isinstance(event, e.PagesCancelled) for page_id in event.page_ids]
    if cancelled:
        store.outbox.cancel_pages(cancelled)
    rows = [_page(incident, event, roster, now) for event in events if _is_wanted(incident, event)]
    kinds = {type(event) for event in events}
    answered = {event.call_id for event in events if isinstance(event, e.CallAnswered)}
    if answered:
        rows.extend(_page_updates(store, incident, answered, now))
    rows.extend(row for event in events if isinstance(event, MessageReleased)
                for row in _released(incident, event, roster, now))  # fmt: skip
    if e.IncidentResolved in kinds:
        rows.extend(_notices(incident, roster, "stand_down", now))
    if e.DrillStopped in kinds:
        rows.extend(_notices(incident, roster, "drill_stopped", now))
    rows.extend(
        _row(incident, "notice", f"rollcall:{incident.id}:{roll}:{person}", person, {"what": "rollcall", "roll": roll},
             roster, now)
        for roll, person in asked(events, roster)
    )  # fmt: skip
    if board and kinds & set(_SHOWS_ON_BOARD) and (row := _board(incident, board, now)):
        rows.append(row)
    if rows:
        store.outbox.add(rows)


def answered_update(sent: OutboxRow, ref: str, now: datetime) -> OutboxRow:
    """The edit by which a delivered page says that somebody has answered."""
    return OutboxRow(
        id=f"{sent.id}-answered", kind="page_update", key=f"update:{sent.id}", incident_id=sent.incident_id,
        person=sent.person, page_id=None, contacts=(sent.contacts[sent.contact_index],), payload=sent.payload,
        drill=sent.drill, level=4, created_at=now, due_at=now, ref=ref,
    )  # fmt: skip


def report_rows(
    incident: Incident, report_id: str, roster: Roster, people: Sequence[str], now: datetime
) -> list[OutboxRow]:
    """One row per recipient of a report."""
    payload = {"report": report_id}
    return [_row(incident, "report", f"report:{report_id}:{p}", p, payload, roster, now) for p in people]


def _is_wanted(incident: Incident, event: e.DomainEvent) -> bool:
    return (
        isinstance(event, e.PageRequested)
        and event.page_id in incident.pages
        and incident.pages[event.page_id].status is PageStatus.REQUESTED
    )


def _page(incident: Incident, event: e.DomainEvent, roster: Roster, now: datetime) -> OutboxRow:
    assert isinstance(event, e.PageRequested)  # noqa: S101 - narrowed by _is_wanted
    call = incident.calls.get(event.call_id)
    task = (call.task_id or "") if call else ""
    payload = {"position": event.position, "reason": event.reason, "task": task, "call": event.call_id}
    return _row(incident, "page", event.page_id, event.person, payload, roster, now, page_id=event.page_id)


def _page_updates(store: Store, incident: Incident, answered: set[str], now: datetime) -> list[OutboxRow]:
    """Delivered pages of the calls that were answered just now say so, where the channel can edit them."""
    return [
        answered_update(sent, sent.ref, now)
        for sent in store.outbox.sent_pages(incident.id)
        if sent.ref and (page := incident.pages.get(sent.page_id or "")) and page.call_id in answered
    ]


def _released(incident: Incident, event: MessageReleased, roster: Roster, now: datetime) -> list[OutboxRow]:
    """Whoever puts a line's texts where people hear or read them gets this one, also when it went out by itself."""
    line = incident.crisis.plan.comms.line(event.line) if incident.crisis.plan else None
    holders = roster.holders(line.owner, now)[:1] if line else ()
    if line is None or not holders:
        return []
    text = {
        "zh": f"请立即发布（{line.audience.zh}，{line.id}）：\n{event.wording.zh}",
        "en": f"Put this out now ({line.audience.en}, {line.id}):\n{event.wording.en}",
    }
    key = f"message:{incident.id}:{event.message_id}"
    return [_row(incident, "notice", key, holders[0].id, {"what": "message_out", "text": text}, roster, now)]


def _notices(incident: Incident, roster: Roster, what: str, now: datetime) -> list[OutboxRow]:
    """One notice to everyone who was reached by a page or leads a group, but not to whoever did it."""
    reached = [p.person for p in incident.pages.values() if p.status is PageStatus.DELIVERED]
    people = dict.fromkeys([*reached, *incident.leads.values()])
    stamp = incident.version
    return [
        _row(incident, "notice", f"{what}:{incident.id}:{stamp}:{p}", p, {"what": what}, roster, now) for p in people
    ]


def _board(incident: Incident, board: Board, now: datetime) -> OutboxRow | None:
    to = board.drill_to if incident.drill else board.to
    if not to:
        return None
    return OutboxRow(
        id=f"board:{incident.id}:{incident.version}", kind="board", key=f"board:{incident.id}", incident_id=incident.id,
        person=None, page_id=None, contacts=((board.via, to),), payload={}, drill=incident.drill is not None, level=4,
        created_at=now, due_at=now,
    )  # fmt: skip


def _row(
    incident: Incident, kind: str, key: str, person: str, payload: dict[str, Any], roster: Roster, now: datetime,
    page_id: str | None = None,
) -> OutboxRow:  # fmt: skip
    known = roster.people.get(person)
    chosen = () if known is None else known.drill_contacts if incident.drill else known.contacts
    return OutboxRow(
        id=key, kind=kind, key=key, incident_id=incident.id, person=person, page_id=page_id,
        contacts=tuple((contact.via, contact.to) for contact in chosen), payload=dict(payload),
        drill=incident.drill is not None, level=incident.level, created_at=now, due_at=now,
    )  # fmt: skip
