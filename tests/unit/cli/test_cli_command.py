"""The leadership's work from the command line."""

import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.conftest import data

LEAD = ("--as", "zhou-wei")


@pytest.fixture
def number(centre: Any) -> str:
    """A grave outage that Zhou Wei leads."""
    opened = centre("incident", "open", "system-outage", "IVR down", "--impact", "high", "--urgency", "high",
                    "--as", "huang-li", "--json")  # fmt: skip
    incident = str(data(opened)["id"])
    assert centre("incident", "ack", incident, *LEAD).exit_code == 0
    return incident


def test_a_meeting_reaches_its_quorum_and_leaves_minutes(centre: Any, number: str) -> None:
    """Called, attended, closed; a group that meets already is not called twice."""
    called = data(centre("command", "convene", number, "--place", "三号会议室", *LEAD, "--json"))
    assert (called[0]["meeting"], called[0]["place"], called[0]["quorum_at"]) == ("m1", "三号会议室", None)
    assert len(data(centre("command", "convene", number, *LEAD, "--json"))) == 1
    there = data(centre("command", "attend", number, "m1", "zhou-wei", "chen-jing", *LEAD, "--json"))
    assert there[0]["present"] == ["zhou-wei", "chen-jing"]
    assert there[0]["quorum_at"]
    closed = data(centre("command", "minutes", number, "m1", "Switch to the standby line", *LEAD, "--json"))
    assert closed[0]["minutes"] == "Switch to the standby line"


def test_an_order_is_read_back_confirmed_and_carried_out(centre: Any, number: str) -> None:
    """The receipt is the receiver's own words; a wrong one is asked for again."""
    wrong = centre("command", "order", number, "tech_suport", "Switch lines", *LEAD)
    assert wrong.exit_code == 1
    assert "tech_support" in wrong.stderr
    given = data(centre("command", "order", number, "tech_support", "Switch lines", *LEAD, "--json"))
    assert given[0]["status"] == "given"
    centre("command", "readback", number, "o1", "Switch phones", "--as", "he-jun")
    again = data(centre("command", "confirm", number, "o1", "--wrong", "--note", "the lines", *LEAD, "--json"))
    assert again[0]["status"] == "given"
    centre("command", "readback", number, "o1", "Switch the lines", "--as", "he-jun")
    own = centre("command", "confirm", number, "o1", "--as", "he-jun")
    assert own.exit_code == 1
    assert data(centre("command", "confirm", number, "o1", *LEAD, "--json"))[0]["status"] == "confirmed"
    done = centre("command", "done", number, "o1", "--as", "he-jun")
    assert "carried out" in done.stdout


def test_the_card_goes_with_the_command(centre: Any, number: str) -> None:
    """Objectives, decisions, orders, clocks and worries; both sign, and the receiver leads from then on."""
    centre("command", "objectives", number, "Hotline back", "--until", "23:59", *LEAD)
    centre("command", "order", number, "tech_support", "Switch lines", *LEAD)
    offered = data(centre("command", "handover", number, "chen-jing", "--worry", "vendor is silent", *LEAD, "--json"))
    assert (offered[0]["receiver"], offered[0]["signed_at"]) == ("chen-jing", None)
    assert centre("command", "takeover", number, "h1", "Hotline down", "--as", "wu-hao").exit_code == 1
    assert centre("command", "takeover", number, "h1", "Hotline down", "--as", "chen-jing").exit_code == 0
    card = data(centre("command", "card", number, "--as", "chen-jing", "--json"))
    assert card["objectives"] == ["Hotline back"]
    assert [one["order"] for one in card["orders"]] == ["o1"]
    assert "contract-notice" in {one["clock"] for one in card["clocks"]}
    assert card["worries"] == ["vendor is silent"]
    assert card["leaders"]["leadership"] == "chen-jing"
    shown = centre("command", "card", number, "--as", "chen-jing").stdout
    assert "vendor is silent" in shown
    assert "Hotline back" in shown


def test_the_card_flags_one_person_in_two_critical_places(centre: Any, number: str) -> None:
    """Whoever leads two groups at once is named first, in both languages."""
    centre("incident", "lead", number, "response", *LEAD)
    assert "! Zhou Wei is needed in two critical places" in centre("command", "card", number, *LEAD).stdout
    assert "周伟同时身兼两个关键岗位" in centre("command", "card", number, *LEAD, "--lang", "zh-CN").stdout


def test_the_commands_in_the_documentation_work(centre: Any, number: str) -> None:
    """One after the other, as they stand there."""
    text = (Path(__file__).parents[3] / "docs" / "command.md").read_text("utf-8")
    lines = [line.partition("  #")[0] for line in text.partition("```sh\n")[2].partition("```")[0].splitlines()]
    assert len(lines) > 8
    for line in lines:
        done = centre(*shlex.split(line.replace("INC-2026-0001", number))[1:])
        assert done.exit_code == 0, (line, done.output)
