"""Slack's buttons and commands, from a Slack user id to a person's command."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.settings import DEFAULTS, load_settings
from config.slackside import Glue, person_of, slack_side
from config.wiring import System, build
from incident.domain.commands import End, ReportIncident, Resolve
from incident.domain.signal import Signal, SignalState
from incident.domain.words import Scenario, Text
from incident.intake.event import Event
from incident.service.clock import ManualClock
from incident.service.redaction import Viewer
from notifiers.slack.interactions import Result, SlackAction
from notifiers.testing import RecordingNotifier
from tests.fixtures.sqlite import lay_database

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[System]:
    """A centre in which Huang Li and Ma Tao (who reads English) are in Slack."""
    monkeypatch.chdir(tmp_path)
    people = (DEFAULTS / "people.yaml").read_text("utf-8")
    for person, user in (("huang-li", "U1"), ("ma-tao", "U2")):
        people = people.replace(f"contacts: [{{via: console, to: {person}}}]",
                                f"contacts: [{{via: slack, to: {user}}}]", 1)  # fmt: skip
    (tmp_path / "people.yaml").write_text(people, "utf-8")
    lay_database(tmp_path / "tocsin-data" / "tocsin.db")
    settings = load_settings(None, people=tmp_path / "people.yaml")
    built = build(settings, clock=ManualClock(NOON), notifiers={"slack": RecordingNotifier()}, sending_threads=0)
    yield built
    built.close()


def _press(incident_id: str, user: str = "U1") -> SlackAction:
    return SlackAction("ack", incident_id, None, user, "", "", NOON)


def _report(system: System, scenario: Scenario = Scenario.SYSTEM_OUTAGE) -> str:
    return system.desk.report(ReportIncident(by="zhou-wei", scenario=scenario, title="CRM down")).id


def test_it_acknowledges_in_the_name_of_whoever_pressed(system: System) -> None:
    """The log says who, and that it was in Slack; the same press again is answered alike."""
    number = _report(system)
    outcome = Glue(system).on_action(_press(number))
    assert (outcome.result, outcome.by, outcome.at) == (Result.DONE, "黄莉", NOON)
    again = Glue(system).on_action(_press(number))
    assert (again.result, again.by, again.at) == (Result.ALREADY, "黄莉", NOON)
    with system.database.reading() as store:
        assert store.incidents.get(number).calls["alarm"].answered_by == "huang-li"


def test_it_tells_a_later_presser_who_was_first(system: System) -> None:
    """In the language of the one who presses."""
    number = _report(system)
    Glue(system).on_action(_press(number))
    later = Glue(system).on_action(_press(number, "U2"))
    assert (later.result, later.by, later.language) == (Result.ALREADY, "Huang Li", "en")


def test_it_knows_nobody_it_was_not_told_of(system: System) -> None:
    """A Slack user who is not in people.yaml can neither answer nor look."""
    assert Glue(system).on_action(_press(_report(system), "U9")).result is Result.UNKNOWN_USER
    assert Glue(system).on_list("U9") is None
    assert person_of(system.rules.roster, "") is None


def test_it_refuses_outsiders_and_unknown_numbers_in_the_same_words(system: System) -> None:
    """Nobody learns from a refusal which restricted incidents there are."""
    outsider = Glue(system).on_action(_press(_report(system, Scenario.DATA_LEAK), "U2"))
    nowhere = Glue(system).on_action(_press("INC-1999-0001", "U2"))
    assert outsider.result is nowhere.result is Result.REFUSED
    assert outsider.detail == nowhere.detail


def test_it_says_that_an_incident_is_over(system: System) -> None:
    """A button pressed too late is no acknowledgement."""
    number = _report(system)
    system.desk.do(Resolve(incident_id=number, by="zhou-wei", cause="x", process="x", after_care="x"))
    system.desk.do(End(incident_id=number, by="zhou-wei", statement="over", override="test"))
    outcome = Glue(system).on_action(_press(number))
    assert outcome.result in {Result.REFUSED, Result.ALREADY}


def test_it_lists_open_incidents_as_the_asker_may_see_them(system: System) -> None:
    """Of a restricted one an outsider gets the code name alone."""
    _report(system)
    leak = _report(system, Scenario.DATA_LEAK)
    listing = Glue(system).on_list("U2")
    assert listing is not None
    assert listing.language == "en"
    hidden = next(line for line in listing.lines if leak in line)
    assert "CRM down" not in hidden
    assert any("CRM down" in line for line in listing.lines)


def test_it_is_absent_where_slack_is_not_set_up(system: System) -> None:
    """No routes, no connection, nothing to check."""
    side = slack_side(system)
    assert (side.routers, side.socket, side.checks()) == ((), None, ())
    side.start()
    side.close()


def test_a_verdict_is_kept_for_the_signal_that_opened_the_incident(system: System) -> None:
    """In the name of whoever chose it; nothing is said of incidents without a signal or behind a wall."""
    data = {"user": "u", "records": 20_000}
    export = Event(id="e1", source="s", type="export.made", time=NOON.timestamp(), data=data)
    system.intake.accept([_slow_signal(), export], (), NOON)
    system.step()
    outage = next(line.id for line in system.views.incidents(Viewer()) if not line.hidden)
    leak = next(line.id for line in system.views.incidents(Viewer()) if line.hidden)
    press = replace(_press(outage, "U2"), action="not_useful")
    outcome = Glue(system).on_action(press)
    assert (outcome.result, outcome.detail) == (Result.NOTED, "slow-service – Not useful")
    assert Glue(system).on_action(replace(_press(leak, "U2"), action="useful")).result is Result.REFUSED
    assert Glue(system).on_action(replace(_press(_report(system)), action="useful")).result is Result.REFUSED
    with system.database.reading() as store:
        assert [(o.person, o.verdict, o.via) for o in store.opinions.rows()] == [("ma-tao", "not_useful", "slack")]


def _slow_signal() -> Signal:
    return Signal(
        "s1", "slow-service", Scenario.SYSTEM_OUTAGE, SignalState.RAISED, NOON, Text("慢", "slow"),
        labels={"service": "crm"},
    )  # fmt: skip
