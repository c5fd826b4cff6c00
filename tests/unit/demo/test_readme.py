"""What the README says can be typed as it stands."""

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.command_line import app

ROOT = Path(__file__).parents[3]
README = (ROOT / "README.md").read_text("utf-8")
DEMO = (ROOT / "docs" / "demo.md").read_text("utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```", README + DEMO, re.MULTILINE | re.DOTALL)
COMMANDS = sorted({line.strip() for block in BLOCKS for line in block.splitlines() if line.strip()})
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


@pytest.mark.parametrize("line", [line for line in COMMANDS if line.startswith("tocsin ")])
def test_every_tocsin_command_is_one(line: str) -> None:
    """Words that are options or arguments aside, each is a command with help of its own, and knows its options."""
    words = shlex.split(line)[1:]
    if words[0] == "--config":
        words = words[2:]
    path = [word for word in words[:2] if re.fullmatch(r"[a-z]+", word)]
    shown = _help(path)

    for option in (word for word in words if word.startswith("--")):
        assert option in shown, line


@pytest.mark.parametrize("line", [line for line in COMMANDS if line.startswith("make ")])
def test_every_make_target_is_one(line: str) -> None:
    """make demo, make test."""
    assert line.split()[1] in TARGETS


def test_nothing_else_is_shown() -> None:
    """Beside these only changing directory and installing."""
    others = {line.split()[0] for line in COMMANDS} - {"tocsin", "make"}

    assert others <= {"cd", "pip"}


def test_every_file_that_is_linked_exists() -> None:
    """Links of README and of the demo's page lead somewhere."""
    targets = re.findall(r"\]\(([^)#:]+)\)", README)
    targets += [f"docs/{target}" for target in re.findall(r"\]\(([^)#:]+)\)", DEMO)]

    assert [target for target in targets if not (ROOT / target).exists()] == []


def _help(path: list[str]) -> str:
    for words in (path, path[:1]):
        result = CliRunner().invoke(app, [*words, "--help"], prog_name="tocsin")
        if result.exit_code == 0:
            return result.output
    pytest.fail(f"tocsin {' '.join(path)} is no command")
