"""Setting up and looking after an installation."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from config.settings import load_settings
from tests.unit.cli.conftest import data


def test_init_writes_files_that_parse(tocsin: Any, home: Path) -> None:
    """As they are, without an edit; and says what to do next."""
    made = tocsin("init", "my-centre", "--lang", "en")
    assert made.exit_code == 0
    assert "tocsin up" in made.stdout
    settings = load_settings(home / "my-centre" / "tocsin.yaml")
    assert settings.language == "en"
    checked = tocsin("doctor", "--config", "my-centre/tocsin.yaml", "--json")
    findings = data(checked)["findings"]
    assert {f["name"] for f in findings if f["state"] == "fail"} == set()
    assert "tocsin-data" in (home / "my-centre" / ".gitignore").read_text()


def test_init_does_not_overwrite(tocsin: Any, home: Path) -> None:
    """Unless forced."""
    (home / "people.yaml").write_text("mine")
    refused = tocsin("init")
    assert refused.exit_code == 1
    assert "--force" in refused.stderr
    assert (home / "people.yaml").read_text() == "mine"
    assert tocsin("init", "--force").exit_code == 0
    assert (home / "people.yaml").read_text() != "mine"


def test_every_fault_of_the_settings_is_told_with_its_line(tocsin: Any, home: Path) -> None:
    """All at once, and no traceback."""
    (home / "tocsin.yaml").write_text("schema: tocsin/v1\nlanguage: fr\nlisten: {port: 70000}\nnonsense: 1\n")
    shown = tocsin("doctor")
    assert shown.exit_code == 1
    for place in ("tocsin.yaml:2", "tocsin.yaml:3", "tocsin.yaml:4"):
        assert place in shown.output
    assert tocsin("incident", "list").exit_code == 1


def test_a_command_before_the_first_start_makes_the_database(tocsin: Any, home: Path) -> None:
    """As up does; what only reads the plans leaves none behind."""
    assert tocsin("init", "--lang", "en").exit_code == 0
    assert tocsin("playbook", "plan", "other").exit_code == 0
    assert not (home / "tocsin-data").exists()
    opened = tocsin("incident", "open", "other", "Lights out", "--as", "huang-li")
    assert opened.exit_code == 0, opened.output
    assert "Lights out" in tocsin("incident", "list").stdout


def test_a_folder_that_is_no_installation_gets_no_database(tocsin: Any, home: Path) -> None:
    """An incident opened there would be seen by nobody."""
    shown = tocsin("incident", "open", "other", "Lights out")
    assert shown.exit_code != 0
    assert "db upgrade" in tocsin("incident", "list").stderr
    assert list(home.iterdir()) == []


def test_an_untouched_log_passes_the_audit(centre: Any) -> None:
    """Every log is checked."""
    centre("incident", "open", "other", "Lights out", "--as", "huang-li")
    assert data(centre("audit", "verify", "--json")) == {"ok": True, "streams": 1, "broken": []}


def test_the_audit_names_the_entry_that_was_changed(centre: Any, home: Path) -> None:
    """One byte in one entry is enough."""
    centre("incident", "open", "other", "Lights out", "--as", "huang-li")
    with sqlite3.connect(home / "tocsin-data" / "tocsin.db") as raw:
        raw.execute("UPDATE log_entries SET body = replace(body, 'Lights', 'lights') WHERE seq = 1")
    raw.close()
    found = centre("audit", "verify", "--json")
    assert found.exit_code == 1
    assert '"ok": false' in found.stdout
    assert " entry 1 " in found.stdout


def test_duty_is_told_and_checked(centre: Any, home: Path) -> None:
    """Who, until when, and a gap as a finding with exit code 1."""
    assert data(centre("oncall", "who", "centre_director", "--json"))[0]["people"][0]["id"] == "zhou-wei"
    assert {row["person"] for row in data(centre("oncall", "schedule", "tech_support", "--days", "15", "--json"))} == {
        "he-jun", "ma-tao"
    }  # fmt: skip
    assert centre("oncall", "check").exit_code == 0
    people = (home / "people.yaml").read_text()
    away = "\n    away: [{from: 2020-01-01, to: 2099-12-31}]\n  - id: chen-jing"
    (home / "people.yaml").write_text(people.replace("\n  - id: chen-jing", away, 1))
    gap = centre("oncall", "check", "--json")
    assert gap.exit_code == 1
    assert "Centre director: nobody from" in gap.stdout
    assert centre("oncall", "who", "center_director").exit_code == 1


def test_playbooks_are_listed_shown_checked_and_planned(centre: Any, home: Path) -> None:
    """A broken one is named with its line."""
    assert len(data(centre("playbook", "list", "--json"))) == 5
    assert data(centre("playbook", "show", "system-outage", "--json"))["id"] == "system-outage"
    plan = data(centre("playbook", "plan", "system-outage", "--level", "1", "--json"))
    assert plan["calls"][0]["people"]
    assert any(task["due_at"] for task in plan["tasks"])
    (home / "bad.yaml").write_text("schema: playbook/v1\nid: x\n")
    bad = centre("playbook", "check", "bad.yaml")
    assert bad.exit_code == 1
    assert "bad.yaml:" in bad.output
    assert centre("playbook", "show", "sistem-outage").exit_code == 1


def test_silences_and_maintenance_come_and_go(centre: Any) -> None:
    """Added, listed, ended; nonsense is refused."""
    quiet = ("--for", "2h", "--reason", "known", "--as", "he-jun", "--json")
    silence = data(centre("silence", "add", "service=ivr", 'queue=~"a|b"', *quiet))
    window = data(centre("maintenance", "add", "crm", *quiet))
    assert {row["id"] for row in data(centre("silence", "list", "--json"))} == {silence["id"], window["id"]}
    assert centre("silence", "end", silence["id"]).exit_code == 0
    assert centre("silence", "end", silence["id"]).exit_code == 1
    assert centre("silence", "add", "nonsense", *quiet).exit_code == 1
    assert centre("maintenance", "add", "crmm", *quiet).exit_code == 1


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("incident opne", "没有“opne”这个命令（是否指 open？）"),
        ("incident list --statuss x", "没有选项 --statuss（是否指 --as？）"),
        ("playbook check --jsn", "没有选项 --jsn（是否指 --json？）"),
    ],
)
def test_a_slip_of_the_fingers_is_answered_with_what_was_meant(centre: Any, line: str, hint: str) -> None:
    """In one language, and the command's own name stays as it is typed."""
    assert hint in centre("--lang", "zh-cn", *line.split(" ")).output


