"""What the pages about command show can be typed as it stands, from the first line to the last."""

import re
import shlex
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.conftest import data

DOCS = Path(__file__).parents[3] / "docs"
NUMBER = "INC-2026-0001"


def lines_of(page: str) -> list[str]:
    """The commands of a page's shell blocks."""
    blocks = re.findall(r"^```sh\n(.*?)^```", (DOCS / page).read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.startswith("tocsin ")]


@pytest.fixture
def incident(centre: Any) -> str:
    """A grave outage that nobody has taken yet."""
    grave = ("--impact", "high", "--urgency", "high", "--as", "huang-li", "--json")
    return str(data(centre("incident", "open", "system-outage", "Hotline down", *grave))["id"])


@pytest.mark.parametrize(
    "page", ["command.md", "clocks.md", "communications.md", "materials.md", "people-safety.md"]
)  # fmt: skip
def test_a_page_of_command_can_be_typed_from_top_to_bottom(centre: Any, incident: str, page: str) -> None:
    """In an incident of its own; an hour on the page stands for one that has been, or is still to come."""
    now = datetime.now(UTC)
    hours = {"09:40": now - timedelta(seconds=1), "23:59": now + timedelta(hours=2)}
    for line in lines_of(page):
        words = shlex.split(line.replace(NUMBER, incident), comments=True)[1:]
        shown = centre(*(hours[word].isoformat() if word in hours else word for word in words))
        assert shown.exit_code == 0, f"{line}\n{shown.output}"


def test_the_page_of_playbooks_can_be_typed_from_top_to_bottom(centre: Any) -> None:
    """In the order in which somebody writes the first playbook."""
    for line in lines_of("playbooks.md"):
        shown = centre(*shlex.split(line, comments=True)[1:])
        assert shown.exit_code == 0, f"{line}\n{shown.output}"
