"""A directory with fresh configuration, and the command line run inside this process."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests.command_line import app
from tests.fixtures.sqlite import lay_database

Run = Callable[..., Result]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, and no TOCSIN_ variable from outside."""
    for name in [n for n in os.environ if n.startswith(("TOCSIN_", "LC_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def tocsin(home: Path) -> Run:
    """``tocsin ARGS…`` in that directory, in English unless told otherwise."""

    def run(*args: str, stdin: str | None = None) -> Result:
        return CliRunner().invoke(app, list(args), input=stdin, prog_name="tocsin")

    return run


@pytest.fixture
def centre(tocsin: Run, home: Path) -> Run:
    """The same where ``init`` was run and there is a database."""
    assert tocsin("init", "--lang", "en").exit_code == 0
    lay_database(home / "tocsin-data" / "tocsin.db")
    return tocsin


def data(result: Result) -> Any:
    """The JSON a command printed; the command must have ended well."""
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)
