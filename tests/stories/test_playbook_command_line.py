"""Managers at the command line: look ahead, compare, begin, exchange. Nothing is done, nobody is called."""

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests.command_line import app

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with fresh configuration."""
    folder = tmp_path_factory.mktemp("centre")
    assert CliRunner().invoke(app, ["--lang", "en", "init", str(folder)], prog_name="tocsin").exit_code == 0
    config = ["--config", str(folder / "tocsin.yaml")]
    assert CliRunner().invoke(app, [*config, "db", "upgrade"], prog_name="tocsin").exit_code == 0
    return folder


@pytest.fixture
def playbook(home: Path) -> Run:
    """``tocsin playbook ARGS…`` with that configuration."""

    def run(*args: Any, lang: str = "en") -> Result:
        line = ["--config", str(home / "tocsin.yaml"), "--lang", lang, "playbook", *map(str, args)]
        return CliRunner().invoke(app, line, prog_name="tocsin")

    return run


def test_a_task_that_waits_for_a_decision_names_it(playbook: Run) -> None:
    """By its title: nobody has to know how a condition is written."""
    shown = playbook("plan", "data-leak", "--at", "2026-10-05T03:00", lang="zh-cn").stdout
    assert "尚缺信息：“决定是否通知" in shown
    assert "chosen." not in shown


def test_a_manager_looks_ahead(playbook: Run, home: Path) -> None:
    """At three in the morning, with sixty per cent hit: who, what, when, and what has to be found out."""
    chart = home / "plan.svg"
    args = ("plan", "system-outage", "--at", "2026-10-05T03:00", "--fact", "affected_pct=60", "--svg", chart)
    shown = playbook(*args)
    assert shown.exit_code == 0
    assert "Level 2" in shown.stdout
    assert "To be found out" in shown.stdout
    assert "needs a fact: vendor_needed" in shown.stdout
    assert ET.fromstring(chart.read_text("utf-8")).tag.endswith("svg")  # noqa: S314 - our own drawing
    found = json.loads(playbook(*args, "--json").stdout)
    assert found["level"] == 2
    assert {task["id"] for task in found["tasks"]} >= {"verify", "paper_mode"}
    assert playbook("plan", "system-outage", "--mermaid").stdout.startswith("gantt\n")
    assert "待了解" in playbook(*args, lang="zh-CN").stdout


def test_a_wrong_fact_is_wrong_use(playbook: Run) -> None:
    """The facts there are, are told."""
    wrong = playbook("plan", "system-outage", "--fact", "affected=60")
    assert wrong.exit_code == 2
    assert "affected_pct" in wrong.stderr
    assert playbook("plan", "system-outage", "--fact", "affected_pct=many").exit_code == 1


def test_a_new_playbook_is_begun_checked_and_compared(playbook: Run, home: Path) -> None:
    """From a shipped one; a file that is there is not overwritten; the differences are told."""
    mine = home / "ours.yaml"
    assert playbook("new", "ours", "--from", "other", "--out", mine).exit_code == 0
    assert playbook("new", "first", "--out", str(Path(mine).parent / "none-yet" / "first.yaml")).exit_code == 0
    again = playbook("new", "ours", "--out", mine)
    assert again.exit_code == 1
    assert "is there already" in again.stderr
    text = mine.read_text("utf-8").replace("in: 15m}", "in: 20m}", 1)
    mine.write_text(text, "utf-8")
    assert playbook("check", mine).exit_code == 0
    (home / "playbooks").mkdir(exist_ok=True)
    (home / "playbooks" / "ours.yaml").write_text(text, "utf-8")  # it runs instead of the shipped one from now on
    assert playbook("show", "other").exit_code == 1  # what doesn't run is only there to compare with
    told = playbook("diff", "other", mine)
    assert "is due 20m after opening, before 15m after opening" in told.stdout
    assert json.loads(playbook("diff", "other", "other", "--json").stdout) == []
    assert playbook("new", "x", "--scenario", "earthquake").exit_code == 2


def test_a_fault_ends_the_check_with_one(playbook: Run, home: Path) -> None:
    """With file, line and remedy, as text and as data."""
    bad = home / "bad.yaml"
    playbook("new", "bad", "--out", bad)
    bad.write_text(bad.read_text("utf-8").replace("affected_pct >= 50", "afected_pct >= 50"), "utf-8")
    shown = playbook("check", bad)
    assert shown.exit_code == 1
    assert "did you mean 'affected_pct'?" in shown.stdout
    found = json.loads(playbook("check", bad, "--json").stdout)
    assert found["ok"] is False
    assert found["faults"][0].startswith(str(bad))


def test_playbooks_are_exchanged_as_cacao(playbook: Run, home: Path) -> None:
    """Out and in again: every task is a step, nothing a machine would run comes in."""
    out, draft = home / "outage.json", home / "draft.yaml"
    assert playbook("export", "system-outage", "--out", out, lang="zh-CN").exit_code == 0
    assert json.loads(out.read_text("utf-8"))["spec_version"] == "cacao-2.0"
    assert playbook("import", out, "--id", "draft", "--out", draft).exit_code == 0
    assert "用第二个来源核实" in draft.read_text("utf-8")
    (home / "no.json").write_text("{}", "utf-8")
    refused = playbook("import", home / "no.json")
    assert refused.exit_code == 1
    assert "Traceback" not in refused.output


def test_the_schema_is_printed_for_editors(playbook: Run) -> None:
    """A JSON Schema with explanations in both languages."""
    found = json.loads(playbook("schema").stdout)
    assert "适用场景" in found["properties"]["scenario"]["description"]


def test_an_auditor_sees_which_clause_is_covered_where(playbook: Run) -> None:
    """Both documents, clause by clause: no clause is left to nobody, and the tasks are named for programs."""
    told = playbook("clauses", lang="zh-CN")
    assert told.exit_code == 0, told.stdout
    assert "P4.2    指挥与部署" in told.stdout
    assert "系统故障" in told.stdout.splitlines()[0]
    rows = json.loads(playbook("clauses", "--json").stdout)["clauses"]
    (privacy,) = (row for row in rows if row["clause"] == "H1.2.7")
    assert privacy["tasks"]["data-leak"]
