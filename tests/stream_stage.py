"""The stage for stories on Kafka: the same house as in ``tests/harness.py``, its facts going through real brokers."""

import asyncio
import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from config.detect import ONWARD, in_time
from config.settings import load_settings
from config.streamside import Stream, StreamSide
from config.wiring import System, build
from detectors.complaints.sorting import classifier_of, sorter
from detectors.rules import load_rules
from detectors.streaming.app import Detecting
from incident.domain.signal import Signal
from incident.intake.event import Event
from incident.stream.feed import SignalFeed
from tests.fixtures.kafka import Cluster
from tests.harness import Stage

PATIENCE_S = 60.0


class Holdable(Detecting):
    """A detector worker whose timers can be held: facts that arrive together with a jump of the clock are read first,
    as they are where everything is in one process.
    """

    held = False

    def _read_to(self, number: int) -> float | None:
        return None if self.held else super()._read_to(number)


class Detectors(threading.Thread):
    """A detector worker in a thread of its own, with a clock that is pushed."""

    def __init__(self, stage: "StreamStage") -> None:
        super().__init__(daemon=True)
        settings = stage.system.settings
        (settings.path(settings.data) / "detect").mkdir(parents=True, exist_ok=True)
        self.worker = Holdable(
            in_time(settings), settings.home, settings.path(settings.data) / "detect",
            stage.stream.partitions[stage.stream.names.events], load_rules(settings.path(settings.detectors)),
            lambda: stage.clock.now().timestamp(), sorter(classifier_of(settings.path(settings.complaints))), ONWARD,
        )  # fmt: skip
        self.error: BaseException | None = None
        self._loop = asyncio.new_event_loop()

    def run(self) -> None:
        """Until stopped."""
        try:
            self._loop.run_until_complete(self.worker.run())
        except BaseException as error:
            self.error = error
            raise

    def stop(self) -> None:
        """A clean end."""
        asyncio.run_coroutine_threadsafe(self.worker.stop(), self._loop).result(30)
        self.join(30)


class StreamStage(Stage):
    """One installation whose events, signals and detectors' states are in topics of its own."""

    def __init__(self, home: Path, cluster: Cluster, **settings: Any) -> None:
        chosen = {
            "brokers": cluster.addresses, "prefix": f"t{uuid4().hex[:12]}", "checkpoint_ms": 50, "linger_ms": 0,
            "topics": {"events": {"partitions": 4}}, "lateness": "3650d", **settings.pop("stream", {}),
        }  # fmt: skip
        super().__init__(home, stream=chosen, **settings)
        self.detectors = Detectors(self)
        self.detectors.start()
        self.until(lambda: len(self.detectors.worker.shards) == self.stream.partitions[self.stream.names.events])

    def _build(self) -> System:
        settings = load_settings(self.home / "tocsin.yaml", **self.settings)
        self.stream = Stream.connect(settings)
        self.side = StreamSide(self.stream)
        channels = {"slack": self.slack, "email": self.email}
        system = build(settings, clock=self.clock, notifiers=channels, sending_threads=0, outside=self.side.intake)
        self.reader = self.stream.reader("work")
        self.feed = SignalFeed(
            system.database.unit, system.database.reading, system.rules, system.clock, self.reader, self.stream.names,
            self.stream.partitions,
        )  # fmt: skip
        self.feed.start()
        return system

    def send(self, *items: Event | Signal) -> None:
        """Facts and verdicts arrive, go all the way over Kafka, and are worked on."""
        self.system.intake.accept(items, (), self.clock.now())
        self.settle()

    def arrive(self, moment: datetime, *items: Event | Signal) -> None:
        """See ``Stage.arrive``."""
        self.detectors.worker.held = True
        super().arrive(moment, *items)

    def settle(self) -> None:
        """Wait until the detectors have seen everything, at this very time, and its verdicts are worked on."""
        watch, names, counts = self.stream.reader("watch"), self.stream.names, self.detectors.worker.counts
        parts = [(topic, n) for topic in (names.events, names.regroup) for n in range(self.stream.partitions[topic])]
        watch.assign(dict.fromkeys(parts, -1))
        now = self.clock.now().timestamp()
        for _ in range(2):  # regrouped events come in a second round
            ticks = counts.ticks
            self.until(lambda ticks=ticks: counts.ticks > ticks + 1 and counts.messages >= sum(watch.ends().values()))
        self.detectors.worker.held = False
        self.until(lambda: self.detectors.worker.reached >= now)
        ticks = counts.ticks
        self.until(lambda: counts.ticks > ticks + 1)
        watch.close()
        self.until(lambda: not self.detectors.worker.busy)
        while self.feed.step(0.2):
            pass
        self.system.step()

    def until(self, true: Callable[[], bool]) -> None:
        """Wait for something of the workers. Raises what ended them."""
        end = time.monotonic() + PATIENCE_S
        while not true():
            if self.detectors.error is not None:
                raise self.detectors.error
            assert time.monotonic() < end, f"waited {PATIENCE_S} s in vain: {self.detectors.worker.counts}"
            time.sleep(0.01)

    def close(self) -> None:
        """End everything."""
        self.detectors.stop()
        self.reader.close()
        self.side.close()
        self.system.close()
