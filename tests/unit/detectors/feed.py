"""Short ways to write rules and events in detector tests."""

import itertools
from typing import Any

from detectors.registry import AnyDetector
from detectors.rules import parse_rules
from incident.domain.signal import Signal
from incident.intake.event import Event

T0 = 1_767_542_400.0
"""Monday 5 January 2026, 00:00 in Shanghai (an epoch multiple of an hour)."""
_IDS = itertools.count()


def detector(kind: str, body: str, scenario: str = "other") -> AnyDetector:
    """One detector from the kind's own YAML lines."""
    text = f"""schema: detectors/v1
rules:
- id: {kind.replace("_", "-")}-rule
  kind: {kind}
  scenario: {scenario}
  title: {{zh: 规则, en: Rule}}
"""
    return parse_rules(text + "".join(f"  {line.strip()}\n" for line in body.strip().splitlines()), "test.yaml")[0]


def event(event_type: str, at: float, *, drill: str | None = None, event_id: str = "", **data: Any) -> Event:
    """An event at T0 + ``at`` seconds; ``class_`` stands for the field ``class``."""
    fields = {name.rstrip("_"): value for name, value in data.items()}
    return Event(
        id=event_id or f"e{next(_IDS)}", source="test", type=event_type, time=T0 + at, data=fields, drill=drill
    )


class Play:
    """Feeds one detector, keeping its states by key, as a runner does."""

    def __init__(self, subject: AnyDetector) -> None:
        self.detector = subject
        self.states: dict[str, Any] = {}

    def send(self, *events: Event) -> list[Signal]:
        """Events one by one, each observed at its own time."""
        signals: list[Signal] = []
        for one in events:
            key = self.detector.key_of(one)
            if key is not None:
                state = self.states.get(key) or self.detector.new()
                self.states[key], found = self.detector.observe(state, key, [one], one.time)
                signals += found
        return signals

    def tick(self, at: float) -> list[Signal]:
        """Tick all states at T0 + ``at``."""
        signals: list[Signal] = []
        for key, state in self.states.items():
            self.states[key], found = self.detector.tick(state, key, T0 + at)
            signals += found
        return signals
