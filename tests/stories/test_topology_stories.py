"""A dependency fails: one incident, in whatever order its dependants notice."""

from dataclasses import replace
from pathlib import Path

import pytest

from incident.domain.commands import SplitSignals
from incident.domain.errors import BadInput, NotAllowed, NotFound
from incident.domain.signal import SignalState
from incident.domain.words import Scenario
from incident.service.redaction import Viewer
from tests.harness import Stage

DEPENDANTS = [f"app-{number}" for number in range(40)]
SERVICES = "schema: services/v1\nservices:\n  - {id: database, name: DB}\n  - {id: mail, name: Mail}\n" + "".join(
    f"  - {{id: {name}, name: {name}, depends_on: [database]}}\n" for name in DEPENDANTS
)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """Forty services on one database."""
    return _built_on(tmp_path, SERVICES)


def _built_on(home: Path, services: str) -> Stage:
    home.mkdir(exist_ok=True)
    (home / "services.yaml").write_text(services, "utf-8")
    return Stage(home)


@pytest.mark.parametrize("order", [["database", *DEPENDANTS], [*DEPENDANTS, "database"], DEPENDANTS])
def test_a_failing_dependency_is_one_incident_and_not_forty(stage: Stage, order: list[str]) -> None:
    """Whether the database is noticed first, last, or not at all."""
    for name in order:
        stage.send(stage.signal(f"{name}-down", labels={"service": name}))
        stage.push(seconds=5)
    assert len(stage.incident_ids()) == 1


def test_what_shares_nothing_or_comes_later_is_an_incident_of_its_own(stage: Stage) -> None:
    """Mail stands on nothing of the database's; and a quarter of an hour later chance is the better guess."""
    for name, minutes in (("app-0", 0), ("mail", 1), ("app-1", 15)):
        stage.push(minutes=minutes)
        stage.send(stage.signal(f"{name}-down", labels={"service": name}))
    assert len(stage.incident_ids()) == 3


def test_the_dependency_is_named_where_people_look(stage: Stage, tmp_path: Path) -> None:
    """Nobody watches the database, yet timeline, page and report say that it is what failed; held-back ones, too."""
    for name in DEPENDANTS[:3]:
        stage.send(stage.signal(f"{name}-down", labels={"service": name}))
    assert "both services stand on database" in "\n".join(stage.told(""))
    desk = stage.system.views.desktop(Viewer("li-na"), stage.incident_ids()[0], "en")
    assert desk.behind == ("database",)
    assert desk.joined["app-1-down"] == "shared_dependency:database"
    report = stage.system.views.report(Viewer("li-na"), stage.incident_ids()[0])
    assert "shared_dependency:database" in {row.why for row in report.signals}
    other = _built_on(tmp_path / "other", SERVICES)
    other.send(other.signal("db-down", labels={"service": "database"}))
    other.send(other.signal("app-down", labels={"service": "app-1"}))
    assert "an upstream service is down): database" in "\n".join(other.told(""))


def test_the_nearest_common_thing_is_named(tmp_path: Path) -> None:
    """Two shops stand on one cashier, which stands on the network like everything else."""
    names = ("net", "cash", "shop-a", "shop-b")
    below = {"net": "[]", "cash": "[net]", "shop-a": "[net, cash]", "shop-b": "[cash]"}
    rows = "".join(f"  - {{id: {name}, name: {name}, depends_on: {below[name]}}}\n" for name in names)
    other = _built_on(tmp_path, f"schema: services/v1\nservices:\n{rows}")
    for name in ("shop-a", "shop-b"):
        other.send(other.signal(f"{name}-down", labels={"service": name}))
    assert "both services stand on cash" in "\n".join(other.told(""))


def test_what_joined_wrongly_is_split_out_and_stays_out(stage: Stage) -> None:
    """The third one has a fault of its own: its own incident, people and pages, and what follows of it goes there."""
    for name in DEPENDANTS[:3]:
        stage.send(stage.signal(f"{name}-down", labels={"service": name}))
    (first,) = stage.incident_ids()
    stage.push(minutes=1)
    split = SplitSignals(incident_id=first, by="li-na", signals=("app-2-down",), reason="its own disk is full")
    fresh = stage.do(split)
    assert stage.incident_ids() == [first, fresh.id]
    assert (fresh.labels["service"], fresh.signals_active, stage.incident().signals_active) == ("app-2", 1, 2)
    assert fresh.links == {first: "related"}
    assert stage.incident().links == {fresh.id: "related"}
    assert "app-2-down" not in stage.incident().rules
    assert f"1 signal(s) split out into {fresh.id}: its own disk is full" in "\n".join(stage.told(""))
    assert any(message.incident_id == fresh.id for message in stage.pages())
    assert stage.do(split).id == fresh.id  # pressed twice

    stage.send(stage.signal("app-2-slow", labels={"service": "app-2"}))
    stage.send(stage.signal("db-down", labels={"service": "database"}))
    stage.send(stage.signal("app-2-errors", labels={"service": "app-2"}))
    assert stage.incident(2).signals_active == 3
    assert stage.incident(1).signals_active == 3

    for name in ("app-2-down", "app-2-slow", "app-2-errors"):
        stage.send(stage.signal(name, labels={"service": "app-2"}, state=SignalState.CLEARED))
    assert stage.incident(2).signals_active == 0
    assert stage.incident(1).signals_active == 3
    with stage.system.database.reading() as store:
        assert Stage.refold(store.log.entries(first)) == stage.incident()


