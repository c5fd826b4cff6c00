"""The plan an incident runs by: what a playbook file says, after loading, as the domain sees it.

The whole plan is written into the incident's log when it is adopted, so that the log alone tells what was planned,
and a newer version of the file never changes a running incident.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from incident.domain.words import Group, Phase, Scenario, Text

ANCHORS = ("began", "detected", "opened", "acknowledged", "mitigated", "recovered", "ended")
"""Facts with a time that deadlines count from, in the order they usually happen."""

TASK_KINDS = ("action", "decision", "comms", "check", "resource", "rollcall", "legal")

VAR_TYPES = ("bool", "tribool", "number", "text", "list", "datetime", "choice")


@dataclass(frozen=True, slots=True)
class VarPlan:
    """A fact that conditions rest on. While nobody has told it, it is unset, which never counts as "no".

    ``ask`` is the question put to the position ``who``. ``rule`` and ``label`` take it from the latest signal of
    that rule: the value of its label, or, without a label, yes while such signals are active.
    """

    name: str
    type: str
    ask: Text
    who: str = ""
    options: tuple[str, ...] = ()
    initial: str = ""
    rule: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class OptionPlan:
    """One answer to a decision; choosing it sets the task's fact to ``value`` (the option's id without one)."""

    id: str
    title: Text
    value: str = ""


@dataclass(frozen=True, slots=True)
class WaiverPlan:
    """Who may waive a task, as positions (anybody when empty), or nobody at all."""

    by: tuple[str, ...] = ()
    never: bool = False


@dataclass(frozen=True, slots=True)
class PhasePlan:
    """The gates of a phase, as conditions. An exit gate that is shut blocks the end of the incident, never work."""

    phase: Phase
    entry: str = ""
    exit: str = ""
    parallel_with: Phase | None = None


@dataclass(frozen=True, slots=True)
class LevelRule:
    """A row of the level matrix: the first row whose condition holds gives the level."""

    level: int
    when: str = ""


@dataclass(frozen=True, slots=True)
class LinkPlan:
    """A further incident this one calls for while ``when`` holds; ``relation`` is how this one stands to it."""

    id: str
    scenario: Scenario
    when: str
    relation: str = "related"
    who: str = ""


@dataclass(frozen=True, slots=True)
class Criterion:
    """Something that must be so before the incident may end."""

    id: str
    text: Text
    when: str


@dataclass(frozen=True, slots=True)
class EndPlan:
    """When an incident may end: all criteria, held for ``hold``, and the signature of the position ``sign``."""

    criteria: tuple[Criterion, ...] = ()
    hold: timedelta = timedelta()
    sign: str = ""


@dataclass(frozen=True, slots=True)
class Trigger:
    """What makes this playbook the one to run by. All that is given must fit.

    ``report`` tells that a person's report sets it off too.
    """

    scenario: Scenario | None = None
    rule: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    when: str = ""
    report: bool = False


@dataclass(frozen=True, slots=True)
class GroupPlan:
    """Who leads and staffs one of the three groups, as positions. Deputies are asked in this order.

    ``quorum`` people must have answered before the group can decide; ``span`` is how many one person can lead.
    """

    group: Group
    head: str
    deputies: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    quorum: int = 0
    span: int = 7

    @property
    def positions(self) -> tuple[str, ...]:
        """Head, deputies and members, in that order."""
        return (self.head, *self.deputies, *self.members)


@dataclass(frozen=True, slots=True)
class TaskPlan:
    """One task. Its deadline is ``due_in`` after the anchor ``due_from``; ``needs`` must be finished first.

    ``drill`` tells what a drill does with it: ``real`` (do it), ``simulate`` (say you would) or ``skip``.
    ``source`` are the clauses of the emergency plan it serves. ``due_days`` counts business days instead of
    ``due_in``. Unless the condition ``when`` holds there is nothing to do; while it can't be told, the task waits for
    a fact. A decision chooses among ``options`` and ``sets`` a fact. ``undo`` takes back a temporary measure.
    ``marks`` is the anchor that finishing this task sets. ``called_by`` is the task whose sub-playbook it is part of.
    """

    id: str
    phase: Phase
    title: Text
    owner: str
    kind: str = "action"
    backup: str | None = None
    group: Group = Group.RESPONSE
    needs: tuple[str, ...] = ()
    due_from: str = "opened"
    due_in: timedelta | None = None
    detail: Text | None = None
    evidence: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    drill: str = "real"
    blocks_end: bool = True
    when: str = ""
    options: tuple[OptionPlan, ...] = ()
    sets: str = ""
    proof: bool = False
    waiver: WaiverPlan = field(default_factory=WaiverPlan)
    undo: str = ""
    undoes: str = ""
    due_days: int = 0
    marks: str = ""
    called_by: str = ""


@dataclass(frozen=True, slots=True)
class LevelPlan:
    """What a level calls for: the groups that meet, and how often a situation update is due."""

    convene: tuple[Group, ...] = (Group.RESPONSE,)
    update_every: timedelta | None = None


@dataclass(frozen=True, slots=True)
class PagingPlan:
    """How people are paged: an answer is due within ``ack_within``; each step is tried ``tries`` times.

    ``last_resort`` is the rung a call stays on when nobody answers: ``everyone`` or ``leadership``.
    """

    ack_within: timedelta = timedelta(minutes=5)
    tries: int = 2
    last_resort: str = "everyone"


@dataclass(frozen=True, slots=True)
class Plan:
    """A playbook, ready to run. ``hash`` is the SHA-256 of the file it came from."""

    id: str
    version: str
    scenario: Scenario
    title: Text
    hash: str
    groups: tuple[GroupPlan, ...]
    tasks: tuple[TaskPlan, ...] = ()
    levels: dict[int, LevelPlan] = field(default_factory=dict)
    paging: PagingPlan = field(default_factory=PagingPlan)
    overdue_every: timedelta = timedelta(minutes=15)
    end_hold: timedelta = timedelta(minutes=30)
    restricted: bool = False
    source: tuple[str, ...] = ()
    vars: tuple[VarPlan, ...] = ()
    matrix: tuple[LevelRule, ...] = ()
    phases: tuple[PhasePlan, ...] = ()
    links: tuple[LinkPlan, ...] = ()
    end: EndPlan = field(default_factory=EndPlan)
    triggers: tuple[Trigger, ...] = ()
    anchors: tuple[str, ...] = ()
    calendar: str = "CN"
    timezone: str = "Asia/Shanghai"
    duty_hours: timedelta = timedelta(hours=8)

    def group(self, group: Group) -> GroupPlan | None:
        """The plan of one group, None when the playbook doesn't staff it."""
        return next((g for g in self.groups if g.group is group), None)

    def task(self, task_id: str) -> TaskPlan | None:
        """The planned task of that id."""
        return next((t for t in self.tasks if t.id == task_id), None)

    def var(self, name: str) -> VarPlan | None:
        """The declared fact of that name."""
        return next((v for v in self.vars if v.name == name), None)

    def question(self, name: str) -> Text:
        """What to ask so that a condition can say yes or no: ``name`` is a fact, or a cell such as ``chosen.TASK``."""
        table, _, key = name.partition(".")
        if (var := self.var(name)) is not None:
            return var.ask
        if table == "chosen" and (task := self.task(key)) is not None:
            return Text(f"“{task.title.zh}”的结果", f"what comes of “{task.title.en}”")
        return Text.same(name)

    def convened_at(self, level: int) -> tuple[Group, ...]:
        """The groups that meet at a level; at least the first group there is."""
        planned = self.levels.get(level)
        if planned and planned.convene:
            return tuple(g for g in planned.convene if self.group(g))
        return tuple(g.group for g in self.groups[:1])
