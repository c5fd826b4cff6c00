"""The stage for stories: a whole Tocsin on SQLite with a clock that is pushed and channels that record.

A story sends facts, pushes the clock, and says who was reached and who was not.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from config.settings import load_settings
from config.wiring import System, build
from incident.domain.commands import Acknowledge, Command, End
from incident.domain.events import Entry
from incident.domain.incident import Incident, fold
from incident.domain.message import Message, MessageKind
from incident.domain.signal import Evidence, Signal, SignalState
from incident.domain.words import Degree, Scenario, Text
from incident.intake.event import Event
from incident.report.timeline import lines
from incident.service.clock import ManualClock
from incident.service.redaction import Viewer
from notifiers.testing import RecordingNotifier
from tests.fixtures.sqlite import lay_database

START = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
DEFAULTS = Path(__file__).parents[1] / "config" / "defaults"


class Stage:
    """One installation. ``slack`` and ``email`` are the recording channels; everyone has both, Slack first."""

    def __init__(
        self, home: Path, *, people: str | None = None, start: datetime = START,
        channels: dict[str, RecordingNotifier] | None = None, **settings: Any,
    ) -> None:  # fmt: skip
        home.mkdir(parents=True, exist_ok=True)
        self.home = home
        self.settings = settings
        for name in ("services", "detectors"):
            source = home / f"{name}.yaml"
            if not source.exists():
                source.write_text((DEFAULTS / f"{name}.yaml").read_text("utf-8"), "utf-8")
        (home / "people.yaml").write_text(people or cast_of_defaults(), "utf-8")
        (home / "tocsin.yaml").write_text("schema: tocsin/v1\n", "utf-8")
        database = home / "tocsin-data" / "tocsin.db"
        if not database.exists():
            lay_database(database)
        self.clock = ManualClock(start)
        self.slack = RecordingNotifier("slack")
        self.email = RecordingNotifier("email")
        self.channels = channels or {"slack": self.slack, "email": self.email}
        self._numbers = count(1)
        self.system = self._build()

    def _build(self) -> System:
        settings = load_settings(self.home / "tocsin.yaml", **self.settings)
        return build(settings, clock=self.clock, notifiers=self.channels, sending_threads=0)

    def restart(self) -> None:
        """Throw the process away without a goodbye and start another one on the same database."""
        self.system.database.close()
        self.system = self._build()
        while not self.system.duty.hold():  # where nodes share a database: until the dead one's lease runs out
            time.sleep(0.1)

    # -- what comes in

    def send(self, *items: Event | Signal) -> None:
        """Facts and foreign verdicts arrive and are worked on at once."""
        self.system.intake.accept(items, (), self.clock.now())
        self.system.step()

    def arrive(self, moment: datetime, *items: Event | Signal) -> None:
        """The clock goes to ``moment``, at which these arrive."""
        self.clock.push_to(moment)
        self.send(*items)

    def event(self, kind: str, *, at: datetime | None = None, drill: str | None = None, **data: Any) -> Event:
        """A raw fact of now, with an id of its own."""
        moment = (at or self.clock.now()).timestamp()
        return Event(id=f"e{next(self._numbers)}", source="test", type=kind, time=moment, data=data, drill=drill)

    def signal(self, name: str = "ivr-down", **changes: Any) -> Signal:
        """A raised outage signal about the IVR; ``changes`` replace its fields."""
        now = self.clock.now()
        fields: dict[str, Any] = {
            "id": name, "rule": name, "scenario": Scenario.SYSTEM_OUTAGE, "state": SignalState.RAISED, "at": now,
            "title": Text("IVR 大量呼叫失败", "IVR fails many calls"), "labels": {"service": "ivr"},
            "impact": Degree.MEDIUM, "urgency": Degree.HIGH,
            "evidence": Evidence(expected="≤ 2 %", seen="31 %", since=now - timedelta(minutes=3)),
        }  # fmt: skip
        return Signal(**{**fields, **changes})

    # -- what time does

    def push(self, **delta: float) -> None:
        """Time goes by; everything due on the way happens at its own instant."""
        end = self.clock.now() + timedelta(**delta)
        for moment in self._moments(end):
            self.clock.push_to(moment)
            self.system.step()

    def _moments(self, end: datetime) -> Iterator[datetime]:
        while (due := self.system.engine.next_due()) is not None and due < end:
            yield max(due, self.clock.now() + timedelta(milliseconds=1))
        yield end

    # -- what people do and see

    def do(self, command: Command) -> Incident:
        """A person gives a command."""
        incident = self.system.desk.do(command)
        self.system.step()
        return incident

    def ack(self, incident_id: str, by: str, via: str = "slack") -> Incident:
        """Somebody answers."""
        return self.do(Acknowledge(incident_id=incident_id, by=by, via=via))

    def end(self, incident_id: str, by: str) -> Incident:
        """Sign off, with a reason for what is still open."""
        return self.do(End(incident_id=incident_id, by=by, statement="over", override="story"))

    @staticmethod
    def refold(entries: list[Entry]) -> Incident:
        """The state that the log alone gives."""
        return fold(entries)

    def incident(self, number: int = 1, *, drill: bool = False) -> Incident:
        """The state of the incident of that number, everything visible."""
        name = f"{'DRL' if drill else 'INC'}-{self.clock.now():%Y}-{number:04d}"
        with self.system.database.reading() as store:
            return store.incidents.get(name)

    def incident_ids(self) -> list[str]:
        """All incidents, oldest first."""
        return [line.id for line in reversed(self.system.views.incidents(Viewer()))]

    def pages(self, channel: RecordingNotifier | None = None) -> list[Message]:
        """The pages that went out over a channel (Slack unless told otherwise), in order."""
        sent = (channel or self.slack).sent
        return [m for m in sent if m.kind is MessageKind.PAGE and m.update is None]

    def paged(self, channel: RecordingNotifier | None = None) -> list[str]:
        """Whom pages over a channel reached, in order."""
        return [message.to for message in self.pages(channel)]

    def told(self, text: str, language: str = "en") -> list[str]:
        """The timeline's lines of incident 1 that contain ``text``."""
        with self.system.database.reading() as store:
            stream = store.incidents.rows(limit=100)[-1].id
            entries = store.log.entries(stream)
        return [line.text for line in lines(entries, self.system.names, language) if text in line.text]


def cast_of_defaults() -> str:
    """The shipped people, reachable by Slack first and mail second under their own id."""
    text = (DEFAULTS / "people.yaml").read_text("utf-8")
    lines = []
    for line in text.splitlines():
        name = line.partition("to: ")[2].partition("}")[0]
        if line.strip().startswith("contacts: [{via: console"):
            lines.append(f"    contacts: [{{via: slack, to: {name}}}, {{via: email, to: {name}@centre.example}}]")
        elif line.strip().startswith("drill_contacts: [{via: console"):
            lines.append(f"    drill_contacts: [{{via: slack, to: drill-{name}}}]")
        else:
            lines.append(line)
    return "\n".join(lines) + "\n"
