"""The threshold detector: limits, samples, hysteresis."""

from incident.domain.signal import Signal, SignalState
from incident.domain.words import Degree
from incident.intake.event import Event
from tests.unit.detectors.feed import T0, Play, detector, event

RULE = """
on: metric.sampled
where: {metric: latency_ms}
by: [service]
above: 100
grave_above: 1000
samples: 3
of: 5
unit: ms
clear_after: 2m
"""


def latency(at: float, value: object, service: str = "crm") -> Event:
    return event("metric.sampled", at, service=service, metric="latency_ms", value=value)


def slow() -> tuple[Play, list[Signal]]:
    play = Play(detector("threshold", RULE))
    return play, play.send(*[latency(30 * i, 950) for i in range(3)])


def test_it_raises_at_the_third_slow_sample() -> None:
    """Two samples are a blip; the third raises, with what was expected and seen."""
    _, (signal,) = slow()
    assert signal.state is SignalState.RAISED
    assert signal.labels == {"service": "crm"}
    assert (signal.evidence.expected, signal.evidence.seen) == ("≤ 100 ms", "950 ms")
    assert signal.evidence.unusual == "3/5"
    assert signal.at.timestamp() == T0


def test_it_clears_only_well_inside_the_limit_for_long_enough() -> None:
    """A value just under the limit doesn't clear; values a tenth below it do, after two minutes."""
    play, (raised,) = slow()
    assert play.send(*[latency(90 + 30 * i, 95) for i in range(10)]) == []
    assert play.send(*[latency(400 + 30 * i, 50) for i in range(4)]) == []
    (cleared,) = play.send(latency(520, 50))
    assert (cleared.state, cleared.id) == (SignalState.CLEARED, raised.id)


def test_it_says_so_when_it_grows_worse() -> None:
    """The same episode is raised again, once, with a higher impact."""
    play, (raised,) = slow()
    (worse,) = play.send(latency(100, 5000), latency(130, 5000))
    assert worse.id == raised.id
    assert worse.impact is Degree.HIGH


def test_a_second_episode_has_another_id() -> None:
    """After a clear, a new rise is a new finding."""
    play, (first,) = slow()
    play.send(*[latency(100 + 30 * i, 10) for i in range(6)])
    (second,) = play.send(*[latency(600 + 30 * i, 500) for i in range(3)])
    assert second.id != first.id


def test_for_asks_that_it_lasts() -> None:
    """With ``for: 3m`` three samples in one minute aren't enough."""
    play = Play(detector("threshold", "on: metric.sampled\nvalue: value\nbelow: 10\nsamples: 1\nfor: 3m"))
    assert play.send(*[event("metric.sampled", 20 * i, value=1) for i in range(9)]) == []
    assert len(play.send(event("metric.sampled", 181, value=1))) == 1


def test_silence_changes_nothing() -> None:
    """Unknown is not well: without samples the finding stands."""
    play, _ = slow()
    assert play.tick(1e6) == []


def test_old_and_odd_samples_say_nothing() -> None:
    """Samples out of order, texts, truth values and NaN are passed over."""
    play = Play(detector("threshold", RULE))
    play.send(latency(100, 5))
    assert play.send(*[latency(90 - i, 5000) for i in range(5)]) == []
    assert play.send(*[latency(200 + i, odd) for i, odd in enumerate(["5000", True, float("nan"), None, [1]])]) == []
