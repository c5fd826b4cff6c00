"""The command desk: every use case that changes something, one transaction each, again when somebody was first."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from secrets import token_hex
from typing import TypeVar

from incident.domain import events as e
from incident.domain.commands import Command, ReportIncident, SplitSignals
from incident.domain.correlation import CAUSE_WINDOW
from incident.domain.decide import decide, open_by_report
from incident.domain.errors import BadInput, Conflict
from incident.domain.incident import Incident
from incident.domain.opinion import Opinion, Usefulness
from incident.domain.said import said
from incident.domain.suppression import Maintenance, Matcher, Silence
from incident.domain.words import Scenario
from incident.report.build import build, to_json
from incident.report.names import Names
from incident.service.drillstop import stop_drill, stop_drills
from incident.service.masking import Masks
from incident.service.opinions import judge, take_back
from incident.service.ports import Clock, Store, UnitOfWork
from incident.service.projection import report_rows
from incident.service.records import StoredReport
from incident.service.redaction import code_name_for
from incident.service.session import Rules, Session
from incident.service.splitting import split

ATTEMPTS = 8
T = TypeVar("T")


class Desk:
    """Carries out commands. ``wake`` is called after each commit, so that sending starts at once."""

    def __init__(
        self, uow: UnitOfWork, rules: Rules, clock: Clock, names: Names, wake: Callable[[], None] = lambda: None,
        masks: Masks | None = None,
    ) -> None:  # fmt: skip
        """``masks`` hide personal data in what people type: it stands in messages, on pages and in reports."""
        self.masks = masks or Masks()
        self.uow = uow
        self.rules = rules
        self.clock = clock
        self.names = names
        self._wake = wake

    def do(self, command: Command) -> Incident:
        """Carry out one command; the incident as it stands afterwards.

        Raises NotFound, NotAllowed, BadInput, or Conflict after several lost races. Doing it again changes nothing.
        """
        told = self.masks.on(command)
        return self.transact(lambda store, now: self._do(store, told, now))

    def report(self, command: ReportIncident) -> Incident:
        """A person raises the alarm: open an incident."""
        told = self.masks.on(command)
        return self.transact(lambda store, now: self._report(store, told, now))

    def silence(
        self,
        matchers: tuple[Matcher, ...],
        *,
        by: str,
        reason: str,
        lasts: timedelta,
        starts_at: datetime | None = None,
    ) -> Silence:
        """Hold matching signals back for a time. Raises BadInput without a matcher or a reason."""
        if not matchers or not reason.strip() or lasts <= timedelta():
            raise BadInput("silence: needs a matcher, a reason and a duration", remedy="e.g. service=ivr for 2h")

        why = self.masks.text(reason.strip())

        def add(store: Store, now: datetime) -> Silence:
            begin = starts_at or now
            silence = Silence(f"sil-{token_hex(4)}", matchers, begin, begin + lasts, by, why)
            store.silences.add_silence(silence)
            return silence

        return self.transact(add)

    def maintenance(
        self, services: tuple[str, ...], *, by: str, reason: str, lasts: timedelta, starts_at: datetime | None = None
    ) -> Maintenance:
        """Announce planned work on services. Raises BadInput for a service nobody knows."""
        unknown = [s for s in services if s not in self.rules.services.services]
        if unknown or not services or not reason.strip() or lasts <= timedelta():
            what = said("maintenance: unknown service {names}", names=", ".join(unknown))
            if not unknown:
                what = said("maintenance: needs a service, a reason and a duration")
            raise BadInput(what, remedy="services are listed in services.yaml")

        why = self.masks.text(reason.strip())

        def add(store: Store, now: datetime) -> Maintenance:
            begin = starts_at or now
            window = Maintenance(f"mnt-{token_hex(4)}", services, begin, begin + lasts, by, why)
            store.silences.add_window(window)
            return window

        return self.transact(add)

    def end_silence(self, silence_id: str) -> None:
        """End a silence or maintenance window now. Raises NotFound."""
        self.transact(lambda store, now: store.silences.end(silence_id, now))

    def judge(self, signal_id: str, by: str, verdict: Usefulness, via: str) -> Opinion:
        """Somebody says whether a signal was worth being told. Raises NotFound, BadInput for a drill's."""
        return self.transact(lambda store, now: judge(store, Opinion("", signal_id, by, now, verdict, via)))

    def take_back(self, signal_id: str, by: str) -> None:
        """Undo what somebody said of a signal. Raises NotFound when they said nothing."""
        self.transact(lambda store, _now: take_back(store, signal_id, by))

    def stop_drill(self, run_id: str, reason: str) -> None:
        """Break off a running drill; a drill that has ended stays as it is."""

        why = self.masks.text(reason)

        def stop(store: Store, now: datetime) -> None:
            run = store.drills.get(run_id)
            if run.state == "running":
                stop_drill(store, self.rules, run, why, now)

        self.transact(stop)

    def transact(self, work: Callable[[Store, datetime], T]) -> T:
        """Run ``work`` in one transaction; again from the start when another writer was first."""
        for attempt in range(ATTEMPTS):
            try:
                with self.uow() as store:
                    result = work(store, self.clock.now())
                    store.commit()
            except Conflict:
                if attempt == ATTEMPTS - 1:
                    raise
                time.sleep(0.005 * 2**attempt)
            else:
                self._wake()
                return result
        raise AssertionError("unreachable")

    def _do(self, store: Store, command: Command, now: datetime) -> Incident:
        if isinstance(command, SplitSignals):
            return split(store, self.rules, command, now)
        session = Session(store.incidents.get(command.incident_id), self.rules, now)
        events = decide(session.incident, command, now)
        if events:
            session.record(events, f"person:{command.by}", command.at)
            session.settle()
            session.save(store)
            if any(isinstance(event, e.IncidentEnded) for event in events):
                self._issue_report(store, session.incident, now)
        return session.incident

    def _report(self, store: Store, command: ReportIncident, now: datetime) -> Incident:
        store.one_at_a_time()  # a drill that begins at this instant on another node must be seen, or see this
        incident_id = store.incidents.new_id(now, drill=command.drill is not None)
        opened = open_by_report(command, incident_id, code_name_for(incident_id), now)
        session = Session(Incident(), self.rules, now)
        session.record([opened], f"person:{command.by}")
        if command.scenario is Scenario.COMPLAINT_SURGE:
            self._link_cause(store, session, now)
        session.settle()
        session.save(store)
        if command.drill is None:
            stop_drills(store, self.rules, f"real_incident:{incident_id}", now)
        return session.incident

    def _link_cause(self, store: Store, surge: Session, now: datetime) -> None:
        """Complaints that a person reports during an outage are linked to the latest outage that still stands."""
        incident = surge.incident
        outages = [
            other
            for other in store.incidents.open_facts()
            if other.scenario is Scenario.SYSTEM_OUTAGE and other.drill == incident.drill and not other.resolved
            and now - other.opened_at <= CAUSE_WINDOW
        ]  # fmt: skip
        if not outages:
            return
        cause = max(outages, key=lambda other: other.opened_at)
        surge.record([e.IncidentLinked(cause.id, "caused_by", "same_time")], "system")
        linked = Session(store.incidents.get(cause.id), self.rules, now)
        linked.record([e.IncidentLinked(incident.id, "causes", "same_time")], "system")
        linked.save(store)

    def _issue_report(self, store: Store, incident: Incident, now: datetime) -> None:
        """The report to management, issued with the signature and sent through the same outbox."""
        count = len(store.reports.rows(incident.id)) + 1
        report_id = f"{incident.id}-r{count}"
        roster = self.rules.roster
        holders = [roster.holders(position, now) for position in roster.management]
        people = tuple(dict.fromkeys(person.id for found in holders for person in found))
        session = Session(incident, self.rules, now)
        session.record([e.ReportIssued(report_id, people)], "system")
        session.save(store)
        data = to_json(build(store.log.entries(incident.id), now, self.names))
        store.reports.save(
            StoredReport(report_id, incident.id, now, final=True, drill=incident.drill is not None,
                         restricted=incident.restricted, data=data)
        )  # fmt: skip
        store.outbox.add(report_rows(incident, report_id, roster, people, now))
