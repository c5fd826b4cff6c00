"""``tocsin signal`` and ``tocsin rules``."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from incident.domain.decide import join_signals
from incident.domain.incident import evolve
from incident.domain.signal import Contributor, Evidence, Signal, SignalState
from incident.domain.words import Scenario, Text
from incident.service.records import StoredSignal
from incident.store.uow import Database
from tests.unit.cli.conftest import data

Run = Callable[..., Result]


@pytest.fixture
def told(centre: Run, home: Path) -> Run:
    """A centre in which a rule has told something twice."""
    now = datetime.now(UTC)
    evidence = Evidence(
        expected="≈ 120 ms", seen="930 ms", since=now, window=tuple((float(i), float(i)) for i in range(9)),
        contributors=(Contributor("north", 0.75),), samples=("a: b…c",), meaning=Text("三倍", "three times"),
    )  # fmt: skip
    database = Database(f"sqlite:///{home / 'tocsin-data' / 'tocsin.db'}")
    with database.unit() as store:
        for name in ("abcd1", "abce2"):
            signal = Signal(
                name, "unusual-latency", Scenario.SYSTEM_OUTAGE, SignalState.RAISED, now, Text("慢", "slow"),
                evidence=evidence,
            )  # fmt: skip
            store.signals.save([StoredSignal(signal, "raised", None, "", "", now, now, None, None, None)])
        store.commit()
    database.close()
    return centre


def rule(told: Run, name: str) -> dict[str, Any]:
    """A rule as ``tocsin rules --json`` has it."""
    found: list[dict[str, Any]] = data(told("rules", "--json"))
    return next(one for one in found if one["id"] == name)


def test_a_signal_is_shown_whole(told: Run) -> None:
    """By the beginning of its id."""
    text = told("signal", "show", "abcd").output
    for words in ("930 ms", "≈ 120 ms", "three times", "north 75%", "a: b…c", "▁"):
        assert words in text
    assert data(told("signal", "show", "abcd", "--json"))["contributors"] == [{"name": "north", "share": 0.75}]


def test_a_verdict_is_given_listed_and_undone(told: Run) -> None:
    """And its rule shows it."""
    assert told("signal", "not-useful", "abcd", "--as", "zhou-wei").exit_code == 0
    listed = data(told("signal", "list", "--json"))
    assert [v["verdict"] for one in listed for v in one["verdicts"]] == ["not_useful"]
    found = rule(told, "unusual-latency")
    assert (found["told"], found["not_useful"], found["halvings"], found["heeds_verdicts"]) == (
        [0, 0, 0, 2],
        1,
        0.5,
        True,
    )
    assert "→ 0.71" in told("rules").output
    assert data(told("signal", "undo", "abcd", "--as", "zhou-wei", "--json")) == {"id": "abcd1", "undone": True}
    assert rule(told, "unusual-latency")["halvings"] == 0
    assert told("signal", "useful", "abcd", "--as", "zhou-wei").exit_code == 0
    assert rule(told, "unusual-latency")["useful"] == 1


def test_what_can_not_be_meant_is_told(told: Run) -> None:
    """Several, none, nobody."""
    assert "several signals begin with abc" in told("signal", "show", "abc").output
    assert "no signal xyz" in told("signal", "useful", "xyz", "--as", "zhou-wei").output
    assert told("signal", "useful", "abcd").exit_code == 2
    assert "said nothing" in told("signal", "undo", "abcd", "--as", "zhou-wei").output


def test_a_signal_is_split_out_by_the_beginning_of_its_id(told: Run, home: Path) -> None:
    """The new incident's number is printed; the old one's timeline says where the signal went and why."""
    number = data(told("incident", "open", "system-outage", "CRM", "--as", "huang-li", "--json"))["id"]
    _put_into(home, number)
    split = ("incident", "split", number, "abcd", "--reason", "another fault", "--as", "huang-li")
    fresh = data(told(*split, "--json"))["id"]
    assert fresh != number
    assert "another fault" in told("incident", "timeline", number).output
    assert {one["incident"] for one in data(told("signal", "list", "--json"))} == {number, fresh}


def test_a_foreign_signal_goes_by_what_follows_its_origin(told: Run, home: Path) -> None:
    """All of one monitor's ids begin alike: the list shows, and commands take, the part that differs."""
    now = datetime.now(UTC)
    database = Database(f"sqlite:///{home / 'tocsin-data' / 'tocsin.db'}")
    with database.unit() as store:
        for name in ("alertmanager:d7fcd5c3b4@1", "alertmanager:09fcd5c3b4@1"):
            one = Signal(name, "Down", Scenario.SYSTEM_OUTAGE, SignalState.RAISED, now, Text("断", "down"))
            store.signals.save([StoredSignal(one, "raised", None, "", "", now, now, None, None, None)])
        store.commit()
    database.close()
    assert "d7fcd5c3" in told("signal", "list").output
    assert data(told("signal", "show", "d7fc", "--json"))["id"] == "alertmanager:d7fcd5c3b4@1"


def _put_into(home: Path, number: str) -> None:
    database = Database(f"sqlite:///{home / 'tocsin-data' / 'tocsin.db'}")
    with database.unit() as store:
        found = list(store.signals.get(["abcd1", "abce2"]).values())
        incident = store.incidents.get(number)
        version = incident.version
        event = join_signals(incident, [one.signal for one in found], "same_key")[0]
        evolve(incident, event, datetime.now(UTC), "system")
        entries = store.log.append(number, [event], actor="system", occurred_at=datetime.now(UTC),
                                   recorded_at=datetime.now(UTC), expected=version)  # fmt: skip
        store.incidents.save(incident, due_at=None, head=entries[-1].hash, updated_at=datetime.now(UTC))
        store.signals.save([replace(one, incident_id=number) for one in found])
        store.commit()
    database.close()
