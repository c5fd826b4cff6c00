"""Behaviour that betrays a leak: strange hours, slow theft, new destinations, rights, honeytokens."""

import random

import pytest

from detectors.registry import AnyDetector
from incident.domain.errors import BadInput
from incident.domain.signal import Signal, SignalState
from incident.domain.words import Degree
from incident.intake.event import Event
from tests.unit.detectors.feed import T0, Play, detector, event

DAY, HOUR = 86400.0, 3600.0


def export(at: float, user: str, records: object = 50, **more: object) -> Event:
    return event("export.made", at, user=user, records=records, system="crm", **more)


def worked(subject: AnyDetector, days: int = 35, users: int = 12, seed: int = 3) -> tuple[Play, list[Signal]]:
    """Users who export thrice a working day between nine and five, around fifty records each time."""
    play, rng = Play(subject), random.Random(seed)
    events = [
        export(day * DAY + hour * HOUR + rng.random() * HOUR, f"u{user}", rng.randrange(30, 70), destination="desk")
        for day in range(days)
        if day % 7 < 5
        for user in range(users)
        for hour in (9, 12, 16)
    ]
    return play, play.send(*sorted(events, key=lambda one: one.time))


def test_the_hours_of_work_raise_nothing() -> None:
    """Seven weeks of ordinary days are quiet for every kind."""
    for kind, budget in (("off_hours", "alarms: 1/month"), ("slow_export", "alarms: 1/month"), ("new_destination", "")):
        assert worked(detector(kind, budget))[1] == []


def test_an_export_at_night_is_strange_for_a_day_worker() -> None:
    """The evidence names the usual hours and the hour seen; the signal is restricted."""
    play, _ = worked(detector("off_hours", "alarms: 5/week"))
    (raised,) = play.send(export(35 * DAY + 3.2 * HOUR, "u3"))
    assert raised.restricted
    assert raised.labels["user"] == "u3"
    assert raised.evidence.expected == "09:00–17:00"
    assert raised.evidence.seen.startswith("03:12")


def test_a_night_worker_is_not_strange_at_night() -> None:
    """Whose days are nights is judged by their own."""
    play, _ = worked(detector("off_hours", "alarms: 5/week"))
    nights = [export(day * DAY + 2 * HOUR, "owl") for day in range(35, 60)]
    first, *later = [play.send(one) for one in nights]
    assert first
    assert not any(later[8:])


def test_overtime_is_less_strange_than_coming_back_at_night() -> None:
    """Going on after work passes."""
    play, _ = worked(detector("off_hours", "alarms: 1/week"))
    evening = [export(35 * DAY + hour * HOUR, "u1") for hour in (9, 12, 16, 17.5, 18.5)]
    assert play.send(*evening) == []


def test_three_times_the_usual_for_a_week_is_found() -> None:
    """Each day alone is no bulk export; together they raise once, and clear when it is over."""
    play, _ = worked(detector("slow_export", "alarms: 5/week\nclear_after: 3d"))
    bulk, _ = worked(detector("export", "alarms: 1/month\nfactor: 6"))
    days = [export((35 + day) * DAY + hour * HOUR, "u5", 150) for day in range(5) for hour in (9, 12, 16)]
    signals = play.send(*days)
    assert [one.state for one in signals] == [SignalState.RAISED]
    assert bulk.send(*days) == []
    (cleared,) = play.tick(45 * DAY)
    assert cleared.id == signals[0].id


def test_when_everybody_exports_more_nobody_is_slow() -> None:
    """Month end: all peers together are no theft."""
    play, _ = worked(detector("slow_export", "alarms: 5/week"))
    days = [
        export((35 + day) * DAY + hour * HOUR + user, f"u{user}", 150)
        for day in range(5)
        for hour in (9, 12, 16)
        for user in range(12)
    ]
    raised = {one.labels["user"] for one in play.send(*days)}
    assert len(raised) <= 2


