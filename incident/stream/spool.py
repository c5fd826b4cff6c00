"""Records on the disk while the brokers are away, and the thread that hands them on as soon as they are back."""

from collections.abc import Sequence
from dataclasses import replace

import msgspec
import structlog

from incident.domain.errors import BadInput, Conflict, Unavailable
from incident.service.background import Background
from incident.service.spool import Spool
from incident.stream.ports import Record, Send

RETRY_S = 1.0
"""How often it is tried whether the brokers are back."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Record).decode

log = structlog.get_logger("tocsin.spool")


class DiskSpool:
    """Implements ``incident.stream.ports.Spool`` on a spool of bytes."""

    def __init__(self, spool: Spool) -> None:
        self.disk = spool

    def put(self, records: Sequence[Record]) -> None:
        """See ``Spool.put``. Partitions are left open: when the records go, keys tell (see docs/operate.md)."""
        self.disk.append([_encode(replace(record, partition=None)) for record in records])

    def waiting(self) -> int:
        """How many records wait."""
        return self.disk.records

    def drain(self, send: Send) -> int:
        """See ``Spool.drain``."""
        total = 0
        while (batch := self.disk.peek()) is not None:
            send([_decode(each) for each in batch.records])
            self.disk.done(batch)
            total += len(batch.records)
        return total

    @property
    def ready(self) -> tuple[bool, str]:
        """Whether more can be taken, and what to say about it."""
        if self.disk.empty:
            return True, ""
        used, room = self.disk.waiting / 1e6, self.disk.limit / 1e6
        waiting = f"{self.disk.records} ({used:.1f} of {room:.0f} MB)"
        return not self.disk.full, f"the brokers are away; records waiting on the disk: {waiting}"


class Drainer:
    """Empties a spool whenever that is possible. What waits when it ends stays for the next process."""

    def __init__(self, spool: DiskSpool, send: Send, retry_s: float = RETRY_S) -> None:
        """``send`` passes records on and raises when it can't; ``retry_s`` is the pause between two tries."""
        self._spool = spool
        self._send = send
        self._retry_s = retry_s
        self._thread = Background("tocsin-spool", self._run)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """End, and let go of the folder."""
        self._thread.end()
        self._spool.disk.close()

    def _run(self) -> None:
        told = ""
        while not self._thread.ending.wait(self._retry_s):
            try:
                if (total := self._spool.drain(self._until_stopped)) > 0:
                    log.info("spool_drained", records=total)
                told = ""
            except (Unavailable, Conflict, BadInput) as error:
                # Also what the brokers refuse (a missing right, a size) waits: dropping it would be a loss.
                if error.message != told:
                    log.warning("spool_waits", records=self._spool.waiting(), reason=error.message)
                told = error.message

    def _until_stopped(self, records: Sequence[Record]) -> None:
        if self._thread.ending.is_set():
            raise Unavailable("Tocsin is ending")
        self._send(records)
