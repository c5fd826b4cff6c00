"""The door to a stream that may be away: straight through, or by the disk, and always in order."""

import threading
from collections.abc import Callable, Sequence

import structlog

from incident.domain.errors import Unavailable
from incident.service.spool import Spool

RETRY_S = 1.0
"""How often it is tried whether the stream is back."""

log = structlog.get_logger("tocsin.spool")


class Overflow:
    """Hands records to ``send``, which raises Unavailable while the stream is away; then they wait in the spool.

    While anything waits, everything queues behind it: no record overtakes an earlier one of its key.
    """

    def __init__(self, send: Callable[[Sequence[bytes]], None], spool: Spool) -> None:
        self._send = send
        self._spool = spool
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tocsin-spool", daemon=True)

    def start(self) -> None:
        """Begin emptying the spool whenever that is possible."""
        self._thread.start()

    def stop(self) -> None:
        """End; what waits stays on the disk for the next process."""
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=35)
        self._spool.close()

    def put(self, records: Sequence[bytes]) -> None:
        """Keep records; durable when this returns. Raises Unavailable when neither stream nor disk takes them."""
        if self._spool.empty:
            try:
                self._send(records)
            except Unavailable as error:
                log.warning("spooling", reason=error.message)
            else:
                return
        self._spool.append(records)
        self._wake.set()

    def drain(self) -> int:
        """Hand on what waits, oldest first, until nothing does; how many records. Raises Unavailable meanwhile."""
        total = 0
        while (batch := self._spool.peek()) is not None and not self._stop.is_set():
            self._send(batch.records)
            self._spool.done(batch)
            total += len(batch.records)
        return total

    @property
    def ready(self) -> tuple[bool, str]:
        """Whether more can be taken, and what to say about it."""
        if self._spool.empty:
            return True, ""
        used, room = self._spool.waiting / 1e6, self._spool.limit / 1e6
        what = f"the brokers are away: {used:.1f} of {room:.0f} MB wait on the disk"
        return not self._spool.full, what

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                if (total := self.drain()) > 0:
                    log.info("spool_drained", records=total)
            except Unavailable:
                self._stop.wait(RETRY_S)  # still away
            else:
                self._wake.wait(RETRY_S)
                self._wake.clear()
