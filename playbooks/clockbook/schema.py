"""``clockbook/v1``: what a page of the clock book says, and how a playbook uses it."""

import re
from datetime import date, time
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from incident.domain.crisis_plan import CLOCK_ANCHORS, ClockTerms, Limit, Question
from incident.domain.plan import ANCHORS
from incident.domain.said import said
from incident.service.roster_file import Bilingual, Duration, Words, Zone
from incident.yamlfile import Strict
from playbooks.business import known_country
from playbooks.types import Id

_SPAN = re.compile(r"(\d{1,4})(m|h|d|bd|mo)")
_MINUTES = {"m": 1, "h": 60}
_UNITS = {"d": "days", "bd": "business_days", "mo": "months"}


def _span(value: Any) -> tuple[str, int]:
    """``immediately``, ``30m``, ``72h``, ``60d``, ``4bd`` or ``1mo`` as unit and amount."""
    if value == "immediately":
        return "immediate", 0
    if isinstance(value, tuple):
        return value
    match = _SPAN.fullmatch(value) if isinstance(value, str) else None
    if match is None or not int(match[1]):
        raise ValueError("not a limit — write immediately, or a number and m, h, d, bd or mo, such as 72h, 4bd or 1mo")
    number, unit = int(match[1]), match[2]
    return ("elapsed", number * _MINUTES[unit]) if unit in _MINUTES else (_UNITS[unit], number)


def _anchor(value: str) -> str:
    if value not in (*ANCHORS, *CLOCK_ANCHORS):
        raise ValueError(
            said(
                "unknown anchor '{value}' — use one of {names}",
                value=value,
                names=", ".join((*ANCHORS, *CLOCK_ANCHORS)),
            )
        )
    return value


def _country(value: str) -> str:
    if not known_country(value):
        raise ValueError(
            said("no holiday calendar for '{value}' — write an ISO 3166 code, such as CN or US", value=value)
        )
    return value


def _time(value: str) -> str:
    time.fromisoformat(value)
    return value


Term = Annotated[
    tuple[str, int],
    BeforeValidator(_span),
    WithJsonSchema({"type": "string", "pattern": r"^(immediately|\d{1,4}(m|h|d|bd|mo))$", "examples": ["72h", "1mo"]}),
]
"""How long; ``bd`` are business days, ``mo`` calendar months."""

ClockAnchor = Annotated[str, AfterValidator(_anchor)]
Country = Annotated[str, AfterValidator(_country)]
ClockTime = Annotated[str, AfterValidator(_time)]


class LimitSpec(Strict):
    """So much after a fact (``from``), or after the report that another clock asks for (``after``)."""

    in_: Term = Field(alias="in")
    from_: ClockAnchor | None = Field(default=None, alias="from")
    after: Id | None = None
    latest: bool = False
    unless_later: ClockAnchor | None = None

    @model_validator(mode="after")
    def _one_start(self) -> "LimitSpec":
        if (self.from_ is None) is (self.after is None):
            raise ValueError("needs either 'from' (a fact) or 'after' (another clock)")
        return self

    @property
    def limit(self) -> Limit:
        """The same as the domain's word."""
        unit, amount = self.in_
        return Limit(unit, amount, self.from_ or "", self.after or "", self.latest, self.unless_later or "")


class QuestionSpec(Strict):
    """A question; the clock applies when the answer is ``applies_if``."""

    ask: Bilingual
    applies_if: Literal["yes", "no"] = "yes"


class ClockSpec(Strict):
    """One clock of a page."""

    id: Id
    title: Bilingual
    limits: tuple[LimitSpec, ...] = Field(min_length=1, max_length=10)
    authority: Bilingual
    article: Words
    source: Words
    verified_on: date | None = None
    in_force: date | None = None
    confidence: Literal["high", "medium", "low"]
    questions: tuple[Id, ...] = ()
    checklist: tuple[Bilingual, ...] = ()
    phased: bool = False
    exemption: Bilingual | None = None
    note: Bilingual | None = None
    day_ends: ClockTime | None = None
    target: Duration | None = None
    warn_before: Duration | None = None


class Page(Strict):
    """One file: the clocks of one jurisdiction, or of contracts."""

    schema_: Literal["clockbook/v1"] = Field(alias="schema")
    jurisdiction: Words
    title: Bilingual
    timezone: Zone
    calendar: Country | None = None
    questions: dict[Id, QuestionSpec] = Field(default_factory=dict)
    clocks: tuple[ClockSpec, ...] = Field(min_length=1, max_length=200)


class ClockUse(Strict):
    """How a playbook uses a clock: who owns it, at which levels it starts by itself, and a contract's own limit."""

    use: Id
    owner: Id
    backup: Id
    from_level: int = Field(default=4, ge=1, le=4)
    in_: Term | None = Field(default=None, alias="in")
    target: Duration | None = None


def terms_of(page: Page, clock: ClockSpec) -> ClockTerms:
    """What the page says about a clock, as the incident keeps it."""
    asked = {name: page.questions[name] for name in clock.questions if name in page.questions}
    return ClockTerms(
        id=clock.id, title=clock.title.text, limits=tuple(limit.limit for limit in clock.limits),
        jurisdiction=page.jurisdiction, authority=clock.authority.text, article=clock.article, source=clock.source,
        verified_on=clock.verified_on, in_force=clock.in_force, confidence=clock.confidence,
        questions=tuple(Question(name, spec.ask.text, spec.applies_if) for name, spec in asked.items()),
        checklist=tuple(item.text for item in clock.checklist), phased=clock.phased,
        exemption=clock.exemption.text if clock.exemption else None, note=clock.note.text if clock.note else None,
        timezone=page.timezone, calendar=page.calendar or "", day_ends=clock.day_ends or "", target=clock.target,
        warn_before=clock.warn_before,
    )  # fmt: skip
