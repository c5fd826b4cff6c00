"""Plays a drill in seconds: a throw-away house, a clock that is pushed, scripted people. Nothing leaves."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from drills.loader import Loaded
from drills.people import Cast
from drills.progress import RUNNING, ends_at, silent_positions
from drills.rehearsal import Rehearsal, Stage
from drills.scoring import Score
from drills.ticker import DrillTicker
from incident.domain.errors import BadInput, NotAllowed
from incident.service.records import DrillRun

STEP = timedelta(milliseconds=1)
"""Time goes on by at least so much, also when something says it is due in the past."""


class House(Rehearsal, Stage, Protocol):
    """A house one can rehearse in and whose clock can be pushed."""


@dataclass(frozen=True, slots=True)
class Played:
    """A drill that was played: the run's record and its score."""

    run: DrillRun
    score: Score


def play(house: House, loaded: Loaded, *, seed: int | None = None, by: str = "fast") -> Played:
    """Play a drill from start to end. The same files, seed and starting moment give the same score."""
    ticker = DrillTicker(house)
    run = ticker.start(loaded, by=by, run_id=f"{loaded.spec.id}-fast", mode="fast")
    chosen = loaded.spec.script.seed if seed is None else seed
    cast = Cast(loaded.spec, house.roster, chosen, run.started_at, house.language)
    end = ends_at(run, loaded.spec)
    while house.run(run.id).state == RUNNING:
        now = house.now()
        _do_all(house, ticker, cast, run.id, now)
        moments = (ticker.next_due(), house.next_due(), cast.next_due(), end)
        following = min(moment for moment in moments if moment is not None)
        house.run_until(max(following, now + STEP))
    return Played(house.run(run.id), ticker.score(run.id))


def _do_all(house: House, ticker: DrillTicker, cast: Cast, run_id: str, now: datetime) -> None:
    """Everything there is to do at this instant, until nobody has anything more to do."""
    while True:
        done = ticker.tick(now)
        house.run_until(now)
        run = house.run(run_id)
        if run.state != RUNNING:
            return
        cast.look(house.incidents(run_id), silent_positions(run, cast.drill), now)
        commands = cast.due(now)
        for command in commands:
            try:
                house.do(command)
            except (BadInput, NotAllowed):
                continue  # overtaken by somebody else's deed at the same instant: as in life, nothing comes of it
        if not done and not commands:
            return
