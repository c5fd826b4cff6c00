"""How strict people want the rules to be: told by the command node that has the duty, to every detector worker.

The newest message says it for all rules. It is told again now and then, since opinions grow old, and so that what a
node that had been frozen told too late is put right.
"""

from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec
import structlog

from incident.service.ports import Clock, RuleBook, UnitOfWork
from incident.stream.ports import Read, Record, Send

AGAIN_S = 600
_FIRST_S = 10.0
_decode = msgspec.json.Decoder(dict[str, float]).decode
log = structlog.get_logger("tocsin.strictness")


class Source(Protocol):
    """A reader of messages, such as ``incident.stream.kafka.Reader``."""

    def assign(self, offsets: Mapping[tuple[str, int], int]) -> None: ...
    def seek(self, place: tuple[str, int], offset: int) -> None: ...
    def poll(self, wait_s: float) -> list[Read]: ...
    def ends(self) -> dict[tuple[str, int], int]: ...


class Teller:
    """Tells, while this node has the duty, what follows from people's opinions."""

    def __init__(
        self, read: UnitOfWork, clock: Clock, book: RuleBook, send: Send, topic: str, held: Callable[[], bool]
    ) -> None:
        """``held``: whether this node has the duty now."""
        self._read = read
        self._clock = clock
        self._book = book
        self._send = send
        self._topic = topic
        self._held = held
        self._told = ""

    def step(self) -> int:
        """Tell what is new, if anything; how many messages. Raises Unavailable."""
        if not self._held():
            self._told = ""
            return 0
        now = self._clock.now()
        with self._read() as store:
            mark = f"{store.opinions.mark()} {now.timestamp() // AGAIN_S}"
            if mark == self._told:
                return 0
            halvings = self._book.halvings(store.opinions.rows(), now)
        self._send([Record(self._topic, "rules", msgspec.json.encode(halvings))])
        self._told = mark
        return 1


class Follower:
    """Hears what was told last."""

    def __init__(self, source: Source, topic: str) -> None:
        self._source = source
        self._place = (topic, 0)

    def begin(self) -> dict[str, float] | None:
        """What holds now, so that a worker begins with it; None before anything was told. Raises Unavailable."""
        self._source.assign({self._place: -1})
        end = self._source.ends()[self._place]
        if not end:
            return None
        self._source.seek(self._place, end - 1)  # compaction always leaves the newest
        return self.step(_FIRST_S)

    def step(self, wait_s: float) -> dict[str, float] | None:
        """Rule → halvings of its budget, when something new was told within ``wait_s``. Raises Unavailable."""
        heard = None
        for one in self._source.poll(wait_s):
            try:
                heard = _decode(one.value)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                log.warning("strictness_unreadable", offset=one.offset, error=type(error).__name__)
        return heard
