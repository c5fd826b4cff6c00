"""Clocks, messages, materials and people from the command line."""

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


def test_the_book_tells_source_and_confidence(tocsin: Any, home: Path) -> None:
    """Each clock with its article, and the note that this is no legal advice."""
    assert tocsin("init", "--lang", "en").exit_code == 0
    shown = tocsin("clock", "show", "gdpr-33")
    assert "GDPR Art. 33(1)" in shown.stdout
    assert "not legal advice" in shown.stdout
    assert "不构成法律意见" in tocsin("clock", "list", "--jurisdiction", "cn", "--lang", "zh-CN").stdout
    assert {row["jurisdiction"] for row in data(tocsin("clock", "list", "--jurisdiction", "EU", "--json"))} == {"EU"}
    assert tocsin("clock", "show", "gdpr-99").exit_code == 1


def test_a_clock_is_started_questioned_and_filed(centre: Any, number: str) -> None:
    """From the wall to the receipt; a later report counts from the one before."""
    assert centre("clock", "start", number, "nis2-notification", "--owner", "dpo", "--backup", "legal_head",
                  *LEAD).exit_code == 0  # fmt: skip
    centre("clock", "start", number, "nis2-final", "--owner", "dpo", "--backup", "legal_head", *LEAD)
    assert centre("clock", "answer", number, "nis2_entity", "yes", *LEAD).exit_code == 0
    assert centre("clock", "answer", number, "nis2_entity", "perhaps", *LEAD).exit_code == 1
    filed = centre("clock", "file", number, "nis2-notification", "--receipt", "R-7", *LEAD)
    assert "reported" in filed.stdout
    rows = {row["clock"]: row for row in data(centre("clock", "list", number, *LEAD, "--json"))}
    assert rows["nis2-notification"]["filings"][0]["receipt"] == "R-7"
    assert rows["nis2-final"]["due_at"] is not None
    shown = centre("clock", "show", "nis2-final", "--incident", number, *LEAD)
    assert "running" in shown.stdout


def test_a_decision_needs_the_right_person_and_a_reason(centre: Any, number: str) -> None:
    """Others are told whom to ask."""
    centre("clock", "start", number, "gdpr-33", "--owner", "dpo", "--backup", "legal_head", *LEAD)
    wrong = centre("clock", "decide", number, "gdpr-33", "not_required", "--reason", "no", "--as", "lin-xue")
    assert wrong.exit_code == 1
    assert centre("clock", "decide", number, "gdpr-33", "not_required", *LEAD).exit_code == 1
    right = centre("clock", "decide", number, "gdpr-33", "not_required", "--reason", "no EU data", "--as", "sun-qian")
    assert right.exit_code == 0
    assert "signed: not required" in right.stdout


def test_an_anchor_moves_a_clock(centre: Any, number: str) -> None:
    """Aware earlier than thought: the old due time stays visible."""
    centre("clock", "start", number, "gdpr-33", "--owner", "dpo", "--backup", "legal_head", *LEAD)
    moved = centre("clock", "anchor", number, "aware", "2026-01-05T08:00", "--source", "mail", *LEAD)
    assert moved.exit_code == 0
    rows = {row["clock"]: row for row in data(centre("clock", "list", number, *LEAD, "--json"))}
    assert rows["gdpr-33"]["due_at"].startswith("2026-01-08")
    assert len(rows["gdpr-33"]["former"]) == 1


