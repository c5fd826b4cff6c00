"""An intake port that keeps everything in memory: for tests, demonstrations and dry runs; nothing is durable."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from incident.domain.errors import Unavailable
from incident.intake.ports import Accepted, DeadLetter
from incident.intake.results import Item
from incident.intake.wire import dedupe_key, item_from_bytes, item_to_bytes


@dataclass(slots=True)
class MemoryIntake:
    """Keeps items as the bytes an inbox would hold. ``away`` makes every call fail, as a lost database does."""

    away: bool = False
    rejected: list[DeadLetter] = field(default_factory=list)
    _kept: dict[str, bytes] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    @property
    def items(self) -> list[Item]:
        """Everything taken, oldest first."""
        return [item_from_bytes(raw) for raw in self._kept.values()]

    def accept(self, items: Sequence[Item], rejected: Sequence[DeadLetter], received_at: datetime) -> Accepted:  # noqa: ARG002 - the port's signature; nothing here needs the time
        """See ``IntakePort.accept``."""
        if self.away:
            raise Unavailable("the inbox can't be reached")
        with self._lock:
            before = len(self._kept)
            for item in items:
                self._kept.setdefault(dedupe_key(item), item_to_bytes(item))
            self.rejected.extend(rejected)
            new = len(self._kept) - before
        return Accepted(new=new, duplicates=len(items) - new)
