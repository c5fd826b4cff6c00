"""A detector worker as a process: runs until told to stop; starts afresh when the brokers were away."""

import asyncio
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import structlog

from config.settings import BaseTocsinSettings
from config.stream_meter import WorkerMeter
from config.streamside import ensure_topics, partitions_of, stream_settings
from detectors.complaints.sorting import following
from detectors.rules import load_rules
from detectors.streaming.app import BROKERS, Detecting
from incident.domain.errors import Unavailable
from incident.stream.kafka import Reader, Topics
from incident.stream.settings import StreamSettings
from incident.stream.strictness import Follower
from incident.stream.topics import Names
from playbooks.materials_watch import CHECKED

AGAIN_S = 2.0
HEAR_S = 0.5
ONWARD = frozenset({CHECKED})
"""Facts that no detector looks at but the command nodes do."""

log = structlog.get_logger("tocsin.detect")


def run(settings: BaseTocsinSettings, started: Callable[[int, int], None]) -> None:
    """Detect until SIGTERM or SIGINT. ``started`` is told how many rules and partitions there are.

    Raises BadInput for settings or rules that can't be used. Brokers that are away are waited for: nothing is lost,
    the last stored states and committed offsets fit each other.
    """
    stop = Stop()
    while not stop.asked:
        try:
            with _heard(settings) as follower:
                asyncio.run(_until(_worker(settings, started), follower, stop))
        except (*BROKERS, Unavailable) as error:
            log.warning("brokers_away", error=type(error).__name__)
            stop.wait(AGAIN_S)


class Stop:
    """Hears SIGTERM and SIGINT, in an event loop and between two of them."""

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._hear)

    def wait(self, seconds: float) -> None:
        """Sleep, unless asked to stop."""
        end = time.monotonic() + seconds
        while not self.asked and time.monotonic() < end:
            time.sleep(0.05)

    def _hear(self, _number: int, _frame: object) -> None:
        self.asked = True


def _worker(settings: BaseTocsinSettings, started: Callable[[int, int], None]) -> Detecting:
    chosen = in_time(settings)
    detectors = load_rules(settings.path(settings.detectors))
    count = partitions_of(settings)
    data = settings.path(settings.data) / "detect"
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    started(len(detectors), count)
    prepare = following(settings.path(settings.complaints))
    return Detecting(chosen, settings.home, data, count, detectors, time.time, prepare, ONWARD)


def in_time(settings: BaseTocsinSettings) -> StreamSettings:
    """The settings about Kafka, with the silence that the brokers allow. Raises Unavailable."""
    chosen = stream_settings(settings)
    topics = Topics(chosen, settings.home)
    try:
        seconds = topics.session_s()
    finally:
        topics.close()
    if seconds > chosen.session_timeout_s:
        log.warning("takeover_slow", session_timeout_s=seconds, asked=chosen.session_timeout_s)
    return chosen.model_copy(update={"session_timeout_s": seconds})


@contextmanager
def _heard(settings: BaseTocsinSettings) -> Iterator[Follower]:
    """The way by which a worker hears how strict it is to be."""
    chosen = stream_settings(settings)
    ensure_topics(settings)
    names = Names(chosen.prefix)
    reader = Reader(chosen, settings.home, f"{names.prefix}.detect")
    try:
        yield Follower(reader, names.strictness)
    finally:
        reader.close()


async def follow(worker: Detecting, follower: Follower) -> None:
    """Let a worker be as strict as people want it, from moments after its start on."""
    heard = await asyncio.to_thread(follower.begin)
    while True:
        if heard is not None:
            worker.calibrate(heard)
            log.info("strictness", rules=len(heard))
        heard = await asyncio.to_thread(follower.step, HEAR_S)


async def _until(worker: Detecting, follower: Follower, stop: Stop) -> None:
    hearing = asyncio.ensure_future(follow(worker, follower))
    running, meter = asyncio.ensure_future(worker.run()), WorkerMeter(worker)
    while not stop.asked and not running.done() and not hearing.done():
        await asyncio.wait([running, hearing], timeout=0.1, return_when=asyncio.FIRST_COMPLETED)
        meter.look()
    if not running.done():
        await worker.stop()
    hearing.cancel()
    await running
    with suppress(asyncio.CancelledError):
        await hearing
