"""Events sent from files and pipes."""

import json
from pathlib import Path
from typing import Any

from tests.unit.cli.conftest import data

GOOD = {"type": "complaint.received", "data": {"class": "price"}}


def _file(home: Path, *rows: str) -> str:
    path = home / "events.ndjson"
    path.write_text("\n".join(rows) + "\n", "utf-8")
    return str(path)


def test_good_rows_go_in_and_bad_ones_are_named_by_line(centre: Any, home: Path) -> None:
    """The exit code says that something was left out; the rows wait among the dead letters."""
    sent = centre("send", _file(home, json.dumps(GOOD), "{nonsense", json.dumps(GOOD)))
    assert sent.exit_code == 1
    assert "Accepted: 2" in sent.stdout
    assert "line 2" in sent.stderr
    letters = data(centre("deadletter", "list", "--json"))
    assert [letter["index"] for letter in letters] == [2]
    number = str(letters[0]["number"])
    assert data(centre("deadletter", "show", number, "--json"))["reason_code"] == "not_json"
    again = centre("deadletter", "retry", number)
    assert again.exit_code == 1
    assert "was refused at the door" in again.stderr
    assert centre("deadletter", "drop", number).exit_code == 0
    assert data(centre("deadletter", "list", "--json")) == []


def test_sending_a_file_twice_counts_once(centre: Any, home: Path) -> None:
    """A script that is run again does no harm."""
    path = _file(home, json.dumps(GOOD), json.dumps(GOOD))
    assert data(centre("send", path, "--json")) == {
        "accepted": 2, "duplicates": 0, "rejected_count": 0, "rejected": []
    }  # fmt: skip
    assert data(centre("send", path, "--json"))["duplicates"] == 2


def test_a_pipe_is_read(centre: Any) -> None:
    """``-`` is standard input; CSV is recognised."""
    assert data(centre("send", "-", "--json", stdin="type,class\ncomplaint.received,price\n"))["accepted"] == 1


def test_sending_goes_on_from_a_line(centre: Any, home: Path) -> None:
    """As the message of a broken transfer says."""
    path = _file(home, json.dumps(GOOD), json.dumps(GOOD), json.dumps(GOOD))
    assert data(centre("send", path, "--from-line", "3", "--json"))["accepted"] == 1


def test_wrong_addresses_and_files_are_said_plainly(centre: Any, home: Path) -> None:
    """One sentence and the right exit code."""
    assert centre("send", "nowhere.ndjson").exit_code == 1
    assert centre("send", str(home)).exit_code == 1
    assert centre("send", _file(home, json.dumps(GOOD)), "--url", "tocsin.example.com").exit_code == 2
