"""The embedded worker: two threads, one for facts and timers, one for sending. Both sleep until rung or due."""

import threading
from collections.abc import Callable
from datetime import datetime

import structlog

from config.wiring import System
from incident.domain.errors import Conflict, Unavailable

LOOK_EVERY_S = 0.25
"""How soon a change made by another process (the CLI) is noticed."""
BACK_OFF_S = 2.0

log = structlog.get_logger("tocsin.worker")


def _nothing(_now: datetime) -> int:
    return 0


class Worker:
    """Runs a system until stopped. A database that is away or busy is waited for; any other error ends the process."""

    def __init__(
        self, system: System, on_crash: Callable[[BaseException], None], also: Callable[[datetime], int] = _nothing
    ) -> None:
        """``also`` is asked on every look what else is due (drills); it tells how much it did."""
        self._system = system
        self._also = also
        self._on_crash = on_crash
        self._stop = threading.Event()
        self._facts = threading.Event()
        self._mail = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(self._facts, self._work), name="tocsin-engine", daemon=True),
            threading.Thread(target=self._run, args=(self._mail, self._send), name="tocsin-sender", daemon=True),
        ]
        self.beat: datetime | None = None

    def start(self) -> None:
        """Begin; returns at once."""
        self._system.bell.on_ring = self._ring
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Finish the work in hand and end."""
        self._stop.set()
        self._ring()
        for thread in self._threads:
            thread.join(timeout=35)

    @property
    def alive(self) -> bool:
        """Both threads run."""
        return all(thread.is_alive() for thread in self._threads)

    def _ring(self) -> None:
        self._facts.set()
        self._mail.set()

    def _run(self, bell: threading.Event, work: Callable[[], None]) -> None:
        try:
            while not self._stop.is_set():
                bell.clear()
                try:
                    work()
                except (Unavailable, Conflict) as error:
                    # Away or lost to another writer: nothing was kept, so the next look does it again.
                    log.warning("try_again", error=type(error).__name__, reason=error.message)
                    self._stop.wait(BACK_OFF_S if isinstance(error, Unavailable) else LOOK_EVERY_S)
                else:
                    bell.wait(LOOK_EVERY_S)
        except BaseException as error:
            log.critical("worker_died", error=type(error).__name__, exc_info=error)
            self._on_crash(error)
            raise

    def _work(self) -> None:
        now = self._system.clock.now()
        if self._also(now) + self._system.engine.step():
            self._mail.set()
            self._system.bell.rings += 1
        self.beat = self._system.clock.now()

    def _send(self) -> None:
        while self._system.dispatcher.step():
            self._system.bell.rings += 1
            self._facts.set()
