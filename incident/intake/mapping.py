"""Webhook mapping files (``schema: webhook/v1``): loaded, checked, compiled. Faults name file, line and field."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from incident.domain.errors import BadInput
from incident.domain.said import reason, said
from incident.domain.words import Text
from incident.intake.expression import Expression
from incident.intake.signature import Proof
from incident.yamlfile import Strict, YamlFile, check, read

SHIPPED = Path(__file__).parent / "mappings"

_FIELDS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "event": (frozenset({"id", "type"}), frozenset({"time", "subject", "data", "drill"})),
    "signal": (
        frozenset({"id", "rule", "title", "raised"}),
        frozenset({"title_zh", "starts_at", "ends_at", "labels", "group_by", "severity", "scenario", "seen", "drill"}),
    ),
}
"""What an item of each kind must and may say."""

_CEL = Annotated[str, Field(min_length=1)]


class _Words(Strict):
    zh: str
    en: str


class _Map(Strict):
    items: _CEL
    when: _CEL = "true"
    becomes: Literal["event", "signal"]
    fields: dict[str, _CEL]


class _File(Strict):
    schema_: Literal["webhook/v1"] = Field(alias="schema")
    source: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,40}$")
    title: _Words
    auth: Proof = Proof()
    maps: list[_Map] = Field(min_length=1, max_length=20)


@dataclass(frozen=True, slots=True)
class Map:
    """One way from a body to items: ``items`` sees ``body``; ``when`` and ``fields`` see one ``item`` of it."""

    items: Expression
    when: Expression
    becomes: Literal["event", "signal"]
    fields: dict[str, Expression]


@dataclass(frozen=True, slots=True)
class Webhook:
    """A loaded mapping."""

    source: str
    title: Text
    proof: Proof
    maps: tuple[Map, ...]


def load_webhook(path: Path) -> Webhook:
    """Load one mapping file. Raises BadInput that lists all faults."""
    file = read(path)
    parsed = check(file, _File)
    faults: list[str] = []
    maps = tuple(_compile(file, number, each, faults) for number, each in enumerate(parsed.maps))
    if faults:
        raise BadInput.listing(faults)
    return Webhook(parsed.source, Text(parsed.title.zh, parsed.title.en), parsed.auth, maps)


def load_webhooks(folders: Iterable[Path] = ()) -> dict[str, Webhook]:
    """The shipped mappings and those in ``folders``; a user's mapping replaces the shipped one of its source."""
    found: dict[str, Webhook] = {}
    for folder in (SHIPPED, *folders):
        if not folder.is_dir():
            raise BadInput(
                said("{folder}: no such folder", folder=folder), remedy="make it, or take it out of the settings"
            )
        here: dict[str, Path] = {}
        for path in sorted(folder.glob("*.yaml")):
            webhook = load_webhook(path)
            if webhook.source in here:
                raise BadInput(
                    said(
                        "{path}: source '{source}' is in {name} as well",
                        path=path,
                        source=webhook.source,
                        name=here[webhook.source].name,
                    )
                )
            here[webhook.source] = path
            found[webhook.source] = webhook
    return found


def _compile(file: YamlFile, number: int, each: _Map, faults: list[str]) -> Map:
    at: tuple[int | str, ...] = ("maps", number)
    must, may = _FIELDS[each.becomes]
    missing, unknown = sorted(must - each.fields.keys()), sorted(each.fields.keys() - must - may)
    known = said("use one of {names}", names=", ".join(sorted(must | may)))
    faults.extend(
        file.fault(
            (*at, "fields"),
            said("'{name}' is missing", name=name),
            said("needed where becomes is {becomes}", becomes=each.becomes),
        )
        for name in missing
    )
    faults.extend(file.fault((*at, "fields", name), said("unknown field"), known) for name in unknown)
    return Map(
        items=_expression(file, (*at, "items"), each.items, faults, whole=True),
        when=_expression(file, (*at, "when"), each.when, faults),
        becomes=each.becomes,
        fields={name: _expression(file, (*at, "fields", name), source, faults) for name, source in each.fields.items()},
    )


def _expression(
    file: YamlFile, at: tuple[int | str, ...], source: str, faults: list[str], *, whole: bool = False
) -> Expression:
    try:
        made = Expression(source)
    except ValueError as error:
        faults.append(file.fault(at, reason(error)))
        return Expression("null")
    if not whole and "body" in made.names:
        faults.append(
            file.fault(at, said("'body' is not known here"), said("use 'item'; put what it needs into 'items'"))
        )
    return made
