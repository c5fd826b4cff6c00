"""A node's threads: one for facts and timers, one for sending, one that keeps what this node has taken on."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import structlog

from config.wiring import System
from incident.domain.errors import Conflict, Unavailable
from incident.service.leases import BEAT_EVERY_S
from incident.service.records import Fenced

LOOK_EVERY_S = 0.25
"""How soon a change made by another process (the CLI, another node) is noticed."""
SWITCH_S = 0.001
"""How long a thread may compute before another gets its turn: at Python's own 5 ms a page waits behind requests."""
BACK_OFF_S = 0.5
"""How soon a database that was away is asked again: a takeover is promised within five seconds."""

log = structlog.get_logger("tocsin.worker")


def _nothing(_now: datetime) -> None:
    pass


def _follow(_held: bool) -> None:
    pass


class Worker:
    """Runs a system until stopped. A database that is away or busy is waited for; any other error ends the process.

    Facts, timers and drills are worked on by the one node that has the duty; every node sends.
    """

    def __init__(
        self, system: System, on_crash: Callable[[BaseException], None], also: Callable[[datetime], object] = _nothing,
        follow: Callable[[bool], None] = _follow,
    ) -> None:  # fmt: skip
        """``also`` is asked on every look by the clock, not after each batch of facts, what else is due (drills).

        ``follow`` is told on every look whether this node has the duty, to start and stop what belongs to it.
        """
        self._system = system
        self._also = also
        self._follow = follow
        self._on_crash = on_crash
        self._stop = threading.Event()
        self._ended = threading.Event()
        self._facts = threading.Event()
        self._mail = threading.Event()
        self._away = False
        self._looked_at = -LOOK_EVERY_S
        self._heart = threading.Thread(target=self._beat, name="tocsin-heart", daemon=True)
        self._threads = [
            threading.Thread(target=self._run, args=(self._facts, self._work), name="tocsin-engine", daemon=True),
            threading.Thread(target=self._run, args=(self._mail, self._send), name="tocsin-sender", daemon=True),
        ]
        self.beat: datetime | None = None

    def start(self) -> None:
        """Begin; returns at once."""
        sys.setswitchinterval(SWITCH_S)
        self._system.bell.on_facts = self._facts.set
        self._system.bell.on_messages = self._mail.set
        for thread in (self._heart, *self._threads):
            thread.start()

    def stop(self) -> None:
        """Finish the work in hand, give the duty back and end."""
        self._stop.set()
        self._facts.set()
        self._mail.set()
        for thread in self._threads:
            thread.join(timeout=35)
        self._follow(False)
        self._ended.set()
        self._heart.join(timeout=35)
        try:
            self._system.duty.release()
        except (Unavailable, Conflict) as error:
            log.warning("not_released", reason=error.message)  # it runs out by itself

    @property
    def alive(self) -> bool:
        """All threads run."""
        return all(thread.is_alive() for thread in (self._heart, *self._threads))

    def _run(self, bell: threading.Event, work: Callable[[], None]) -> None:
        told = ""
        with self._guarded():
            while not self._stop.is_set():
                bell.clear()
                try:
                    work()
                    told = ""
                except (Unavailable, Conflict) as error:
                    # Away or lost to another writer: nothing was kept, so the next look does it again.
                    if error.message != told:
                        log.warning("try_again", error=type(error).__name__, reason=error.message)
                    told = error.message
                    self._stop.wait(BACK_OFF_S if isinstance(error, Unavailable) else LOOK_EVERY_S)
                else:
                    bell.wait(LOOK_EVERY_S)

    def _work(self) -> None:
        held = self._system.duty.held
        self._follow(held)
        if held:
            self._do_duties()
        self.beat = self._system.clock.now()

    def _do_duties(self) -> None:
        try:
            if (looked := time.monotonic()) - self._looked_at >= LOOK_EVERY_S:
                self._also(self._system.clock.now())
                self._looked_at = looked
            self._system.engine.step()
        except Fenced as error:
            log.info("duty_lost", duty=self._system.duty.name, reason=error.message)

    def _send(self) -> None:
        while self._system.dispatcher.step():
            pass

    def _beat(self) -> None:
        """Keep what this node has, in a thread of its own, to the very end: long work must not cost the duty."""
        with self._guarded():
            while not self._ended.is_set():
                before = self._system.duty.held
                try:
                    if self._system.duty.beat() and not before:
                        self._facts.set()
                    self._system.dispatcher.keep()
                    self._away = False
                except (Unavailable, Conflict) as error:
                    if not self._away:
                        log.warning("no_heartbeat", error=type(error).__name__, reason=error.message)
                    self._away = True
                self._ended.wait(BEAT_EVERY_S)

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except BaseException as error:
            log.critical("worker_died", error=type(error).__name__, exc_info=error)
            self._on_crash(error)
            raise
