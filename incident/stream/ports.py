"""What stands between Tocsin and the brokers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

Headers = tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True)
class Record:
    """One message for a topic. ``partition`` None: the one its key lies in."""

    topic: str
    key: str
    value: bytes
    headers: Headers = ()
    partition: int | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """One message as it was read."""

    topic: str
    partition: int
    offset: int
    key: bytes
    value: bytes
    headers: Headers
    at_ms: int


Send = Callable[[Sequence[Record]], None]
"""Returns when enough brokers have every record, in order per partition. Raises Unavailable when they don't answer in
time (some may have been taken nevertheless: what reads them knows repeats) and BadInput for a record no broker takes.
"""


class Spool(Protocol):
    """Where records wait on disk while the brokers are away."""

    def put(self, records: Sequence[Record]) -> None:
        """Keep them durably, all or nothing. Raises Unavailable when there is no room."""
        ...

    def waiting(self) -> int:
        """How many wait; while any does, new ones go behind them, so that order is kept."""
        ...

    def drain(self, send: Send) -> int:
        """Send what waits, oldest first, and forget what was confirmed; how many. Raises what ``send`` raises."""
        ...
