"""The ratio detector: failing requests, abandoned calls."""

import random

import pytest

from incident.domain.signal import Signal, SignalState
from incident.domain.words import Degree
from incident.intake.event import Event
from tests.unit.detectors.feed import T0, Play, detector, event

RULE = """
on: request.served
bad: {where: {ok: false}}
by: [service]
split: endpoint
clear_after: 3m
"""


def minutes(first: int, count: int, share: float, per_minute: int = 60, seed: int = 1) -> list[Event]:
    """Requests of some minutes of which a share fails."""
    rng = random.Random(seed)
    return [
        event(
            "request.served",
            60 * (first + minute) + 60 * i / per_minute,
            service="crm",
            ok=rng.random() >= share,
            endpoint="/pay" if i % 4 else "/login",
        )
        for minute in range(count)
        for i in range(per_minute)
    ]


def failing(share: float, worse_minutes: int = 15) -> tuple[Play, list[Signal]]:
    play = Play(detector("ratio", RULE))
    assert play.send(*minutes(0, 60, 0.005)) == []
    return play, play.send(*minutes(60, worse_minutes, share, seed=2))


def test_it_finds_a_large_rise_within_minutes() -> None:
    """A quarter of the requests fails: raised, dated from the rise, with the counts."""
    _, signals = failing(0.25)
    assert signals[0].state is SignalState.RAISED
    assert T0 + 3600 - 180 <= signals[0].at.timestamp() <= T0 + 3600 + 240
    assert "%" in signals[0].evidence.seen
    assert len({one.id for one in signals}) == 1


def test_it_finds_a_small_lasting_rise() -> None:
    """Five per cent instead of half of one needs some minutes, but is found."""
    assert failing(0.05, 20)[1]


def test_it_attributes_the_failures_exactly() -> None:
    """Contributors are shares of the failing requests themselves."""
    parts = {one.name: one.share for one in failing(1.0)[1][0].evidence.contributors}
    assert parts == pytest.approx({"/pay": 0.75, "/login": 0.25}, abs=0.01)
    assert sum(parts.values()) == pytest.approx(1.0, abs=0.002)


def test_it_clears_after_quiet_minutes_with_traffic() -> None:
    """Traffic must be seen to be well; silence alone clears nothing."""
    play, signals = failing(0.6)
    assert play.tick(60 * 300) == []
    cleared = play.send(*minutes(301, 12, 0.0, seed=3))
    assert [one.state for one in cleared] == [SignalState.CLEARED]
    assert cleared[0].id == signals[0].id


def test_one_bad_minute_is_no_finding() -> None:
    """A blip of one minute doesn't reach the threshold."""
    play = Play(detector("ratio", RULE))
    events = minutes(0, 60, 0.005) + minutes(60, 1, 0.06, seed=4) + minutes(61, 30, 0.005, seed=5)
    assert play.send(*events) == []


@pytest.mark.parametrize("ok", [True, False])
def test_a_wild_count_is_no_history(ok: bool) -> None:
    """A broken counter reports a million millions; later ordinary minutes are ordinary and bad ones are found."""
    play = Play(detector("ratio", RULE))
    play.send(*minutes(0, 60, 0.005))
    play.send(event("request.served", 3600, service="crm", ok=ok, count=1e12))
    told = play.send(*minutes(66, 90, 0.005, seed=2))
    assert [one.state for one in told] == ([] if ok else [SignalState.RAISED, SignalState.CLEARED])
    assert play.send(*minutes(156, 15, 0.25, seed=3))[0].state is SignalState.RAISED


def test_few_requests_say_nothing() -> None:
    """Three failures of three requests are below the minimum count."""
    play = Play(detector("ratio", RULE))
    assert play.send(*minutes(0, 3, 1.0, per_minute=1)) + play.tick(600) == []


def test_the_limit_holds_from_the_first_minute() -> None:
    """Nothing need be learned for the absolute limit, and above half the impact is high."""
    play = Play(detector("ratio", RULE + "limit: 30%"))
    play.send(*minutes(0, 1, 0.9))
    (raised,) = play.tick(120)
    assert raised.impact is Degree.HIGH


def test_duplicates_count_once() -> None:
    """A failure delivered a hundred times is one failure."""
    play = Play(detector("ratio", RULE + "limit: 30%"))
    good = minutes(0, 1, 0.0)
    bad = event("request.served", 30, service="crm", ok=False, event_id="same")
    assert play.send(*good, *[bad] * 100) + play.tick(120) == []


def test_abandoned_calls_are_counted_among_their_outcomes() -> None:
    """``bad`` by event type: answered and abandoned calls are the trials."""
    rule = """
    on: [contact.answered, contact.abandoned]
    bad: {type: contact.abandoned}
    by: [queue]
    bucket: 5m
    limit: 50%
    """
    play = Play(detector("ratio", rule, "system-outage"))
    kinds = ["contact.abandoned", "contact.abandoned", "contact.answered"]
    play.send(*[event(kinds[i % 3], 5 * i, queue="sales", waited_s=100) for i in range(60)])
    (raised,) = play.tick(400)
    assert raised.labels == {"queue": "sales"}
    assert "40/60" in raised.evidence.seen
