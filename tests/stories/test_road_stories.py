"""From signals to incidents: join, link, hold back, restrict, survive."""

from datetime import timedelta
from pathlib import Path

import pytest

from incident.domain.commands import AddNote, ChangeLevel, SetFact
from incident.domain.errors import NotAllowed
from incident.domain.signal import Evidence, SignalState
from incident.domain.suppression import Matcher
from incident.domain.words import Degree, Scenario, Text
from incident.service.redaction import Viewer
from notifiers.testing import RecordingNotifier
from tests.harness import DEFAULTS, Stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def test_ten_thousand_signals_of_one_cause_are_one_incident(stage: Stage) -> None:
    """Each instance raises its own alert; one incident opens, one page goes to each person."""
    stage.send(*[stage.signal(f"down-{n}", labels={"service": "ivr", "instance": f"h{n}"}) for n in range(10_000)])

    assert len(stage.incident_ids()) == 1
    assert stage.incident().signals_active == 10_000
    assert len(stage.paged()) == len(set(stage.paged()))


def test_the_same_signal_twice_is_one_signal(stage: Stage) -> None:
    """Idempotent by id: a repeat changes neither the incident nor whom it pages."""
    stage.send(stage.signal())
    version = stage.incident().version

    stage.send(stage.signal(), stage.signal())

    assert stage.incident().version == version


def test_an_upstream_outage_holds_back_what_stands_on_it(stage: Stage) -> None:
    """Telephony is down, so the IVR's signal opens nothing; the upstream incident's timeline names the reason."""
    stage.send(stage.signal("tel", labels={"service": "telephony"}, group_by=("service",)))
    stage.send(stage.signal("ivr", labels={"service": "ivr"}))

    assert len(stage.incident_ids()) == 1
    assert stage.told("held back") or stage.told("depends")


def test_what_was_held_back_opens_when_the_reason_has_gone(stage: Stage) -> None:
    """A silence ends while the signal still stands: now it opens an incident."""
    stage.system.desk.silence((Matcher("service", "=", "ivr"),), by="tang-yu", reason="test", lasts=timedelta(hours=1))
    stage.send(stage.signal())
    assert stage.incident_ids() == []

    stage.push(hours=1, seconds=5)

    assert len(stage.incident_ids()) == 1


def test_planned_work_holds_back_the_services_signals(stage: Stage) -> None:
    """A maintenance window on the CRM keeps its signals quiet and leaves others alone."""
    stage.system.desk.maintenance(("crm",), by="wang-lei", reason="upgrade", lasts=timedelta(hours=2))
    stage.send(stage.signal("crm", labels={"service": "crm"}), stage.signal("ivr"))

    assert len(stage.incident_ids()) == 1
    stored = {s.signal.id: s for s in stage.system.views.signals(Viewer())}
    assert stored["crm"].suppressed == "maintenance"


def test_why_a_signal_was_held_back_is_still_told_when_it_is_gone(stage: Stage) -> None:
    """Somebody asks the next morning why nobody was called; each episode counts once."""
    stage.system.desk.maintenance(("crm",), by="wang-lei", reason="upgrade", lasts=timedelta(hours=2))
    crm = {"service": "crm"}
    stage.send(stage.signal("crm", labels=crm))
    stage.send(stage.signal("crm", labels=crm, state=SignalState.CLEARED))

    (stored,) = stage.system.views.signals(Viewer())
    assert (stored.state, stored.suppressed, stored.incident_id) == ("cleared", "maintenance", None)
    assert "upgrade" in stored.suppressed_detail
    assert stage.incident_ids() == []


def test_an_outage_that_causes_complaints_is_linked(stage: Stage) -> None:
    """A complaint surge two hours into an outage becomes its own incident, linked both ways."""
    stage.send(stage.signal())
    stage.push(hours=2)
    stage.send(
        stage.signal(
            "surge", scenario=Scenario.COMPLAINT_SURGE, labels={"class": "service_process"}, group_by=("class",)
        )
    )

    outage, surge = stage.incident(1), stage.incident(2)

    assert surge.links == {outage.id: "caused_by"}
    assert outage.links == {surge.id: "causes"}


def test_worse_facts_raise_the_level(stage: Stage) -> None:
    """A second, graver signal joins: the level rises and the leadership is convened and paged."""
    stage.send(stage.signal(impact=Degree.LOW, urgency=Degree.MEDIUM))
    before = stage.incident()
    stage.send(stage.signal("all-down", impact=Degree.HIGH, urgency=Degree.HIGH))
    after = stage.incident()

    assert (before.level, after.level) == (4, 1)
    assert set(after.convened) > set(before.convened)
    assert "zhou-wei" in stage.paged()


def test_a_persons_level_is_not_lowered_by_facts(stage: Stage) -> None:
    """Somebody raised the level by hand; that all signals clear does not undo it."""
    stage.send(stage.signal(impact=Degree.LOW, urgency=Degree.LOW))
    stage.do(ChangeLevel(incident_id=stage.incident().id, by="tang-yu", level=1, reason="press is calling"))
    stage.send(stage.signal(impact=Degree.LOW, urgency=Degree.LOW, state=SignalState.CLEARED))

    assert stage.incident().level == 1
    assert stage.incident().signals_active == 0


