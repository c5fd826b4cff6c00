"""The two clocks: the real one, and one that is pushed by hand (tests, fast drills, the demo)."""

from datetime import UTC, datetime, timedelta


class SystemClock:
    """The machine's time."""

    def now(self) -> datetime:
        """Now, UTC."""
        return datetime.now(UTC)


class ManualClock:
    """Stands still until pushed; never goes back."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """Where it was pushed to, UTC."""
        return self._now

    def push(self, **delta: float) -> datetime:
        """Go forward by ``timedelta(**delta)``."""
        return self.push_to(self._now + timedelta(**delta))

    def push_to(self, moment: datetime) -> datetime:
        """Go forward to ``moment``; staying is allowed, going back is not."""
        self._now = max(self._now, moment.astimezone(UTC))
        return self._now
