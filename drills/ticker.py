"""Plays drills by the clock: one tick sends what is due, ends what is over and scores what has ended.

All state is in the record of the run, so that killing the process between two injects loses none and doubles none.
"""

from datetime import datetime
from functools import partial

import structlog

from drills.journal import journal_of
from drills.loader import Loaded
from drills.progress import (
    ABORTED,
    FINISHED,
    Due,
    all_out,
    due,
    ends_at,
    events_of,
    marked_sent,
    marked_skipped,
    new_run,
    next_due,
    spec_of,
    with_incidents,
)
from drills.rehearsal import Rehearsal
from drills.schema import Drill, Inject
from drills.scoring import Score, score
from drills.wording import STAY_SILENT, actions_of, to_body
from incident.domain.commands import ReportIncident
from incident.domain.errors import BadInput
from incident.domain.incident import Incident, TaskStatus
from incident.domain.said import said
from incident.service.records import DrillRun

INJECT_LABEL = "inject"
LOOK_BACK = 50
"""So many newest runs are looked through at the start for one that ended without a score."""

log = structlog.get_logger("tocsin.drills")


class DrillTicker:
    """The one who plays drills in this process. Call ``tick`` often; it is cheap while no drill is running."""

    def __init__(self, house: Rehearsal) -> None:
        self._house = house
        self._watched: set[str] | None = None

    def start(self, loaded: Loaded, *, by: str, run_id: str = "", mode: str = "live") -> DrillRun:
        """Begin a run. Raises Conflict while something real is open or a drill is running, BadInput when nobody
        has a drill address."""
        now = self._house.now()
        book = {
            person.id: [[contact.via, contact.to] for contact in person.drill_contacts]
            for person in self._house.roster.people.values()
            if person.drill_contacts
        }
        if not book:
            raise BadInput("nobody has a drill address", remedy="add drill_contacts to people.yaml")
        name = run_id or f"{loaded.spec.id}-{now:%Y%m%d-%H%M%S}"
        run = new_run(loaded, name, now, by=by, mode=mode, book=book)
        self._house.begin(run)
        log.info("drill_started", run=name, mode=mode)
        return run

    def tick(self, now: datetime) -> int:
        """Do what is due; how much was done."""
        running = self._house.running()
        done = sum(self._play(run, now) for run in running)
        return done + self._settle_ended({run.id for run in running}, now)

    def next_due(self) -> datetime | None:
        """When ``tick`` will next have something to do; None while no drill is running."""
        moments = [next_due(run, drill) for run in self._house.running() if (drill := spec_of(run))]
        return min(moments, default=None)

    def score(self, run_id: str) -> Score:
        """The score of a run as it stands now. Raises NotFound, or BadInput for a run that never began."""
        run = self._house.run(run_id)
        drill = spec_of(run)
        if drill is None:
            raise BadInput(said("drill run {run} never began", run=run_id), remedy="see: tocsin drill list")
        return score(journal_of(self._house, run, drill, self._house.now()))

    def _play(self, run: DrillRun, now: datetime) -> int:
        drill = spec_of(run)
        if drill is None:
            return 0
        if now >= ends_at(run, drill):
            return self._finish(run, drill, now)
        found = self._house.incidents(run.id)
        if [incident.id for incident in found] != run.body["incidents"]:
            self._house.change(run.id, partial(with_incidents, ids=[incident.id for incident in found]))
        done = 0
        for one in due(run, drill, now):
            self._send(run, one, found, now)
            done += one.end - one.first
        if not done and found and all_out(run, drill) and all(incident.ended for incident in found):
            return self._finish(run, drill, now)
        return done

    def _send(self, run: DrillRun, one: Due, found: list[Incident], now: datetime) -> None:
        inject = one.inject
        sent = partial(marked_sent, one=one, now=now)
        if inject.unless and _happened(inject, found):
            self._house.change(run.id, partial(marked_skipped, inject_id=inject.id, now=now))
        elif inject.kind == "event":
            self._house.accept(events_of(run, one))
            self._house.change(run.id, sent)
        elif inject.report:
            # Killed between the two, the next process finds the incident by its label and only marks it.
            if not any(incident.labels.get(INJECT_LABEL) == inject.id for incident in found):
                self._house.report(self._alarm(run, inject, now))
            self._house.change(run.id, sent)
        else:
            text = inject.text.text if inject.text else STAY_SILENT.text
            self._house.tell(run.id, text, inject.to or "", f"drill:{run.id}:{inject.id}", sent)
        log.info("drill_inject", run=run.id, inject=inject.id, kind=inject.kind)

    def _alarm(self, run: DrillRun, inject: Inject, now: datetime) -> ReportIncident:
        assert inject.report is not None  # noqa: S101 - the schema holds reports to it
        assert inject.text is not None  # noqa: S101
        alarm, language = inject.report, self._house.language
        holder = next((person.id for person in self._house.roster.holders(alarm.by, now)), alarm.by)
        labels = {INJECT_LABEL: inject.id} | ({"service": alarm.service} if alarm.service else {})
        return ReportIncident(
            by=holder, scenario=alarm.scenario, title=inject.text.text.in_(language)[:200], impact=alarm.impact,
            urgency=alarm.urgency, labels=labels, drill=run.id,
        )  # fmt: skip

    def _finish(self, run: DrillRun, drill: Drill, now: datetime) -> int:
        found = score(journal_of(self._house, run, drill, now, over=FINISHED))
        ids = [incident.id for incident in self._house.incidents(run.id)]
        actions = actions_of(found, drill, now, self._house.language)
        self._house.finish(run.id, partial(_judged, ids=ids, found=found), actions)
        log.info("drill_finished", run=run.id, met=found.met, of=len(found.objectives))
        return 1

    def _settle_ended(self, running: set[str], now: datetime) -> int:
        """Score runs that ended without us: stopped by a real incident, by somebody, or while we were away."""
        first = self._watched is None
        gone = {run.id for run in self._house.runs(LOOK_BACK)} if first else (self._watched or set()) - running
        self._watched = running
        done = 0
        for run_id in sorted(gone - running):
            run = self._house.run(run_id)
            drill = spec_of(run)
            if drill is None or run.state not in {FINISHED, ABORTED} or "score" in run.body:
                continue
            found = score(journal_of(self._house, run, drill, now))
            ids = [incident.id for incident in self._house.incidents(run_id)]
            self._house.keep_score(run_id, partial(_judged, ids=ids, found=found))
            done += 1
        if gone:
            self._house.sweep()
        return done


def _judged(run: DrillRun, *, ids: list[str], found: Score) -> DrillRun:
    """The run with its incidents and its score."""
    return to_body(with_incidents(run, ids), found)


def _happened(inject: Inject, found: list[Incident]) -> bool:
    """Whether what would make this inject needless has happened."""
    unless = inject.unless
    if unless is None:
        return False
    if unless.opened:
        return bool(found)
    if unless.ack:
        return any(incident.acknowledged for incident in found)
    tasks = (incident.tasks.get(unless.task or "") for incident in found)
    return any(task is not None and task.status is TaskStatus.DONE for task in tasks)
