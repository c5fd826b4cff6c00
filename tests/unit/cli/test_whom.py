"""Whom recorded signals would have paged, by the shipped plan and people."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.settings import load_settings
from config.whom import Paged, whom
from incident.domain.signal import Signal, SignalState
from incident.domain.words import Degree, Scenario, Text

NIGHT = datetime(2026, 3, 2, 18, 30, tzinfo=UTC)
"""02:30 in Shanghai."""


def signal(name: str, at: datetime, *, state: SignalState = SignalState.RAISED, drill: str | None = None) -> Signal:
    """About the customer system."""
    return Signal(
        name, "slow-service", Scenario.SYSTEM_OUTAGE, state, at, Text("慢", "slow"), labels={"service": "crm"},
        impact=Degree.HIGH, urgency=Degree.HIGH, drill=drill,
    )  # fmt: skip


def episode(name: str, at: datetime) -> list[Signal]:
    """Raised, and gone an hour later."""
    return [signal(name, at), signal(name, at + timedelta(hours=1), state=SignalState.CLEARED)]


@pytest.fixture
def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Paged]:
    """Two episodes: one at night, one at noon weeks later, when the store wants checking; and a drill's."""
    monkeypatch.chdir(tmp_path)
    noon = NIGHT + timedelta(days=20, hours=10)
    drill = signal("d", NIGHT - timedelta(hours=1), drill="q1")
    return whom(load_settings(None), [drill, *episode("a", NIGHT), *episode("b", noon)])


def test_each_episode_is_an_incident_of_its_own_and_pages_by_the_plan(pages: list[Paged]) -> None:
    """At its own time, at night as at noon; a drill pages nobody here."""
    assert len({page.incident for page in pages}) == 2
    assert pages[0].at == NIGHT
    assert {page.night for page in pages if page.at < NIGHT + timedelta(hours=2)} == {True}
    assert {page.night for page in pages if page.at > NIGHT + timedelta(days=19)} == {False}
    assert {page.rule for page in pages} == {"slow-service"}
    assert {page.level for page in pages} == {1}


def test_whoever_is_asked_answers_so_nobody_further_up_is_called(pages: list[Paged]) -> None:
    """Every page goes out at the moment its call opens: no rung is ever late."""
    assert {page.at for page in pages} <= {NIGHT, NIGHT + timedelta(days=20, hours=10)}


def test_nothing_raised_pages_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And needs no house at all."""
    monkeypatch.chdir(tmp_path)
    assert whom(load_settings(None), []) == []
