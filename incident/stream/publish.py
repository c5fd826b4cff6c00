"""What happens to incidents, for other systems: every log entry goes to a topic, at least once and in order.

How far each incident's log is published stands in the database. An outsider reads that topic: of a restricted incident
it shows that something changed under its code name, and nothing else.
"""

from typing import Any

import msgspec

from incident.domain.events import Entry
from incident.domain.incident import Incident
from incident.service.ports import Store, UnitOfWork
from incident.service.redaction import PUBLIC, face
from incident.stream.binding import in_binary
from incident.stream.ports import Record, Send

MARKER = "stream.published."
AT_ONCE = 20


class Publisher:
    """Sends what the topic does not have yet. Nodes take turns: the one at work holds a row, others wait for it."""

    def __init__(self, uow: UnitOfWork, send: Send, topic: str) -> None:
        self._uow = uow
        self._send = send
        self._topic = topic

    def step(self) -> int:
        """Publish what is new in a few incidents; how many entries. Raises Unavailable; then nothing counts as sent."""
        with self._uow() as store:
            store.keys.lock(f"{MARKER}turn")
            records: list[Record] = []
            for stream, reached in store.log.behind(MARKER, AT_ONCE):
                entries = store.log.entries(stream, reached)
                records += self._records(store, stream, entries)
                store.keys.put(f"{MARKER}{stream}", str(entries[-1].seq))
            if records:
                self._send(records)
                store.commit()
        return len(records)

    def _records(self, store: Store, stream: str, entries: list[Entry]) -> list[Record]:
        incident = store.incidents.get(stream)
        return [domain_record(self._topic, incident, entry) for entry in entries]


def domain_record(topic: str, incident: Incident, entry: Entry) -> Record:
    """One log entry as a CloudEvent: ``tocsin.incident.TaskDone`` …, or ``tocsin.incident.changed`` when restricted."""
    seen = face(incident, PUBLIC)
    name = "changed" if seen.hidden else type(entry.event).__name__
    data: dict[str, Any] = {
        "incident": {
            "id": seen.id, "title": {"zh": seen.title.zh, "en": seen.title.en}, "status": seen.status,
            "level": seen.level, "scenario": seen.scenario, "drill": seen.drill, "restricted": seen.hidden,
        }
    }  # fmt: skip
    if not seen.hidden:
        data |= {"actor": entry.actor, "occurred_at": entry.occurred_at, "change": entry.event}
    attributes = {
        "specversion": "1.0", "id": f"{entry.stream}/{entry.seq}", "source": "tocsin", "subject": entry.stream,
        "type": f"tocsin.incident.{name}", "time": entry.recorded_at.isoformat(),
    }  # fmt: skip
    if incident.drill:
        attributes["tocsindrill"] = incident.drill
    return in_binary(topic, entry.stream, attributes, msgspec.json.encode(data))
