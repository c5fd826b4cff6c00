"""Help of every command: in both languages, with an example, and at once."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from config.cli.main import app
from incident.i18n import translator

CLI = Path(__file__).parents[3] / "config" / "cli"


def _walk(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from _walk(inner, (*path, name))


TREE = dict(_walk(typer.main.get_command(app)))
LEAVES = [path for path, command in TREE.items() if not hasattr(command, "commands")]


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_every_command_shows_an_example_in_both_languages(tocsin: Any, path: tuple[str, ...]) -> None:
    """The example is the command itself, ready to be copied."""
    for language, heading in (("en", "Example:"), ("zh-CN", "示例：")):
        shown = tocsin(*path, "--help", "--lang", language)
        assert shown.exit_code == 0
        _, found, example = shown.stdout.partition(heading)
        assert found
        assert example.strip().startswith(f"tocsin {' '.join(path)}")


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_every_command_takes_config_and_language(path: tuple[str, ...]) -> None:
    """Scripts may put them after any command."""
    options = {name for param in TREE[path].params for name in param.opts}
    assert {"--config", "--lang"} <= options


def test_every_command_that_prints_data_can_print_json() -> None:
    """All but the one that runs until it is stopped."""
    without = [path for path in LEAVES if not any("--json" in p.opts for p in TREE[path].params)]
    assert [path for path in without if path[0] not in {"demo", "drill", "serve", "detect", "work"}] == [("up",)]


def test_every_help_text_reads_in_chinese() -> None:
    """No English is left over for those who read Chinese first."""
    chinese = translator("zh-CN")
    own = [c for path, c in TREE.items() if path[:1] not in {("drill",), ("demo",)}]
    texts = {c.help for c in own} | {p.help for c in own for p in c.params if getattr(p, "help", None)}
    assert sorted(text for text in texts if text and chinese(text) == text and "=" not in text) == []


def test_every_sentence_of_the_commands_reads_in_chinese() -> None:
    """What is passed to ``cli.t``, as a table's heading or as a message is in the catalogue."""
    chinese = translator("zh-CN")
    left = sorted(text for path in CLI.glob("*.py") for text in _texts(path) if chinese(text) == text)
    assert [text for text in left if text != "{a}"] == []


def _texts(path: Path) -> Iterator[str]:
    for call in (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if name in {"t", "msg", "misuse"} and isinstance(call.args[0], ast.Constant):
            yield call.args[0].value
        if name == "table":
            headings = call.args[0]
            assert isinstance(headings, ast.Tuple)
            yield from (one.value for one in headings.elts if isinstance(one, ast.Constant))
            yield from (k.value.value for k in call.keywords if k.arg == "empty" and isinstance(k.value, ast.Constant))


def test_help_loads_nothing_heavy() -> None:
    """Database, web and Slack libraries wait until a command needs them."""
    heavy = ("sqlalchemy", "fastapi", "slack_sdk", "pydantic", "rich", "babel", "alembic", "httpx", "structlog")
    code = (
        "import sys, contextlib, io\nfrom config.cli.main import app\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
        "    app(['--help', '--lang', 'en'])\n"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("line", ["playbook plan data-leak", "playbook schema", "--help"])
def test_a_reader_who_goes_away_is_no_error(line: str) -> None:
    """As with ``tocsin … | head``: the exit code of any Unix program, and not a word."""
    root = Path(__file__).parents[3]
    command = [sys.executable, "-m", "config.cli.main", *line.split()]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        running.stdout.close()
        assert running.stderr is not None
        said = running.stderr.read()
        assert (running.wait(), said) == (141, b"")
