"""people.yaml: faults with line and remedy, warnings, and what becomes of times."""

from datetime import UTC, datetime

import pytest

from incident.domain.errors import BadInput
from incident.domain.words import Text
from incident.service.roster_file import from_yaml
from incident.yamlfile import parse

GOOD = """\
schema: people/v1
people:
  - id: an
    name: {zh: 安, en: An}
    contacts: [{via: console, to: an}]
    drill_contacts: [{via: console, to: an}]
    away: [{from: 2026-10-01, to: 2026-10-07}]
  - id: bo
    name: Bo
    timezone: Europe/Berlin
    contacts: [{via: sms, to: "1"}]
    drill_contacts: [{via: console, to: bo}]
positions:
  - id: head
    title: {zh: 负责人, en: Head}
    people: [an]
  - id: duty
    title: {zh: 值班, en: On duty}
    rotation: {people: [an, bo], start: "2026-01-05 09:00", every: 7d}
overrides:
  - {position: head, person: bo, from: "2026-10-02 08:00", to: "2026-10-02T20:00:00+02:00"}
management: [head]
"""


def at(*moment: int) -> datetime:
    year, month, day, hour, minute = (*moment, 0, 0)[:5]
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def test_a_good_file_becomes_a_roster() -> None:
    """Names in one or two languages, whole days away in one's own time zone, local times of stand-ins."""
    roster = from_yaml(parse(GOOD, "people.yaml")).roster
    assert roster.people["bo"].name == Text.same("Bo")
    assert roster.management == ("head",)
    an = roster.people["an"]
    assert an.present(at(2026, 9, 30, 15, 59))
    assert not an.present(at(2026, 9, 30, 16))
    assert not an.present(at(2026, 10, 7, 15, 59))
    assert an.present(at(2026, 10, 7, 16))
    assert [p.id for p in roster.holders("head", at(2026, 10, 2, 5, 59))] == []
    assert [p.id for p in roster.holders("head", at(2026, 10, 2, 6))] == ["bo"]
    assert [p.id for p in roster.holders("head", at(2026, 10, 2, 18))] == []
    assert [p.id for p in roster.holders("duty", at(2026, 1, 5, 1))] == ["an"]
    assert [p.id for p in roster.holders("duty", at(2026, 1, 12, 1))] == ["bo"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("people: [an]\n", "people: [ann]\n", "16: positions.0.people.0: unknown person 'ann' — did you mean 'an'?"),
        ("people: [an]\n", "people: []\n", "14: positions.0: nobody holds 'head' — give it people or a rotation"),
        ("people: [an, bo],", "people: [],", "19: positions.1.rotation.people: is empty — add to it"),
        (
            "people: [an, bo],",
            "people: [an, cy],",
            "19: positions.1.rotation.people.1: unknown person 'cy' — add it, or take it out here",
        ),
        (
            "Europe/Berlin",
            "Europe/Berln",
            "10: people.1.timezone: unknown time zone — did you mean 'Europe/Berlin'?",
        ),
        ("- id: bo", "- id: an", "8: people.1.id: 'an' is there already (line 3) — use another id"),
        ("- id: duty", "- id: head", "17: positions.1.id: 'head' is there already (line 14) — use another id"),
        ("to: 2026-10-07", "to: 2026-09-07", "7: people.0.away.0.to: ends before it begins — put 'to' after 'from'"),
        (
            "management: [head]",
            "management: [haed]",
            "22: management.0: unknown position 'haed' — did you mean 'head'?",
        ),
        ("every: 7d", "every: 1bd", "19: positions.1.rotation.every: business days ('bd') can't be counted"),
        ("contacts: [{via: sms", "contact: [{via: sms", "11: people.1.contact: unknown field — did you mean"),
    ],
)
def test_a_fault_names_its_line_and_remedy(old: str, new: str, expected: str) -> None:
    """One changed place gives a complaint about exactly that place."""
    with pytest.raises(BadInput) as caught:
        from_yaml(parse(GOOD.replace(old, new, 1), "people.yaml"))
    assert caught.value.faults[0].startswith(f"people.yaml:{expected}")


def test_all_faults_are_told_at_once() -> None:
    """Nobody mends one line to be told of the next."""
    bad = GOOD.replace("people: [an]\n", "people: [x]\n").replace("[head]", "[y]").replace("person: bo", "person: z")
    with pytest.raises(BadInput) as caught:
        from_yaml(parse(bad, "people.yaml"))
    assert [fault.split(": ")[0] for fault in caught.value.faults] == [f"people.yaml:{n}" for n in (16, 21, 22)]


def test_missing_and_unusable_contacts_are_warned_about() -> None:
    """A person who can't be reached is found before the night it matters."""
    text = GOOD.replace("    drill_contacts: [{via: console, to: bo}]\n", "").replace("[an, bo]", "[an]")
    text = text.replace("person: bo", "person: an")
    assert from_yaml(parse(text, "people.yaml"), channels={"console"}).warnings == (
        "people.yaml:8: people.1: 'bo' holds no position and is never paged — add it to a position",
        "people.yaml:11: people.1.contacts: none of these is set up: sms — set it up, or add another",
        "people.yaml:8: people.1: 'bo' has no drill_contacts and can't be paged in a drill — add drill_contacts",
    )
