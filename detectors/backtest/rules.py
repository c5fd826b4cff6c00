"""Recorded events through the rules as they stand, on the same runner that serves: what would have been raised."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from detectors.complaints.sorting import Prepare
from detectors.embedded import EmbeddedRunner
from detectors.registry import AnyDetector
from incident.domain.signal import Signal, SignalState
from incident.domain.words import Degree
from incident.intake.event import Event

_MOST_TICKS = 10_000
"""Between two events; a gap of years must not tick every minute of it."""


def replay(
    detectors: Sequence[AnyDetector], events: Iterable[Event], *, after: float = 0.0, prepare: Prepare | None = None
) -> Iterator[Signal]:
    """The signals, in the order in which they would have been told. The clock is that of the events: it never goes
    back, and between two events every tick that is due is made. ``after``: seconds the clock runs on at the end.
    """
    runner = EmbeddedRunner(detectors, prepare=prepare)
    now = 0.0
    for event in events:
        if event.time > now:
            yield from _pass(runner, now, event.time)
            now = event.time
        yield from runner.observe([event], now)
    if now:
        yield from _pass(runner, now, now + after)
        yield from runner.tick(now + after)


def _pass(runner: EmbeddedRunner, since: float, until: float) -> Iterator[Signal]:
    for _ in range(_MOST_TICKS if since else 0):
        due = runner.next_due(since)
        if due is None or due >= until:  # what comes at the very moment comes in time
            break
        yield from runner.tick(due)


def line(signal: Signal) -> bytes:
    """A signal as one line of JSON."""
    found = msgspec.to_builtins(signal)
    found["impact"], found["urgency"] = Degree(signal.impact).name.lower(), Degree(signal.urgency).name.lower()
    return msgspec.json.encode(found) + b"\n"


class RuleTally:
    """Counts raised findings by rule, the time they cover, and the types of events there were."""

    def __init__(self) -> None:
        self.raised: Counter[str] = Counter()
        self.drills = 0
        self.types: set[str] = set()
        self._known: set[str] = set()
        self.first = self.last = 0.0

    def event(self, event: Event) -> Event:
        """Note an event's time and type."""
        self.types.add(event.type)
        self.first = min(self.first or event.time, event.time)
        self.last = max(self.last, event.time)
        return event

    def signal(self, signal: Signal) -> None:
        """Note a signal; a finding that grows worse counts once."""
        if signal.state is SignalState.RAISED and signal.id not in self._known:
            self._known.add(signal.id)
            self.raised[signal.rule] += 1

    @property
    def weeks(self) -> float:
        """How long the events lasted."""
        return (self.last - self.first) / 604800.0
