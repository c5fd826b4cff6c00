"""How far detector workers and command nodes are, told to Prometheus on a port of their own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from errno import EADDRINUSE
from time import monotonic, time

from config.settings import MetricsSettings
from detectors.streaming.app import Detecting
from incident.domain.errors import Unavailable
from incident.domain.said import said
from incident.service import metrics
from incident.service.ports import Clock, UnitOfWork

EVERY_S = 5.0


class WorkerMeter:
    """Looks at a detector worker now and then."""

    def __init__(self, worker: Detecting) -> None:
        self._worker = worker
        self._told: dict[str, int] = {}
        self._at = 0.0

    def look(self) -> None:
        """Tell what was done since the last look, if that is a while ago, and what is held now."""
        if monotonic() - self._at < EVERY_S:
            return
        self._at = monotonic()
        counts, shards = self._worker.counts, self._worker.shards
        events, messages = self._more("events", counts.events), self._more("messages", counts.messages)
        if messages:
            newest = max((shard.newest for shard in shards.values()), default=0.0)
            metrics.worked("detect", round(events / messages), time() - newest if newest else None)
        for what in ("signals", "late", "repeated"):
            self._more(what, getattr(counts, what))
        metrics.unheard(counts.unheard - self._told.get("unheard", 0))
        self._told["unheard"] = counts.unheard
        for reason, count in counts.rejected.items():
            metrics.REJECTED.labels(reason).inc(count - self._told.get(reason, 0))
            self._told[reason] = count
        for number, shard in shards.items():
            metrics.STATES.labels(str(number)).set(len(shard))
        skipped = sum(sum(shard.skipped.values()) for shard in shards.values())
        if more := skipped - self._told.get("skipped", 0):
            metrics.dropped("too_many_keys", max(0, more))
        self._told["skipped"] = skipped
        metrics.behind(self._worker.behind())

    def _more(self, what: str, count: int) -> int:
        more = count - self._told.get(what, 0)
        self._told[what] = count
        metrics.DETECTED.labels(what).inc(more)
        return more


@contextmanager
def answering(settings: MetricsSettings) -> Iterator[None]:
    """Answer Prometheus meanwhile, if the settings say where. Raises Unavailable when the port can't be had."""
    if settings.port is None:
        yield
        return
    try:
        close = metrics.serve(settings.host, settings.port)
    except OSError as error:
        raise Unavailable(
            said("{host} port {port} is in use", host=settings.host, port=settings.port) if error.errno == EADDRINUSE
            else said("metrics.host: '{host}' is not an address of this machine", host=settings.host),
            remedy="give each node of this machine a port of its own: metrics.port",
        ) from None  # fmt: skip
    try:
        yield
    finally:
        close()


def waiting(read: UnitOfWork, clock: Clock) -> Callable[[], int]:
    """A step that counts what waits in the database."""

    def look() -> int:
        with read() as store:
            metrics.refresh(store, clock.now())
        return 0

    return look
