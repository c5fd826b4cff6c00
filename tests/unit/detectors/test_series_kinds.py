"""Level, novelty and auto as rules: unusual values, standing still, not coming, and the budget of alarms."""

import math
import random

import pytest

from detectors.kinds.series import Series
from incident.domain.errors import BadInput
from incident.domain.signal import Signal, SignalState
from incident.domain.words import Degree
from incident.intake.event import Event
from tests.unit.detectors.feed import T0, Play, detector, event

RULE = "on: metric.sampled\nby: [service]\nalarms: 1/week\nclear_after: 10m\nflat: 40\nmissing: 10m"


def days(count: float, seed: int = 1, *, scale: float = 1.0, start: float = 0.0) -> list[Event]:
    """A latency sampled every five minutes that breathes with the day."""
    rng = random.Random(seed)
    return [
        event(
            "metric.sampled",
            start + 300 * i,
            service="crm",
            value=scale * (200 + 80 * math.sin(2 * math.pi * i / 288) + rng.gauss(0, 5)),
        )
        for i in range(int(288 * count))
    ]


def raised(signals: list[Signal], finding: str = "") -> list[Signal]:
    """The raises of one finding."""
    return [one for one in signals if one.state is SignalState.RAISED and one.labels.get("finding", "") == finding]


@pytest.mark.parametrize("kind", ["level", "auto"])
def test_it_learns_a_week_and_finds_a_rise_in_the_first_sample(kind: str) -> None:
    """Twice the usual answer time is told at once, with what was expected and what was seen, and cleared."""
    play = Play(detector(kind, RULE))
    quiet = play.send(*days(7))
    assert len(raised(quiet)) <= 3
    bad = [event("metric.sampled", 7 * 86400 + 300 * i, service="crm", value=480 + i) for i in range(6)]
    signals = play.send(*bad)
    assert signals[0].at.timestamp() == T0 + 7 * 86400
    assert signals[0].evidence.seen == "480"
    assert signals[0].evidence.expected.startswith("≈ 19")
    assert len(signals[0].evidence.window) == 20
    after = play.send(*days(0.5, seed=3, start=7 * 86400 + 1800))
    assert after[0].state is SignalState.CLEARED
    assert after[0].id == signals[0].id


def test_it_keeps_the_finding_while_the_new_level_lasts_and_then_calls_it_usual() -> None:
    """A level that stays wrong for hours isn't cleared by being learned; after 'settle' it is the new normal."""
    play = Play(detector("level", RULE + "\nsettle: 6h"))
    play.send(*days(7))
    rng = random.Random(2)
    lasting = [
        event("metric.sampled", 7 * 86400 + 300 * i, service="crm", value=900 + rng.gauss(0, 5)) for i in range(100)
    ]
    signals = play.send(*lasting)
    cleared = next(one for one in signals if one.state is SignalState.CLEARED)
    assert 5.9 * 3600 <= cleared.at.timestamp() - signals[0].at.timestamp() <= 6.5 * 3600


def test_it_keeps_about_to_its_budget() -> None:
    """Four weeks of noise with heavy tails: not many more alarms than were asked for."""
    rng = random.Random(5)
    play = Play(detector("level", RULE))
    signals: list[Signal] = []
    for i in range(288 * 28):
        noise = rng.gauss(0, 5) * (6 if rng.random() < 0.01 else 1)
        signals += play.send(event("metric.sampled", 300 * i, service="crm", value=100 + noise))
    assert len(raised(signals)) <= 10
    subject = play.detector
    assert isinstance(subject, Series)
    standing = subject.standing(play.states["service=crm"])
    assert standing.confidence > 0.7
    assert standing.alarms == len(raised(signals))


def test_a_verdict_makes_it_deafer_and_undoing_it_restores_it() -> None:
    """'Not useful' halves the budget; taking it back gives the same threshold again."""
    subject = detector("level", RULE)
    assert isinstance(subject, Series)
    play = Play(subject)
    play.send(*days(3))
    state = play.states["service=crm"]
    before = subject.standing(state).threshold
    subject.calibrate(2.0)
    assert subject.standing(state).threshold > before
    subject.calibrate(0.0)
    assert subject.standing(state).threshold == before


def test_standing_still_is_a_finding_of_its_own() -> None:
    """A metric that always moved and now repeats one value is told, and cleared when it moves again."""
    play = Play(detector("auto", RULE))
    play.send(*days(2))
    value = play.states["service=crm"].value
    signals = play.send(*[event("metric.sampled", 2 * 86400 + 300 * i, service="crm", value=value) for i in range(60)])
    flat = raised(signals, "flat")
    assert len(flat) == 1
    assert "×" in flat[0].evidence.seen
    moving = play.send(event("metric.sampled", 2 * 86400 + 300 * 60, service="crm", value=value + 3))
    assert any(one.id == flat[0].id and one.state is SignalState.CLEARED for one in moving)


def test_missing_samples_are_a_finding_of_their_own() -> None:
    """No sample for three times the usual distance, and at least ten minutes: told on a tick, cleared by the next."""
    play = Play(detector("level", RULE))
    play.send(*days(1))
    assert raised(play.tick(86400 + 300), "missing") == []
    told = raised(play.tick(86400 + 3600), "missing")
    assert [one.labels["finding"] for one in told] == ["missing"]
    back = play.send(*days(0.01, start=86400 + 7200))
    assert any(one.id == told[0].id and one.state is SignalState.CLEARED for one in back)


def test_only_the_bad_side_is_told() -> None:
    """Where high is bad, a sudden zero is no finding."""
    play = Play(detector("level", RULE + "\nside: above"))
    play.send(*days(7))
    low = play.send(*[event("metric.sampled", 7 * 86400 + 300 * i, service="crm", value=1.0) for i in range(3)])
    assert raised(low) == []


def test_far_beyond_the_threshold_the_impact_is_high() -> None:
    """'grave' times the threshold."""
    play = Play(detector("level", RULE + "\ngrave: 1.5"))
    play.send(*days(7))
    signals = play.send(event("metric.sampled", 7 * 86400, service="crm", value=90_000))
    assert signals[0].impact is Degree.HIGH


def test_scale_does_not_matter() -> None:
    """The same series a hundred times as large gives the same findings."""
    found = []
    for scale in (1.0, 128.0):
        play = Play(detector("level", RULE))
        signals = play.send(*days(5, scale=scale))
        signals += play.send(event("metric.sampled", 5 * 86400, service="crm", value=600 * scale))
        found.append([(one.id, one.state) for one in signals])
    assert found[0] == found[1]
    assert found[0]


@pytest.mark.parametrize("alarms", ["often", "0/week", "1/fortnight"])
def test_a_senseless_budget_is_a_fault(alarms: str) -> None:
    """Told with the line when the file is read."""
    with pytest.raises(BadInput, match=r"test\.yaml:\d+"):
        detector("level", f"on: metric.sampled\nalarms: {alarms}")
