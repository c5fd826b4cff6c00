"""CACAO 2.0: what we export keeps the rules of the specification, what others export comes in as tasks."""

import base64
import json
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from playbook_run import ROSTER, plan_of

from incident.domain.errors import BadInput
from playbooks.cacao import to_cacao
from playbooks.cacao_import import manual_steps, parse_cacao, violations
from playbooks.checking import check_files
from playbooks.loader import load
from playbooks.templates import imported_playbook

UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
NOW = datetime(2026, 11, 22, 3, 4, 5, 678_901, tzinfo=UTC)
STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


def exported(folder: Path, language: str = "en") -> dict[str, Any]:
    return to_cacao(plan_of(folder), ROSTER, language, date(2026, 1, 15), NOW)


def test_an_export_keeps_the_rules_of_the_specification(tmp_path: Path) -> None:
    """Required properties, identifier patterns, time stamps to the millisecond, known step types, sound pointers."""
    found = exported(tmp_path)
    assert list(violations(found)) == []
    assert re.fullmatch(f"playbook--{UUID}", found["id"])
    assert re.fullmatch(f"identity--{UUID}", found["created_by"])
    assert re.fullmatch(STAMP, found["created"])
    assert re.fullmatch(STAMP, found["modified"])
    assert found["modified"] >= found["created"]
    kinds = [step["type"] for step in found["workflow"].values()]
    assert kinds.count("start") == 1
    assert {"action", "parallel", "end"} <= set(kinds)
    for key, step in found["workflow"].items():
        assert re.fullmatch(f"{step['type']}--{UUID}", key)
        if step["type"] == "action":
            assert step["commands"][0]["type"] == "manual"
            assert step["agent"] in found["agent_definitions"]
            assert set(step["step_extensions"]) == set(found["extension_definitions"])
    for key, agent in found["agent_definitions"].items():
        assert re.fullmatch(f"group--{UUID}", key)
        assert agent["type"] == "group"
        assert agent["name"]
    for name, variable in found["playbook_variables"].items():
        assert re.fullmatch(r"__[a-zA-Z_][a-zA-Z0-9_-]{0,199}__", name)
        assert variable["type"] in {"bool", "string", "list"}
    (extension,) = found["extension_definitions"].values()
    assert {"type", "name", "created_by", "schema", "version"} <= set(extension)


def test_every_shipped_playbook_is_exported_in_both_languages() -> None:
    """All tasks are there; the same playbook always gets the same ids."""
    for one in load().values():
        for language in ("zh-CN", "en"):
            found = to_cacao(one.plan, ROSTER, language, one.spec.approved.on, NOW)
            assert list(violations(found)) == []
            names = {step.get("name") for step in found["workflow"].values()}
            assert {task.title.in_(language) for task in one.plan.tasks} <= names
            assert found == to_cacao(one.plan, ROSTER, language, one.spec.approved.on, NOW)


def test_steps_that_need_others_come_after_them(tmp_path: Path) -> None:
    """Layers of parallel steps keep every need; read back, the order is sound."""
    found = manual_steps(exported(tmp_path))
    titles = [step.title for step in found.steps]
    assert len(titles) == len(plan_of(tmp_path).tasks)
    assert titles.index("Judge") < titles.index("Restore")
    seen: set[str] = set()
    for step in found.steps:
        assert set(step.needs) <= seen
        seen.add(step.id)


