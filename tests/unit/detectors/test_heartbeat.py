"""The heartbeat detector: silence, failure reports, learned rhythm, restarts."""

import random

import pytest

from detectors.embedded import EmbeddedRunner
from incident.domain.signal import SignalState
from incident.intake.event import Event
from tests.unit.detectors.feed import T0, Play, detector, event

FIXED = "timeout: 60s\nlabels: {service: '{slug}'}"


def beat(at: float, status: str = "ok", drill: str | None = None) -> Event:
    return event("heartbeat", at, slug="pbx", status=status, drill=drill)


def test_it_raises_when_the_deadline_passes_and_clears_with_the_next_beat() -> None:
    """Silence is found by the tick; the finding dates from the deadline."""
    play = Play(detector("heartbeat", FIXED))
    play.send(beat(0), beat(30))
    assert play.tick(89) == []
    (raised,) = play.tick(91)
    assert raised.at.timestamp() == T0 + 90
    assert raised.labels == {"service": "pbx", "slug": "pbx"}
    assert play.tick(200) == []
    (cleared,) = play.send(beat(300))
    assert (cleared.state, cleared.id) == (SignalState.CLEARED, raised.id)


def test_a_report_of_failure_raises_at_once() -> None:
    """``fail`` needs no waiting."""
    play = Play(detector("heartbeat", FIXED))
    (raised,) = play.send(beat(0), beat(30, "fail"))
    assert raised.state is SignalState.RAISED
    assert raised.evidence.seen == "fail × 1"


def test_a_beat_that_says_when_the_next_is_due_is_believed() -> None:
    """A nightly job with a period of 25 hours is quiet all day from its first beat on; a rule of its own goes first."""
    nightly = event("heartbeat", 0, slug="backup", period_s=90_000)
    play = Play(detector("heartbeat", "first_timeout: 15m"))
    play.send(nightly)
    assert play.tick(89_000) == []
    (raised,) = play.tick(90_001)
    assert raised.evidence.expected == "≤ 25 h"
    strict = Play(detector("heartbeat", FIXED))
    strict.send(event("heartbeat", 0, slug="backup", period_s=90_000))
    assert len(strict.tick(61)) == 1


def test_it_learns_the_rhythm() -> None:
    """After enough ten-second beats the timeout is far below the first one, and jitter doesn't alarm."""
    play, rng, at = Play(detector("heartbeat", "first_timeout: 1h\nfloor: 5s")), random.Random(5), 0.0
    for _ in range(500):
        at += rng.uniform(8, 12)
        assert play.send(beat(at)) == []
    assert play.tick(at + 13) == []
    assert len(play.tick(at + 25)) == 1


def test_an_outage_is_not_learned_but_a_new_rhythm_is() -> None:
    """One long gap leaves the timeout as it was; three in a row are the new normal."""
    play = Play(detector("heartbeat", "floor: 5s"))
    play.send(*[beat(10.0 * i) for i in range(50)])
    assert [one.state for one in play.send(beat(4000))] == [SignalState.RAISED, SignalState.CLEARED]
    assert len(play.tick(4030)) == 1
    play.send(*[beat(4300 + 300.0 * i) for i in range(5)])
    assert play.tick(4300 + 4 * 300 + 310) == []


def test_the_deadline_survives_a_restart() -> None:
    """A runner that takes over the stored states raises what ran out meanwhile."""
    rule = detector("heartbeat", FIXED)
    first, second = EmbeddedRunner([rule]), EmbeddedRunner([rule])
    first.observe([beat(0)], T0)
    second.restore(first.changed())
    assert second.next_due(T0) == T0 + 60
    assert len(second.tick(T0 + 61)) == 1


def test_what_is_expected_is_missed_even_if_it_never_reported() -> None:
    """``expect`` starts waiting with the first tick."""
    runner = EmbeddedRunner([detector("heartbeat", FIXED + "\nexpect: [crm]")])
    assert runner.tick(T0) == []
    (raised,) = runner.tick(T0 + 61)
    assert raised.labels["slug"] == "crm"


def test_a_drill_heartbeat_lives_apart() -> None:
    """A drill's failure neither touches the real state nor looks real."""
    play = Play(detector("heartbeat", FIXED))
    real, drilled = play.send(beat(0, "fail")), play.send(beat(1, "fail", drill="q1"))
    assert (real[0].drill, drilled[0].drill) == (None, "q1")
    assert real[0].id != drilled[0].id
    assert len(play.states) == 2


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_budget_makes_a_fitful_sender_bearable_and_its_death_is_told(seed: int) -> None:
    """One gap in a hundred is of any length; without a budget three weeks have up to forty alarms.

    One a week is kept to but for what is beyond everything before, and a sender that stays away is told all the same.
    """
    rng, at, subject = random.Random(seed), 0.0, detector("heartbeat", "by: [slug]\nalarms: 1/week")
    state, raised = subject.new(), 0
    while at < 21 * 86400:
        at += 60 * rng.lognormvariate(0, 0.05) + (rng.paretovariate(1.2) * 60 if rng.random() < 0.01 else 0)
        state, told = subject.observe(state, "slug=a", [event("heartbeat", at, slug="a")], T0 + at)
        raised += sum(one.state is SignalState.RAISED for one in told)
    assert raised <= 8
    standing = subject.standing(state)
    assert standing is not None
    assert standing.alarms == raised
    due = subject.due(state, "slug=a")
    assert due is not None
    assert due - T0 - at < 3 * 3600
    assert subject.tick(state, "slug=a", due)[1][0].state is SignalState.RAISED


def test_beats_that_were_shuffled_on_the_way_are_no_silence() -> None:
    """A batch that begins with its newest beat: all others are still heard, and the rhythm is learned from all."""
    subject = detector("heartbeat", "timeout: 60s")
    beats = [event("heartbeat", 10.0 * n, slug="pbx") for n in range(60)]
    shuffled = [one for first in range(0, 60, 20) for one in reversed(beats[first : first + 20])]
    state, told = subject.observe(subject.new(), "slug=pbx", [event("heartbeat", -10.0, slug="pbx")], T0)
    for first in range(0, 60, 20):
        some = shuffled[first : first + 20]
        state, signals = subject.observe(state, "slug=pbx", some, some[0].time)
        told += signals
    assert told == []
    assert state.last == beats[-1].time
