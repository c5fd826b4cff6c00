"""What can be measured in a drill, and how a measurement becomes a rating. Pure.

Each measure answers what it found (``Found``); ``rate`` turns times into ratings by one rule for all of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from drills.journal import Journal
from drills.schema import Target
from incident.domain import events as e
from incident.domain.parts import TaskStatus

SOME = 1.5
"""Up to so many times the target, a late result still counts as reached with some difficulty."""
FEW, FEWER = 0.8, 0.5
"""Shares of the target share that still count as reached with some, and with major, difficulty."""


class Rating(StrEnum):
    """How an objective went. Letters are never averaged; what nobody saw is not guessed."""

    PERFORMED = "P"
    SOME_DIFFICULTY = "S"
    MAJOR_DIFFICULTY = "M"
    UNREACHED = "U"
    NOT_OBSERVED = "not_observed"


@dataclass(frozen=True, slots=True)
class Found:
    """A rating, why (a code of ``drills.wording``), and the figures behind it: seconds, or a share."""

    rating: Rating
    why: str
    seen: float | None = None
    who: tuple[str, ...] = ()


def measure(target: Target, journal: Journal) -> Found:
    """How the target was met."""
    if (moment := _MOMENTS.get(target.measure)) is not None:
        return _timed(target, journal, moment(target, journal))
    return _OTHERS[target.measure](target, journal)


def rate(elapsed: timedelta, within: timedelta) -> Rating:
    """P within the target, S up to half as long again, M later than that."""
    if elapsed <= within:
        return Rating.PERFORMED
    return Rating.SOME_DIFFICULTY if elapsed <= within * SOME else Rating.MAJOR_DIFFICULTY


def _timed(target: Target, journal: Journal, moment: datetime | None) -> Found:
    start = _start(target, journal)
    if start is None:
        return Found(Rating.NOT_OBSERVED, "no_incident" if target.after is None else "inject_not_sent")
    within = target.within or timedelta()
    if moment is not None:
        elapsed = max(moment - start, timedelta())
        rating = rate(elapsed, within)
        return Found(rating, "in_time" if rating is Rating.PERFORMED else "late", elapsed.total_seconds())
    if journal.seen_until - start < within:
        return Found(Rating.NOT_OBSERVED, "ended_before")
    return Found(Rating.UNREACHED, "never")


def _start(target: Target, journal: Journal) -> datetime | None:
    if target.after is not None:
        return journal.injects.get(target.after)
    if target.measure == "time_to_detect":
        return min(journal.injects.values(), default=None)
    return journal.opened_at


# --- moments ----------------------------------------------------------------------------------------------------------


def _detected(_target: Target, j: Journal) -> datetime | None:
    return j.opened_at


def _paged(_target: Target, j: Journal) -> datetime | None:
    return j.first(lambda ev: isinstance(ev, e.PageDelivered))


def _acked(_target: Target, j: Journal) -> datetime | None:
    return j.first(lambda ev: isinstance(ev, e.IncidentAcknowledged))


def _command(target: Target, j: Journal) -> datetime | None:
    return j.first(lambda ev: isinstance(ev, e.PositionAssumed) and target.group in {None, ev.group})


def _deputy(target: Target, j: Journal) -> datetime | None:
    return j.first(lambda ev: isinstance(ev, e.PositionAssumed) and ev.acting and target.group in {None, ev.group})


def _task(target: Target, j: Journal) -> datetime | None:
    return j.first(lambda ev: isinstance(ev, e.TaskDone) and ev.task_id == target.task)


def _level(target: Target, j: Journal) -> datetime | None:
    wanted = target.level or 0
    return j.first(
        lambda ev: (
            (isinstance(ev, e.LevelChanged) and ev.new <= wanted)
            or (isinstance(ev, e.IncidentOpened) and ev.level <= wanted)
        )
    )


def _convened(target: Target, j: Journal) -> datetime | None:
    return j.first(lambda ev: isinstance(ev, e.GroupConvened) and ev.group is target.group)


def _resolved(_target: Target, j: Journal) -> datetime | None:
    return j.first(lambda ev: isinstance(ev, e.IncidentResolved))


# --- the rest ---------------------------------------------------------------------------------------------------------


def _task_done(target: Target, j: Journal) -> Found:
    task = j.incidents[0].tasks.get(target.task or "") if j.incidents else None
    if task is None:
        return Found(Rating.NOT_OBSERVED, "no_incident" if not j.incidents else "not_in_plan")
    if _task(target, j) is not None:
        return Found(Rating.PERFORMED, "done")
    if task.status is TaskStatus.WAIVED:
        return Found(Rating.MAJOR_DIFFICULTY, "waived")
    return Found(*((Rating.UNREACHED, "never") if j.state == "finished" else (Rating.NOT_OBSERVED, "ended_before")))


def _reached(target: Target, j: Journal) -> Found:
    paged, reached = people_paged(j), people_reached(j)
    if not paged:
        return Found(Rating.NOT_OBSERVED, "nobody_paged")
    share = len(paged & reached) / len(paged)
    missed = tuple(sorted(paged - reached))
    for limit, rating in (
        (1.0, Rating.PERFORMED), (FEW, Rating.SOME_DIFFICULTY), (FEWER, Rating.MAJOR_DIFFICULTY),
    ):  # fmt: skip
        if share >= target.share * limit:
            return Found(rating, "share", share, missed)
    return Found(Rating.UNREACHED, "share", share, missed)


def _nobody_outside(_target: Target, j: Journal) -> Found:
    if not j.sent:
        return Found(Rating.NOT_OBSERVED, "nobody_paged")
    outside = tuple(sorted({s.person or s.to for s in j.sent if [s.via, s.to] not in j.book.get(s.person, [])}))
    return Found(Rating.UNREACHED, "outside", who=outside) if outside else Found(Rating.PERFORMED, "nobody_outside")


def _not_overdue(target: Target, j: Journal) -> Found:
    if not j.incidents:
        return Found(Rating.NOT_OBSERVED, "no_incident")
    if any(isinstance(entry.event, e.TaskOverdue) and entry.event.task_id == target.task for entry in j.main()):
        done = _task(target, j) is not None
        return Found(Rating.MAJOR_DIFFICULTY if done else Rating.UNREACHED, "overdue")
    if _task(target, j) is not None:
        return Found(Rating.PERFORMED, "done")
    return Found(Rating.NOT_OBSERVED, "ended_before")


def _fact_never(target: Target, j: Journal) -> Found:
    values = [en.event.value for en in j.main() if isinstance(en.event, e.FactSet) and en.event.name == target.fact]
    if not values:
        return Found(Rating.NOT_OBSERVED, "fact_not_set")
    return Found(Rating.UNREACHED, "fact_was") if target.value in values else Found(Rating.PERFORMED, "fact_was_not")


def people_paged(j: Journal) -> set[str]:
    """Everyone a page was meant for."""
    return {entry.event.person for entry in j.everything() if isinstance(entry.event, e.PageRequested)}


def people_reached(j: Journal) -> set[str]:
    """Everyone to whom at least one page was delivered, or who did something without waiting for it."""
    delivered = {entry.event.person for entry in j.everything() if isinstance(entry.event, e.PageDelivered)}
    return delivered | people_active(j)


def people_active(j: Journal) -> set[str]:
    """Everyone who did something: answered, worked on a task, wrote a note."""
    return {entry.actor.partition(":")[2] for entry in j.everything() if entry.actor.startswith("person:")}


_MOMENTS: dict[str, Callable[[Target, Journal], datetime | None]] = {
    "time_to_detect": _detected, "time_to_page": _paged, "time_to_ack": _acked, "time_to_command": _command,
    "time_to_deputy": _deputy, "time_to_task": _task, "time_to_level": _level, "time_to_convene": _convened,
    "time_to_resolve": _resolved,
}  # fmt: skip
_OTHERS: dict[str, Callable[[Target, Journal], Found]] = {
    "task_done": _task_done, "everyone_reached": _reached, "nobody_paged_outside": _nobody_outside,
    "no_task_overdue": _not_overdue, "fact_never": _fact_never,
}  # fmt: skip
