"""Incidents from the command line: opened, answered, worked on, signed off, kept from outsiders."""

import json
from typing import Any

import pytest

from tests.unit.cli.conftest import data


def _open(centre: Any, scenario: str = "system-outage", title: str = "CRM is down") -> str:
    found = data(centre("incident", "open", scenario, title, "--label", "service=crm", "--as", "huang-li", "--json"))
    return str(found["id"])


def test_an_acknowledgement_stops_the_calls(centre: Any) -> None:
    """Pages that wait are cancelled in the same moment, and the incident has an owner."""
    number = _open(centre)
    waiting = data(centre("page", "list", "--json"))
    assert {row["state"] for row in waiting if row["kind"] == "page"} == {"pending"}
    found = data(centre("incident", "ack", number, "--as", "huang-li", "--json"))
    assert found["status"] == "acknowledged"
    after = data(centre("page", "list", "--json"))
    assert {row["state"] for row in after if row["kind"] == "page"} == {"cancelled"}


def test_acknowledging_again_changes_nothing(centre: Any) -> None:
    """Scripts and impatient people may repeat it."""
    number = _open(centre)
    first = data(centre("incident", "ack", number, "--as", "huang-li", "--json"))
    second = data(centre("incident", "ack", number, "--as", "wu-hao", "--json"))
    assert second["version"] == first["version"]


def test_a_restricted_incident_shows_outsiders_its_code_name_alone(centre: Any) -> None:
    """Neither list, nor timeline, nor report, nor signals say more, and the error does not either."""
    number = _open(centre, "data-leak", "Export of 10k customers")
    outside = data(centre("incident", "list", "--json"))[0]
    assert outside["hidden"]
    assert outside["level"] is None
    assert outside["scenario"] is None
    for command in (("incident", "timeline"), ("incident", "tasks"), ("report", "show")):
        refused = centre(*command, number, "--as", "guo-qiang")
        assert refused.exit_code == 1
        assert "10k" not in refused.output
    assert "10k" not in centre("incident", "show", number).output
    assert data(centre("incident", "list", "--as", "huang-li", "--json"))[0]["level"] == 3
    assert "10k" in centre("incident", "show", number, "--as", "huang-li").stdout


def test_an_outsider_can_be_let_in(centre: Any) -> None:
    """By somebody who is in, with a reason."""
    number = _open(centre, "data-leak", "Export of 10k customers")
    assert centre("incident", "ack", number, "--as", "guo-qiang").exit_code == 1
    let_in = ("incident", "audience", number, "guo-qiang", "--reason", "knows the agent", "--as", "huang-li")
    assert centre(*let_in).exit_code == 0
    assert centre("incident", "ack", number, "--as", "guo-qiang").exit_code == 0


def test_an_incident_runs_from_alarm_to_report(centre: Any) -> None:
    """Every step of its life is one command; the report is there afterwards."""
    number = _open(centre)
    task = next(t["id"] for t in data(centre("incident", "tasks", number, "--json")) if t["ready"])
    me = ("--as", "he-jun")
    for step in (
        ("ack", number),
        ("level", number, "2", "--reason", "two sites"),
        ("note", number, "supplier called", "--kind", "update"),
        ("fact", number, "customers_affected", "1200"),
        ("lead", number, "response", "--note", "taking over"),
        ("start", number, task),
        ("done", number, task, "--note", "seen"),
        ("escalate", number, "--reason", "needs a decision"),
        ("mitigate", number, "--note", "diverted"),
        ("resolve", number, "--cause", "trunk failure"),
        ("action", number, "second trunk", "--owner", "it_head", "--due", "2030-01-01T18:00"),
        ("end", number, "--statement", "stable", "--override", "an exercise of the command line"),
    ):
        done = centre("incident", *step, *me)
        assert done.exit_code == 0, (step, done.output)
    assert data(centre("incident", "show", number, "--json"))["status"] == "ended"
    issued = data(centre("report", "list", "--json"))
    assert issued[0]["final"]
    shown = centre("report", "show", issued[0]["id"])
    assert "trunk failure" in shown.stdout
    assert "<html" in centre("report", "show", number, "--format", "html").stdout
    assert json.loads(centre("report", "show", number, "--json").stdout)["summary"]["incident_id"] == number


def test_whoever_acts_must_say_who_they_are(centre: Any) -> None:
    """Wrong use, with the way out; a name that nobody bears gets the nearest one."""
    number = _open(centre)
    nameless = centre("incident", "ack", number)
    assert nameless.exit_code == 2
    assert "--as" in nameless.stderr
    unknown = centre("incident", "ack", number, "--as", "huangli")
    assert unknown.exit_code == 1
    assert "huang-li" in unknown.stderr


def test_the_variable_says_who_acts(centre: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """TOCSIN_AS stands in for --as."""
    number = _open(centre)
    monkeypatch.setenv("TOCSIN_AS", "huang-li")
    assert centre("incident", "ack", number).exit_code == 0


def test_a_title_can_not_steer_the_terminal(centre: Any) -> None:
    """Escape sequences and markup of others arrive as harmless text."""
    _open(centre, title="CRM \x1b[31mred\x1b]0;owned\x07 [bold]down[/bold]")
    shown = centre("incident", "list").stdout
    assert "\x1b" not in shown
    assert "[bold]down[/bold]" in shown


def test_the_list_speaks_the_readers_language(centre: Any) -> None:
    """The same line for readers of Chinese."""
    _open(centre)
    shown = centre("incident", "list", "--lang", "zh-CN").stdout
    assert "系统故障" in shown


def test_what_happened_earlier_is_entered_with_its_time(centre: Any) -> None:
    """Both times are kept; the future is refused."""
    number = _open(centre)
    assert centre("incident", "ack", number, "--as", "huang-li", "--at", "2099-01-01T10:00").exit_code == 1
    assert centre("incident", "note", number, "x", "--as", "huang-li", "--at", "noonish").exit_code == 2


def test_incidents_are_linked_only_to_those_there_are(centre: Any) -> None:
    """A mistyped number is an error, not a link."""
    one, other = _open(centre), _open(centre, "complaint-surge", "Many complaints")
    assert centre("incident", "link", one, "INC-1999-0001", "--as", "huang-li").exit_code == 1
    linked = data(centre("incident", "link", one, other, "--relation", "causes", "--as", "huang-li", "--json"))
    assert linked["links"] == {other: "causes"}
