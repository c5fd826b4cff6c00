"""The demo's world: one system, its site, a clock that is pushed, and the ways in which it is reached."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec

from config.demo.pager import Pager
from config.demo.site import Site
from config.wiring import System
from incident.domain.commands import Acknowledge
from incident.domain.errors import TocsinError
from incident.domain.incident import Incident
from incident.intake.cloudevents import BATCH, to_wire
from incident.intake.event import Event
from incident.service.access import create_token
from incident.service.clock import ManualClock

TIMEOUT_S = 30.0


class DemoFault(TocsinError):
    """Something in the demo did not go as its script says."""


class World:
    """Everything scripted people need. All they do travels by HTTP with a token, by signed link, or by the desk."""

    def __init__(self, system: System, site: Site, clock: ManualClock, pager: Pager) -> None:
        self.system = system
        self.clock = clock
        self.pager = pager
        self._tokens: dict[str, str] = {}
        self._site = site
        self._http = httpx.Client(base_url=site.url, timeout=TIMEOUT_S, trust_env=False)
        self._make_tokens()

    def close(self) -> None:
        """Give connections back."""
        self._http.close()

    def send(self, events: Sequence[Event]) -> None:
        """Events arrive at the intake, over HTTP, with the token of a program."""
        body = b"[" + b",".join(msgspec.json.encode(to_wire(event)) for event in events) + b"]"
        answer = self._http.post("/api/v1/events", content=body, headers={"content-type": BATCH, **self._bearer("")})
        if answer.status_code != 202 or answer.json()["accepted"] != len(events):
            raise DemoFault(f"the intake took not all of {len(events)} events (HTTP {answer.status_code})")

    def command(self, incident_id: str, by: str, name: str, body: dict[str, Any]) -> None:
        """Somebody gives a command through the REST API."""
        answer = self._http.post(f"/api/v1/incidents/{incident_id}/{name}", json=body, headers=self._bearer(by))
        if answer.status_code != 200:
            raise DemoFault(f"{incident_id}: {by} could not {name}: {_reason(answer)}")

    def ask(self, path: str, by: str) -> Any:
        """What the REST API tells somebody."""
        return self._http.get(path, headers=self._bearer(by)).json()

    def press_link(self, page_id: str) -> None:
        """Somebody presses the button behind the signed link of a page."""
        link = next(action.url for action in self.pager.pages[page_id].actions if action.id == "ack")
        answer = self._http.post(link)
        if answer.status_code != 303:
            raise DemoFault(f"the link of page {page_id} was refused (HTTP {answer.status_code})")

    def at_desk(self, incident_id: str, by: str) -> None:
        """Somebody answers by the command desk, as the command line does."""
        self.system.desk.do(Acknowledge(incident_id=incident_id, by=by, via="cli"))

    def incident(self, incident_id: str) -> Incident:
        """The incident as it stands, everything visible."""
        with self.system.database.reading() as store:
            return store.incidents.get(incident_id)

    def incident_ids(self) -> list[str]:
        """All incidents, oldest first."""
        with self.system.database.reading() as store:
            return [row.id for row in reversed(store.incidents.rows(limit=100))]

    def next_due(self) -> datetime | None:
        """When time alone will next change something; always later than now."""
        due = self.system.engine.next_due()
        return None if due is None else max(due, self.clock.now() + timedelta(milliseconds=1))

    def _make_tokens(self) -> None:
        now = self.clock.now()
        with self.system.database.unit() as store:
            self._tokens[""] = create_token(store, now, name="demo:monitoring", role="intake")
            for person in self.system.rules.roster.people:
                self._tokens[person] = create_token(store, now, name=f"demo:{person}", role="responder", person=person)
            store.commit()

    def _bearer(self, person: str) -> dict[str, str]:
        return {"authorization": f"Bearer {self._tokens[person]}"}


def _reason(answer: httpx.Response) -> str:
    try:
        error = answer.json()["error"]
    except (ValueError, KeyError, TypeError):
        return f"HTTP {answer.status_code}"
    return f"{error.get('message')} ({error.get('remedy')})"


def instant(seconds: float) -> datetime:
    """Epoch seconds as the world's time."""
    return datetime.fromtimestamp(seconds, UTC)
