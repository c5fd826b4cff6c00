"""What managers do with playbooks besides running them: look ahead, compare, begin a new one, exchange."""

import json
import re
import xml.etree.ElementTree as ET
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from playbook_run import PLAYBOOK, ROSTER, START, minutes, plan_of

import config
from incident.domain.errors import BadInput
from incident.domain.plan import Plan
from incident.domain.words import Group, Scenario
from incident.service import roster_file
from playbooks.business import add_business_days, works
from playbooks.checking import check_files
from playbooks.command import command_planner
from playbooks.describe import FIELDS, SCHEMA_FILE, playbook_schema, schema_text
from playbooks.diff import changes
from playbooks.drawing import gantt_svg, mermaid
from playbooks.forecast import forecast
from playbooks.loader import LIBRARY, load, load_file
from playbooks.templates import BLANK, new_playbook

PEOPLE = Path(config.__file__).parent / "defaults" / "people.yaml"


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    """The playbook of these stories."""
    return plan_of(tmp_path)


def test_a_forecast_says_who_is_called_and_what_is_due_without_doing_it(plan: Plan) -> None:
    """The matrix counts, conditions count, and what is not known is asked for."""
    found = forecast(plan, ROSTER, START, 4, {"affected_pct": "55"})
    assert found.level == 2
    assert set(found.groups) == {Group.LEADERSHIP, Group.RESPONSE}
    assert [(call.rung, call.at) for call in found.calls[:2]] == [("heads", START), ("deputies:1", minutes(10))]
    assert found.calls[0].people == ("supervisor-1", "director-1")
    assert found.calls[-1].rung == "leadership"  # the last resort of this playbook
    assert found.questions == ("answered_pct", "leak")
    bars = {bar.id: bar for bar in found.bars}
    assert (bars["restore"].start, bars["restore"].due) == (minutes(10), minutes(60))  # after judge, at its deadline
    assert (bars["paper"].due, bars["paper"].projected) == (minutes(25), True)  # declared when judge is due
    assert bars["tell_customers"].asks == ("leak",)
    assert "meals" not in bars  # logistics is not convened


def test_a_drill_and_a_bad_answer_in_a_forecast(plan: Plan) -> None:
    """What a drill skips is left out; an answer of the wrong type is refused."""
    assert "page_vendor" not in {bar.id for bar in forecast(plan, ROSTER, START, 3, drill=True).bars}
    with pytest.raises(BadInput, match="affected_pct"):
        forecast(plan, ROSTER, START, 3, {"affected_pct": "half"})


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_a_gantt_chart_is_well_formed_and_holds_every_task(plan: Plan, language: str) -> None:
    """SVG for print, Mermaid for documents, in the reader's language, hostile titles included."""
    found = forecast(plan, ROSTER, START, 1)
    root = ET.fromstring(gantt_svg(found, ROSTER, language))  # noqa: S314 - our own drawing
    drawn = " ".join(root.itertext())
    chart = mermaid(found, ROSTER, language)
    for bar in found.bars:
        assert bar.due is None or bar.title.in_(language) in drawn
        assert bar.title.in_(language) in chart
    assert chart.startswith("gantt\n")
    assert re.search(r":crit, t0, 2026-09-29T09:00, 2026-09-29T09:10", chart)


def test_a_difference_is_told_in_peoples_terms(plan: Plan, tmp_path: Path) -> None:
    """Who does what by when, not which line changed."""
    text = PLAYBOOK.replace("in: 60m", "in: 45m").replace("owner: tech\n        sets", "owner: legal\n        sets")
    text = text.replace("when: affected_pct >= 50,", "when: affected_pct >= 40,").replace("hold: 30m", "hold: 1h")
    text = text.replace("      - id: page_vendor\n", "      - id: call_vendor\n")
    text = text.replace("deputies: [ops], members: [legal]", "deputies: [legal], members: [ops]").replace(
        "1.0.0", "1.1.0"
    )
    told = [change.text for change in changes(plan, plan_of(tmp_path, text), ROSTER)]
    english = "\n".join(text.en for text in told)
    for sentence in (
        "Version: “1.1.0”, before “1.0.0”",
        "Condition for level 2: “affected_pct >= 40”, before “affected_pct >= 50”",
        "Deputies of the leadership group: Legal (before: Ops)",
        "Task “Call the vendor” is dropped",
        "New task “Call the vendor” for Tech, due 20m after opening",
        "Task “Restore” is due 45m after opening, before 1h after opening",
        "Task “Check the data”, owner: Legal, before Tech",
        "Time the end criteria must hold: “1h”, before “30m”",
    ):
        assert sentence in english
    assert "任务“恢复”的期限由开启后 1h改为开启后 45m" in "\n".join(text.zh for text in told)
    assert changes(plan, plan, ROSTER) == []


