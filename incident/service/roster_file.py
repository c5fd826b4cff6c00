"""``people.yaml`` → ``Roster``: who there is, which positions they hold, who takes turns, who stands in.

``load`` reports every fault of the file at once (``people.yaml:12: …``); what is merely unwise comes back as warnings.
"""

import difflib
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, WithJsonSchema

from incident.domain.errors import BadInput
from incident.domain.roster import Contact, Override, Person, Position, Roster, Rotation
from incident.domain.said import said
from incident.domain.words import Text
from incident.yamlfile import Strict, YamlFile, check, read

_DURATION = re.compile(r"(\d{1,5})(bd|s|m|h|d)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def parse_duration(value: object) -> timedelta:
    """``30s``, ``5m``, ``2h`` or ``3d`` as a length of time above zero. Raises ValueError with the remedy."""
    if isinstance(value, timedelta):
        return value
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None or not int(match[1]):
        raise ValueError("not a duration above zero — write a whole number and a unit, such as 30s, 5m, 2h or 3d")
    if match[2] == "bd":
        raise ValueError("business days ('bd') can't be counted without a calendar — write calendar days, such as 14d")
    return timedelta(seconds=int(match[1]) * _SECONDS[match[2]])


Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    WithJsonSchema({"type": "string", "pattern": r"^\d{1,5}(s|m|h|d)$", "examples": ["5m", "2h", "3d"]}),
]
"""A length of time in a YAML file."""

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
"""A text that says something."""


class Bilingual(Strict):
    """A text that people read, in both languages."""

    zh: Words
    en: Words

    @property
    def text(self) -> Text:
        """The same as the domain's word."""
        return Text(zh=self.zh, en=self.en)


def _both(value: object) -> object:
    return {"zh": value, "en": value} if isinstance(value, str) else value


Name = Annotated[Bilingual, BeforeValidator(_both)]
"""A name: one for both languages, or ``{zh, en}``."""


def _zone(value: str) -> str:
    if value not in _zones():
        close = difflib.get_close_matches(value, _zones(), n=1)
        hint = (
            said("did you mean '{name}'?", name=close[0])
            if close
            else said("write an IANA name, such as Asia/Shanghai")
        )
        raise ValueError(said("unknown time zone — {hint}", hint=hint))
    return value


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())  # looks into every file of the zone database


Zone = Annotated[str, AfterValidator(_zone)]


class ContactSpec(Strict):
    """One way to reach a person: the channel's kind and the address there."""

    via: Words
    to: Words


class SpanSpec(Strict):
    """A time away. Dates count whole days, the last one included; times are local unless they carry an offset."""

    start: datetime | date = Field(alias="from")
    end: datetime | date = Field(alias="to")


class PersonSpec(Strict):
    """A person, with contacts by preference; ``drill_contacts`` is the only address book drills may use."""

    id: Words
    name: Name
    language: Literal["zh-CN", "en"] | None = None
    timezone: Zone = "Asia/Shanghai"
    contacts: tuple[ContactSpec, ...] = ()
    drill_contacts: tuple[ContactSpec, ...] = ()
    away: tuple[SpanSpec, ...] = ()


class RotationSpec(Strict):
    """People taking turns of ``every`` from ``start``, wall-clock time in ``timezone``."""

    people: tuple[Words, ...] = Field(min_length=1)
    start: datetime
    every: Duration
    timezone: Zone = "Asia/Shanghai"


class PositionSpec(Strict):
    """A duty and who holds it: whose turn it is first, then the fixed people in order."""

    id: Words
    title: Bilingual
    people: tuple[Words, ...] = ()
    rotation: RotationSpec | None = None


class OverrideSpec(Strict):
    """Somebody stands in for a position for a while. Times without an offset are in the person's time zone."""

    position: Words
    person: Words
    start: datetime | date = Field(alias="from")
    end: datetime | date = Field(alias="to")


class PeopleSpec(Strict):
    """The whole of ``people.yaml``."""

    schema_: Literal["people/v1"] = Field(alias="schema")
    people: tuple[PersonSpec, ...] = Field(min_length=1)
    positions: tuple[PositionSpec, ...] = Field(min_length=1)
    overrides: tuple[OverrideSpec, ...] = ()
    management: tuple[Words, ...] = ()


@dataclass(frozen=True, slots=True)
class RosterFile:
    """A roster as read, and what is unwise about it, one readable line each."""

    roster: Roster
    warnings: tuple[str, ...] = ()


def load(path: Path, channels: Collection[str] | None = None, language: str = "zh-CN") -> RosterFile:
    """Read ``people.yaml``. ``language`` is for people who name none.

    ``channels`` are the contact kinds that are set up; given, contacts of other kinds are warned about.
    Raises BadInput that lists all faults with file, line and remedy.
    """
    return from_yaml(read(path), channels, language)


def from_yaml(file: YamlFile, channels: Collection[str] | None = None, language: str = "zh-CN") -> RosterFile:
    """The same as ``load``, from a file already parsed."""
    spec = check(file, PeopleSpec)
    if faults := tuple(_faults(file, spec)):
        raise BadInput.listing(faults)
    return RosterFile(_roster(spec, language), tuple(_warnings(file, spec, channels)))


