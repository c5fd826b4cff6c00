"""What an event costs: rules as they serve, decoded events in, best of three, processor time."""

import math
import random
import time
from collections.abc import Callable, Iterator

from detectors.registry import AnyDetector
from incident.intake.event import Event
from tests.unit.detectors.feed import detector, event

COUNT = 20_000
BATCH = 500


def costs(rng: random.Random) -> Iterator[tuple[str, float, float, int]]:
    """Kind, microseconds in batches, microseconds singly, bytes of the state afterwards."""
    metric = "on: metric.sampled"
    plans: dict[str, tuple[str, Callable[[int], Event]]] = {
        **{kind: (metric, lambda n: event("metric.sampled", 60 * n, value=50 + 9 * math.sin(n / 229) + rng.random()))
           for kind in ("level", "novelty", "auto")},
        "threshold": (f"{metric}\nabove: 1000", lambda n: event("metric.sampled", 60 * n, value=rng.random())),
        "surge": ("on: complaint.received\nbucket: 1h", lambda n: event("complaint.received", 20 * n)),
        "ratio": ("on: request.served\nbad: {where: {ok: false}}",
                  lambda n: event("request.served", 0.6 * n, ok=n % 100 > 0)),
        "heartbeat": ("by: [slug]", lambda n: event("heartbeat", 10 * n, slug="a")),
    }  # fmt: skip
    for kind, (rule, make) in plans.items():
        subject, events = detector(kind, rule), [make(number) for number in range(COUNT)]
        batch = min(_run(subject, events, BATCH) for _ in range(3))
        single = min(_run(subject, events, 1) for _ in range(3))
        state, key = subject.new(), subject.key_of(events[0]) or "*"
        state, _ = subject.observe(state, key, events, events[-1].time)
        yield kind, batch, single, len(subject.dump(state))


def _run(subject: AnyDetector, events: list[Event], size: int) -> float:
    state, key = subject.new(), subject.key_of(events[0]) or "*"
    start = time.process_time()
    for first in range(0, len(events), size):
        some = events[first : first + size]
        state, _ = subject.observe(state, key, some, some[-1].time)
    return (time.process_time() - start) / len(events) * 1e6
