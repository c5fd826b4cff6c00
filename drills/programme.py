"""The yearly programme: which drill is due when, and the scheduler that starts them.

The only module that knows APScheduler. Its jobs are kept in their own table of Tocsin's database, so that a drill
that fell due while Tocsin was down is caught up with after the restart.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from threading import Lock
from zoneinfo import ZoneInfo

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger

from drills.loader import Loaded
from drills.schema import Programme
from incident.domain.errors import TocsinError
from incident.store.engine import open_engine, parse

TABLE = "drill_programme"
GRACE = timedelta(days=1)
"""So late a drill may still begin; later than that it waits for its next turn."""
LONGEST_NOTICE = timedelta(days=92)
"""No drill is announced more than a quarter beforehand."""
_NTH = {1: "1st", 2: "2nd", 3: "3rd", 4: "4th", "last": "last"}

log = structlog.get_logger("tocsin.drills")


@dataclass(frozen=True, slots=True)
class Turn:
    """One date of the programme."""

    drill: Loaded
    at: datetime

    @property
    def run_id(self) -> str:
        """The name of the run of this date: starting it twice is starting it once."""
        return f"{self.drill.spec.id}-{self.at.astimezone(UTC):%Y%m%d-%H%M}"

    @property
    def announced_at(self) -> datetime | None:
        """When people are told beforehand; None when they are not."""
        programme = self.drill.spec.programme
        return self.at - programme.announce if programme and programme.announce else None


def trigger(programme: Programme) -> CronTrigger:
    """The programme as APScheduler counts it, in the programme's own time zone."""
    hour, minute = programme.at.split(":")
    return CronTrigger(
        month=",".join(str(month) for month in sorted(set(programme.months))),
        day=f"{_NTH[programme.week]} {programme.weekday}", hour=int(hour), minute=int(minute),
        timezone=ZoneInfo(programme.timezone),
    )  # fmt: skip


def turns(drills: Iterable[Loaded], start: datetime, end: datetime) -> list[Turn]:
    """All dates from ``start`` up to but not including ``end``, earliest first."""
    found = [Turn(drill, at) for drill in drills for at in _dates(drill, start, end)]
    return sorted(found, key=lambda turn: (turn.at, turn.drill.spec.id))


def next_turn(drill: Loaded, now: datetime) -> datetime | None:
    """When this drill comes round next; None when it is not in the programme."""
    if drill.spec.programme is None:
        return None
    found: datetime | None = trigger(drill.spec.programme).get_next_fire_time(None, now)
    return found.astimezone(now.tzinfo) if found else None


def _dates(drill: Loaded, start: datetime, end: datetime) -> Iterator[datetime]:
    at = next_turn(drill, start)
    while at is not None and at < end:
        yield at
        at = next_turn(drill, at + timedelta(minutes=1))


# --- the scheduler ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Duties:
    """What the scheduler does: begin a turn, tell people of one. Both change nothing when done before."""

    begin: Callable[[Turn], None]
    announce: Callable[[Turn], None]
    now: Callable[[], datetime]


class ProgrammeRunner:
    """The running programme. ``stop`` ends it; what is due meanwhile is caught up with by the next one."""

    def __init__(self, url: str, drills: Mapping[str, Loaded], duties: Duties) -> None:
        self._key = sha256(url.encode()).hexdigest()[:16]  # jobs are stored with it: the URL itself may hold a password
        self._drills = {name: drill for name, drill in drills.items() if drill.spec.programme}
        self._duties = duties
        self._engine = open_engine(parse(url))
        self._scheduler = BackgroundScheduler(
            jobstores={"default": SQLAlchemyJobStore(engine=self._engine, tablename=TABLE)},
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1},
            timezone=ZoneInfo("UTC"),
        )

    def start(self) -> None:
        """Put the programme as the files have it now in the place of the stored one, and begin."""
        with _LOCK:
            _RUNNERS[self._key] = self
        self._scheduler.start(paused=True)
        announced = {name for name, drill in self._drills.items() if _announced(drill)}
        wanted = {f"begin:{name}" for name in self._drills} | {f"announce:{name}" for name in announced}
        for job in self._scheduler.get_jobs():
            if job.id not in wanted:
                job.remove()
        for name, drill in self._drills.items():
            self._schedule(name, drill)
        self.catch_up()
        self._scheduler.resume()

    def stop(self) -> None:
        """End; a drill that is under way goes on with the worker."""
        self._scheduler.shutdown(wait=True)
        self._engine.dispose()  # its thread looks once more after the store was closed, by a connection of its own
        with _LOCK:
            _RUNNERS.pop(self._key, None)

    def catch_up(self) -> None:
        """Begin and announce what fell due while nobody was there. The stored jobs do so too, except for one that a
        process took up and died over."""
        now = self._duties.now()
        for turn in turns(self._drills.values(), now - GRACE, now):
            self._guarded(self._duties.begin, turn)
        self._announce(self._drills.values(), now)

    def due(self, kind: str, name: str) -> None:
        """A job fires: the newest date of this drill is due (begin), or the next one is near (announce)."""
        drill, now = self._drills.get(name), self._duties.now()
        if drill is None:
            return
        if kind == "begin":
            for turn in turns([drill], now - GRACE, now + timedelta(seconds=1))[-1:]:
                self._guarded(self._duties.begin, turn)
        else:
            self._announce([drill], now)

    def _announce(self, drills: Iterable[Loaded], now: datetime) -> None:
        for turn in turns(drills, now, now + LONGEST_NOTICE):
            if turn.announced_at is not None and turn.announced_at <= now:
                self._guarded(self._duties.announce, turn)

    def _schedule(self, name: str, drill: Loaded) -> None:
        programme = drill.spec.programme
        if programme is None:
            return
        jobs = [("begin", trigger(programme))]
        if _announced(drill):
            # Told daily at the drill's hour whether its announcement is due: months before it can't be reckoned back.
            hour, minute = programme.at.split(":")
            jobs.append(("announce", CronTrigger(hour=hour, minute=minute, timezone=ZoneInfo(programme.timezone))))
        for kind, when in jobs:
            stored = self._scheduler.get_job(f"{kind}:{name}")
            if stored is not None and str(stored.trigger) == str(when):
                continue  # putting it anew would forget that it fell due meanwhile
            self._scheduler.add_job(
                fire, when, args=(self._key, kind, name), id=f"{kind}:{name}", replace_existing=True,
                misfire_grace_time=int(GRACE.total_seconds()),
            )  # fmt: skip

    @staticmethod
    def _guarded(duty: Callable[[Turn], None], turn: Turn) -> None:
        try:
            duty(turn)
        except TocsinError as error:
            log.warning("drill_not_begun", drill=turn.drill.spec.id, reason=str(error))


def _announced(drill: Loaded) -> bool:
    return drill.spec.programme is not None and drill.spec.programme.announce is not None


def fire(key: str, kind: str, name: str) -> None:
    """What a stored job calls. Jobs are stored by name, so this looks up the programme that runs in this process."""
    with _LOCK:
        runner = _RUNNERS.get(key)
    if runner is not None:
        runner.due(kind, name)


_RUNNERS: dict[str, ProgrammeRunner] = {}
_LOCK = Lock()
