"""The house rules, checked on the source: who imports whom, where each library lives, how large things grow."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from incident.i18n import translator

ROOT = Path(__file__).parents[2]
ROOMS = ("incident", "detectors", "playbooks", "notifiers", "drills", "config")
FOLDERS = {*ROOMS, "tests", "docs", ".ci"}
MAY_IMPORT = {
    "incident": set(),
    "detectors": {"incident"},
    "playbooks": {"incident"},
    "notifiers": {"incident"},
    "drills": {"incident", "detectors", "playbooks", "notifiers"},
    "config": {"incident", "detectors", "playbooks", "notifiers", "drills"},
}
HOMES = {
    "sqlalchemy": ("incident/store/", "drills/programme.py"),  # APScheduler's job store is an SQLAlchemy one
    "alembic": ("incident/store/",),
    "psycopg": ("incident/store/",),
    "slack_sdk": ("notifiers/slack/",),
    "apscheduler": ("drills/programme.py",),
    "cel": ("incident/celcore.py",),
    "uvicorn": ("config/serve.py", "config/demo/"),
    "prometheus_client": ("incident/service/metrics.py",),
    "weasyprint": ("incident/report/pdf.py",),
    "phonenumbers": ("detectors/scan/",),
    "holidays": ("detectors/calendar.py", "playbooks/"),
    "icalendar": ("drills/",),
    "faust": ("detectors/streaming/",),
    "aiokafka": ("detectors/streaming/",),
    "kafka": ("incident/stream/kafka.py",),
}
LATE_IMPORTS_MAY = ("config/cli/",)
"""Only the command line imports inside functions: so that ``--help`` does not load the whole house."""


@cache
def sources() -> tuple[tuple[str, ast.Module, int], ...]:
    """Every source file of the product: path, syntax tree, lines."""
    found = []
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            text = path.read_text("utf-8")
            found.append((str(path.relative_to(ROOT)), ast.parse(text), text.count("\n")))
    return tuple(found)


@cache
def nodes(tree: ast.AST) -> tuple[ast.AST, ...]:
    """Every node of a tree: most rules look at all of them."""
    return tuple(ast.walk(tree))


@cache
def imports(tree: ast.AST) -> tuple[tuple[str, int], ...]:
    """Full names of imported modules and their lines."""
    found: list[tuple[str, int]] = []
    for node in nodes(tree):
        if isinstance(node, ast.Import):
            found.extend((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.append((node.module, node.lineno))
    return tuple(found)


def test_the_house_has_exactly_these_folders() -> None:
    """A stranger finds every room by the folder names of the design."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {line.split("/")[0] for line in listed.splitlines() if "/" in line} <= FOLDERS


def test_imports_point_one_way() -> None:
    """incident <- detectors, playbooks, notifiers <- drills <- config; siblings never import each other."""
    wrong = [
        f"{path}:{line}: {name}"
        for path, tree, _ in sources()
        for name, line in imports(tree)
        if (other := name.split(".")[0]) in ROOMS
        and other != (room := path.split("/")[0])
        and other not in MAY_IMPORT[room]
    ]
    assert wrong == []


def test_the_domain_imports_the_standard_library_only() -> None:
    """No library, no clock, no I/O, no logging in incident/domain."""
    forbidden = {"logging", "time", "os", "socket", "sqlite3", "subprocess", "threading", "random", "pathlib", "io"}
    wrong = []
    for path, tree, _ in sources():
        if not path.startswith("incident/domain/"):
            continue
        for name, line in imports(tree):
            top = name.split(".")[0]
            inside = name.startswith("incident.domain")
            if not inside and (top in forbidden or top not in sys.stdlib_module_names):
                wrong.append(f"{path}:{line}: {name}")
    assert wrong == []


def test_nothing_in_the_domain_asks_what_time_it_is() -> None:
    """``now`` is an argument."""
    wrong = [
        f"{path}:{node.lineno}"
        for path, tree, _ in sources()
        if path.startswith("incident/domain/")
        for node in nodes(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"now", "utcnow", "today"}
        and isinstance(node.value, ast.Name) and node.value.id in {"datetime", "date"}
    ]  # fmt: skip
    assert wrong == []