def _faults(file: YamlFile, spec: PeopleSpec) -> Iterator[str]:
    people = [p.id for p in spec.people]
    positions = [p.id for p in spec.positions]
    yield from _twice(file, "people", people)
    yield from _twice(file, "positions", positions)
    for number, position in enumerate(spec.positions):
        here = ("positions", number)
        yield from _unknown(file, (*here, "people"), position.people, people, "person")
        if position.rotation:
            yield from _unknown(file, (*here, "rotation", "people"), position.rotation.people, people, "person")
        elif not position.people:
            yield file.fault(
                here, said("nobody holds '{position}'", position=position.id), said("give it people or a rotation")
            )
    for number, override in enumerate(spec.overrides):
        yield from _unknown(file, ("overrides", number, "person"), override.person, people, "person")
        yield from _unknown(file, ("overrides", number, "position"), override.position, positions, "position")
    yield from _unknown(file, ("management",), spec.management, positions, "position")
    yield from _backwards(file, spec)


def _twice(file: YamlFile, field: str, ids: list[str]) -> Iterator[str]:
    for number, known in enumerate(ids):
        if (first := ids.index(known)) < number:
            line = file.line((field, first))
            yield file.fault(
                (field, number, "id"),
                said("'{id}' is there already (line {line})", id=known, line=line),
                said("use another id"),
            )


def _unknown(
    file: YamlFile, path: tuple[int | str, ...], used: str | tuple[str, ...], known: list[str], what: str
) -> Iterator[str]:
    paths = [(path, used)] if isinstance(used, str) else [((*path, i), name) for i, name in enumerate(used)]
    for where, name in paths:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            remedy = said("did you mean '{name}'?", name=close[0]) if close else said("add it, or take it out here")
            unknown = said("unknown person '{person}'", person=name)
            if what == "position":
                unknown = said("unknown position '{position}'", position=name)
            yield file.fault(where, unknown, remedy)


def _backwards(file: YamlFile, spec: PeopleSpec) -> Iterator[str]:
    zones = {p.id: p.timezone for p in spec.people}
    spans: list[tuple[tuple[int | str, ...], SpanSpec | OverrideSpec, str]] = [
        (("people", i, "away", j, "to"), span, person.timezone)
        for i, person in enumerate(spec.people) for j, span in enumerate(person.away)
    ]  # fmt: skip
    spans += [(("overrides", i, "to"), o, zones.get(o.person, "UTC")) for i, o in enumerate(spec.overrides)]
    for path, span, zone in spans:
        if _first(span.start, zone) >= _last(span.end, zone):
            yield file.fault(path, said("ends before it begins"), said("put 'to' after 'from'"))


def _warnings(file: YamlFile, spec: PeopleSpec, channels: Collection[str] | None) -> Iterator[str]:
    placed = {p for position in spec.positions for p in position.people}
    placed |= {p for position in spec.positions if position.rotation for p in position.rotation.people}
    for number, person in enumerate(spec.people):
        here = ("people", number)
        if person.id not in placed:
            yield file.fault(
                here,
                said("'{person}' holds no position and is never paged", person=person.id),
                said("add it to a position"),
            )
        for field, contacts, what in (
            ("contacts", person.contacts, said("'{person}' has no contacts and can't be paged", person=person.id)),
            ("drill_contacts", person.drill_contacts,
             said("'{person}' has no drill_contacts and can't be paged in a drill", person=person.id)),
        ):  # fmt: skip
            reachable = [c for c in contacts if channels is None or c.via in channels]
            if not contacts:
                yield file.fault(here, what, said("add {field}", field=field))
            elif not reachable:
                kinds = ", ".join(sorted({c.via for c in contacts}))
                yield file.fault(
                    (*here, field),
                    said("none of these is set up: {kinds}", kinds=kinds),
                    said("set it up, or add another"),
                )


def _roster(spec: PeopleSpec, language: str) -> Roster:
    zones = {p.id: p.timezone for p in spec.people}
    return Roster(
        people={p.id: _person(p, language) for p in spec.people},
        positions={p.id: _position(p) for p in spec.positions},
        overrides=tuple(
            Override(o.position, o.person, _first(o.start, zones[o.person]), _last(o.end, zones[o.person]))
            for o in spec.overrides
        ),
        management=spec.management,
    )


def _person(spec: PersonSpec, language: str) -> Person:
    return Person(
        id=spec.id,
        name=spec.name.text,
        language=spec.language or language,
        timezone=spec.timezone,
        contacts=tuple(Contact(c.via, c.to) for c in spec.contacts),
        drill_contacts=tuple(Contact(c.via, c.to) for c in spec.drill_contacts),
        away=tuple((_first(a.start, spec.timezone), _last(a.end, spec.timezone)) for a in spec.away),
    )


def _position(spec: PositionSpec) -> Position:
    rotation = _rotation(spec.rotation) if spec.rotation else None
    return Position(spec.id, spec.title.text, spec.people, rotation)


def _rotation(spec: RotationSpec) -> Rotation:
    return Rotation(spec.people, _first(spec.start, spec.timezone), spec.every, spec.timezone)


def _first(moment: date, zone: str) -> datetime:
    """The instant a span begins; a date begins at midnight there."""
    local = moment if isinstance(moment, datetime) else datetime.combine(moment, time.min)
    return local if local.tzinfo else local.replace(tzinfo=ZoneInfo(zone))


def _last(moment: date, zone: str) -> datetime:
    """The instant a span ends; a date ends at the next midnight there."""
    return _first(moment if isinstance(moment, datetime) else moment + timedelta(days=1), zone)
