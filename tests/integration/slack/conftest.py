"""A Slack for the tests in this folder: the emulator as a child process."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from slack_sdk import WebClient

from incident.yamlfile import parse

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def emulator() -> Iterator[str]:
    """The address of a running emulator; its bot token has exactly the scopes of the shipped manifest."""
    node = shutil.which("node")
    if node is None or not (HERE / "node_modules" / "emulate").is_dir():
        pytest.fail(f"the Slack emulator is not installed: run 'npm ci' in {HERE} (needs Node 20 or later)")
    manifest = files("notifiers.slack").joinpath("manifest.yaml").read_text("utf-8")
    scopes = parse(manifest, "manifest.yaml").data["oauth_config"]["scopes"]["bot"]
    command = [node, "emulator.mjs", ",".join(scopes)]
    with subprocess.Popen(command, cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        first = process.stdout.readline()
        if not first:
            pytest.fail("the Slack emulator did not start: its error stands above")
        yield json.loads(first)["url"]
        process.stdin.close()


@pytest.fixture
def onlooker(emulator: str) -> WebClient:
    """Somebody who may read what Tocsin wrote."""
    return WebClient(token="xoxb-onlooker", base_url=f"{emulator}/api/", timeout=5, retry_handlers=[])
