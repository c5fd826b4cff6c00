"""Signals that joined the wrong incident are taken out into one of their own, because a person says so."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from incident.domain import events as e
from incident.domain.commands import SplitSignals
from incident.domain.decide import admitted, decide, join_signals, open_by_signal
from incident.domain.errors import BadInput, NotFound
from incident.domain.incident import Incident
from incident.domain.said import said
from incident.domain.signal import Signal, SignalState
from incident.service.drillstop import stop_drills
from incident.service.ports import Store
from incident.service.records import StoredSignal
from incident.service.redaction import code_name_for
from incident.service.session import Rules, Session

_ALL = 100_000


def split(store: Store, rules: Rules, command: SplitSignals, now: datetime) -> Incident:
    """Open the incident of these signals; it as it stands afterwards. Done before, it is only shown.

    Raises NotFound, NotAllowed, BadInput for signals that have cleared or belong elsewhere, or when none would be left.
    """
    store.one_at_a_time()
    source = Session(store.incidents.get(command.incident_id), rules, now)
    admitted(source.incident, command)
    moved = _known(store, tuple(dict.fromkeys(command.signals)))
    homes = {one.incident_id for one in moved}
    home = next(iter(homes)) if len(homes) == 1 else None
    if home is not None and home != source.incident.id and home in source.incident.links:
        return store.incidents.get(home)
    _check(moved, source.incident.id)
    gone = {one.signal.id for one in moved}
    left = {one.signal.rule for one in store.signals.of_incident(source.incident.id, _ALL) if one.signal.id not in gone}
    signals = [one.signal for one in moved]
    into = store.incidents.new_id(now, drill=source.incident.drill is not None)
    told = replace(
        command, signals=tuple(one.id for one in signals), into=into,
        rules=tuple(sorted({one.rule for one in signals} - left)),
    )  # fmt: skip
    source.record(decide(source.incident, told, now), f"person:{command.by}", command.at)
    fresh = _opened(source.incident, signals, told, rules, now)
    store.signals.save([replace(one, incident_id=into) for one in moved])
    for session in (source, fresh):
        session.settle()
        session.save(store)
    if fresh.incident.drill is None:
        stop_drills(store, rules, f"real_incident:{into}", now)
    return fresh.incident


def _known(store: Store, ids: Sequence[str]) -> list[StoredSignal]:
    found = store.signals.get(ids)
    for one in ids:
        if one not in found:
            raise NotFound(said("no signal {signal}", signal=one), remedy="tocsin signal list shows them")
    return [found[one] for one in ids]


def _check(moved: Sequence[StoredSignal], incident_id: str) -> None:
    for one in moved:
        if one.incident_id != incident_id or one.suppressed:
            raise BadInput(
                said("{signal}: does not belong to {incident}", signal=one.signal.id, incident=incident_id),
                remedy="look at the incident's signals",
            )
        if one.state != SignalState.RAISED.value:
            raise BadInput(
                said("{signal}: has cleared", signal=one.signal.id), remedy="only what still stands can be split out"
            )


def _opened(source: Incident, signals: list[Signal], command: SplitSignals, rules: Rules, now: datetime) -> Session:
    first = max(signals, key=lambda one: (one.impact + one.urgency, one.impact))
    key = first.own_key if first.correlation_key == source.correlation_key else first.correlation_key
    opened = open_by_signal(first, command.into, code_name_for(command.into), now)
    session = Session(Incident(), rules, now)
    restricted = opened.restricted or source.restricted
    session.record(
        [
            replace(opened, correlation_key=key, restricted=restricted),
            e.AudienceChanged(command.by, added=True, reason="split"),
            e.IncidentLinked(source.id, "related", "split"),
        ],
        f"person:{command.by}",
    )
    session.record(join_signals(session.incident, signals, "split"), f"person:{command.by}")
    return session
