"""The drills' programme on a wired system: dates begin, are announced, are given up by name; none begins twice."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

import structlog

from config.drilling import House, drills_of
from config.wiring import System
from drills.loader import Drills
from drills.programme import GRACE, Duties, ProgrammeRunner, Turn, next_turn
from drills.progress import ABORTED, PLANNED
from drills.ticker import DrillTicker
from drills.wording import announcement, rhythm
from incident.domain.message import Message, MessageKind, SendError
from incident.domain.roster import Person
from incident.service.records import DrillRun
from incident.web.parts import PlannedDrill
from notifiers.base import Notifier

PROGRAMME = "programme"
"""Who starts the drills of the programme."""

log = structlog.get_logger("tocsin.drills")


def start_programme(system: System, drills: Drills | None = None) -> ProgrammeRunner:
    """Start the yearly programme in this process; end it with its ``stop``. Raises BadInput or Unavailable.

    What fell due while nobody was there is begun or announced before this returns.
    """
    found = drills or drills_of(system)
    house = House.of(system)
    duties = Duties(partial(begin_turn, house), partial(announce_turn, house, system.notifiers), house.now)
    runner = ProgrammeRunner(system.settings.database_url, found.all, duties)
    _give_up_missed(house)
    runner.start()
    return runner


class Programme:
    """The programme on the one node that has the duty: started when it is taken, ended when it is lost."""

    def __init__(self, system: System, drills: Drills) -> None:
        self._system = system
        self._drills = drills
        self._runner: ProgrammeRunner | None = None

    def follow(self, held: bool) -> None:
        """Told often whether this node has the duty. Raises Unavailable while the database is away."""
        if held and self._runner is None:
            self._runner = start_programme(self._system, self._drills)
        elif not held and self._runner is not None:
            self._runner.stop()
            self._runner = None


def planned(drills: Drills, now: datetime) -> tuple[PlannedDrill, ...]:
    """The drills for the site: those in the programme first, by date."""
    found = []
    for name, drill in drills.all.items():
        spec = drill.spec
        every = rhythm(spec.programme) if spec.programme else None
        found.append(PlannedDrill(name, spec.title.text, spec.scenario.value, next_turn(drill, now), every))
    return tuple(sorted(found, key=lambda one: (one.next_at is None, one.next_at or now, one.name)))


def begin_turn(house: House, turn: Turn) -> None:
    """Begin a date of the programme, once. While something real is open it is given up, and its record says why."""
    before, obstacle = house.find(turn.run_id), house.obstacle()
    if before is not None and before.state != PLANNED:
        return
    if obstacle is None:
        DrillTicker(house).start(turn.drill, by=PROGRAMME, run_id=turn.run_id)
    else:
        run = replace(before or _planned_run(turn), state=ABORTED, ended_at=house.now(), reason=obstacle.code)
        house.keep(run)
        log.warning("drill_given_up", run=turn.run_id, reason=obstacle.code)


def announce_turn(house: House, notifiers: Mapping[str, Notifier], turn: Turn) -> None:
    """Tell everyone in the drill address book of a date to come. Whoever was told is not told again."""
    run = house.find(turn.run_id) or _planned_run(turn)
    if run.state != PLANNED:
        return
    told = list(run.body.get("told", ()))
    for person in house.roster.people.values():
        if person.drill_contacts and person.id not in told:
            if not _deliver(person, turn, notifiers, house.now()):
                log.warning("drill_announcement_undelivered", run=turn.run_id, person=person.id)
            told.append(person.id)
            run = replace(run, body={**run.body, "told": list(told)})
            house.keep(run)


def _deliver(person: Person, turn: Turn, notifiers: Mapping[str, Notifier], now: datetime) -> bool:
    text = announcement(turn.drill.spec, turn.at, person.language, person.timezone)
    for contact in person.drill_contacts:
        notifier = notifiers.get(contact.via)
        if notifier is None:
            continue
        message = Message(
            id=f"{turn.run_id}:{person.id}", kind=MessageKind.NOTICE, to=contact.to, language=person.language,
            timezone=person.timezone, incident_id=turn.run_id, page_id=None, level=4, drill=True, title=text.title,
            body=text.body, at=now,
        )  # fmt: skip
        try:
            notifier.send(message)
        except SendError as error:
            log.warning("drill_announcement_failed", run=turn.run_id, via=contact.via, reason=error.reason)
        else:
            return True
    return False


def _planned_run(turn: Turn) -> DrillRun:
    title = turn.drill.spec.title.text
    body: dict[str, Any] = {
        "title": {"zh": title.zh, "en": title.en},
        "scenario": turn.drill.spec.scenario.value,
        "told": [],
    }
    return DrillRun(id=turn.run_id, drill=turn.drill.spec.id, state=PLANNED, started_at=turn.at, body=body)


def _give_up_missed(house: House) -> None:
    """Announced drills whose time passed while Tocsin was down for longer than they may be late."""
    now = house.now()
    for run in house.runs():
        if run.state == PLANNED and run.started_at < now - GRACE:
            missed = replace(run, state=ABORTED, ended_at=now, reason="missed")
            house.keep(missed)