FOREIGN = {
    "type": "playbook", "spec_version": "cacao-2.0", "id": "playbook--5f5c1a5e-93b1-4a52-8a43-1f0f5bd1c001",
    "name": "Phishing", "created_by": "identity--5f5c1a5e-93b1-4a52-8a43-1f0f5bd1c002",
    "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z",
    "workflow_start": "start--5f5c1a5e-93b1-4a52-8a43-1f0f5bd1c003",
    "workflow": {
        "start--5f5c1a5e-93b1-4a52-8a43-1f0f5bd1c003": {
            "type": "start", "on_completion": "action--5f5c1a5e-93b1-4a52-8a43-1f0f5bd1c004",
        },
        "action--5f5c1a5e-93b1-4a52-8a43-1f0f5bd1c004": {
            "type": "action", "name": "Ask the user", "commands": [{"type": "manual", "command": "Call the user."}],
            "on_success": "if-condition--5f5c1a5e-93b1-4a52-8a43-1f0f5bd1c005",
        },
        "if-condition--5f5c1a5e-93b1-4a52-8a43-1f0f5bd1c005": {
            "type": "if-condition", "condition": "x", "on_true": "action--5f5c1a5e-93b1-4a52-8a43-1f0f5bd1c006",
            "on_false": "action--5f5c1a5e-93b1-4a52-8a43-1f0f5bd1c007",
        },
        "action--5f5c1a5e-93b1-4a52-8a43-1f0f5bd1c006": {
            "type": "action", "name": "Reset the password",
            "commands": [{"type": "manual", "command_b64": base64.b64encode("重置口令".encode()).decode()}],
            "on_completion": "end--5f5c1a5e-93b1-4a52-8a43-1f0f5bd1c008",
        },
        "action--5f5c1a5e-93b1-4a52-8a43-1f0f5bd1c007": {
            "type": "action", "name": "Block the sender", "commands": [{"type": "bash", "command": "rm -rf /"}],
            "on_completion": "end--5f5c1a5e-93b1-4a52-8a43-1f0f5bd1c008",
        },
        "end--5f5c1a5e-93b1-4a52-8a43-1f0f5bd1c008": {"type": "end"},
    },
}  # fmt: skip


def test_manual_steps_of_others_become_tasks_and_commands_of_machines_do_not(tmp_path: Path) -> None:
    """What people do comes in, in order; what a machine would run is named and left out."""
    found = manual_steps(parse_cacao(json.dumps(FOREIGN), "p.json"))
    assert [(step.id, step.needs) for step in found.steps] == [
        ("ask_the_user", ()),
        ("reset_the_password", ("ask_the_user",)),
    ]
    assert found.steps[1].detail == "重置口令"
    assert found.left_out == ("Block the sender",)
    draft = tmp_path / "phishing.yaml"
    draft.write_text(
        imported_playbook(found, "phishing", date(2026, 11, 26), "tech_support", "service_supervisor"), "utf-8"
    )
    assert yaml.safe_load(draft.read_text("utf-8"))["id"] == "phishing"
    faults = check_files([draft], NOW).faults
    assert faults
    assert all("is not translated" in fault for fault in faults)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"spec_version": "1.0"}, "spec_version: is not cacao-2.0"),
        ({"id": "playbook--1"}, "id: is no playbook-- identifier"),
        ({"workflow_start": "start--0f5c1a5e-93b1-4a52-8a43-1f0f5bd1c003"}, "workflow_start: is no step"),
        ({"workflow": {"step--1": {"type": "action"}}}, "the identifier does not begin with action--"),
        ({"workflow": {"a": {"type": "sudo"}}}, "is no step of a known type"),
        ({"workflow": []}, "workflow: is no object"),
    ],
)
def test_a_playbook_that_breaks_the_rules_is_refused_with_all_its_faults(
    change: dict[str, Any], complaint: str
) -> None:
    """Nothing of it is taken in."""
    with pytest.raises(BadInput) as refused:
        parse_cacao(json.dumps({**FOREIGN, **change}), "p.json")
    assert any(complaint in fault for fault in refused.value.faults)


@pytest.mark.parametrize("text", ["{", "[]", "null", "1", "[" * 100_000, '"' + "x" * 3_000_000 + '"'])
def test_what_is_no_playbook_is_refused(text: str) -> None:
    """Half a file, another file, a hostile file."""
    with pytest.raises(BadInput, match=r"p\.json"):
        parse_cacao(text, "p.json")


def test_a_loop_is_walked_once() -> None:
    """A while-condition leads back; the steps are still finite."""
    workflow = json.loads(json.dumps(FOREIGN["workflow"]))
    workflow["action--5f5c1a5e-93b1-4a52-8a43-1f0f5bd1c006"]["on_completion"] = (
        "action--5f5c1a5e-93b1-4a52-8a43-1f0f5bd1c004"
    )
    found = manual_steps(parse_cacao(json.dumps({**FOREIGN, "workflow": workflow}), "p.json"))
    assert len(found.steps) == 2
