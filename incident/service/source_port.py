"""The detectors, as the engine sees them."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from incident.domain.opinion import Opinion
from incident.domain.signal import Signal
from incident.intake.event import Event


class SignalSource(Protocol):
    """The detectors, run in process. State changes are collected with ``changed`` and saved by the caller."""

    def hears(self, event_type: str) -> bool:
        """Whether anybody here looks at facts of that type."""
        ...

    def observe(self, events: Sequence[Event], now: float) -> list[Signal]: ...
    def tick(self, now: float) -> list[Signal]: ...
    def next_due(self, now: float) -> float | None: ...
    def changed(self) -> dict[tuple[str, str], bytes]: ...
    def restore(self, states: Mapping[tuple[str, str], bytes]) -> tuple[str, ...]:
        """Drop what is in memory and take these; names the states that could not be read and start afresh."""
        ...

    def heed(self, opinions: Sequence[Opinion], now: float) -> None:
        """From now on be as strict as people's opinions ask for."""
        ...
