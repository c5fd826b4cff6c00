"""``comms/v1``: lines of communication, each an audience on a channel with its texts by stage."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from incident.domain.crisis_plan import CommsPlan, Line, Phrase, Template
from incident.domain.crisis_words import slips
from incident.domain.said import reason, said
from incident.domain.words import Scenario
from incident.service.roster_file import Bilingual, Duration, Words
from incident.yamlfile import Strict
from playbooks.comms.template import Refused, fields_of
from playbooks.types import Id

GIVEN = frozenset({"next_update", "since", "centre"})
"""Fields that are filled in without being asked for: when the next word comes, since when, and our own name."""

Channel = Literal["ivr", "agent_card", "chat", "sms", "brief", "press", "notice"]
Part = Literal["public_relations", "reassurance", "adjustment", "inside"]
Stage = Literal["first", "update", "clear"]


def _admitted(value: Bilingual) -> Bilingual:
    for language, source in (("zh", value.zh), ("en", value.en)):
        try:
            fields_of(source)
        except Refused as refused:
            raise ValueError(said("{language}: {refused}", language=language, refused=reason(refused))) from None
    if fields_of(value.zh) != fields_of(value.en):
        odd = ", ".join(sorted(fields_of(value.zh) ^ fields_of(value.en)))
        raise ValueError(said("the two languages ask for different fields ({odd}) — use the same in both", odd=odd))
    return value


Wording = Annotated[Bilingual, AfterValidator(_admitted)]
"""A message with gaps, safe to fill in, asking for the same fields in both languages."""


class PhraseSpec(Strict):
    """Words that must not leave the house, in any language, and why."""

    words: tuple[Words, ...] = Field(min_length=1, max_length=50)
    why: Bilingual


class LineSpec(Strict):
    """One audience on one channel: who writes, who approves, when the first word is due, and how often the next.

    ``cadence`` is by level. ``holding`` was approved beforehand and goes out by itself after ``hold_after``.
    """

    id: Id
    part: Part
    audience: Bilingual
    channel: Channel
    owner: Id
    approver: Id
    backup: Id | None = None
    fields: tuple[Id, ...] = Field(default=(), max_length=20)
    texts: dict[Stage, Wording]
    first_within: Duration | None = None
    cadence: dict[int, Duration] = Field(default_factory=dict)
    expires_in: Duration | None = None
    hold_after: Duration | None = None
    holding: Wording | None = None
    from_level: int = Field(default=4, ge=1, le=4)

    @model_validator(mode="after")
    def _fits(self) -> "LineSpec":
        known = GIVEN | set(self.fields)
        for stage, wording in self.texts.items():
            if unknown := sorted(fields_of(wording.zh) - known):
                raise ValueError(
                    said(
                        "{stage}: asks for the unknown field '{unknown}' — add it to fields, or mend it",
                        stage=stage,
                        unknown=unknown[0],
                    )
                )
        if "first" not in self.texts:
            raise ValueError("has no first message — write texts.first")
        if self.holding and not fields_of(self.holding.zh) <= GIVEN:
            raise ValueError("the holding line can only use next_update, since and centre — nobody fills it in")
        if (self.holding is None) is not (self.hold_after is None):
            raise ValueError("holding and hold_after belong together — give both or neither")
        if any(level not in {1, 2, 3, 4} for level in self.cadence):
            raise ValueError("cadence: a level is 1 to 4 — mend the level")
        return self

    @property
    def line(self) -> Line:
        """The same as the domain's word."""
        return Line(
            id=self.id, part=self.part, audience=self.audience.text, channel=self.channel, owner=self.owner,
            approver=self.approver, backup=self.backup or "", from_level=self.from_level,
            templates={stage: Template(w.text, self._asks(w)) for stage, w in self.texts.items()},
            first_within=self.first_within, cadence=dict(self.cadence), expires_in=self.expires_in,
            hold_after=self.hold_after, holding=self.holding.text if self.holding else None,
        )  # fmt: skip

    def _asks(self, wording: Bilingual) -> tuple[str, ...]:
        return tuple(name for name in self.fields if name in fields_of(wording.zh))


class CommsSpec(Strict):
    """All lines of a playbook and what must never be said. Can stand in a playbook as ``comms``."""

    lines: tuple[LineSpec, ...] = Field(min_length=1, max_length=50)
    never_say: tuple[PhraseSpec, ...] = Field(default=(), max_length=100)

    @model_validator(mode="after")
    def _whole(self) -> "CommsSpec":
        ids = [line.id for line in self.lines]
        if twice := next((one for one in ids if ids.count(one) > 1), None):
            raise ValueError(said("the line '{twice}' is here twice — use another id", twice=twice))
        phrases = self.plan.never_say
        for line in self.lines:
            texts: list[Any] = [*line.texts.values(), *([line.holding] if line.holding else [])]
            for found in (slip for w in texts for text in (w.zh, w.en) for slip in slips(text, phrases)):
                raise ValueError(
                    said(
                        "the line '{line}' says “{words}”, which never_say forbids — reword it",
                        line=line.id,
                        words=found.words,
                    )
                )
        return self

    @property
    def plan(self) -> CommsPlan:
        """The same as the domain's word."""
        return CommsPlan(
            tuple(line.line for line in self.lines), tuple(Phrase(p.words, p.why.text) for p in self.never_say)
        )


class SaySpec(Strict):
    """What a scenario says on a line that all scenarios share, and how often; what is not given stays as it is."""

    texts: dict[Stage, Wording]
    fields: tuple[Id, ...] = Field(default=(), max_length=20)
    cadence: dict[int, Duration] | None = None
    expires_in: Duration | None = None
    holding: Wording | None = None
    hold_after: Duration | None = None

    def on(self, line: LineSpec) -> LineSpec:
        """The shared line with these words. Raises pydantic's ValidationError when they don't fit."""
        shared: dict[str, Any] = line.model_dump(by_alias=True)
        own = self.model_dump(by_alias=True, exclude_none=True)
        texts = {**shared["texts"], **own["texts"]}
        held = {key: own.get(key, shared[key]) for key in ("holding", "hold_after", "cadence", "expires_in")}
        return LineSpec.model_validate({**shared, **held, "texts": texts, "fields": (*line.fields, *self.fields)})


class CommsFile(Strict):
    """A file of the library: lines, what a scenario says on shared ones, and what must never be said.

    The scenario ``all`` holds what every scenario shares.
    """

    schema_: Literal["comms/v1"] = Field(alias="schema")
    scenario: Scenario | Literal["all"]
    lines: tuple[LineSpec, ...] = Field(default=(), max_length=50)
    say: dict[Id, SaySpec] = Field(default_factory=dict)
    never_say: tuple[PhraseSpec, ...] = Field(default=(), max_length=100)
