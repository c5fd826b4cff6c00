"""``playbook/v1``: what a manager writes, and how it becomes the plan that an incident runs by.

Fields are explained in ``docs/playbooks.md`` and in the generated ``playbook.schema.json``; faults that need the whole
file (circles, unknown ids, conditions) are found by ``playbooks.lint``.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from incident.domain.plan import (
    Criterion,
    EndPlan,
    GroupPlan,
    LevelPlan,
    LevelRule,
    LinkPlan,
    PagingPlan,
    PhasePlan,
    Plan,
    TaskPlan,
    Trigger,
    VarPlan,
)
from incident.domain.words import Group, Phase, Scenario
from incident.service.roster_file import Bilingual, Duration, Words, Zone
from incident.yamlfile import Strict
from playbooks.clockbook.schema import ClockUse
from playbooks.comms.schema import CommsSpec
from playbooks.materials import MaterialUse
from playbooks.parts import spread
from playbooks.rollcall import RollCallSpec
from playbooks.schema_tasks import MAX_NEEDS, MAX_TASKS, Part, PhaseSpec, TaskSpec, task_plan
from playbooks.types import FactName, Id, When

__all__ = ["MAX_NEEDS", "MAX_TASKS", "Part", "PhaseSpec", "Playbook", "TaskSpec"]

GROUP_OF_PHASE = {Phase.ORDERS: Group.LEADERSHIP, Phase.LOGISTICS: Group.LOGISTICS, Phase.REPORT: Group.LEADERSHIP}
"""Which group a phase's tasks belong to when their owner sits there; the response group's otherwise."""


class Approved(Strict):
    """Who approved this version (a position), and when."""

    by: Id
    on: date


class Review(Strict):
    """How often the playbook is gone through, and after what besides (P6.4)."""

    every: Duration
    also_after: tuple[Literal["incident", "drill"], ...] = ()


class GroupSpec(Strict):
    """Who leads and staffs a group, as positions; deputies are asked in this order."""

    head: Id
    deputies: tuple[Id, ...]
    members: tuple[Id, ...] = ()
    quorum: int = Field(default=0, ge=0, le=100)
    sub_leads: tuple[Id, ...] = ()


class Groups(Strict):
    """The three groups of the emergency plan (P3)."""

    leadership: GroupSpec
    response: GroupSpec
    logistics: GroupSpec

    def of(self, group: Group) -> GroupSpec:
        """What the file says about one group."""
        spec: GroupSpec = getattr(self, group.value)
        return spec

    def seat_of(self, position: str, prefer: Group) -> Group:
        """The group a position sits in; ``prefer`` when it sits there, or nowhere."""
        sits_in = [g for g in Group if position in _positions(self.of(g))]
        return prefer if prefer in sits_in or not sits_in else sits_in[0]


class LevelSpec(Strict):
    """A row of the level matrix: the first row whose condition holds gives the level, whom it convenes, how often an
    update is due. ``level`` stands in the row when rows are a list, else it is the row's key."""

    level: int | None = Field(default=None, ge=1, le=4)
    when: When | None = None
    convene: tuple[Group, ...] = Field(min_length=1)
    update_every: Duration | None = None


class Paging(Strict):
    """How long an answer may take, and how often each step is tried."""

    ack_within: Duration = timedelta(minutes=5)
    tries: int = Field(default=2, ge=1, le=10)


class Succession(Strict):
    """When a head does not answer in time the next deputy is asked, and acts as head; at last, everyone."""

    ack_within: Duration = timedelta(minutes=5)
    then: Literal["next_deputy"] = "next_deputy"
    last_resort: Literal["everyone", "leadership"] = "everyone"


class Limits(Strict):
    """How many people one person can lead, how long anybody may be on duty, and after how long they rest."""

    span_of_control: int = Field(default=7, ge=3, le=15)
    duty_hours: Duration = timedelta(hours=8)
    rest_after: Duration = timedelta(hours=4)


class SignalFact(Strict):
    """A fact told by signals of a rule: the value of a label, or, without one, that the rule has fired."""

    rule: Words
    label: Words | None = None


Choice = Annotated[str, StringConstraints(pattern=r"^[^\"'\\\s]{1,60}$")]
"""One answer to a question: a word that can stand between quotes in a condition."""


class VarSpec(Strict):
    """A fact that conditions rest on: its type, the question, and the position that is asked."""

    type: Literal["bool", "tribool", "number", "text", "list", "datetime", "choice"]
    ask: Bilingual
    who: Id | None = None
    options: tuple[Choice, ...] = Field(default=(), max_length=20)
    initial: Words | None = None
    signal: SignalFact | None = None


class SignalTrigger(Strict):
    """Signals that set the playbook off; everything given must fit."""

    scenario: Scenario | None = None
    rule: Words | None = None
    labels: dict[str, str] = Field(default_factory=dict)


class TriggerSpec(Strict):
    """One way the playbook is set off: by signals, or by a person's report; ``when`` narrows it."""

    signal: SignalTrigger | None = None
    report: Literal["any_staff"] | None = None
    when: When | None = None


class StartSpec(Strict):
    """A further incident to open while ``when`` holds, linked to this one."""

    id: Id
    playbook: Scenario
    when: When
    relation: Literal["causes", "caused_by", "related"] = "related"
    who: Id | None = None


class CriterionSpec(Strict):
    """Something that must be so before the incident may end."""

    id: Id
    text: Bilingual
    when: When


class End(Strict):
    """When the incident may end: criteria that have held for a while, and who signs."""

    criteria: tuple[CriterionSpec, ...] = Field(default=(), max_length=30)
    hold: Duration | None = None
    sign: Id | None = None