def test_a_new_destination_raises_and_then_is_known() -> None:
    """The first time alarms; next week it doesn't. What peers use and what is always fine never does."""
    play, _ = worked(detector("new_destination", "known: ['*.our.example']\npeers: 3"))
    assert play.send(export(35 * DAY, "u1", 80, destination="share.our.example")) == []
    assert play.send(export(35 * DAY, "u1", 20, destination="USB")) == []
    (raised,) = play.send(export(35 * DAY + 60, "u1", 40, destination="usb"))
    assert raised.evidence.seen == "60 → usb"
    assert raised.evidence.unusual == "0/12"
    play.tick(37 * DAY)
    assert play.send(export(38 * DAY, "u1", 900, destination="usb")) == []


def test_rights_followed_by_an_export_raise() -> None:
    """Rights alone, exports alone, and rights taken away are everyday business."""
    play = Play(detector("privileged_export", "min_records: 500\ngrave: 5000\nwithin: 1d"))
    granted = event("access.changed", 0, user="u1", change="role admin granted")
    taken = event("access.changed", 0, user="u2", change="撤销导出权限")
    assert play.send(granted, taken, export(60, "u2", 900), export(60, "u3", 900), export(70, "u1", 100)) == []
    first, graver = play.send(export(3600, "u1", 450), export(3700, "u1", 6000))
    assert first.id == graver.id
    assert (first.impact, graver.impact) == (Degree.MEDIUM, Degree.HIGH)
    assert play.send(export(2 * DAY, "u3", 900)) == []


def test_a_honeytoken_raises_however_it_is_written() -> None:
    """In any field, with separators, in full width; the token itself is not repeated in the evidence."""
    play = Play(detector("honeytoken", "tokens: [13900001234, jia-ming-li@decoy.example]"))
    (raised,) = play.send(event("message.sent", 0, user="u1", text="查一下 １３９-0000-1234 这位客户"))
    assert raised.impact is Degree.HIGH
    assert raised.evidence.unusual == "#1 × 1"
    assert "1234" not in repr(raised.evidence)
    nested = event("export.made", 5, user="u2", rows=[{"mail": "Jia-Ming-Li@decoy.example"}], number=5)
    assert len(play.send(nested)) == 1
    assert play.send(event("export.made", 9, user="u3", customer=13900001235)) == []


def test_a_short_honeytoken_is_a_fault() -> None:
    """What occurs everywhere can't be a token."""
    with pytest.raises(BadInput, match="6 characters"):
        detector("honeytoken", "tokens: ['12-34']")


@pytest.mark.parametrize("line", ["alarms: often", "alarms: 5/fortnight", "alarms: 0/week"])
def test_an_unreadable_budget_is_a_fault(line: str) -> None:
    """Told with the place in the file."""
    with pytest.raises(BadInput, match=r"test\.yaml:\d+"):
        detector("off_hours", line)


def test_the_budget_bounds_alarms_over_all_users() -> None:
    """Hundreds of restless users together stay near the budget once it has been learned."""
    rng, play = random.Random(5), Play(detector("off_hours", "alarms: 3/week\nlearn: 7"))
    raised: list[Signal] = []
    for day in range(56):
        events = [export(day * DAY + max(0.0, min(23.9, rng.gauss(13, 3.5))) * HOUR, f"u{user}") for user in range(60)]
        raised += play.send(*sorted(events, key=lambda one: one.time))
    late = [one for one in raised if one.state is SignalState.RAISED and one.at.timestamp() > T0 + 28 * DAY]
    assert 1 <= len(late) <= 36


@pytest.mark.parametrize("kind", ["export", "slow_export", "off_hours", "new_destination"])
def test_who_exports_around_the_clock_can_be_told_of_twice(kind: str) -> None:
    """The everyday exports of a service account don't keep a theft of last month open: it clears, the next is told."""
    wild = {"off_hours": "limit: 5000\nclosed: [0, 6]", "slow_export": "limit: 20000", "new_destination": ""}
    play = Play(detector(kind, wild.get(kind, "limit: 5000")))
    thefts, told = {30: "usb", 60: "cloud"}, list[Signal]()
    for hour in range(0, 90 * 24, 6):
        at, day = hour * HOUR, hour // 24
        told += play.send(*(export(at, user, 50, destination="desk") for user in ("nightly", "other")))
        if day in thefts and hour % 24 == 0:
            told += play.send(export(at + 7300, "nightly", 50_000, destination=thefts[day]))
        told += play.tick(at + 3 * HOUR)
    assert [one.state for one in told] == [SignalState.RAISED, SignalState.CLEARED] * 2
