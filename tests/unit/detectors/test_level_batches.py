"""``level`` has a short way for calm samples in a batch: what it learns and says is what single samples would."""

import random
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.registry import AnyDetector
from incident.domain.signal import Signal
from incident.intake.event import Event
from tests.unit.detectors.feed import detector, event

STRETCHES = {
    "calm": lambda rng: 50 + rng.gauss(0, 1),
    "loud": lambda rng: 50 + rng.gauss(0, 1) + rng.choice([0, 0, 0, 9, -9, 400]),
    "up": lambda rng: 90 + rng.gauss(0, 1),
    "flat": lambda _rng: 51.0,
    "coarse": lambda rng: float(rng.randint(48, 52)),
    "wild": lambda rng: rng.choice([1e15, -1e15, 0.0, float("nan"), float("inf")]),
}
PACES = (1.0, 60.0, 61.5, 900.0, 90_000.0)
STEPS = st.lists(
    st.tuples(st.sampled_from(sorted(STRETCHES)), st.integers(1, 90), st.sampled_from(PACES)), min_size=1, max_size=12,
)  # fmt: skip


def fed(subject: AnyDetector, events: list[Event], sizes: list[int]) -> tuple[bytes, list[Signal]]:
    """The state's bytes and all signals after the events have come in pieces of these sizes."""
    state, signals = subject.new(), list[Signal]()
    for first, last in zip([0, *accumulate(sizes)], accumulate(sizes), strict=False):
        some = events[first:last]
        state, told = subject.observe(state, "*", some, max(one.time for one in some))
        signals += told
    return subject.dump(state), signals


@pytest.mark.parametrize("more", ["", "missing: 10m", "side: above\nflat: 5", "quiet: 1m\nalarms: 100/week"])
@given(stretches=STEPS, seed=st.integers(0, 1000), cut=st.integers(2, 200))
def test_a_batch_is_the_same_as_one_sample_after_another(
    more: str, stretches: list[tuple[str, int, float]], seed: int, cut: int
) -> None:
    """To the last bit, whatever the series does and wherever the batches are cut."""
    rng, at, events = random.Random(seed), 0.0, list[Event]()
    for name, count, step in [("calm", 60, 60.0), *stretches]:
        for _ in range(count):
            at += step
            late = rng.random() < 0.02
            events.append(event("metric.sampled", at - 5 * step if late else at, value=STRETCHES[name](rng)))
    subject = detector("level", f"on: metric.sampled\n{more}")
    whole, rest = divmod(len(events), cut)
    single = fed(subject, events, [1] * len(events))
    assert fed(subject, events, [cut] * whole + ([rest] if rest else [])) == single
