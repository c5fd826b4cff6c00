"""A command node as a process: takes verdicts from Kafka, runs timers, sends pages, tells others what happens."""

import signal
import threading
from collections.abc import Callable

import structlog

from config.drill_programme import Programme
from config.drilling import House, drills_of
from config.stream_meter import EVERY_S, waiting
from config.streamside import Stream, StreamSide
from config.wiring import System
from config.worker import BACK_OFF_S, LOOK_EVERY_S, Worker
from drills.ticker import DrillTicker
from incident.domain.errors import Conflict, Unavailable
from incident.service import metrics
from incident.stream.feed import SignalFeed
from incident.stream.publish import Publisher

WAIT_S = 0.5

log = structlog.get_logger("tocsin.work")


class WorkNode:
    """A wired system with everything that works on it. ``crash`` is what ended it, None while all is well."""

    def __init__(self, system: System, stream: Stream, side: StreamSide) -> None:
        """``side`` is the node's way to send facts on; it is closed at the end."""
        self.system = system
        self.crash: BaseException | None = None
        self._side = side
        self._ended = threading.Event()
        programme = Programme(system, drills_of(system))
        self.worker = Worker(system, self._on_crash, DrillTicker(House.of(system)).tick, programme.follow)
        self._reader = stream.reader("work")
        feed = SignalFeed(
            system.database.unit, system.database.reading, system.rules, system.clock, self._reader, stream.names,
            stream.partitions, system.bell.ring,
        )  # fmt: skip
        publisher = Publisher(system.database.unit, stream.producer.send, stream.names.incidents)
        self._loops = (
            Loop("tocsin-feed", self._feed(feed), self._on_crash, before=feed.start, rest_s=0.0),
            Loop("tocsin-meter", waiting(system.database.reading, system.clock), self._on_crash, rest_s=EVERY_S),
            Loop("tocsin-publisher", publisher.step, self._on_crash, rest_s=WAIT_S),
        )

    def start(self) -> None:
        """Begin; returns at once."""
        self._side.start()
        self.worker.start()
        for loop in self._loops:
            loop.start()

    def run(self) -> int:
        """Work until told to stop (SIGTERM, SIGINT) or until a part dies; the exit code. In the main thread only."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._ended.set())
        self.start()
        self._ended.wait()
        self.close()
        return 1 if self.crash else 0

    def _feed(self, feed: SignalFeed) -> Callable[[], int]:
        def step() -> int:
            done = feed.step(WAIT_S)
            if done:
                metrics.worked("take", done)
            metrics.behind(self._reader.behind())
            return done

        return step

    def close(self) -> None:
        """Finish the work in hand and end."""
        for loop in self._loops:
            loop.stop()
        self.worker.stop()
        self._reader.close()
        self._side.close()
        self.system.close()

    def _on_crash(self, error: BaseException) -> None:
        self.crash = error
        self._ended.set()


class Loop:
    """A thread that does a step again and again. Parts that are away are waited for; any other error is told."""

    def __init__(
        self, name: str, step: Callable[[], int], on_crash: Callable[[BaseException], None], *,
        before: Callable[[], None] = lambda: None, rest_s: float,
    ) -> None:  # fmt: skip
        """``before`` runs first, again after each failure; ``rest_s`` is the pause after a step with nothing to do."""
        self._step = step
        self._before = before
        self._rest_s = rest_s
        self._on_crash = on_crash
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the step in hand and end."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(timeout=35)

    def _run(self) -> None:
        ready = False
        try:
            while not self._stop.is_set():
                try:
                    if not ready:
                        self._before()
                        ready = True
                    if not self._step() and self._rest_s:
                        self._stop.wait(self._rest_s)
                except (Unavailable, Conflict) as error:
                    log.warning("try_again", part=self._thread.name, error=type(error).__name__, reason=error.message)
                    ready = False
                    self._stop.wait(BACK_OFF_S if isinstance(error, Unavailable) else LOOK_EVERY_S)
        except BaseException as error:
            log.critical("part_died", part=self._thread.name, error=type(error).__name__, exc_info=error)
            self._on_crash(error)
            raise
