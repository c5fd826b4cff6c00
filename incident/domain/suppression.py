"""Whether a signal is let through: silence, maintenance window, inhibition by the service map. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from incident.domain.signal import Signal
from incident.domain.words import Scenario, Text


class Reason(StrEnum):
    """Why a signal opened or joined nothing. Shown on the timeline and as a metric label."""

    SILENCED = "silenced"
    MAINTENANCE = "maintenance"
    INHIBITED = "inhibited_by_dependency"
    DUPLICATE = "duplicate"
    LATE = "late_duplicate"
    CLEARED_UNKNOWN = "cleared_before_raised"
    DRILL_OVER = "drill_over"


@dataclass(frozen=True, slots=True)
class Matcher:
    """A label condition as Alertmanager writes it: ``op`` is ``=``, ``!=``, ``=~`` or ``!~`` (anchored regex)."""

    label: str
    op: str
    value: str

    def matches(self, labels: dict[str, str]) -> bool:
        """True when the label of that name (empty when absent) satisfies the condition."""
        actual = labels.get(self.label, "")
        if self.op in {"=", "!="}:
            return (actual == self.value) is (self.op == "=")
        return bool(re.fullmatch(self.value, actual)) is (self.op == "=~")


@dataclass(frozen=True, slots=True)
class Silence:
    """Somebody doesn't want to hear of signals that match all ``matchers``, for a time, for a reason."""

    id: str
    matchers: tuple[Matcher, ...]
    starts_at: datetime
    ends_at: datetime
    by: str
    reason: str

    def covers(self, signal: Signal, now: datetime) -> bool:
        """True while the silence holds and every matcher fits (``rule`` and ``scenario`` count as labels)."""
        labels = {**signal.labels, "rule": signal.rule, "scenario": signal.scenario.value}
        return self.starts_at <= now < self.ends_at and all(m.matches(labels) for m in self.matchers)


@dataclass(frozen=True, slots=True)
class Maintenance:
    """Planned work on services, for a time: their signals are expected."""

    id: str
    services: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Service:
    """A service and what it stands on. ``tier`` 1 matters most."""

    id: str
    name: Text
    depends_on: tuple[str, ...] = ()
    tier: int = 2
    site: str = ""


@dataclass(frozen=True, slots=True)
class ServiceMap:
    """All known services."""

    services: dict[str, Service] = field(default_factory=dict)

    def upstream(self, service: str) -> dict[str, int]:
        """Everything ``service`` stands on, directly (1) or not, without itself. Cycles do no harm."""
        found: dict[str, int] = {}
        todo = [service]
        for steps in range(1, len(self.services) + 1):
            below = [name for one in todo if one in self.services for name in self.services[one].depends_on]
            todo = [name for name in dict.fromkeys(below) if name not in found and name != service]
            found.update(dict.fromkeys(todo, steps))
        return found

    def lower(self, one: str, other: str) -> str:
        """That of the two which the other stands on; empty when neither stands on the other."""
        if other in self.upstream(one):
            return other
        return one if one in self.upstream(other) else ""

    def shared(self, one: str, other: str) -> str:
        """The nearest thing both stand on, empty without any: when they fail together, it has probably failed."""
        left, right = self.upstream(one), self.upstream(other)
        return min(left.keys() & right.keys(), key=lambda name: (left[name] + right[name], name), default="")


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """What correlation and inhibition need to know about an incident that has not ended."""

    id: str
    scenario: Scenario
    correlation_key: str
    service: str
    site: str
    opened_at: datetime
    drill: str | None
    active: bool
    resolved: bool

    @property
    def chore(self) -> bool:
        """A check of the store that was missed: real, but no reason to break off a drill."""
        return is_chore(self.correlation_key)


def is_chore(correlation_key: str) -> bool:
    """Whether an incident of this key is about the readiness of what somebody keeps in the store."""
    return correlation_key.startswith(("custodian=", "material="))


@dataclass(frozen=True, slots=True)
class Suppressed:
    """The named reason, what it refers to, and when to look again if the signal still stands."""

    reason: Reason
    detail: str
    look_again_at: datetime | None


INHIBITION_RECHECK = timedelta(minutes=1)


def suppression(
    signal: Signal,
    silences: Iterable[Silence],
    windows: Iterable[Maintenance],
    services: ServiceMap,
    open_incidents: Iterable[OpenIncident],
    now: datetime,
) -> Suppressed | None:
    """Why the signal is to be held back now, or None. A leak is never inhibited: it may be silenced by hand only."""
    for silence in silences:
        if silence.covers(signal, now):
            return Suppressed(Reason.SILENCED, f"{silence.id}: {silence.reason}", silence.ends_at)
    service = signal.labels.get("service", "")
    if signal.restricted or not service:
        return None
    for window in windows:
        if window.starts_at <= now < window.ends_at and service in window.services:
            return Suppressed(Reason.MAINTENANCE, f"{window.id}: {window.reason}", window.ends_at)
    upstream = services.upstream(service)
    standing = [
        one
        for one in open_incidents
        if one.drill == signal.drill
        and not one.resolved
        and one.scenario is Scenario.SYSTEM_OUTAGE
        and signal.scenario is Scenario.SYSTEM_OUTAGE
    ]
    if any(one.correlation_key in {signal.own_key, signal.correlation_key} for one in standing):
        return None  # people look at that very thing already
    for incident in standing:
        if incident.service in upstream and incident.active:
            return Suppressed(Reason.INHIBITED, incident.id, now + INHIBITION_RECHECK)
    return None
