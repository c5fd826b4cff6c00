"""What conditions rest on: the incident's typed facts and the tables derived from its state. Pure.

Everything that may stand in a condition is listed here; ``PLAIN`` and ``condition.TABLES`` name it for the checks.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from incident.domain.crisis_views import out
from incident.domain.facts import value_of
from incident.domain.incident import Incident
from incident.domain.parts import TaskStatus, Verdict
from incident.domain.plan import Plan, VarPlan
from incident.domain.words import Group
from incident.domain.work import convened
from playbooks.condition import Condition

NOT_YET = -1.0
"""Minutes since an anchor that has not happened: a known fact, and smaller than any threshold."""


def _open_measures(incident: Incident) -> float:
    """Temporary measures in force: done, and not yet taken back."""
    return float(sum(
        1 for task in incident.tasks.values()
        if task.plan.undo and task.status is TaskStatus.DONE and not _settled(incident, task.plan.undo)
    ))  # fmt: skip


PLAIN: dict[str, tuple[str, Callable[[Incident], Any]]] = {
    "level": ("number", lambda i: float(i.level)),
    "impact": ("number", lambda i: float(i.impact)),
    "urgency": ("number", lambda i: float(i.urgency)),
    "signals": ("number", lambda i: float(i.signals_active)),
    "open_measures": ("number", _open_measures),
    "materials_out": ("number", lambda i: float(len(out(i)))),
    "drill": ("bool", lambda i: i.drill is not None),
    "reported": ("bool", lambda i: i.reported_by is not None),
    "scenario": ("text", lambda i: i.scenario.value),
}
"""Names every condition may use: their type and where they come from."""


class Facts:
    """The values of one incident at one moment. ``told`` are facts from elsewhere (probes); they go first."""

    def __init__(self, incident: Incident, now: datetime, told: Mapping[str, Any] | None = None) -> None:
        self._incident = incident
        self._now = now
        self._told = told or {}
        self.readings: dict[str, tuple[Verdict, tuple[str, ...]]] = {}
        """Answers to conditions worked out so far, by their text: within one moment they don't change."""
        self._vars = {var.name: var for var in incident.plan.vars} if incident.plan else {}

    def look_up(self, condition: Condition) -> tuple[dict[str, Any], tuple[str, ...]]:
        """What this condition needs and is known; and the facts and undecided decisions that are not, by name."""
        found: dict[str, Any] = {}
        missing: list[str] = []
        for name in condition.facts:
            value = self.fact(name)
            if value is None:
                missing.append(name)
            else:
                found[name] = value
        for table, name in condition.entries:
            row = found.setdefault(table, {})
            value = _TABLES[table](self, name)
            if value is None:
                missing.append(f"{table}.{name}")
            else:
                row[name] = value
        return found, tuple(sorted(missing))

    def fact(self, name: str) -> Any:
        """A fact's value; None while nobody has told it."""
        if name in self._told:
            return self._told[name]
        if name in PLAIN:
            return PLAIN[name][1](self._incident)
        var = self._vars.get(name)
        if var is None:
            return None
        said = self._incident.facts.get(name, "") or var.initial
        value = value_of(var, said) if said else from_signals(self._incident, var)
        return list(value) if isinstance(value, tuple) else value

    def done(self, name: str) -> bool:
        """A task is finished, or was not needed."""
        return _settled(self._incident, name)

    def overdue(self, name: str) -> bool:
        """A task's deadline has passed and nobody has finished it."""
        task = self._incident.tasks.get(name)
        due = self._incident.due_of(task.plan) if task is not None and not task.finished else None
        return due is not None and due <= self._now

    def chosen(self, name: str) -> str | None:
        """What a decision came to; None while it is open."""
        task = self._incident.tasks.get(name)
        return (task.choice or None) if task is not None and task.finished else None

    def known(self, name: str) -> bool:
        """Whether a fact has a value."""
        return self.fact(name) is not None

    def minutes(self, name: str) -> float:
        """Minutes since an anchor."""
        at = self._incident.anchors.get(name)
        return NOT_YET if at is None else (self._now - at) / timedelta(minutes=1)

    def quorum(self, name: str) -> bool:
        """Whether enough of a group have answered; a group that was not called for needs none."""
        incident, group = self._incident, Group(name)
        planned = incident.plan.group(group) if incident.plan else None
        if planned is None or group not in convened(incident):
            return True
        people = {seat.person for seat in incident.seats if seat.group is group} | {incident.leads.get(group)}
        return len(people & set(incident.answered)) >= max(1, planned.quorum)

    def labels(self, name: str) -> str:
        """A label of the incident; empty without it."""
        return self._incident.labels.get(name, "")


_TABLES: dict[str, Callable[[Facts, str], Any]] = {
    "done": Facts.done,
    "overdue": Facts.overdue,
    "chosen": Facts.chosen,
    "known": Facts.known,
    "minutes": Facts.minutes,
    "quorum": Facts.quorum,
    "labels": Facts.labels,
}


def from_signals(incident: Incident, var: VarPlan) -> Any:
    """A fact that signals tell: a label of the rule's latest signal, or whether the rule has fired."""
    labels = incident.signal_labels.get(var.rule) if var.rule else None
    if labels is None:
        return None
    if not var.label:
        return True if incident.signals_active else None
    return value_of(var, labels.get(var.label, ""))


def turning_points(incident: Incident, condition: Condition) -> Iterable[datetime]:
    """Instants at which time alone changes what the condition says: thresholds in minutes, deadlines it looks at."""
    for comparison in condition.comparisons:
        table, _, name = comparison.name.partition(".")
        if table == "minutes" and name in incident.anchors:
            yield incident.anchors[name] + timedelta(minutes=float(comparison.value))
    for table, name in condition.entries:
        task = incident.tasks.get(name) if table == "overdue" else None
        due = incident.due_of(task.plan) if task is not None and not task.finished else None
        if due is not None:
            yield due


def names_of(plan: Plan) -> dict[str, str]:
    """Every plain name a condition of this plan may use, with its type."""
    return {**{name: kind for name, (kind, _) in PLAIN.items()}, **{var.name: var.type for var in plan.vars}}


def _settled(incident: Incident, task_id: str) -> bool:
    task = incident.tasks.get(task_id)
    return task is not None and task.settled
