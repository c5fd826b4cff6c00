"""How much the intake takes at once, and under which terms one request is read."""

from dataclasses import dataclass, field

from incident.intake.jsonread import EARLIEST
from incident.intake.results import BadItem, Reason


@dataclass(frozen=True, slots=True)
class Limits:
    """Upper bounds. Sizes are in bytes after decompression, times in seconds."""

    request_bytes: int = 10_000_000
    event_bytes: int = 1_000_000
    webhook_bytes: int = 1_000_000
    items: int = 50_000
    depth: int = 32
    future_s: float = 3_600.0


@dataclass(frozen=True, slots=True)
class Terms:
    """Under which one request is read: ``now`` in epoch seconds, whether the caller may run drills, its trace id."""

    now: float
    may_drill: bool = False
    limits: Limits = field(default_factory=Limits)
    trace: str = ""

    def sane(self, when: float) -> float:
        """``when`` itself; raises BadItem when it is absurd."""
        if when < EARLIEST:
            raise BadItem(Reason.TIME_TOO_OLD)
        if when > self.now + self.limits.future_s:
            raise BadItem(Reason.TIME_IN_FUTURE)
        return when

    def drill(self, mark: str | None) -> str | None:
        """The drill run's id, or None. A mark the caller may not set is refused, never ignored:

        an ignored mark would turn a rehearsal into a real alarm.
        """
        if not mark:
            return None
        if not self.may_drill:
            raise BadItem(Reason.DRILL_NOT_ALLOWED)
        return mark
