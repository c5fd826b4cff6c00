"""From journal to score: objectives, expectations, timings, participation, plan coverage, what to improve. Pure.

The same journal gives the same score. Nothing is averaged and nothing unseen is guessed.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from drills.journal import Journal
from drills.measures import Found, Rating, measure, people_active, people_paged, people_reached
from drills.schema import Expect, Inject
from incident.domain import events as e
from incident.domain.parts import TaskStatus


class Verdict(StrEnum):
    """What became of an expectation."""

    MET = "met"
    LATE = "late"
    MISSED = "missed"
    NOT_OBSERVED = "not_observed"


@dataclass(frozen=True, slots=True)
class ObjectiveScore:
    """An objective's rating and the figures behind it."""

    id: str
    found: Found

    @property
    def met(self) -> bool:
        """Reached, at most with some difficulty."""
        return self.found.rating in {Rating.PERFORMED, Rating.SOME_DIFFICULTY}


@dataclass(frozen=True, slots=True)
class ExpectationScore:
    """What was to follow an inject, and when it did: seconds after the inject."""

    inject: str
    verdict: Verdict
    within: float
    seen: float | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to improve. ``code`` and what it is about; the sentence is written by ``drills.wording``."""

    code: str  # objective | expectation | unreachable | no_answer | no_incident
    about: str = ""
    rating: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """A drill judged. ``timings`` in seconds; ``coverage`` is the share of the plan's tasks that were touched."""

    run_id: str
    drill: str
    state: str
    objectives: tuple[ObjectiveScore, ...]
    expectations: tuple[ExpectationScore, ...]
    timings: dict[str, float]
    paged: tuple[str, ...]
    reached: tuple[str, ...]
    took_part: tuple[str, ...]
    tasks_planned: int
    tasks_touched: int
    findings: tuple[Finding, ...]

    @property
    def met(self) -> int:
        """How many objectives were reached, at most with some difficulty."""
        return sum(objective.met for objective in self.objectives)

    @property
    def coverage(self) -> float | None:
        """Share of the plan's tasks that somebody started, finished or waived; None without a plan."""
        return self.tasks_touched / self.tasks_planned if self.tasks_planned else None


def score(journal: Journal) -> Score:
    """Judge a drill as far as it has gone."""
    objectives = tuple(ObjectiveScore(o.id, measure(o.target, journal)) for o in journal.drill.objectives)
    expectations = tuple(_expectation(i, i.expect, journal) for i in journal.drill.injects if i.expect)
    planned, touched = _coverage(journal)
    return Score(
        run_id=journal.run_id, drill=journal.drill.id, state=journal.state, objectives=objectives,
        expectations=expectations, timings=_timings(journal), paged=tuple(sorted(people_paged(journal))),
        reached=tuple(sorted(people_reached(journal))), took_part=tuple(sorted(people_active(journal))),
        tasks_planned=planned, tasks_touched=touched, findings=_findings(journal, objectives, expectations),
    )  # fmt: skip


def _expectation(inject: Inject, expect: Expect, j: Journal) -> ExpectationScore:
    within = expect.within.total_seconds()
    sent = j.injects.get(inject.id)
    if sent is None:
        return ExpectationScore(inject.id, Verdict.NOT_OBSERVED, within)
    moment = _followed(expect, j)
    if moment is not None:
        elapsed = max(moment - sent, timedelta())
        verdict = Verdict.MET if elapsed <= expect.within else Verdict.LATE
        return ExpectationScore(inject.id, verdict, within, elapsed.total_seconds())
    over = j.seen_until - sent >= expect.within
    return ExpectationScore(inject.id, Verdict.MISSED if over else Verdict.NOT_OBSERVED, within)


def _followed(expect: Expect, j: Journal) -> datetime | None:
    """When what was expected happened; before the inject counts, for then it was not needed any more."""
    if expect.page:
        pages = {
            entry.event.page_id
            for entry in j.main()
            if isinstance(entry.event, e.PageRequested) and entry.event.position == expect.page
        }
        return j.first(lambda ev: isinstance(ev, e.PageDelivered) and ev.page_id in pages)
    if expect.deputy:
        return j.first(lambda ev: isinstance(ev, e.PositionAssumed) and ev.acting and ev.group is expect.deputy)
    if expect.level:
        wanted = expect.level
        return j.first(
            lambda ev: (
                (isinstance(ev, e.LevelChanged) and ev.new <= wanted)
                or (isinstance(ev, e.IncidentOpened) and ev.level <= wanted)
            )
        )
    if expect.task:
        return j.first(lambda ev: isinstance(ev, e.TaskDone) and ev.task_id == expect.task)
    return j.first(lambda ev: isinstance(ev, e.IncidentAcknowledged))


def _timings(j: Journal) -> dict[str, float]:
    start = min(j.injects.values(), default=None)
    if start is None:
        return {}
    moments = {
        "opened": j.opened_at,
        "first_page": j.first(lambda ev: isinstance(ev, e.PageDelivered)),
        "acknowledged": j.first(lambda ev: isinstance(ev, e.IncidentAcknowledged)),
        "in_command": j.first(lambda ev: isinstance(ev, e.PositionAssumed)),
        "first_task": j.first(lambda ev: isinstance(ev, e.TaskDone)),
        "resolved": j.first(lambda ev: isinstance(ev, e.IncidentResolved)),
    }
    return {name: max((at - start).total_seconds(), 0.0) for name, at in moments.items() if at is not None}


def _coverage(j: Journal) -> tuple[int, int]:
    if not j.incidents:
        return 0, 0
    tasks = j.incidents[0].tasks.values()
    return len(tasks), sum(task.status is not TaskStatus.PLANNED for task in tasks)


def _findings(
    j: Journal, objectives: tuple[ObjectiveScore, ...], expectations: tuple[ExpectationScore, ...]
) -> tuple[Finding, ...]:
    found = [] if j.incidents else [Finding("no_incident")]
    found += [
        Finding("objective", one.id, one.found.rating.value)
        for one in objectives
        if one.found.rating in {Rating.SOME_DIFFICULTY, Rating.MAJOR_DIFFICULTY, Rating.UNREACHED}
    ]
    found += [
        Finding("expectation", one.inject, one.verdict.value)
        for one in expectations
        if one.verdict in {Verdict.LATE, Verdict.MISSED}
    ]
    found += [Finding("unreachable", person) for person in sorted(people_paged(j) - people_reached(j))]
    return tuple(found)
