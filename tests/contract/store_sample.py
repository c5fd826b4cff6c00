"""Things to store."""

from datetime import UTC, datetime, timedelta
from typing import Any

from incident.domain import events as e
from incident.domain.incident import Incident, fold
from incident.domain.plan import GroupPlan, LevelPlan, Plan, TaskPlan
from incident.domain.signal import Signal, SignalState
from incident.domain.words import Degree, Group, Phase, Scenario, Text
from incident.intake.event import Event
from incident.service.ports import Store
from incident.service.records import OutboxRow, StoredSignal

NOW = datetime(2026, 3, 4, 5, 6, 7, 890123, tzinfo=UTC)


def at(minutes: float) -> datetime:
    """So many minutes after ``NOW``."""
    return NOW + timedelta(minutes=minutes)


def event(number: int, source: str = "pbx/1") -> Event:
    """A raw fact."""
    return Event(id=f"e{number}", source=source, type="contact.offered", time=NOW.timestamp(), data={"queue": "售后"})


def signal(name: str, **changes: Any) -> Signal:
    """A raised signal."""
    fields: dict[str, Any] = {
        "id": name,
        "rule": "asr-low",
        "scenario": Scenario.SYSTEM_OUTAGE,
        "state": SignalState.RAISED,
        "at": NOW,
        "title": Text("接通率低", "Answer rate is low"),
        "labels": {"service": "ivr", "site": "hz"},
    }
    return Signal(**{**fields, **changes})


def stored(name: str, **changes: Any) -> StoredSignal:
    """What is remembered of a raised signal."""
    fields: dict[str, Any] = {
        "signal": signal(name),
        "state": "raised",
        "incident_id": None,
        "suppressed": "",
        "suppressed_detail": "",
        "first_at": NOW,
        "last_at": NOW,
        "cleared_at": None,
        "ends_at": None,
        "look_again_at": None,
    }
    return StoredSignal(**{**fields, **changes})


def outgoing(name: str, **changes: Any) -> OutboxRow:
    """A page that is due now."""
    fields: dict[str, Any] = {
        "id": name,
        "kind": "page",
        "key": f"page:{name}",
        "incident_id": "INC-2026-0001",
        "person": "wang",
        "page_id": f"p-{name}",
        "contacts": (("sms", "+8613800000000"), ("mail", "wang@example.com")),
        "payload": {"reason": "ack", "n": 1},
        "drill": False,
        "level": 2,
        "created_at": NOW,
        "due_at": NOW,
    }
    return OutboxRow(**{**fields, **changes})


def plan() -> Plan:
    """A small plan with every kind of field."""
    task = TaskPlan(
        "call-vendor", Phase.ALARM, Text("联系厂商", "Call the vendor"), "duty", due_in=timedelta(minutes=5)
    )
    levels = {1: LevelPlan((Group.RESPONSE, Group.LEADERSHIP), timedelta(minutes=30))}
    groups = (GroupPlan(Group.RESPONSE, "duty", ("deputy",)),)
    return Plan("outage", "3", Scenario.SYSTEM_OUTAGE, Text("系统故障", "Outage"), "ab" * 32, groups, (task,), levels)


def opened(incident_id: str, **changes: Any) -> e.IncidentOpened:
    """The first entry of an incident."""
    fields: dict[str, Any] = {
        "incident_id": incident_id,
        "scenario": Scenario.SYSTEM_OUTAGE,
        "title": Text("热线中断", "The hotline is down"),
        "level": 1,
        "impact": Degree.HIGH,
        "urgency": Degree.HIGH,
        "correlation_key": "service=ivr",
        "began_at": NOW,
        "detected_at": NOW,
        "labels": {"service": "ivr", "site": "hz"},
    }
    return e.IncidentOpened(**{**fields, **changes})


def record(
    store: Store, incident_id: str, *events: e.DomainEvent, minutes: float = 0, due: float | None = None
) -> Incident:
    """Append to an incident's log and keep its newest state, as the use cases do."""
    known = store.log.entries(incident_id)
    state = fold(known)
    entries = store.log.append(
        incident_id,
        events,
        actor="person:wang",
        occurred_at=at(minutes),
        recorded_at=at(minutes),
        expected=state.version,
    )
    state = fold(entries, state)
    store.incidents.save(state, due_at=None if due is None else at(due), head=entries[-1].hash, updated_at=at(minutes))
    return state


def story(store: Store, incident_id: str = "INC-2026-0001", **changes: Any) -> Incident:
    """An incident with a plan, a task done and a note."""
    return record(
        store,
        incident_id,
        opened(incident_id, **changes),
        e.PlaybookActivated(plan(), (e.Seat(Group.RESPONSE, "head", "duty", "wang"),)),
        e.PositionAssumed(Group.RESPONSE, "head", "duty", "wang"),
        e.TaskDone("call-vendor", note="厂商已到场"),
        e.NoteAdded("线路恢复"),
    )
