"""A duty of one node: taken, held by a heartbeat, lost, and taken over by another node within five seconds."""

import math
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from secrets import token_hex

import structlog

from incident.service import metrics
from incident.service.ports import Store, UnitOfWork
from incident.service.records import Fenced, Lease

LASTS_S = 3.0
"""How long a node that says nothing more keeps a duty."""
BEAT_EVERY_S = 0.75
"""How often a duty is renewed, or asked for. A lease outlasts three beats that are lost."""

log = structlog.get_logger("tocsin.leases")


def node_name() -> str:
    """A name for this run of this process: started again it is somebody else, whose writes the old one's can't pass."""
    return f"{socket.gethostname()[:32]}:{os.getpid()}:{token_hex(3)}"


class Duty:
    """What one node at a time does. May be used by several threads.

    Whether it is held is judged by the monotonic clock from the moment it was asked for, so it is given up before the
    database gives it to somebody else. That alone proves nothing (a process may be frozen between a look and a write):
    what makes it safe is ``unit``, whose transactions are refused once the duty has changed hands.
    """

    def __init__(
        self, name: str, uow: UnitOfWork, owner: str, *, lasts: float = LASTS_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self.name = name
        self.owner = owner
        self.on_taken: Callable[[], None] = lambda: None
        """Called before anything is done under a lease that another owner may have had meanwhile."""
        self._uow = uow
        self._lasts = lasts
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._lease: Lease | None = None
        self._until = 0.0

    @property
    def held(self) -> bool:
        """Whether this node may act now, as far as it knows."""
        return self._lease is not None and self._monotonic() < self._until

    def beat(self) -> bool:
        """Renew the lease or try to take it; whether it is held now. Raises Unavailable or Conflict."""
        with self._lock:
            if self._lease is not None and self._until == math.inf:
                return True  # nobody else can have it: nothing needs to be written every second
            asked = self._monotonic()
            with self._uow() as store:
                lease = store.leases.take(self.name, self.owner, self._lasts)
                store.commit()
            self._keep(lease, asked)
            return lease is not None

    def hold(self) -> bool:
        """Whether it is held, taking it if it is free. Raises Unavailable or Conflict."""
        return self.held or self.beat()

    def release(self) -> None:
        """Give it to whoever asks next. Raises Unavailable."""
        with self._lock:
            lease, self._lease = self._lease, None
            metrics.holds(self.name, held=False)
            if lease is not None:
                with self._uow() as store:
                    store.leases.release(lease)
                    store.commit()

    @contextmanager
    def unit(self) -> Iterator[Store]:
        """A write transaction of this duty. Raises Fenced when another node has it, also on ``commit``."""
        lease = self._lease if self.hold() else None
        if lease is None:
            raise Fenced(self.name)
        try:
            with self._uow() as store:
                store.fence(lease)
                yield store
        except Fenced:
            with self._lock:
                if self._lease == lease:
                    self._keep(None, 0.0)
            raise

    def _keep(self, lease: Lease | None, asked: float) -> None:
        before, self._lease = self._lease, lease
        if lease is not None:
            self._until = asked + lease.lasts
        if (before and before.fence) != (lease and lease.fence):
            if lease is not None:
                self.on_taken()
            log.info("duty_taken" if lease else "duty_lost", duty=self.name, fence=(lease or before or _NONE).fence)
        metrics.holds(self.name, held=lease is not None, fence=lease.fence if lease else 0)


_NONE = Lease("", "", 0, 0.0)