def test_one_rule_is_split_from_another_about_the_same_service(stage: Stage) -> None:
    """Both have one cause key; the next episode of the rule that was split out goes where people put it."""
    stage.send(stage.signal("slow", labels={"service": "app-1"}), stage.signal("expired", labels={"service": "app-1"}))
    fresh = stage.do(SplitSignals(incident_id=stage.incident_ids()[0], by="li-na", signals=("expired",), reason="tls"))
    stage.send(stage.signal("expired-2", rule="expired", labels={"service": "app-1"}))
    stage.send(stage.signal("slow-2", rule="slow", labels={"service": "app-1"}))
    assert (stage.incident(1).signals_active, stage.incident(2).signals_active) == (2, 2)
    assert fresh.id != stage.incident_ids()[0]


@pytest.mark.parametrize(
    ("signals", "reason", "fault"),
    [
        (("app-1-down",), " ", "reason"),
        ((), "x", "none given"),
        (("mail-down",), "x", "does not belong"),
        (("nobody",), "x", "no signal"),
        (("app-2-down",), "x", "has cleared"),
    ],
)
def test_a_split_that_makes_no_sense_is_refused(
    stage: Stage, signals: tuple[str, ...], reason: str, fault: str
) -> None:
    """With a sentence; nothing changes."""
    for name in ("app-0", "app-1", "app-2", "mail"):
        stage.send(stage.signal(f"{name}-down", labels={"service": name}))
    stage.send(stage.signal("app-2-down", labels={"service": "app-2"}, state=SignalState.CLEARED))
    before = stage.incident_ids()
    with pytest.raises((BadInput, NotFound), match=fault):
        stage.do(SplitSignals(incident_id=before[0], by="li-na", signals=signals, reason=reason))
    assert stage.incident_ids() == before


def test_the_last_signal_stays(stage: Stage) -> None:
    """There is nothing to split where nothing would be left."""
    stage.send(stage.signal("app-0-down", labels={"service": "app-0"}))
    with pytest.raises(BadInput, match="nothing would be left"):
        stage.do(SplitSignals(incident_id=stage.incident_ids()[0], by="li-na", signals=("app-0-down",), reason="x"))


def test_a_signal_whose_id_looks_like_a_card_is_found_and_the_reason_is_masked(stage: Stage) -> None:
    """Ids are names of ours, not what people typed; the reason is what they typed."""
    card = "6222021234567890128"
    for name in ("app-0", "app-1"):
        stage.send(stage.signal(card if name == "app-1" else name, labels={"service": name}))
    split = SplitSignals(incident_id=stage.incident_ids()[0], by="li-na", signals=(card,), reason=f"card {card}")
    assert stage.do(split).signals_active == 1
    assert card not in "\n".join(stage.told("split out"))


def test_an_outsider_splits_nothing_off_a_leak(stage: Stage) -> None:
    """And what an insider splits off is as restricted as what it came from."""
    for number in range(2):
        stage.send(stage.signal(f"leak-{number}", scenario=Scenario.DATA_LEAK, rule=f"r{number}", restricted=True,
                                labels={"user": "u1"}, group_by=("user",)))  # fmt: skip
    leak = stage.incident()
    split = SplitSignals(incident_id=leak.id, by="nobody", signals=("leak-1",), reason="x")
    with pytest.raises(NotAllowed):
        stage.do(split)
    insider = leak.audience[0]
    fresh = stage.do(replace(split, by=insider))
    assert fresh.restricted
    assert insider in fresh.audience


def test_what_people_split_is_not_held_back_by_the_other_half(tmp_path: Path) -> None:
    """The network's alarm was no fault of the database's; the database's next alarm is told all the same."""
    rows = "  - {id: net, name: Net}\n  - {id: db, name: DB, depends_on: [net]}\n"
    stage = _built_on(tmp_path, f"schema: services/v1\nservices:\n{rows}")
    stage.send(stage.signal("db-slow", labels={"service": "db"}))
    stage.send(stage.signal("net-loss", labels={"service": "net"}))
    first = stage.incident_ids()[0]
    stage.do(SplitSignals(incident_id=first, by="li-na", signals=("net-loss",), reason="a cable in the other room"))
    stage.send(stage.signal("db-down", labels={"service": "db"}))
    assert stage.incident(1).signals_active == 2