@pytest.mark.parametrize(
    "line",
    [
        "frobnicate", "incident", "incident ack", "incident show ../../etc/passwd --as he-jun", "report show x",
        "incident show INC-2026-0001\x00", "signal list --limit -1", "token create --name x --role king",
        "silence add a=~( --for 1h --reason r --as he-jun", "silence add a=b --for 999999999d --reason r --as he-jun",
        "incident list --config .", "incident list --config /dev/null/x", "deadletter show 99", "oncall who --at 1-1-1",
        "incident open other \ud800 --as he-jun", "playbook check /", "audit verify now", "token login nobody",
    ],
)  # fmt: skip
def test_no_mistake_ends_in_a_traceback(centre: Any, line: str) -> None:
    """One readable sentence, exit code 1 or 2."""
    ended = centre(*line.split(" "))
    assert ended.exit_code in {1, 2}
    assert isinstance(ended.exception, SystemExit)
    assert "Traceback" not in ended.output


@pytest.mark.parametrize(
    "line",
    ["incident list", "signal list", "page list", "deadletter list", "token list", "silence list", "maintenance list",
     "report list", "playbook list", "oncall who", "oncall schedule", "oncall check", "audit verify", "version",
     "db upgrade", "doctor"],
)  # fmt: skip
def test_data_is_json(centre: Any, line: str) -> None:
    """Whatever the language of the reader."""
    data(centre(*line.split(), "--json", "--lang", "zh-CN"))
