"""The shipped compose.yaml and Dockerfile: what they name exists. (They are not run here: that needs Docker.)"""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.cli.main import app
from config.settings import PREFIX, load_settings

ROOT = Path(__file__).parents[2]
NODES = ("serve", "detect", "work")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """The file as Docker reads it, merges resolved."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
    return found


def test_every_node_runs_a_command_there_is(compose: dict[str, Any]) -> None:
    """Two of each kind, so that any one may die, and each with a data directory of its own: its spool is there."""
    commands = {command.name for command in app.registered_commands}
    ours = {name: one for name, one in compose["services"].items() if one["image"] == "tocsin"}
    assert {tuple(one["command"]) for one in ours.values()} == {(kind,) for kind in NODES}
    assert set(NODES) <= commands
    assert all(sum(name.startswith(kind) for name in ours) == 2 for kind in NODES)
    places = [v.split(":")[0] for one in ours.values() for v in one["volumes"] if v.endswith(":/var/lib/tocsin")]
    assert len(set(places)) == len(ours)


def test_what_services_refer_to_is_there(compose: dict[str, Any]) -> None:
    """Volumes and other services."""
    for name, one in compose["services"].items():
        for volume in one.get("volumes", []):
            source = volume.split(":")[0]
            assert source.startswith(("./", "/")) or source in compose["volumes"], (name, volume)
        assert set(one.get("depends_on", {})) <= set(compose["services"])
    voters = compose["services"]["kafka-1"]["environment"]["KAFKA_CONTROLLER_QUORUM_VOTERS"]
    hosts = re.findall(r"@([\w-]+):", voters)
    brokers = {name for name in compose["services"] if name.startswith("kafka")}
    assert set(hosts) == brokers
    assert {compose["services"][b]["environment"]["KAFKA_NODE_ID"] for b in brokers} == {1, 2, 3}


def test_its_variables_are_settings(compose: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A misspelt one would be refused at the start; these are not."""
    for name, value in compose["services"]["work-1"]["environment"].items():
        assert name.startswith(PREFIX)
        monkeypatch.setenv(name, re.sub(r"\$\{[^}]+\}", "secret", value))
    monkeypatch.chdir(tmp_path)
    settings = load_settings(None)
    assert settings.shared
    assert settings.stream is not None
    assert list(settings.stream.brokers) == json.loads(
        compose["services"]["work-1"]["environment"]["TOCSIN_STREAM__BROKERS"]
    )
    assert settings.metrics.port == 9420


def test_the_image_holds_every_room() -> None:
    """And only what is needed."""
    text = (ROOT / "Dockerfile").read_text("utf-8")
    copied = {part for line in text.splitlines() if line.startswith("COPY") for part in line.split()[1:-1]}
    assert all((ROOT / name).exists() for name in copied)
    assert {"incident", "detectors", "playbooks", "notifiers", "drills", "config"} <= copied
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")}
    assert copied == allowed
    for variable in re.findall(r"(TOCSIN_\w+)=", text):
        assert variable in {"TOCSIN_DATA", "TOCSIN_LISTEN__HOST"}
