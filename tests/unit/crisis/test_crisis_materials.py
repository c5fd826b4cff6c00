"""Materials: what is out is explained before the end, and readiness is watched outside any incident."""

from datetime import UTC, date, datetime, timedelta

import pytest

from incident.domain import crisis_commands as k
from incident.domain.errors import BadInput
from incident.domain.signal import SignalState
from incident.domain.words import Text
from incident.domain.work import blockers
from incident.intake.event import Event
from playbooks.materials import Check, Item, fault, load_stock, stock
from playbooks.materials_watch import CHECKED, NAME, ReadinessWatch, checks_of, readiness_plan
from tests.unit.crisis.crisis_cast import at, give, opened

RADIOS = Item("radios", Text("对讲机", "Radios"), 6, Text("柜子", "Cupboard"), "admin", "hr", timedelta(days=30),
              Text("试机", "Try them"))  # fmt: skip
NOW = datetime(2026, 3, 2, tzinfo=UTC).timestamp()
DAY = 86400.0


def checked(day: float, count: int, **more: object) -> Event:
    return Event(id=f"c{day}", source="t", type=CHECKED, time=NOW + day * DAY,
                 data={"item": "radios", "count": count, **more})  # fmt: skip


def test_what_is_out_and_unexplained_blocks_the_end() -> None:
    """Returned or explained piece by piece, it no longer does."""
    state = opened()
    give(state, k.TakeMaterial(incident_id="", by="admin-1", item="radios", count=5, person="ops-1"))
    assert blockers(state) == ("material:radios",)
    give(state, k.ReturnMaterial(incident_id="", by="ops-1", taking_id="t1", count=3))
    assert blockers(state) == ("material:radios",)
    with pytest.raises(BadInput, match="2 are out"):
        give(state, k.ReturnMaterial(incident_id="", by="ops-1", taking_id="t1", count=3))
    with pytest.raises(BadInput, match="reason"):
        give(state, k.ExplainMaterial(incident_id="", by="ops-1", taking_id="t1", reason=" "))
    give(state, k.ExplainMaterial(incident_id="", by="ops-1", taking_id="t1", reason="lost in the flood"))
    assert blockers(state) == ()
    assert give(state, k.ReturnMaterial(incident_id="", by="ops-1", taking_id="t1")) == []


def test_the_store_shows_what_is_left() -> None:
    """What was counted, less what real incidents have out; a drill's takings are not missing."""
    real, drill = opened(), opened(drill="D-1")
    for state in (real, drill):
        give(state, k.TakeMaterial(incident_id="", by="admin-1", item="radios", count=2, person="ops-1"))
    (line,) = stock({"radios": RADIOS}, {"radios": Check(at(0), 7)}, (real, drill), at(60))
    assert (line.out, line.available, line.state) == (2, 5, "below_par")
    assert stock({"radios": RADIOS}, {}, (), at(0))[0].state == "unchecked"


@pytest.mark.parametrize(
    ("check", "expires", "expected"),
    [
        (Check(at(0), 6), None, ""),
        (Check(at(0), 5), None, "below_par"),
        (Check(at(0), 6, works=False), None, "faulty"),
        (Check(at(-30 * 1440), 6), None, "overdue"),
        (Check(at(0), 6), date(2026, 3, 2), "expired"),
        (Check(at(0), 6), date(2026, 3, 10), "expiring"),
    ],
)
def test_an_item_says_why_it_is_not_ready(check: Check, expires: date | None, expected: str) -> None:
    """The gravest reason first."""
    item = Item(RADIOS.id, RADIOS.title, 6, RADIOS.place, "admin", "hr", RADIOS.check_every, RADIOS.check, expires)
    assert fault(item, check, at(0)) == expected


def test_a_missed_check_raises_one_signal_and_a_good_one_clears_it() -> None:
    """Told once, however often the watch is asked, at nine in the morning."""
    watch = ReadinessWatch({"radios": RADIOS})
    assert watch.tick(NOW) == []
    assert watch.observe([checked(0, 6)], NOW) == []
    due = watch.next_due(NOW)
    assert due == NOW + 30 * DAY + 3600  # it fell due at eight in the morning
    assert watch.tick(due - 1) == []
    (raised,) = watch.tick(due)
    assert (raised.state, raised.labels["fault"]) == (SignalState.RAISED, "overdue")
    assert watch.tick(NOW + 31 * DAY) == []
    (cleared,) = watch.observe([checked(31, 6)], NOW + 31 * DAY)
    assert (cleared.id, cleared.state) == (raised.id, SignalState.CLEARED)


