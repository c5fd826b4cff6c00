"""Signals in, incidents out: idempotent by id, held back with a named reason, joined to an incident or opening one."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog

from incident.domain import events as e
from incident.domain.correlation import Join, Link, correlate
from incident.domain.decide import clear_signals, join_signals, open_by_signal, reassess
from incident.domain.incident import Incident
from incident.domain.signal import Signal, SignalState
from incident.domain.suppression import OpenIncident, Reason, is_chore, suppression
from incident.intake.episodes import join_episode, series_of
from incident.service.drillstop import stop_drills
from incident.service.ports import Store
from incident.service.records import StoredSignal
from incident.service.redaction import code_name_for
from incident.service.session import Rules, Session

log = structlog.get_logger("tocsin.signals")


@dataclass(slots=True)
class Outcome:
    """What became of a batch: incidents opened and touched, and how often each drop reason was given."""

    opened: list[str] = field(default_factory=list)
    touched: list[str] = field(default_factory=list)
    dropped: dict[str, int] = field(default_factory=lambda: defaultdict(int))


class SignalTaker:
    """Works through one batch of signals inside one transaction."""

    def __init__(self, store: Store, rules: Rules, now: datetime) -> None:
        # Whether a signal opens an incident rests on there being none: two nodes must not both find none.
        store.one_at_a_time()
        self._store = store
        self._rules = rules
        self._now = now
        self._silences = store.silences.silences(now)
        self._windows = store.silences.windows(now)
        self._open: list[OpenIncident] = store.incidents.open_facts()
        self._running = {run.id for run in store.drills.running()}
        self._sessions: dict[str, Session] = {}
        self._joins: dict[tuple[str, str], list[Signal]] = defaultdict(list)
        self._clears: dict[str, list[str]] = defaultdict(list)
        self._held: dict[tuple[str, str, str, str], list[Signal]] = defaultdict(list)
        self._worse: dict[str, list[Signal]] = defaultdict(list)
        self._known: dict[str, StoredSignal] = {}
        self._changed: dict[str, StoredSignal] = {}
        self.outcome = Outcome()

    def take(self, signals: Sequence[Signal]) -> Outcome:
        """Handle the signals in order and save everything that follows from them. The caller commits."""
        signals = self._as_episodes(signals)
        self._known = self._store.signals.get([s.id for s in signals])
        for signal in signals:
            if signal.state is SignalState.RAISED:
                self._raise(signal)
            else:
                self._clear(signal, why="cleared")
        return self._finish()

    def run_out(self, stored: Sequence[StoredSignal]) -> Outcome:
        """Foreign alerts that were not sent again in time count as cleared."""
        self._known = {s.signal.id: s for s in stored}
        for one in stored:
            self._clear(replace(one.signal, state=SignalState.CLEARED, at=self._now), why="ran_out")
        return self._finish()

    def look_again(self, stored: Sequence[StoredSignal]) -> Outcome:
        """Suppressed signals whose reason may have passed are judged anew."""
        for one in stored:
            self._admit(one.signal, one)
        return self._finish()

    def _as_episodes(self, signals: Sequence[Signal]) -> list[Signal]:
        foreign = sorted({series_of(s.id) for s in signals if "@" in s.id})
        if not foreign:
            return list(signals)
        standing = {k: stored.signal for k, stored in self._store.signals.open_episodes(foreign).items()}
        found = []
        for signal in signals:
            one = join_episode(signal, standing.get(series_of(signal.id))) if "@" in signal.id else signal
            if "@" in one.id and one.state is SignalState.RAISED:
                standing[series_of(one.id)] = one
            found.append(one)
        return found

    def _raise(self, signal: Signal) -> None:
        if signal.drill is not None and signal.drill not in self._running:
            self.outcome.dropped[Reason.DRILL_OVER] += 1
            return
        stored = self._changed.get(signal.id) or self._known.get(signal.id)
        if stored is None:
            self._admit(signal, None)
        elif stored.state == SignalState.RAISED.value:
            self._repeat(signal, stored)
        elif signal.ends_at is not None and signal.ends_at > self._now:
            self._admit(signal, stored)  # a foreign alert that ran out, or was cleared, is sent again
        else:
            self.outcome.dropped[Reason.LATE] += 1

    def _repeat(self, signal: Signal, stored: StoredSignal) -> None:
        self.outcome.dropped[Reason.DUPLICATE] += 1
        worse = (signal.impact, signal.urgency) > (stored.signal.impact, stored.signal.urgency)
        kept = signal if worse else replace(stored.signal, ends_at=signal.ends_at)
        self._keep(replace(stored, signal=kept, last_at=self._now, ends_at=signal.ends_at))
        if worse and stored.incident_id:
            self._worse[stored.incident_id].append(signal)

    def _admit(self, signal: Signal, stored: StoredSignal | None) -> None:
        held = suppression(signal, self._silences, self._windows, self._rules.services, self._open, self._now)
        fresh = StoredSignal(
            signal=signal, state=SignalState.RAISED.value, incident_id=stored.incident_id if stored else None,
            suppressed="", suppressed_detail="", first_at=stored.first_at if stored else self._now,
            last_at=self._now, cleared_at=None, ends_at=signal.ends_at, look_again_at=None,
        )  # fmt: skip
        if held is not None:
            raised = stored is not None and stored.state == SignalState.RAISED.value
            first_time = stored is None or not raised or stored.suppressed != held.reason.value
            self._keep(replace(fresh, suppressed=held.reason.value, suppressed_detail=held.detail,
                               look_again_at=held.look_again_at))  # fmt: skip
            if first_time:
                self.outcome.dropped[held.reason] += 1
                self._held[(held.reason.value, held.detail, signal.rule, signal.drill or "")].append(signal)
            return
        incident_id, why = self._find_or_open(signal)
        self._keep(replace(fresh, incident_id=incident_id))
        self._joins[(incident_id, why)].append(signal)

    def _find_or_open(self, signal: Signal) -> tuple[str, str]:
        verdict = correlate(signal, self._open, self._rules.services, self._now)
        if isinstance(verdict, Join):
            return verdict.incident_id, verdict.why
        incident_id = self._store.incidents.new_id(self._now, drill=signal.drill is not None)
        opened = open_by_signal(signal, incident_id, code_name_for(incident_id), self._now)
        session = Session(Incident(), self._rules, self._now)
        session.record([opened], f"detector:{signal.rule}")
        self._sessions[incident_id] = session
        self.outcome.opened.append(incident_id)
        log.info("incident_opened", incident=incident_id, rule=signal.rule, signal=signal.id, trace=opened.trace)
        self._open.append(facts_of(session.incident, active=True))
        for link in verdict.links:
            self._link(session, link)
        return incident_id, "first"

    def _link(self, session: Session, link: Link) -> None:
        back = {"caused_by": "causes", "causes": "caused_by"}.get(link.relation, link.relation)
        session.record([e.IncidentLinked(link.other, link.relation, link.reason)], "system")
        other = self._session(link.other)
        other.record([e.IncidentLinked(session.incident.id, back, link.reason)], "system")

    def _clear(self, signal: Signal, why: str) -> None:
        stored = self._changed.get(signal.id) or self._known.get(signal.id)
        if stored is None or stored.state == SignalState.CLEARED.value:
            reason = Reason.CLEARED_UNKNOWN if stored is None else Reason.DUPLICATE
            self.outcome.dropped[reason] += 1
            return
        self._keep(
            replace(stored, state=SignalState.CLEARED.value, cleared_at=self._now, last_at=self._now,
                    ends_at=None, look_again_at=None)
        )  # fmt: skip
        if stored.incident_id and not stored.suppressed:
            self._joined_now()
            self._clears[f"{stored.incident_id}\n{why}"].append(signal.id)

    def _keep(self, stored: StoredSignal) -> None:
        self._changed[stored.signal.id] = stored

    def _session(self, incident_id: str) -> Session:
        if incident_id not in self._sessions:
            self._sessions[incident_id] = Session(self._store.incidents.get(incident_id), self._rules, self._now)
        return self._sessions[incident_id]

    def _joined_now(self) -> None:
        for (incident_id, why), signals in self._joins.items():
            session = self._session(incident_id)
            session.record(join_signals(session.incident, signals, why), f"detector:{signals[0].rule}")
        self._joins.clear()

    def _finish(self) -> Outcome:
        self._joined_now()
        for incident_id, signals in self._worse.items():
            session = self._session(incident_id)
            session.record(reassess(session.incident, signals, session.incident.signals_active), "system")
        for key, cleared in self._clears.items():
            incident_id, _, why = key.partition("\n")
            session = self._session(incident_id)
            session.record(clear_signals(session.incident, tuple(cleared), why), "system")
        for (reason, detail, rule, _drill), signals in self._held.items():
            if reason == Reason.INHIBITED:
                ids = tuple(s.id for s in signals)
                session = self._session(detail)
                down = session.incident.labels.get("service", "")
                session.record([e.SignalsSuppressed(ids, rule, signals[0].title, reason, down)], "system")
        self._store.signals.save(list(self._changed.values()))
        real = [i for i in self.outcome.opened if _calls_reality(self._sessions[i].incident)]
        for session in self._sessions.values():
            session.settle()
            session.save(self._store)
        if real:
            stop_drills(self._store, self._rules, f"real_incident:{real[0]}", self._now)
        self.outcome.touched = list(self._sessions)
        return self.outcome


def _calls_reality(incident: Incident) -> bool:
    return incident.drill is None and not is_chore(incident.correlation_key)


def facts_of(incident: Incident, *, active: bool) -> OpenIncident:
    """What correlation needs to know of an incident."""
    return OpenIncident(
        id=incident.id, scenario=incident.scenario, correlation_key=incident.correlation_key,
        service=incident.labels.get("service", ""), site=incident.labels.get("site", ""),
        opened_at=incident.anchors["opened"], drill=incident.drill, active=active,
        resolved="recovered" in incident.anchors,
    )  # fmt: skip