def test_a_message_is_drafted_listed_and_approved(centre: Any, number: str) -> None:
    """In both languages, checked before it reaches the approver."""
    fields = ("--field", "services=热线", "--field-en", "services=The hotline")
    drafted = data(centre("comms", "draft", number, "ivr", "first", *fields, "--as", "wu-hao", "--json"))
    assert "热线" in drafted["text"]["zh"]
    assert "The hotline" in drafted["text"]["en"]
    listed = {row["line"]: row for row in data(centre("comms", "list", number, *LEAD, "--json"))}
    assert [one["id"] for one in listed["ivr"]["waiting"]] == [drafted["id"]]
    approved = centre("comms", "approve", number, drafted["id"], *LEAD)
    assert "is out" in approved.stdout
    bad = centre("comms", "draft", number, "ivr", "update", "--field", "services=热线保证恢复", "--as", "wu-hao")
    assert bad.exit_code == 1
    assert "保证恢复" in bad.output
    assert centre("comms", "draft", number, "ivr", "first", "--field", "services", "--as", "wu-hao").exit_code == 2


def test_things_are_taken_returned_and_explained(centre: Any, number: str) -> None:
    """And checks reach the inbox of a running Tocsin."""
    taken = data(centre("material", "take", number, "radios", "--count", "4", "--for", "wu-hao", *LEAD, "--json"))
    assert taken == [{"taking": "t1", "item": "radios", "count": 4, "person": "wu-hao", "out": 4}]
    assert data(centre("material", "return", number, "t1", "--count", "3", *LEAD, "--json"))[0]["out"] == 1
    assert data(centre("material", "explain", number, "t1", "--reason", "lost", *LEAD, "--json"))[0]["out"] == 0
    assert centre("material", "take", number, "boats", "--count", "1", *LEAD).exit_code == 1
    assert centre("material", "check", "radios", "--count", "6", *LEAD).exit_code == 0
    rows = {row["item"]: row for row in data(centre("material", "list", "--json"))}
    assert (rows["radios"]["par"], rows["radios"]["state"]) == (6, "unchecked")


def test_a_roll_call_is_started_answered_and_closed(centre: Any, number: str) -> None:
    """Whoever is silent is named; closing without them needs a word."""
    people = ("--person", "lin-xue", "--person", "xu-fang")
    assert centre("people", "rollcall", "start", number, "night", *people, *LEAD).exit_code == 0
    answered = data(centre("people", "rollcall", "answer", number, "r1", "lin-xue", "need_help", *LEAD, "--json"))[0]
    assert (answered["silent"], answered["in_need"]) == (["xu-fang"], ["lin-xue"])
    assert centre("people", "rollcall", "close", number, "r1", *LEAD).exit_code == 1
    assert centre("people", "rollcall", "help", number, "r1", "lin-xue", *LEAD).exit_code == 0
    assert centre("people", "rollcall", "close", number, "r1", "--note", "xu-fang on leave", *LEAD).exit_code == 0
    assert "xu-fang" in centre("people", "rollcall", "show", number, *LEAD).stdout


def test_floor_duty_and_care(centre: Any, number: str) -> None:
    """Care is counted and nobody is named."""
    assert data(centre("people", "floor", number, "lin-xue", "--place", "3F", *LEAD, "--json")) == {"lin-xue": "3F"}
    assert data(centre("people", "floor", number, "lin-xue", "--left", *LEAD, "--json")) == {}
    on_duty = {row["person"] for row in data(centre("people", "strain", number, *LEAD, "--json"))}
    assert "zhou-wei" in on_duty
    assert centre("people", "duty", number, "zhou-wei", "break", *LEAD).exit_code == 0
    offered = data(centre("people", "care", number, "--kind", "rest", "--as", "tang-yu", "--json"))
    assert offered == {"offered": 1, "accepted": 0, "declined": 0, "offer": "care1"}
    assert "accepted 1" in centre("people", "care", number, "--accepted", "care1", "--as", "tang-yu").stdout


def test_outsiders_learn_nothing_of_a_leaks_clocks(centre: Any) -> None:
    """Neither deadlines nor messages."""
    opened = data(centre("incident", "open", "data-leak", "Export", "--as", "huang-li", "--json"))
    for command in (("clock", "list"), ("comms", "list"), ("people", "rollcall", "show")):
        refused = centre(*command, opened["id"], "--as", "guo-qiang")
        assert refused.exit_code == 1
        assert "restricted" in refused.output