class AfterCare(Strict):
    """Which task takes care of each duty after the end (H9.2, P6)."""

    feedback: Id
    support: Id
    debrief: Id
    report: Id
    plan_change: Id
    data_disposal: Id | None = None


def _by_key(value: Any) -> Any:
    """Rows as a list or by level; by number either way, so that faults name the place in the file."""
    return dict(enumerate(value)) if isinstance(value, list) else value


class Playbook(Strict):
    """A whole playbook file."""

    schema_: Literal["playbook/v1"] = Field(alias="schema")
    id: Id
    version: Words
    title: Bilingual
    scenario: Scenario
    owner: Id
    approved: Approved
    review: Review
    source: tuple[Words, ...] = Field(min_length=1)
    restricted: bool = False
    timezone: Zone = "Asia/Shanghai"
    calendar: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] = "CN"
    triggers: tuple[TriggerSpec, ...] = ()
    vars: dict[FactName, VarSpec] = Field(default_factory=dict, max_length=100)
    anchors: tuple[Id, ...] = Field(default=(), max_length=20)
    groups: Groups
    levels: Annotated[dict[int, LevelSpec], BeforeValidator(_by_key)]
    paging: Paging = Paging()
    succession: Succession | None = None
    limits: Limits = Limits()
    overdue_every: Duration = timedelta(minutes=15)
    end_hold: Duration = timedelta(minutes=30)
    phases: tuple[PhaseSpec, ...] = Field(min_length=1)
    start_playbook: tuple[StartSpec, ...] = Field(default=(), max_length=20)
    end: End = End()
    after_care: AfterCare | None = None
    comms: CommsSpec | None = None
    clocks: tuple[ClockUse, ...] | None = Field(default=None, max_length=100)
    materials: tuple[MaterialUse, ...] | None = Field(default=None, max_length=100)
    rollcall: RollCallSpec | None = None

    def rows(self) -> list[tuple[int, LevelSpec]]:
        """The level matrix in order, each row with its level."""
        return [(row.level if row.level is not None else key, row) for key, row in self.levels.items()]

    def plan(self, digest: str, parts: Mapping[str, Part] | None = None) -> Plan:
        """The plan the domain runs by; ``digest`` is the SHA-256 of the file and of the ``parts`` it calls."""
        ack = self.succession.ack_within if self.succession else self.paging.ack_within
        last = self.succession.last_resort if self.succession else "everyone"
        rows = self.rows()
        return Plan(
            id=self.id,
            version=self.version,
            scenario=self.scenario,
            title=self.title.text,
            hash=digest,
            groups=tuple(_group_plan(g, self.groups.of(g), self.limits) for g in Group),
            tasks=tuple(self._tasks(parts or {})),
            levels={n: LevelPlan(row.convene, row.update_every) for n, row in reversed(rows)},
            paging=PagingPlan(ack, self.paging.tries, last),
            overdue_every=self.overdue_every,
            end_hold=self.end_hold,
            restricted=self.restricted,
            source=self.source,
            vars=tuple(_var_plan(name, var) for name, var in self.vars.items()),
            matrix=tuple(LevelRule(n, row.when or "") for n, row in rows) if any(r.when for _, r in rows) else (),
            phases=tuple(PhasePlan(p.id, p.entry or "", p.exit or "", p.parallel_with) for p in self.phases),
            links=tuple(LinkPlan(s.id, s.playbook, s.when, s.relation, s.who or "") for s in self.start_playbook),
            end=self._end(),
            triggers=tuple(_trigger(t) for t in self.triggers),
            anchors=self.anchors,
            calendar=self.calendar,
            timezone=self.timezone,
            duty_hours=self.limits.duty_hours,
        )

    def _end(self) -> EndPlan:
        criteria = tuple(Criterion(c.id, c.text.text, c.when) for c in self.end.criteria)
        return EndPlan(criteria, self.end.hold or self.end_hold, self.end.sign or "")

    def _tasks(self, parts: Mapping[str, Part]) -> list[TaskPlan]:
        """All tasks in the file's order; those of a called part stand before the task that calls it."""
        undone = {task.undo: task.id for phase in self.phases for task in phase.tasks if task.undo}
        found: list[TaskPlan] = []
        for phase in self.phases:
            usual = GROUP_OF_PHASE.get(phase.id, Group.RESPONSE)
            for spec in phase.tasks:
                for task in spread(spec, parts.get(spec.call) if spec.call else None):
                    group = task.group or self.groups.seat_of(task.owner, usual)
                    planned = task_plan(task, phase.id, group, undone.get(task.id, ""))
                    found.append(planned if task.id == spec.id else _called(planned, spec.id))
        return found


def _called(task: TaskPlan, by: str) -> TaskPlan:
    return replace(task, called_by=by)


def _positions(spec: GroupSpec) -> tuple[str, ...]:
    return (spec.head, *spec.deputies, *spec.members)


def _group_plan(group: Group, spec: GroupSpec, limits: Limits) -> GroupPlan:
    return GroupPlan(group, spec.head, spec.deputies, spec.members, spec.quorum, limits.span_of_control)


def _var_plan(name: str, spec: VarSpec) -> VarPlan:
    rule, label = (spec.signal.rule, spec.signal.label or "") if spec.signal else ("", "")
    return VarPlan(name, spec.type, spec.ask.text, spec.who or "", spec.options, spec.initial or "", rule, label)


def _trigger(spec: TriggerSpec) -> Trigger:
    signal = spec.signal or SignalTrigger()
    return Trigger(signal.scenario, signal.rule or "", dict(signal.labels), spec.when or "", spec.report is not None)
