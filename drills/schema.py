"""``drill/v1``: what is rehearsed, by which injects, what counts as done well, and when it comes round.

Fields are explained in ``docs/drills.md``. Faults that need the whole file are found here; those that need the
playbooks and the roster by ``drills.loader``.
"""

import re
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from incident.domain.said import said
from incident.domain.words import Degree, Group, Scenario
from incident.service.roster_file import Bilingual, Duration, Words, Zone, parse_duration
from incident.yamlfile import Strict

MAX_INJECTS = 200
MAX_REPEAT = 5_000
MONTHS = tuple(range(1, 13))


def _id(value: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*", value):
        raise ValueError(
            said("'{value}' is no id — use small letters and digits, with - or _ between words", value=value)
        )
    return value


def _offset(value: object) -> timedelta:
    """A length of time, zero included."""
    if value == 0 or (isinstance(value, str) and re.fullmatch(r"0+[smhd]?", value)):
        return timedelta()
    return parse_duration(value)


def _never(value: object) -> timedelta | None:
    return None if value == "never" else parse_duration(value)


def _degree(value: object) -> Degree:
    names = {degree.name.lower(): degree for degree in Degree}
    if not isinstance(value, str) or value not in names:
        raise ValueError(said("unknown degree — use one of {names}", names=", ".join(names)))
    return names[value]


Id = Annotated[str, StringConstraints(max_length=60), AfterValidator(_id)]
Offset = Annotated[timedelta, BeforeValidator(_offset)]
Wait = Annotated[timedelta | None, BeforeValidator(_never)]
"""How long somebody takes; ``never`` is None."""
Grade = Annotated[Degree, BeforeValidator(_degree)]

Measure = Literal[
    "time_to_detect", "time_to_page", "time_to_ack", "time_to_command", "time_to_deputy", "time_to_task",
    "time_to_level", "time_to_convene", "time_to_resolve", "task_done", "everyone_reached", "nobody_paged_outside",
    "no_task_overdue", "fact_never",
]  # fmt: skip

_NEEDS: dict[str, tuple[str, ...]] = {
    "time_to_task": ("task", "within"), "time_to_level": ("level", "within"), "time_to_convene": ("group", "within"),
    "task_done": ("task",), "everyone_reached": (), "nobody_paged_outside": (), "no_task_overdue": ("task",),
    "fact_never": ("fact", "value"),
}  # fmt: skip


class Target(Strict):
    """What is measured, and what it is measured against. Time counts from the incident's opening, or from ``after``
    (an inject)."""

    measure: Measure
    within: Duration | None = None
    task: Id | None = None
    after: Id | None = None
    group: Group | None = None
    level: int | None = Field(default=None, ge=1, le=4)
    share: float = Field(default=1.0, gt=0, le=1)
    fact: Id | None = None
    value: Words | None = None

    @model_validator(mode="after")
    def _complete(self) -> "Target":
        missing = [name for name in _NEEDS.get(self.measure, ("within",)) if getattr(self, name) is None]
        if missing:
            raise ValueError(said("{measure} needs {names} — add it", measure=self.measure, names=", ".join(missing)))
        return self


class Objective(Strict):
    """Something the drill is to show, with a target that can be measured."""

    id: Id
    title: Bilingual
    target: Target


class Role(Strict):
    """Who does what in the drill besides playing: direct, control, evaluate, look after safety."""

    position: Id
    does: Literal["director", "controller", "evaluator", "simulator", "safety", "observer"]
    watches: tuple[Id, ...] = ()


class Programme(Strict):
    """When it comes round: months, the how-manieth weekday, and the time of day in ``timezone``.

    ``announce`` is how long beforehand people are told; without it the drill comes unannounced.
    """

    months: tuple[Annotated[int, Field(ge=1, le=12)], ...] = Field(min_length=1)
    week: Literal[1, 2, 3, 4, "last"] = 2
    weekday: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"] = "wed"
    at: Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = "14:30"
    timezone: Zone = "Asia/Shanghai"
    announce: Annotated[Duration, Field(le=timedelta(days=92))] | None = None


class Safety(Strict):
    """How nobody comes to harm: the words that stop it, and whether it may begin while something real is going on."""

    stop_words: Bilingual
    start_during_incident: Literal[False] = False
    notes: tuple[Bilingual, ...] = ()


class Repeat(Strict):
    """The same event several times, ``every`` so often."""

    times: int = Field(ge=1, le=MAX_REPEAT)
    every: Duration = timedelta(seconds=5)


class FactEvent(Strict):
    """A fact as it comes from outside: its type and its data."""

    type: Words
    data: dict[str, Any]
    repeat: Repeat | None = None


class Alarm(Strict):
    """A person's report; ``by`` is the position that raises the alarm."""

    by: Id
    scenario: Scenario
    impact: Grade = Degree.MEDIUM
    urgency: Grade = Degree.MEDIUM
    service: str = ""


class Expect(Strict):
    """What should follow an inject, and how soon: exactly one of the five."""

    within: Duration
    task: Id | None = None
    ack: Literal[True] | None = None
    page: Id | None = None
    deputy: Group | None = None
    level: int | None = Field(default=None, ge=1, le=4)

    @model_validator(mode="after")
    def _one(self) -> "Expect":
        if sum(value is not None for value in (self.task, self.ack, self.page, self.deputy, self.level)) != 1:
            raise ValueError("name exactly one of task, ack, page, deputy, level")
        return self


class Unless(Strict):
    """Leave an inject out when this has happened by then."""

    task: Id | None = None
    ack: Literal[True] | None = None
    opened: Literal[True] | None = None

    @model_validator(mode="after")
    def _one(self) -> "Unless":
        if sum(value is not None for value in (self.task, self.ack, self.opened)) != 1:
            raise ValueError("name exactly one of task, ack, opened")
        return self


InjectKind = Literal["event", "report", "note", "silence", "contingency"]
_PARTS: dict[str, tuple[str, ...]] = {
    "event": ("event",), "report": ("report", "text"), "note": ("text",), "silence": ("to",),
    "contingency": ("unless", "text"),
}  # fmt: skip


class Inject(Strict):
    """One thing that happens at ``at`` after the start.

    ``event``: facts through the intake. ``report``: a person's report. ``note``: the controller tells ``to`` something.
    ``silence``: whoever holds ``to`` does not answer from now on. ``contingency``: a note that comes only if play has
    strayed (``unless``).
    """

    id: Id
    at: Offset
    kind: InjectKind
    event: FactEvent | None = None
    report: Alarm | None = None
    to: Id | None = None
    text: Bilingual | None = None
    unless: Unless | None = None
    expect: Expect | None = None
    serves: tuple[Id, ...] = Field(default=(), alias="for")

    @model_validator(mode="after")
    def _complete(self) -> "Inject":
        missing = [name for name in _PARTS[self.kind] if getattr(self, name) is None]
        if missing:
            raise ValueError(
                said("an inject of kind {kind} needs {names} — add it", kind=self.kind, names=", ".join(missing))
            )
        return self

    @property
    def times(self) -> int:
        """How often it happens."""
        return self.event.repeat.times if self.event and self.event.repeat else 1

    @property
    def every(self) -> timedelta:
        """The time between two happenings."""
        return self.event.repeat.every if self.event and self.event.repeat else timedelta()


class Recovery(Strict):
    """When whoever is in command declares the service restored, and in which words."""

    at: Offset
    cause: Bilingual
    process: Bilingual
    after_care: Bilingual


class Script(Strict):
    """How the scripted people of a fast drill behave: after how long they answer and finish things, ``never`` included.

    ``ack`` by position, ``tasks`` by task, ``messages`` by line, ``clocks`` by clock, each with ``default``. ``jitter``
    is by what share times vary with the seed.
    """

    seed: int = 1
    ack: dict[Id, Wait] = Field(default_factory=dict)
    tasks: dict[Id, Wait] = Field(default_factory=dict)
    messages: dict[Id, Wait] = Field(default_factory=dict)
    clocks: dict[Id, Wait] = Field(default_factory=dict)
    jitter: float = Field(default=0.2, ge=0, lt=1)
    recover: Recovery | None = None

    def answers(self, position: str) -> timedelta | None:
        """How long whoever holds the position takes to answer; None: never."""
        return self.ack.get(position, self.ack.get("default", timedelta(seconds=90)))

    def works(self, task: str) -> timedelta | None:
        """How long the task takes from when it can be worked on; None: it is never finished."""
        return self.tasks.get(task, self.tasks.get("default", timedelta(minutes=5)))

    def writes(self, line: str) -> timedelta | None:
        """How long a message for the line takes to write; None: nobody writes it."""
        return self.messages.get(line, self.messages.get("default", timedelta(minutes=5)))

    def files(self, clock: str) -> timedelta | None:
        """How long the report for a clock takes from when it runs; None: nobody makes it."""
        return self.clocks.get(clock, self.clocks.get("default", timedelta(minutes=30)))


class Drill(Strict):
    """A whole drill file."""

    schema_: Literal["drill/v1"] = Field(alias="schema")
    id: Id
    title: Bilingual
    type: Literal["callout", "seminar", "workshop", "tabletop", "game", "drill", "functional", "full_scale"]
    scenario: Scenario
    summary: Bilingual | None = None
    objectives: tuple[Objective, ...] = Field(min_length=1, max_length=12)
    roles: tuple[Role, ...] = ()
    programme: Programme | None = None
    length: Duration
    safety: Safety
    injects: tuple[Inject, ...] = Field(min_length=1, max_length=MAX_INJECTS)
    script: Script = Script()
    restore: tuple[Bilingual, ...] = Field(min_length=1)

    def inject(self, inject_id: str) -> Inject | None:
        """The inject of that id."""
        return next((inject for inject in self.injects if inject.id == inject_id), None)