def test_a_new_playbook_from_the_template_is_without_fault(tmp_path: Path) -> None:
    """It can be checked and changed at once, whatever scenario it is for."""
    roster = roster_file.load(PEOPLE).roster
    for scenario in Scenario:
        path = tmp_path / "mine.yaml"
        path.write_text(new_playbook("mine", date(2026, 11, 26), scenario), "utf-8")
        one = load_file(path, roster)
        assert (one.plan.id, one.plan.scenario, one.spec.version) == ("mine", scenario, "0.1.0")
        assert one.plan.triggers[0].scenario is scenario
    with pytest.raises(BadInput, match="is no id"):
        new_playbook("../mine", date(2026, 11, 26))
    copy = new_playbook("ours", date(2026, 11, 26), None, LIBRARY / "disaster.yaml")
    assert "id: ours\nversion: 0.1.0\n" in copy
    assert "approved: {by: centre_director, on: 2026-11-26}" in copy
    assert not any("review" in line for line in check_files([path], datetime(2026, 12, 26, tzinfo=UTC), roster).advice)
    assert "# " in copy
    assert check_files([BLANK], datetime(2026, 2, 1, tzinfo=UTC), roster).faults == ()


def test_the_json_schema_is_current_and_explains_every_field() -> None:
    """Editors complete and check by it, in Chinese and English; run ``tocsin playbook schema`` after a change."""
    assert SCHEMA_FILE.read_text("utf-8") == schema_text()
    found = playbook_schema()
    for name, model in {"Playbook": found, **found["$defs"]}.items():
        for field, spec in model.get("properties", {}).items():
            zh, _, en = spec.get("description", "").partition(" / ")
            assert zh, (name, field)
            assert en, (name, field)
    assert set(FIELDS) - {"Playbook"} <= set(found["$defs"])
    assert json.loads(schema_text())["title"] == "Tocsin playbook/v1"


def test_business_days_know_holidays_and_the_days_worked_for_them() -> None:
    """China: Saturday 28 February 2026 is worked for the Spring Festival; Germany does not know of it."""
    friday = datetime(2026, 2, 27, 10, 0, tzinfo=UTC)
    assert add_business_days(friday, 1, "CN", "Asia/Shanghai") == datetime(2026, 2, 28, 15, 59, tzinfo=UTC)
    assert add_business_days(friday, 1, "DE", "Europe/Berlin") == datetime(2026, 3, 2, 22, 59, tzinfo=UTC)
    assert not works(datetime(2026, 10, 1, tzinfo=UTC).date(), "CN")
    late = datetime(2026, 2, 27, 17, 0, tzinfo=UTC)  # already Saturday in Shanghai, a working day there
    assert add_business_days(late, 1, "CN", "Asia/Shanghai") == datetime(2026, 3, 2, 15, 59, tzinfo=UTC)


def test_shipped_playbooks_use_what_playbooks_can_do() -> None:
    """Each has triggers, facts with questions, a matrix, gates, decisions, undo, end criteria and after-care."""
    for one in load().values():
        plan = one.plan
        assert plan.triggers, plan.id
        assert len(plan.matrix) == 4, plan.id
        assert all(var.who and var.ask.zh and var.ask.en for var in plan.vars), plan.id
        assert sum(bool(phase.exit) for phase in plan.phases) >= 3, plan.id
        assert any(task.options for task in plan.tasks), plan.id
        assert any(task.undo for task in plan.tasks), plan.id
        assert any(task.when for task in plan.tasks), plan.id
        assert any(task.due_days for task in plan.tasks), plan.id
        assert plan.end.criteria, plan.id
        assert plan.end.hold >= timedelta(minutes=30), plan.id
        assert plan.end.sign, plan.id
        assert one.spec.after_care, plan.id
        assert {task.drill for task in plan.tasks} >= {"real", "simulate"}, plan.id


def test_the_example_of_the_handbook_is_without_fault(tmp_path: Path) -> None:
    """What the documentation shows can be copied and runs, against the shipped people."""
    handbook = (Path(config.__file__).parents[1] / "docs" / "playbooks.md").read_text("utf-8")
    example = re.search(r"```yaml\n(.*?)```", handbook, re.DOTALL)
    assert example is not None
    path = tmp_path / "power-cut.yaml"
    path.write_text(example[1], "utf-8")
    found = check_files([path], datetime(2026, 11, 22, tzinfo=UTC), roster_file.load(PEOPLE).roster)
    assert (found.faults, found.advice) == ((), ())


def test_a_forecast_names_messages_and_reports_with_their_times() -> None:
    """First messages by audience, reports by law and contract; what waits for something has no time yet."""
    loaded = load(None)
    planner = command_planner(loaded)
    plan = loaded["data-leak"].plan
    found = forecast(plan, ROSTER, START, 1, crisis=planner.crisis_of(plan))
    owed = {(one.kind, one.id): one.due for one in found.owed}
    assert owed[("clock", "cn-cac-4h")] == START + timedelta(hours=4)
    assert owed[("clock", "cn-cac-supplement")] is None
    assert owed[("message", "agent-card")] == START + timedelta(minutes=30)
