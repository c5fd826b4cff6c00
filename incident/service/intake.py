"""The durable door: what was accepted is in the inbox, on disk, before anybody is told so.

Requests that arrive at the same moment share one commit: waiting for the disk once serves all of them.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from incident.domain.errors import Unavailable
from incident.domain.signal import Signal
from incident.domain.words import Text
from incident.intake.ports import Accepted, DeadLetter
from incident.intake.results import Item
from incident.service import metrics
from incident.service.ports import UnitOfWork
from incident.service.records import DeadRow

MAX_SHARED = 5_000
"""Items in one commit at most, so that a large sender does not hold up the others for long."""


@dataclass(slots=True)
class _Waiting:
    items: Sequence[Item]
    rejected: Sequence[DeadLetter]
    received_at: datetime
    done: threading.Event = field(default_factory=threading.Event)
    result: Accepted | None = None
    error: Unavailable | None = None


class Intake:
    """Implements ``incident.intake.ports.IntakePort`` on the inbox. ``mask`` hides personal data."""

    def __init__(self, uow: UnitOfWork, mask: Callable[[str], str], wake: Callable[[], None] = lambda: None) -> None:
        self._uow = uow
        self._mask = mask
        self._wake = wake
        self._queue: list[_Waiting] = []
        self._lock = threading.Lock()
        self._writing = threading.Lock()

    def accept(self, items: Sequence[Item], rejected: Sequence[DeadLetter], received_at: datetime) -> Accepted:
        """Keep everything durably, then return. Raises Unavailable when the database does not take it."""
        mine = _Waiting([masked(item, self._mask) for item in items], rejected, received_at)
        with self._lock:
            self._queue.append(mine)
        with self._writing:  # whoever gets here first writes for all who wait behind
            while not mine.done.is_set():  # a commit has room for so many, and those before me come first
                self._write(self._take())
        if mine.error is not None:
            raise mine.error
        if mine.result is None:
            raise Unavailable("the request was not written", remedy="send it again")
        self._wake()
        return mine.result

    def _take(self) -> list[_Waiting]:
        with self._lock:
            count, size = 0, 0
            for count, waiting in enumerate(self._queue, start=1):  # noqa: B007 - the count is what we are after
                size += len(waiting.items)
                if size >= MAX_SHARED:
                    break
            taken, self._queue = self._queue[:count], self._queue[count:]
            return taken

    def _write(self, batch: list[_Waiting]) -> None:
        try:
            with self._uow() as store:
                for waiting in batch:
                    new = store.inbox.add(waiting.items, waiting.received_at) if waiting.items else 0
                    if waiting.rejected:
                        store.dead.add([dead_row(letter, self._mask) for letter in waiting.rejected])
                    waiting.result = Accepted(new=new, duplicates=len(waiting.items) - new)
                store.commit()
        except Unavailable as error:
            for waiting in batch:
                waiting.error, waiting.result = error, None
        finally:
            for waiting in batch:
                waiting.done.set()
        for waiting in batch:
            if waiting.error is None:
                metrics.ACCEPTED.labels("item").inc(len(waiting.items))
                for letter in waiting.rejected:
                    metrics.REJECTED.labels(letter.reason_code.value).inc()


def masked(item: Item, mask: Callable[[str], str]) -> Item:
    """Another monitor's verdict goes on the log for good, so what it says is masked before it is kept.

    Facts stay as they are: the detectors need them whole, and erase them.
    """
    if not isinstance(item, Signal):
        return item
    return replace(
        item,
        title=Text(mask(item.title.zh), mask(item.title.en)),
        labels={name: mask(value) for name, value in item.labels.items()},
        evidence=replace(item.evidence, seen=mask(item.evidence.seen)),
    )


def dead_row(letter: DeadLetter, mask: Callable[[str], str]) -> DeadRow:
    """A rejected item as it is kept: its body masked, its number still to be given."""
    body = mask(letter.body.decode("utf-8", "replace"))
    origin = f"{letter.origin}:{letter.sender}" if letter.sender else letter.origin
    return DeadRow(0, origin, letter.index, letter.reason_code.value, letter.reason, body, letter.received_at)
