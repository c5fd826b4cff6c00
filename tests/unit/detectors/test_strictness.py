"""``alarms`` on rules whose thresholds are written down: how much more evidence is needed is learned."""

import random
from functools import cache

import msgspec
import pytest

from detectors.budget import WEEK
from incident.domain.signal import Signal, SignalState
from incident.intake.event import Event
from tests.unit.detectors.feed import T0, Play, detector, event

DAY = 86400.0
RATIO = "on: request.served\nbad: {where: {ok: false}}\nbucket: 10m\nmin_count: 20\nclear_after: 30m"


@cache
def troubled_weeks(weeks: int, seed: int) -> tuple[Event, ...]:
    """Ten minutes of failures of every size, about four times a day: a service that is never quite well."""
    rng = random.Random(seed)
    found = []
    for place in range(int(weeks * WEEK // 600)):
        share = rng.uniform(0.02, 0.25) if rng.random() < 4 / 144 else 0.005
        bad = sum(rng.random() < share for _ in range(300))
        for ok, count in ((True, 300 - bad), (False, bad)):
            if count:
                found.append(event("request.served", 600.0 * place + 1 + ok, ok=ok, count=count))
    return tuple(found)


def raised(signals: list[Signal], since: float = 0.0) -> int:
    """How many findings began."""
    return len({one.id for one in signals if one.state is SignalState.RAISED and one.at.timestamp() >= T0 + since})


@pytest.mark.parametrize("seed", [1, 2])
def test_a_budget_quietens_a_rule_that_cries_wolf_and_leaves_it_its_ears(seed: int) -> None:
    """With thresholds as written the same weeks raise several a week; a lasting failure is still found."""
    loud, quiet = Play(detector("ratio", RATIO)), Play(detector("ratio", f"{RATIO}\nalarms: 1/week"))
    events = troubled_weeks(6, seed)
    before, after = raised(loud.send(*events), 3 * WEEK), raised(quiet.send(*events), 3 * WEEK)
    assert before >= 12, after
    assert after <= min(8, before / 2)
    end = 6 * WEEK
    outage = [event("request.served", end + 60 * i, ok=i % 2 == 0, count=30) for i in range(60)]
    assert raised(quiet.send(*outage), end) == 1


@pytest.mark.parametrize("seed", range(1, 9))
def test_a_new_rule_cannot_overdraw_its_budget_for_long(seed: int) -> None:
    """Four troubles a day from the first hour on, one alarm a week: the first three weeks have at most five.

    One is on credit, and some trouble may be beyond everything before. An outage on the last day is heard all the same.
    """
    play = Play(detector("ratio", f"{RATIO}\nalarms: 1/week"))
    assert raised(play.send(*troubled_weeks(3, seed))) <= 5
    end = 3 * WEEK
    outage = [event("request.served", end + 60 * i, ok=i % 2 == 0, count=30) for i in range(60)]
    assert raised(play.send(*outage), end) == 1


def test_what_was_learned_is_shown_and_halved_by_verdicts() -> None:
    """Confidence grows with the weeks; each halving makes the multiple larger, taking it back restores it."""
    subject = detector("ratio", f"{RATIO}\nalarms: 1/week")
    play = Play(subject)
    play.send(*troubled_weeks(6, 1))
    (state,) = play.states.values()
    standing = subject.standing(state)
    assert standing is not None
    assert standing.confidence > 0.8
    learned = standing.threshold
    subject.calibrate(2.0)
    stricter = subject.standing(state)
    assert stricter is not None
    assert stricter.threshold > learned
    subject.calibrate(0.0)
    again = subject.standing(state)
    assert again is not None
    assert again.threshold == pytest.approx(learned, rel=0.01)


def test_a_state_from_before_there_were_budgets_goes_on() -> None:
    """It is read, and has simply learned no budget yet."""
    subject = detector("ratio", RATIO)
    play = Play(subject)
    play.send(*troubled_weeks(1, 1)[:400])
    (state,) = play.states.values()
    body = msgspec.msgpack.decode(subject.dump(state)[5:])
    old = subject.dump(state)[:5] + msgspec.msgpack.encode(body[:-1])
    assert subject.load(old) == state
