"""A command node as a process: takes verdicts from Kafka, runs timers, sends pages, tells others what happens."""

import signal
import threading
from collections.abc import Callable

from config.drill_programme import Programme
from config.drilling import House, drills_of
from config.loop import Loop
from config.probing import prober_of
from config.stream_meter import EVERY_S, waiting
from config.streamside import Stream, StreamSide
from config.wiring import System
from config.worker import Worker
from drills.ticker import DrillTicker
from incident.service import metrics
from incident.stream.feed import SignalFeed
from incident.stream.publish import Publisher
from incident.stream.strictness import Teller

WAIT_S = 0.5


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
        teller = Teller(
            system.database.reading, system.clock, system.book, stream.producer.send, stream.names.strictness,
            lambda: system.duty.held,
        )  # fmt: skip
        self._prober = prober_of(system)
        self._loops = (
            Loop("tocsin-feed", self._feed(feed), self._on_crash, before=feed.start, rest_s=0.0),
            Loop("tocsin-meter", waiting(system.database.reading, system.clock), self._on_crash, rest_s=EVERY_S),
            Loop("tocsin-publisher", publisher.step, self._on_crash, rest_s=WAIT_S),
            Loop("tocsin-strictness", teller.step, self._on_crash, rest_s=WAIT_S),
        )

    def start(self) -> None:
        """Begin; returns at once."""
        self._side.start()
        self.worker.start()
        if self._prober is not None:
            self._prober.start()
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
            metrics.behind(self._reader.behind())
            return done

        return step

    def close(self) -> None:
        """Finish the work in hand and end."""
        for loop in self._loops:
            loop.stop()
        if self._prober is not None:
            self._prober.close()
        self.worker.stop()
        self._reader.close()
        self._side.close()
        self.system.close()

    def _on_crash(self, error: BaseException) -> None:
        self.crash = error
        self._ended.set()
