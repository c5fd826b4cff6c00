"""States written by an older version are taken over, not thrown away."""

import msgspec
import pytest

from detectors.base import Unreadable
from detectors.kinds.heartbeat import HeartbeatStateV1
from detectors.kinds.threshold import ThresholdStateV1
from detectors.memory import Episode
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


def test_a_kind_that_knows_no_older_shape_says_so() -> None:
    """Ratio's version 1 holds too little to go on; a version from the future is never read."""
    subject = detector("ratio", "on: request.served\nbad: {where: {ok: false}}")
    blob = subject.dump(subject.new())
    for version in (b"\x01", b"\x09"):
        with pytest.raises(Unreadable):
            subject.load(version + blob[1:])
