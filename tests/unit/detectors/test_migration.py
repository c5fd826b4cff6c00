"""States written by an older version are taken over, not thrown away."""

import msgspec
import pytest

from detectors.base import Unreadable
from detectors.budget import BudgetState
from detectors.kinds.heartbeat import HeartbeatStateV1
from detectors.kinds.ratio import Bin, RatioStateV2
from detectors.kinds.surge_before import Baseline, BucketV2, Scatter, SurgeStateV2
from detectors.kinds.threshold import ThresholdStateV1
from detectors.memory import Episode, Pace, Recent
from tests.unit.detectors.feed import T0, detector, event

WINDOW = [(T0 + 60.0 * n, float(n)) for n in range(30)]


def test_an_open_finding_outlives_an_upgrade() -> None:
    """The threshold state of version 1 keeps its episode and the newest part of its window, and clears in time."""
    subject = detector("threshold", "on: metric.sampled\nabove: 10\nclear_after: 1m")
    episode = Episode(start=T0 + 100, impact=2, urgency=2)
    body = msgspec.msgpack.encode(ThresholdStateV1(T0 + 1740, 7, T0 + 100, WINDOW, episode))
    state = subject.load(b"\x01" + subject.dump(subject.new())[1:5] + body)
    assert subject.load(subject.dump(state)) == state
    well = [event("metric.sampled", 1800 + 40 * n, value=1) for n in range(4)]
    state, signals = subject.observe(state, "*", well, T0 + 2000)
    assert [one.state for one in signals] == ["cleared"]
    assert signals[0].evidence.window[0][1] == 13.0


def test_a_learned_rhythm_outlives_an_upgrade() -> None:
    """The heartbeat state of version 1 keeps its deadline."""
    subject = detector("heartbeat", "first_timeout: 1h")
    body = msgspec.msgpack.encode(HeartbeatStateV1(T0, {47: 100}, 100, 45.0, [], 0, 0.0, WINDOW, Episode()))
    state = subject.load(b"\x01" + subject.dump(subject.new())[1:5] + body)
    assert subject.due(state, "slug=a") == T0 + 45.0


def test_what_is_usual_outlives_the_change_of_evidence() -> None:
    """A surge state of version 2 keeps level, weekdays, the day's count so far, the open finding and the budget.

    Ten times the usual is found on the next day, without another fortnight of learning; half days go on as well.
    """
    subject = detector("surge", "on: complaint.received\nmin_count: 8\nclear_after: 1d")
    week = [1.2, 1.1, 1.0, 1.0, 1.1, 0.8, 0.8]
    day = T0 + 60 * 86400.0
    old = SurgeStateV2(
        [BucketV2(day, day + 86400.0, 0, 4, 40.0, 90.0, 12.0, {"price": 12.0})],
        Baseline({0: (40.0, 60)}, week, [8] * 7, 0.05, 60), Scatter({}, 0.04), T0, 0.5, 0.2, day,
        [(T0 + 86400.0 * n, 40.0) for n in range(60)], {"price": 40.0}, Pace(day + 3600), Recent(), Episode(),
        BudgetState(born=int(T0), seen=int(day), told=3),
    )  # fmt: skip
    head = b"\x02" + subject.dump(subject.new())[1:5]
    state = subject.load(head + msgspec.msgpack.encode(old))
    assert subject.load(subject.dump(state)) == state
    standing = subject.standing(state)
    assert standing is not None
    assert standing.alarms == 3
    assert state.open[0].count == 12.0
    at = day - T0 + 86400.0
    state, signals = subject.observe(state, "*", [event("complaint.received", at, count=400)], T0 + at)
    assert [one.state for one in signals] == ["raised"]
    assert len(signals[0].evidence.window) == 21
    halves = detector("surge", "on: complaint.received\nbucket: 12h")
    old.base.slots, old.open = {0: (30.0, 40), 1: (10.0, 20), 2: (5.0, 40), 3: (4.0, 20)}, []
    state = halves.load(b"\x02" + halves.dump(halves.new())[1:5] + msgspec.msgpack.encode(old))
    assert state.slots.usual(0, 1).mean == pytest.approx(26, abs=4)
    assert state.slots.needed(0, 1, 1.0)[0] < 80


def test_a_ratios_history_outlives_its_packing() -> None:
    """A state of version 2 keeps what is usual, the open finding and its drawing, and clears in time."""
    subject = detector("ratio", "on: request.served\nbad: {where: {ok: false}}\nclear_after: 2m")
    bins = [Bin(T0 + 60.0 * n, 100.0, 1.0, {"a": 1.0}) for n in range(20)]
    old = RatioStateV2(
        [], bins, (90.0, 9000.0), [(40.0, 400.0)] * 24, 3.0, 1.0, T0 + 900, Pace(T0 + 1260), Recent(),
        Episode(start=T0 + 1000, impact=2, urgency=3), BudgetState(born=int(T0)),
    )  # fmt: skip
    state = subject.load(b"\x02" + subject.dump(subject.new())[1:5] + msgspec.msgpack.encode(old))
    assert subject.load(subject.dump(state)) == state
    assert len(subject.dump(state)) < 800
    well = [event("request.served", 1200 + 20 * n, ok=True, count=40) for n in range(16)]
    state, signals = subject.observe(state, "*", well, T0 + 1600)
    assert [one.state for one in signals] == ["cleared"]
    assert signals[0].evidence.expected == "≈ 5 %"
    assert len(signals[0].evidence.window) == 20


def test_a_kind_that_knows_no_older_shape_says_so() -> None:
    """Ratio's version 1 holds too little to go on; a version from the future is never read."""
    subject = detector("ratio", "on: request.served\nbad: {where: {ok: false}}")
    blob = subject.dump(subject.new())
    for version in (b"\x01", b"\x09"):
        with pytest.raises(Unreadable):
            subject.load(version + blob[1:])
