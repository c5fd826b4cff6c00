"""What a detector is. The same object runs under the embedded runner and under a stream processor.

A detector holds no state of its own beyond its rule: everything it learns stands in a small state per
(rule, key), which the caller keeps, stores and gives back.
"""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from detectors.budget import Allowance, Standing
from detectors.rule import Rule
from incident.domain.signal import Signal
from incident.intake.event import Event

S = TypeVar("S")


class Unreadable(ValueError):
    """A stored state is of another version, belongs to other parameters, or is damaged."""


class Detector(Protocol[S]):
    """Events of one key in, signals out.

    ``now`` is epoch seconds, UTC. Windows follow event time; ``now`` only bounds it (an event from the future is
    ignored) and drives ``tick``. A state that was passed in belongs to the detector afterwards: callers keep only
    the one returned. Same calls, same signals: ids and times come from the events, never from a clock.
    """

    @property
    def kind(self) -> str:
        """The name of the algorithm, as ``kind:`` in the YAML."""

    @property
    def rule(self) -> Rule:
        """The configuration; ``rule.id`` names the rule."""

    def new(self) -> S:
        """A state that has seen nothing."""

    def expected(self) -> Sequence[str]:
        """The keys that exist before any event, so that what never reports can be missed."""

    def key_of(self, event: Event) -> str | None:
        """Which state the event belongs to; None when the rule isn't about this event."""

    def observe(self, state: S, key: str, events: Sequence[Event], now: float) -> tuple[S, list[Signal]]:
        """Take events of one key in the order they came."""

    def tick(self, state: S, key: str, now: float) -> tuple[S, list[Signal]]:
        """Let time pass without events. Harmless at any moment, any number of times."""

    def due(self, state: S, key: str) -> float | None:
        """The earliest time at which ``tick`` may have something to say; None when only events matter."""

    @property
    def allowance(self) -> Allowance | None:
        """The rule's budget of alarms; None when its limits are fixed."""

    @property
    def heeds(self) -> bool:
        """Whether ``calibrate`` makes it stricter."""

    @property
    def each(self) -> bool:
        """Whether the budget is for each key, or for all together."""

    def standing(self, state: S) -> Standing | None:
        """How a state keeps to the budget; None without one."""

    def calibrate(self, stricter: float) -> None:
        """From now on be so many halvings of the alarm budget stricter than the rule says (0: as it says).

        Not part of any state: callers work it out from people's verdicts (:mod:`detectors.feedback`) at every start.
        """

    def dump(self, state: S) -> bytes:
        """The state as bytes, with a version."""

    def load(self, blob: bytes) -> S:
        """The state back, bit by bit the same. Raises Unreadable."""
