"""Asks the probes of ``probes.yaml`` while an open incident's playbook wants their facts, beside the worker.

Nothing is kept in between: what a probe told is in the incident's log, and after a restart all are asked again.
"""

import json
import os
from collections.abc import Sequence
from datetime import datetime

import httpx
import structlog
from fastapi import APIRouter

from config.wiring import System
from incident.domain.errors import BadInput, TocsinError
from incident.service.background import Background
from incident.service.ports import Store
from incident.service.session import Session
from incident.web.parts import Check
from playbooks.probes import ProbeSpec, load_probes, pick, told, wanted

LOOK_EVERY_S = 1.0
MAX_BYTES = 1_000_000

log = structlog.get_logger("tocsin.probes")


class Prober:
    """Runs beside the worker, and asks where the duty is. ``client`` is for tests; it is closed with the prober."""

    routers: tuple[APIRouter, ...] = ()

    def __init__(self, system: System, probes: Sequence[ProbeSpec], client: httpx.Client | None = None) -> None:
        self._system = system
        self._probes = tuple(probes)
        self._client = client or httpx.Client(follow_redirects=False, trust_env=False)
        self._due: dict[str, datetime] = {}
        self._thread = Background("tocsin-probes", self._run, patience_s=65)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def close(self) -> None:
        """Finish the request in hand and end."""
        self._thread.end()
        self._client.close()

    def checks(self) -> tuple[Check, ...]:
        """A probe that fails keeps nobody from working: its fact is asked of people."""
        return ()

    def look(self) -> int:
        """Ask every probe that is due and wanted; how many facts were told."""
        now, total = self._system.clock.now(), 0
        with self._system.database.reading() as store:
            open_ones = [store.incidents.get(one.id) for one in store.incidents.open_facts() if one.drill is None]
        asked = {p.id: p for incident in open_ones for p in wanted(incident, self._probes)}
        for probe in (p for p in asked.values() if self._due.get(p.id, now) <= now):
            self._due[probe.id] = now + probe.every
            value = self._ask(probe)
            if value is not None:
                ids = [i.id for i in open_ones if probe in wanted(i, (probe,))]
                total += sum(self._tell(incident_id, probe, value) for incident_id in ids)
        return total

    def _ask(self, probe: ProbeSpec) -> str | None:
        # Neither the address nor the answer is logged: either may hold a secret.
        headers = {"accept": "application/json"}
        if probe.token_env and (token := os.environ.get(probe.token_env)):
            headers["authorization"] = f"Bearer {token}"
        try:
            with self._client.stream(
                "GET", probe.url, headers=headers, timeout=probe.timeout.total_seconds()
            ) as answer:
                answer.raise_for_status()
                value = pick(json.loads(_body(answer)), probe.value)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError) as error:
            log.warning("probe_failed", probe=probe.id, error=type(error).__name__)
            return None
        if value is None:
            log.warning("probe_without_value", probe=probe.id, value=probe.value)
        return value

    def _tell(self, incident_id: str, probe: ProbeSpec, value: str) -> bool:
        said = self._system.desk.masks.text(value)

        def write(store: Store, now: datetime) -> bool:
            session = Session(store.incidents.get(incident_id), self._system.rules, now)
            session.record(told(session.incident, probe, said), f"probe:{probe.id}")
            if not session.events:
                return False
            session.settle()
            session.save(store)
            return True

        try:
            return self._system.desk.transact(write)
        except BadInput as error:
            log.warning("probe_refused", probe=probe.id, reason=error.remedy)
            return False

    def _run(self) -> None:
        while not self._thread.ending.wait(LOOK_EVERY_S):
            if not self._system.duty.held:
                continue  # another node asks
            try:
                self.look()
            except TocsinError as error:
                log.warning("try_again", error=type(error).__name__, reason=error.message)


def prober_of(system: System) -> Prober | None:
    """Who asks the probes of the settings; None where none are set up."""
    path = system.settings.path(system.settings.probes)
    return Prober(system, load_probes(path)) if path.exists() else None


def _body(answer: httpx.Response) -> bytes:
    """The answer's body. Raises ValueError when it is too large."""
    found = bytearray()
    for chunk in answer.iter_bytes():
        found += chunk
        if len(found) > MAX_BYTES:
            raise ValueError("too large")
    return bytes(found)
