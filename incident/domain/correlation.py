"""Which open incident, if any, a signal belongs to. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from incident.domain.signal import Signal
from incident.domain.suppression import OpenIncident, ServiceMap
from incident.domain.words import Scenario

STORM_WINDOW = timedelta(minutes=10)
STORM_SIZE = 5
"""So many incidents of one scenario opened within the window are taken for one cause: the next signals join."""
CAUSE_WINDOW = timedelta(hours=4)
"""A complaint surge that starts this soon after an outage began is probably its consequence."""


@dataclass(frozen=True, slots=True)
class Join:
    """Join that incident; ``why`` is ``same_key``, ``same_service``, ``storm``, ``service_map`` or
    ``shared_dependency``, the last two followed by a colon and what one, or each, of the services stands on.
    """

    incident_id: str
    why: str


@dataclass(frozen=True, slots=True)
class Link:
    """How the new incident stands to another one."""

    other: str
    relation: str
    reason: str


@dataclass(frozen=True, slots=True)
class Open:
    """Open a new incident, linked to others."""

    links: tuple[Link, ...] = ()


def correlate(
    signal: Signal, open_incidents: Sequence[OpenIncident], services: ServiceMap, now: datetime
) -> Join | Open:
    """Join an open incident or open one.

    Only incidents of the same scenario and the same drill (or none) are candidates; a drill never joins a real one.
    """
    same_world = [i for i in open_incidents if i.drill == signal.drill]
    candidates = [i for i in same_world if i.scenario is signal.scenario]
    for key in (signal.own_key, signal.correlation_key):
        for incident in candidates:
            if incident.correlation_key == key:
                return Join(incident.id, "same_key")
    if signal.scenario is Scenario.SYSTEM_OUTAGE:
        service = signal.labels.get("service", "")
        standing = [i for i in candidates if service and i.service and not i.resolved]
        for incident in standing:
            if service == incident.service:
                return Join(incident.id, "same_service")
            if lower := services.lower(service, incident.service):
                return Join(incident.id, f"service_map:{lower}")
        fresh = sorted((i for i in candidates if now - i.opened_at <= STORM_WINDOW), key=lambda i: i.opened_at)
        for incident in fresh:
            if incident in standing and (shared := services.shared(service, incident.service)):
                return Join(incident.id, f"shared_dependency:{shared}")
        if len(fresh) >= STORM_SIZE:
            return Join(fresh[0].id, "storm")
    return Open(_links(signal, same_world, now))


def _links(signal: Signal, others: Sequence[OpenIncident], now: datetime) -> tuple[Link, ...]:
    """A complaint surge is linked to the outage that probably caused it: the latest one there that still stands.

    An outage that begins after the complaints is not their cause, so nothing is linked from that side.
    """
    if signal.scenario is not Scenario.COMPLAINT_SURGE:
        return ()
    causes = [
        other
        for other in others
        if other.scenario is Scenario.SYSTEM_OUTAGE
        and not other.resolved
        and now - other.opened_at <= CAUSE_WINDOW
        and _same_place(signal, other)
    ]
    latest = max(causes, key=lambda other: other.opened_at, default=None)
    return (Link(latest.id, "caused_by", "complaints_after_outage"),) if latest else ()


def _same_place(signal: Signal, other: OpenIncident) -> bool:
    site = signal.labels.get("site", "")
    return not site or not other.site or site == other.site