def test_a_new_item_must_be_checked_within_a_week() -> None:
    """Never counted is not ready."""
    watch = ReadinessWatch({"radios": RADIOS})
    watch.tick(NOW)
    assert [s.labels["fault"] for s in watch.tick(NOW + 8 * DAY)] == ["overdue"]


def test_what_one_person_keeps_is_one_finding_with_one_title() -> None:
    """Eight checks missed on the seventh morning: one incident for each custodian, and its title says how many."""
    items = load_stock()
    watch = ReadinessWatch(items)
    watch.tick(NOW)
    told = watch.tick(NOW + 8 * DAY)
    assert len(told) == len(items)
    assert {s.correlation_key for s in told} == {f"custodian={item.custodian}" for item in items.values()}
    titles = [s.title.zh for s in told if s.labels["custodian"] == "admin_manager"]
    assert titles == ["应急物资该检查了：备用手机等 3 项", "应急物资该检查了：对讲机", "应急物资该检查了：急救箱"]
    plan = readiness_plan([item for item in items.values() if item.custodian == "admin_manager"])
    (task,) = plan.tasks
    assert (task.owner, task.backup, plan.groups[0].head) == ("admin_manager", "shift_lead", "admin_manager")
    assert task.detail is not None
    assert all(item.title.zh in task.detail.zh for item in items.values() if item.custodian == "admin_manager")


def test_too_few_or_broken_is_told_at_once() -> None:
    """One finding gives way to the next."""
    watch = ReadinessWatch({"radios": RADIOS})
    assert [s.labels["fault"] for s in watch.observe([checked(0, 4)], NOW)] == ["below_par"]
    told = watch.observe([checked(1, 6, works=False)], NOW + DAY)
    assert [(s.state.value, s.labels["fault"]) for s in told] == [("cleared", "below_par"), ("raised", "faulty")]


def test_the_watch_forgets_nothing_over_a_restart() -> None:
    """What it dumped brings it back where it was; what can't be read is named."""
    watch = ReadinessWatch({"radios": RADIOS})
    watch.observe([checked(0, 6)], NOW)
    states = watch.changed()
    assert watch.changed() == {}
    fresh = ReadinessWatch({"radios": RADIOS})
    assert fresh.restore(states) == ()
    assert fresh.next_due(NOW) == watch.next_due(NOW)
    assert checks_of(states) == {"radios": Check(datetime.fromtimestamp(NOW, UTC), 6)}
    assert fresh.restore({NAME: b"{"}) == ("materials-readiness/store",)


@pytest.mark.parametrize(
    "event",
    [
        Event(id="1", source="t", type=CHECKED, time=NOW, data={"item": "radios", "count": 6}, drill="D-1"),
        Event(id="2", source="t", type=CHECKED, time=NOW, data={"item": "boats", "count": 6}),
        Event(id="3", source="t", type=CHECKED, time=NOW, data={"item": "radios", "count": "six"}),
        Event(id="4", source="t", type="metric.sampled", time=NOW, data={"item": "radios", "count": 6}),
    ],
    ids=["drill", "unknown item", "no number", "other fact"],
)
def test_what_is_no_check_is_not_taken_for_one(event: Event) -> None:
    """The item stays unchecked."""
    watch = ReadinessWatch({"radios": RADIOS})
    watch.observe([event], NOW)
    assert checks_of(watch.changed()) == {}


def test_the_shipped_list_covers_what_the_plan_names() -> None:
    """P5: communication devices, backup devices, manual, contact list, psychological support."""
    items = load_stock()
    assert {"backup_phones", "radios", "backup_storage", "system_manual", "contact_list", "counsellor"} <= set(items)
    for item in items.values():
        assert item.custodian != item.backup
        assert readiness_plan([item]).groups[0].head == item.custodian
