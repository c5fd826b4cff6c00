"""The event catalogue: types Tocsin's own detectors understand, each with a JSON Schema (draft 2020-12).

Types outside the catalogue are welcome: they pass unchecked, for rules that name them.
"""

from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from incident.intake.jsonread import place
from incident.intake.payloads import PAYLOADS
from incident.intake.results import BadItem, Reason

SCHEMAS = Path(__file__).parent / "schemas"


def check(event_type: str, data: dict[str, Any]) -> None:
    """Raises BadItem (bad_data, with the field) when ``data`` does not fit its type; unknown types fit."""
    payload = PAYLOADS.get(event_type)
    if payload is None:
        return
    try:
        msgspec.convert(data, payload)
    except msgspec.ValidationError as error:
        raise BadItem(Reason.BAD_DATA, place(error).replace("`$", "`$.data")) from None


def from_texts(event_type: str, data: dict[str, Any]) -> dict[str, Any]:
    """``data`` whose values are all texts (from CSV), with numbers and booleans made of the known fields."""
    payload = PAYLOADS.get(event_type)
    if payload is None:
        return data
    try:
        known = msgspec.to_builtins(msgspec.convert(data, payload, strict=False))
    except msgspec.ValidationError as error:
        raise BadItem(Reason.BAD_DATA, place(error)) from None
    return {name: known.get(name, value) for name, value in data.items()}


@cache
def schema(event_type: str) -> dict[str, Any]:
    """The JSON Schema of a type in the catalogue."""
    loaded: dict[str, Any] = msgspec.json.decode((SCHEMAS / f"{event_type}.json").read_bytes())
    return loaded


def schemas() -> dict[str, dict[str, Any]]:
    """All schemas, in the order of the catalogue."""
    return {event_type: schema(event_type) for event_type in PAYLOADS}