@pytest.mark.parametrize("library", sorted(HOMES))
def test_each_library_has_one_home(library: str) -> None:
    """A library may be exchanged by changing one place."""
    wrong = [
        f"{path}:{line}"
        for path, tree, _ in sources()
        for name, line in imports(tree)
        if name.split(".")[0] == library and not path.startswith(HOMES[library])
    ]
    assert wrong == []


def test_nothing_imports_config() -> None:
    """The front door is for people; no room knows of it."""
    wrong = [
        f"{path}:{line}"
        for path, tree, _ in sources()
        if not path.startswith("config/")
        for name, line in imports(tree)
        if name.split(".")[0] == "config"
    ]
    assert wrong == []


def test_only_the_command_line_imports_late() -> None:
    """Imports inside functions hide cycles; the command line has a reason, the rest has none."""
    wrong = [
        f"{path}:{inner.lineno}"
        for path, tree, _ in sources()
        if not path.startswith(LATE_IMPORTS_MAY)
        for node in nodes(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert wrong == []


def test_no_module_grows_beyond_four_hundred_lines() -> None:
    """Whoever opens a file must be able to read it."""
    assert [f"{path} ({lines})" for path, _, lines in sources() if lines > 400] == []


def test_no_function_grows_beyond_sixty_lines() -> None:
    """Few are longer than forty; none longer than sixty."""
    wrong = [
        f"{path}:{node.lineno} {node.name} ({size})"
        for path, tree, _ in sources()
        for node in nodes(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (size := (node.end_lineno or node.lineno) - node.lineno + 1) > 60
    ]
    assert wrong == []


def test_no_broad_except_goes_on() -> None:
    """Catching everything is allowed to whoever raises again."""
    wrong = []
    for path, tree, _ in sources():
        for node in nodes(tree):
            if isinstance(node, ast.ExceptHandler):
                names = {getattr(n, "id", "") for n in ast.walk(node.type)} if node.type else {"bare"}
                raises = any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
                if names & {"Exception", "BaseException", "bare"} and not raises:
                    wrong.append(f"{path}:{node.lineno}")
    assert wrong == []


def test_every_module_says_what_it_is_for() -> None:
    """Whoever opens a file is told in its first line why it is there."""
    wrong = [path for path, tree, lines in sources() if lines > 3 and not ast.get_docstring(tree)]
    assert wrong == []


def test_no_registry_address_and_no_machine_path_is_committed() -> None:
    """The repository tells where nothing was fetched from and on which machine nothing was made."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    hosts = re.compile(r"pypi\.o" + r"rg|python" + r"hosted|npm" + r"js\.org|repo\.ma" + r"ven|deb\.deb" + r"ian")
    wrong = []
    for name in listed.splitlines():
        path = ROOT / name
        if path.is_file() and path.stat().st_size < 1_000_000:
            text = path.read_bytes().decode("utf-8", "ignore")
            if hosts.search(text):
                wrong.append(name)
    assert wrong == []


def test_both_languages_are_complete() -> None:
    """Every text marked for translation in the product stands in a Chinese catalogue."""
    zh = translator("zh-CN")
    missing = [
        f"{path}:{line}: {text}"
        for path, tree, _ in sources()
        for text, line in _marked(tree)
        if re.search("[A-Za-z]{2}", text) and text != "Tocsin" and zh(text) == text
    ]
    assert missing == []


def _marked(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in nodes(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"_", "msg"}:
            first = node.args[0] if len(node.args) == 1 else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value, node.lineno


def test_one_text_has_one_translation() -> None:
    """All catalogues are one dictionary at run time: the same English text may not mean two things in Chinese."""
    known: dict[str, tuple[str, str]] = {}
    clashes = []
    for path in sorted((ROOT / "incident/locale/zh_CN").glob("*.po")):
        with path.open("rb") as handle:
            for message in read_po(handle, locale="zh_CN"):
                text, translation = str(message.id), str(message.string)
                if text and known.setdefault(text, (translation, path.name))[0] != translation:
                    clashes.append(f"{text!r}: {known[text]} and {(translation, path.name)}")
    assert clashes == []
