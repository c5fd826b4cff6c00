"""``tocsin scan`` on files and pipes."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests.command_line import app

ID = "11010519491231002X"
TEXT = f"您好\n客户身份证{ID}，手机 138 1234 5678\n"
Run = Callable[..., Result]


@pytest.fixture
def scan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """``tocsin scan ARGS…`` in an empty directory, in English."""
    monkeypatch.chdir(tmp_path)

    def run(*args: str, stdin: str | bytes | None = None) -> Result:
        return CliRunner().invoke(app, ["scan", "--lang", "en", *args], input=stdin, prog_name="tocsin")

    return run


def test_findings_have_a_place_and_are_masked(scan: Run, tmp_path: Path) -> None:
    """Line and column count from one; nothing raw is printed; the exit code is 1."""
    (tmp_path / "a.txt").write_text(TEXT, "utf-8")
    result = scan("a.txt")
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "a.txt:2:6: resident_id (resident identity number): 110***************",
        "a.txt:2:28: cn_mobile (mobile number (mainland China)): 138********78",
    ]
    assert "Found: 2" in result.stderr


def test_a_pipe_gives_json(scan: Run) -> None:
    """The same findings as data, places included."""
    result = scan("-", "--json", stdin=TEXT)
    assert result.exit_code == 1
    rows: list[dict[str, Any]] = json.loads(result.stdout)
    assert [(row["type"], row["line"], row["offset"], row["length"]) for row in rows] == [
        ("resident_id", 2, 8, 18),
        ("cn_mobile", 2, 30, 13),
    ]
    assert ID not in result.stdout


def test_nothing_found_is_silent(scan: Run) -> None:
    """Exit code 0, and an empty list as data."""
    clean = scan("-", stdin="订单20260105000123已发货\n")
    assert (clean.exit_code, clean.output) == (0, "")
    assert json.loads(scan("-", "--json", stdin="").stdout) == []


def test_wrong_use_ends_with_two(scan: Run, tmp_path: Path) -> None:
    """Unknown types, missing files, unreadable lists; what could be read is reported all the same."""
    (tmp_path / "a.txt").write_text(TEXT, "utf-8")
    assert scan("a.txt", "--types", "resident_id,shoe_size").exit_code == 2
    assert scan("a.txt", "--allow", "nowhere").exit_code == 2
    missing = scan("nowhere.txt", "a.txt")
    assert missing.exit_code == 2
    assert "nowhere.txt" in missing.stderr
    assert "resident_id" in missing.stdout


def test_types_and_allowed_values_narrow_the_search(scan: Run, tmp_path: Path) -> None:
    """One type only; own numbers and mail domains from a file with comments."""
    (tmp_path / "allow").write_text("# ours\n138-1234-5678\n@our.example\n", "utf-8")
    assert scan("-", "--types", "cn_mobile", stdin=TEXT).stdout.count("\n") == 1
    allowed = scan("-", "--allow", "allow", stdin="service@our.example 13812345678")
    assert allowed.exit_code == 0


def test_binary_files_are_passed_over_and_named(scan: Run, tmp_path: Path) -> None:
    """A folder is searched; what is no text is said."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "image.bin").write_bytes(b"\x89PNG\0\0\0" + ID.encode())
    (tmp_path / "in" / "packed.log.gz").write_bytes(gzip.compress(TEXT.encode()))
    (tmp_path / "in" / ".hidden").write_text(TEXT, "utf-8")
    result = scan("in")
    assert "image.bin: no text" in result.stderr
    assert result.stdout.count("packed.log.gz:2:") == 2
    assert ".hidden" not in result.stdout


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_files_of_other_programs_are_read(scan: Run, tmp_path: Path, encoding: str) -> None:
    """Spreadsheets on Chinese Windows write GBK, UTF-16, and marks at the beginning."""
    (tmp_path / "a.csv").write_bytes(TEXT.encode(encoding))
    assert "a.csv:2:6: resident_id" in scan("a.csv").stdout
