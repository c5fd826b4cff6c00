"""Reads the conditions of a running incident and tells what has changed: three-valued, logged, replayable. Pure.

The verdicts go into the log, so the fold of the log has them without evaluating anything again.
"""

from collections.abc import Iterator
from datetime import datetime

from incident.domain.events import DomainEvent, LevelChanged
from incident.domain.events_playbook import ConditionRead, DeadlineSet, IncidentCalled
from incident.domain.incident import Incident, Task
from incident.domain.parts import TaskStatus, Verdict
from incident.domain.plan import Plan
from playbooks.business import add_business_days
from playbooks.condition import Condition, compile_condition
from playbooks.facts import Facts, turning_points

Reading = tuple[Verdict, tuple[str, ...]]


def sources(plan: Plan) -> Iterator[tuple[str, str]]:
    """Every condition of the plan beside the tasks', as (subject, condition)."""
    for rule in plan.matrix:
        if rule.when:
            yield f"level:{rule.level}", rule.when
    for phase in plan.phases:
        if phase.entry:
            yield f"entry:{phase.phase}", phase.entry
        if phase.exit:
            yield f"exit:{phase.phase}", phase.exit
    for link in plan.links:
        yield f"link:{link.id}", link.when
    for criterion in plan.end.criteria:
        yield f"end:{criterion.id}", criterion.when


def read_conditions(incident: Incident, plan: Plan, facts: Facts) -> Iterator[DomainEvent]:
    """Conditions that say something else than the log does, and what follows: level, linked incidents."""
    if incident.ended:
        return
    found = {f"task:{task.plan.id}": read_task(incident, task, facts) for task in _conditional(incident)}
    found.update((subject, _read(condition, facts)) for subject, condition in sources(plan))
    if plan.end.criteria:
        found["end"] = _all([found[f"end:{criterion.id}"] for criterion in plan.end.criteria])
    for subject, (verdict, asks) in found.items():
        if _differs(incident, subject, (verdict, asks)):
            yield ConditionRead(subject, verdict.value, asks)
    yield from _level(incident, plan, found)
    for link in plan.links:
        if found[f"link:{link.id}"][0] is Verdict.YES and link.id not in incident.called:
            yield IncidentCalled(link.id, link.scenario, link.relation, link.who)


def read_task(incident: Incident, task: Task, facts: Facts) -> Reading:
    """Whether there is something to do: its own condition, and for an undo that its measure was taken."""
    own = _read(task.plan.when, facts) if task.plan.when else (Verdict.YES, ())
    measure = incident.tasks.get(task.plan.undoes)
    if own[0] is Verdict.NO or measure is None:
        return own
    if measure.status is TaskStatus.WAIVED or not measure.applicable:
        return Verdict.NO, ()
    return own


def set_deadlines(incident: Incident, plan: Plan) -> Iterator[DomainEvent]:
    """Deadlines in business days, once their anchor is known and again when it was amended."""
    for task in incident.tasks.values():
        anchor = incident.anchors.get(task.plan.due_from)
        if task.plan.due_days and anchor is not None and incident.day_anchors.get(task.plan.id) != anchor:
            due = add_business_days(anchor, task.plan.due_days, plan.calendar, plan.timezone)
            yield DeadlineSet(task.plan.id, due, anchor)


def next_turn(incident: Incident, plan: Plan) -> datetime | None:
    """When a condition will next say something else than the log does, if nothing but time goes by.

    The time of the newest entry when one does already; None when only a fact can change that.
    """
    since = incident.touched_at
    if incident.ended or since is None:
        return None
    if next(read_conditions(incident, plan, Facts(incident, since)), None) is not None:
        return since
    timed = dict(_timed(incident, plan))
    compiled = [compile_condition(source) for source in dict.fromkeys(timed.values())]
    points = {at for condition in compiled for at in turning_points(incident, condition) if at > since}
    for at in sorted(points):
        facts = Facts(incident, at)
        if any(_differs(incident, subject, _read(source, facts)) for subject, source in timed.items()):
            return at
    return None


def _timed(incident: Incident, plan: Plan) -> Iterator[tuple[str, str]]:
    """Conditions that time alone can change, as (subject, condition)."""
    tasks = ((f"task:{task.plan.id}", task.plan.when) for task in _conditional(incident))
    return ((subject, text) for subject, text in (*tasks, *sources(plan)) if "minutes" in text or "overdue" in text)


def _differs(incident: Incident, subject: str, reading: Reading) -> bool:
    """Whether the log says something else."""
    known = incident.conditions.get(subject)
    return known is None or (known.verdict, known.asks) != reading


def _conditional(incident: Incident) -> Iterator[Task]:
    """Tasks nobody has begun whose being needed depends on something."""
    return (
        task
        for task in incident.tasks.values()
        if (task.plan.when or task.plan.undoes) and task.status is TaskStatus.PLANNED
    )


def _read(source: str, facts: Facts) -> Reading:
    """The answer and what it lacks; tasks that share a condition share its answer."""
    known = facts.readings.get(source)
    if known is None:
        known = facts.readings[source] = _answer(compile_condition(source), facts)
    return known


def _answer(condition: Condition, facts: Facts) -> Reading:
    values, missing = facts.look_up(condition)
    verdict = Verdict.UNKNOWN if missing and condition.strict else condition.read(values)
    return verdict, missing if verdict is Verdict.UNKNOWN else ()


def _all(readings: list[Reading]) -> Reading:
    verdicts = {verdict for verdict, _ in readings}
    if Verdict.NO in verdicts:
        return Verdict.NO, ()
    asks = tuple(sorted({name for _, names in readings for name in names}))
    return (Verdict.UNKNOWN, asks) if Verdict.UNKNOWN in verdicts else (Verdict.YES, ())


def _level(incident: Incident, plan: Plan, found: dict[str, Reading]) -> Iterator[DomainEvent]:
    """The first row that holds raises the level. It never lowers one: that takes a person and a reason."""
    for rule in plan.matrix:
        if rule.when and found[f"level:{rule.level}"][0] is not Verdict.YES:
            continue
        if rule.level < incident.level and not incident.level_by_person:
            reason = f"matrix {rule.when or rule.level}"
            yield LevelChanged(incident.level, rule.level, incident.impact, incident.urgency, reason)
        return