def test_quiet_signals_do_not_talk_the_playbooks_level_down(stage: Stage) -> None:
    """Most customers are hit, as a person has told: that monitors go quiet lowers nothing, not even for a moment."""
    stage.send(stage.signal())
    stage.do(SetFact(incident_id=stage.incident().id, by="he-jun", fact="affected_pct", value="85"))
    assert stage.incident().level == 1
    stage.send(stage.signal(state=SignalState.CLEARED))

    assert stage.incident().level == 1
    assert stage.told("Level lowered") == []
    stage.do(SetFact(incident_id=stage.incident().id, by="he-jun", fact="affected_pct", value="60"))
    assert stage.incident().level == 1


def leak(stage: Stage) -> str:
    """Open a leak incident; its id."""
    stage.send(
        stage.signal(
            "leak", rule="pii-in-chat", scenario=Scenario.DATA_LEAK, restricted=True, labels={"agent": "a17"},
            title=Text("会话中发现身份证号", "ID numbers in chat"), impact=Degree.HIGH, urgency=Degree.HIGH,
            evidence=Evidence(seen="3", samples=("1101**********1234",)),
        )
    )  # fmt: skip
    return stage.incident_ids()[0]


def test_an_outsider_sees_a_code_name_and_nothing_else(stage: Stage) -> None:
    """A leak is restricted from its first entry: list, page and commands tell an outsider nothing."""
    incident_id = leak(stage)
    insider = stage.paged()[0]
    outsider = "ma-tao"
    assert outsider not in stage.incident().audience

    line = stage.system.views.incidents(Viewer(outsider, "admin"))[0]
    page = stage.system.views.desktop(Viewer(outsider, "admin"), incident_id, "en")

    assert line.hidden
    assert (line.level, line.scenario, line.status) == (None, None, "")
    assert "ID numbers" not in f"{line}{page}"
    assert not stage.system.views.desktop(Viewer(insider), incident_id, "en").hidden
    with pytest.raises(NotAllowed):
        stage.do(AddNote(incident_id=incident_id, by=outsider, text="what is this?"))


def test_a_leaks_pages_go_to_insiders_only(stage: Stage) -> None:
    """Everybody who was paged belongs to the audience, and their message tells what happened."""
    leak(stage)

    assert set(stage.paged()) <= set(stage.incident().audience)
    assert all("1101**" not in m.body for m in stage.slack.sent)


def test_a_leaks_page_on_the_terminal_shows_the_code_name(tmp_path: Path) -> None:
    """The terminal where Tocsin runs, and the log it may be kept in, are read by more people than the one called."""
    terminal = RecordingNotifier("console")
    stage = Stage(tmp_path, people=(DEFAULTS / "people.yaml").read_text("utf-8"), channels={"console": terminal})
    leak(stage)
    page = stage.pages(terminal)[0]

    assert page.title == "海棠1"
    assert page.facts == ()
    assert "您" in page.body
    assert {action.id for action in page.actions} == {"ack", "open", "judge"}


def test_an_alert_that_is_not_sent_again_counts_as_cleared(stage: Stage) -> None:
    """A foreign alert holds for five minutes unless it is sent again; then the timeline says that it ran out."""
    stage.send(stage.signal("fp@1", ends_at=stage.clock.now() + timedelta(minutes=5)))
    stage.push(minutes=4)
    stage.send(stage.signal("fp@1", ends_at=stage.clock.now() + timedelta(minutes=5)))
    stage.push(minutes=4)
    assert stage.incident().signals_active == 1

    stage.push(minutes=2)

    assert stage.incident().signals_active == 0


def test_an_alert_that_comes_back_joins_its_incident_again(stage: Stage) -> None:
    """It ran out, then fires again while its incident is still open: no second incident."""
    stage.send(stage.signal("fp@1", ends_at=stage.clock.now() + timedelta(minutes=5)))
    stage.push(minutes=6)
    stage.send(stage.signal("fp@1", ends_at=stage.clock.now() + timedelta(minutes=5)))

    assert len(stage.incident_ids()) == 1
    assert stage.incident().signals_active == 1


def test_a_storm_becomes_one_incident(stage: Stage) -> None:
    """Forty unrelated services fail within a minute: after the fifth incident the rest join."""
    for n in range(40):
        stage.send(stage.signal(f"s{n}", labels={"service": f"svc-{n}"}))

    assert len(stage.incident_ids()) <= 5


def test_the_log_holds_after_everything(stage: Stage) -> None:
    """The hash chain of every incident verifies, and its fold gives the state that is stored."""
    leak(stage)
    stage.send(stage.signal())
    stage.push(minutes=40)

    with stage.system.database.reading() as store:
        assert [store.log.verify(stream) for stream in store.log.streams()] == [None, None]
        for stream in store.log.streams():
            assert stage.refold(store.log.entries(stream)) == store.incidents.get(stream)
