"""The surge detector: complaints against their season."""

import random

import pytest

from detectors.backtest.rows import Row
from detectors.backtest.series import SeriesRun
from detectors.memory import Episode
from detectors.series.parts import place
from incident.domain.errors import BadInput
from incident.domain.signal import Signal, SignalState
from incident.intake.event import Event
from tests.unit.detectors.feed import T0, Play, detector, event

DAY = 86400.0
RULE = "on: complaint.received\nsplit: class\nmin_count: 8\nclear_after: 1d"
WEEK = (30, 26, 25, 24, 27, 15, 10)


def day(number: int, count: int, class_: str = "price", hours: tuple[float, float] = (8, 20)) -> list[Event]:
    """Complaints spread over the office hours of one day."""
    start, end = (DAY * number + 3600 * hour for hour in hours)
    return [event("complaint.received", start + (end - start) * i / count, class_=class_) for i in range(count)]


def usual(days: int, seed: int = 1) -> list[Event]:
    rng = random.Random(seed)
    return [one for n in range(days) for one in day(n, max(1, round(rng.gauss(WEEK[n % 7], WEEK[n % 7] ** 0.5))))]


def learned(days: int = 56) -> tuple[Play, list[Signal]]:
    play = Play(detector("surge", RULE, "complaint-surge"))
    return play, play.send(*usual(days))


def test_usual_weeks_raise_nothing() -> None:
    """Eight ordinary weeks with quiet weekends stay quiet."""
    assert learned()[1] == []


def test_a_surge_is_told_before_the_day_is_over() -> None:
    """Three times the usual count raises at the complaint that suffices; what began with the day says so."""
    play, _ = learned()
    raised = play.send(*day(56, 90, class_="service_attitude"))[0]
    assert raised.state is SignalState.RAISED
    assert 8 * 3600 < raised.at.timestamp() - T0 - 56 * DAY < 20 * 3600
    assert raised.evidence.since is not None
    assert T0 + 54 * DAY <= raised.evidence.since.timestamp() <= T0 + 56 * DAY
    assert raised.evidence.contributors[0].name == "service_attitude"
    assert raised.evidence.expected.startswith("≈")


def test_it_clears_after_a_usual_day() -> None:
    """No news is good news here: a quiet day clears by the tick alone."""
    play, _ = learned()
    raised = play.send(*day(56, 90))
    cleared = play.tick(58.5 * DAY)
    assert [one.state for one in cleared] == [SignalState.CLEARED]
    assert cleared[0].id == raised[0].id


def test_it_clears_when_it_has_ebbed_however_much_came_before() -> None:
    """Days of evidence make little more than usual enough to raise; a surge that has gone is not kept by them."""
    play, _ = learned()
    for number, times in enumerate((2.5, 2.2, 2.0)):
        play.send(*day(56 + number, round(WEEK[(56 + number) % 7] * times)))
    play.send(*day(59, round(WEEK[59 % 7] * 1.1)))
    assert [one.state for one in play.tick(60.01 * DAY)] == [SignalState.CLEARED]


def test_the_limit_holds_from_the_first_day() -> None:
    """Before a baseline is known only the absolute limit alarms."""
    play = Play(detector("surge", RULE + "\nlimit: 50"))
    assert play.send(*day(0, 49)) == []
    assert len(play.send(*day(1, 60))) == 1


def test_counts_may_come_added_up() -> None:
    """An event with ``count`` stands for that many; garbage counts stand for none."""
    play = Play(detector("surge", RULE + "\nlimit: 50"))
    odd = [event("complaint.received", 1, count=count) for count in (float("nan"), -500, "900", float("inf"))]
    assert play.send(*odd) == []
    assert len(play.send(event("complaint.received", 2, count=60))) == 1


def test_hours_are_compared_with_the_same_hour() -> None:
    """A busy morning is usual, the same count at night isn't."""
    play = Play(detector("surge", RULE + "\nbucket: 1h"))
    rng = random.Random(3)
    for number in range(28):
        play.send(*day(number, 120 + rng.randrange(-10, 10)))
    night = day(28, 40, hours=(2, 3))
    assert len(play.send(*night)) == 1


def test_a_feed_that_was_away_for_a_year_is_survived() -> None:
    """Hundreds of empty buckets cost little and raise nothing."""
    play, _ = learned(21)
    assert play.send(*day(700, 20)) == []


def test_late_complaints_of_a_closed_day_are_passed_over() -> None:
    """Yesterday's count is settled; it can't raise today."""
    play, _ = learned()
    assert play.send(*day(10, 500)) == []


@pytest.mark.parametrize("line", ["bucket: 7h", "timezone: Mars/Base", "country: XX"])
def test_an_impossible_calendar_is_a_fault(line: str) -> None:
    """Buckets that don't divide a day, unknown zones and countries are told when the file is read."""
    with pytest.raises(BadInput, match=r"test\.yaml:\d+"):
        detector("surge", f"{RULE}\n{line}")


def test_an_hour_that_always_scatters_must_rise_further_than_a_steady_one() -> None:
    """Shift edges and lunch hours scatter; what alarms at a steady hour is everyday business there."""
    play, rng = (
        Play(detector("surge", "on: complaint.received\nbucket: 1h\nlearn: 7d")),
        random.Random(3),
    )
    for day in range(84):
        for hour in range(24):
            count = rng.choice((20, 60, 140)) if hour == 12 else 60 + rng.randrange(-6, 7)
            play.send(event("complaint.received", DAY * day + 3600 * hour + 60, count=count))
    state = play.states["*"]
    steady, wild = (state.slots.slots[place(hour, 2)] for hour in (9, 12))
    assert wild.scatter > 4 * steady.scatter


@pytest.mark.parametrize("bucket", ["1d", "1h"])
@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_what_the_back_test_shows_is_what_the_rule_raises(bucket: str, seed: int) -> None:
    """The same counts through a rule and through the back-test's ``count``: the same buckets pass the same threshold.

    Whatever came before: quiet weeks, surges of all sizes, buckets without a single complaint.
    """
    size, rng = (DAY, 3600.0)[bucket == "1h"], random.Random(seed)
    first, rows, counts = T0 // DAY * DAY, int((140 if bucket == "1d" else 42) * DAY / size), list[int]()
    for number in range(rows):
        usual = 40 if size == DAY else (30 if number % 24 < 12 else 4)
        times = rng.choice((0, 1.5, 2, 3)) if rng.random() < 0.1 else 1
        counts.append(max(0, round(rng.gauss(usual, usual**0.5) * times)))
    shown = SeriesRun("count", 10.0).score(Row(first + n * size, count, 0.0, "", "") for n, count in enumerate(counts))
    rule = f"on: complaint.received\nbucket: {bucket}\ntimezone: UTC\nmin_count: 1\nalarms: 10/week"
    subject = detector("surge", rule)
    state, passed = subject.new(), 0
    for number, scored in enumerate(shown):
        one = event("complaint.received", first + number * size - T0 + 1, count=counts[number])
        state, _ = subject.observe(state, "*", [one], one.time)
        (now,) = state.open
        standing = subject.standing(state)
        assert standing is not None
        assert standing.threshold == pytest.approx(scored.threshold)
        if number * size > 15 * DAY:
            tells = counts[number] >= now.trip
            # Evidence of earlier buckets alone raises nothing in one that is below the usual itself.
            assert tells == (scored.score >= scored.threshold and counts[number] >= now.mean), number
            passed += tells
        state, _ = subject.tick(state, "*", first + (number + 1) * size + 301)
        state.episode = Episode()
    assert passed > 1
