"""The event catalogue: schemas, structs and the page about them say the same."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from incident.intake.catalogue import SCHEMAS, check, schemas
from incident.intake.catalogue_page import events_page
from incident.intake.payloads import PAYLOADS
from incident.intake.results import BadItem, Reason

DOCS = Path(__file__).parents[3] / "docs"
TYPES = pytest.mark.parametrize("event_type", sorted(PAYLOADS))


def _flat(field: dict[str, Any]) -> dict[str, Any]:
    """A field's rules without words, in one form for both origins."""
    rules = {key: value for key, value in field.items() if key not in {"description", "x-description-zh"}}
    if rules.get("default", "") is None:
        del rules["default"]
    if "anyOf" in rules:
        inner = next(each for each in rules.pop("anyOf") if each.get("type") != "null")
        rules |= {**inner, "type": [inner.get("type", "string"), "null"]}
    if "enum" in rules:
        rules |= {"type": "string", "enum": sorted(value for value in rules["enum"] if value is not None)}
    return rules


@TYPES
def test_the_schema_and_the_struct_agree_on_every_field(event_type: str) -> None:
    """What a reader of the schema sends is what the hot path takes, and the other way round."""
    payload = PAYLOADS[event_type]
    _, made = msgspec.json.schema_components([payload])
    told, checked = schemas()[event_type], made[payload.__name__]
    assert {name: _flat(field) for name, field in told["properties"].items()} == {
        name: _flat(field) for name, field in checked["properties"].items()
    }
    assert sorted(told["required"]) == sorted(checked["required"])
    assert told["additionalProperties"] is True


@TYPES
def test_every_field_is_described_in_both_languages(event_type: str) -> None:
    """Nobody has to guess what a field means."""
    told = schemas()[event_type]
    for described in (told, *told["properties"].values()):
        assert described["description"].strip()
        assert any("\u4e00" <= character <= "\u9fff" for character in described["x-description-zh"])


@TYPES
def test_the_example_fits_its_own_type(event_type: str) -> None:
    """Examples can be sent as they stand."""
    check(event_type, schemas()[event_type]["examples"][0])


def test_every_schema_file_belongs_to_a_type() -> None:
    """No schema lies about that nothing checks."""
    assert {path.stem for path in SCHEMAS.glob("*.json")} == set(PAYLOADS)


def test_the_page_about_events_is_up_to_date() -> None:
    """The committed page is exactly what the schemas say."""
    assert (DOCS / "events.md").read_text(encoding="utf-8") == events_page()


def test_an_unknown_type_passes_unchecked() -> None:
    """Rules may be written for types nobody foresaw."""
    check("shop.flooded", {"depth_cm": 40})


@pytest.mark.parametrize(
    ("event_type", "data", "place"),
    [
        ("metric.sampled", {"metric": "load", "value": "high"}, "$.data.value"),
        ("complaint.received", {"class": "weather"}, "$.data.class"),
        ("complaint.received", {"class": "price", "count": 0}, "$.data.count"),
        ("contact.abandoned", {"contact_id": "c", "queue": "q", "waited_s": -1}, "$.data.waited_s"),
        ("login.made", {"user": "u"}, "`ok`"),
    ],
)
def test_data_that_does_not_fit_names_the_field(event_type: str, data: dict[str, Any], place: str) -> None:
    """The sender learns where the fault is; the value itself is not repeated."""
    with pytest.raises(BadItem) as caught:
        check(event_type, data)
    assert caught.value.reason is Reason.BAD_DATA
    assert place in caught.value.detail
    assert "weather" not in caught.value.detail


def test_fields_the_schema_does_not_name_are_kept() -> None:
    """A label of the user's own is no fault."""
    check("metric.sampled", {"metric": "load", "value": 1, "region": "west"})
