"""Counters for Prometheus. Labels hold closed vocabularies only, never a name, address or text."""

from collections.abc import Callable, Mapping
from datetime import datetime

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    start_http_server,
)

from incident.service.ports import Store

__all__ = ["CONTENT_TYPE_LATEST", "delivered", "dropped", "exposition", "failed", "handed_over"]

REGISTRY = CollectorRegistry()

ACCEPTED = Counter("tocsin_items_accepted_total", "Items accepted durably", ["kind"], registry=REGISTRY)
REJECTED = Counter("tocsin_items_rejected_total", "Items rejected", ["reason"], registry=REGISTRY)
DROPPED = Counter("tocsin_dropped_total", "Signals and messages dropped", ["reason"], registry=REGISTRY)
OPENED = Counter("tocsin_incidents_opened_total", "Incidents opened", ["world"], registry=REGISTRY)
DELIVERED = Counter("tocsin_messages_delivered_total", "Messages delivered", ["via", "kind"], registry=REGISTRY)
FAILED = Counter("tocsin_messages_failed_total", "Failed tries", ["via", "reason"], registry=REGISTRY)
HANDED = Histogram(
    "tocsin_message_wait_seconds", "From the decision to send to the hand-over to the notifier", ["via", "kind"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30), registry=REGISTRY,
)  # fmt: skip
INBOX = Gauge("tocsin_inbox_pending", "Accepted items not worked on yet", registry=REGISTRY)
OUTBOX = Gauge("tocsin_outbox_rows", "Outbox rows by state", ["state"], registry=REGISTRY)
DEAD = Gauge("tocsin_dead_letters", "Dead letters that wait for a person", registry=REGISTRY)
OUTBOX_AGE = Gauge("tocsin_outbox_oldest_seconds", "How long the message longest due has waited", registry=REGISTRY)
LEASE = Gauge("tocsin_lease_held", "1 on the node that has the duty now", ["duty"], registry=REGISTRY)
FENCE = Gauge("tocsin_lease_fence", "The fence of the lease this node has or had last", ["duty"], registry=REGISTRY)
BATCH = Histogram(
    "tocsin_batch_items", "Items worked on in one go", ["stage"], buckets=(1, 3, 10, 30, 100, 300, 1000, 3000),
    registry=REGISTRY,
)  # fmt: skip
DELAY = Histogram(
    "tocsin_event_delay_seconds", "From an event's own time to the moment it is worked on, oldest of each batch",
    ["stage"], buckets=(0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 3600), registry=REGISTRY,
)  # fmt: skip
KEYS = Gauge("tocsin_detector_keys", "Keys whose state a detector holds in memory", ["rule"], registry=REGISTRY)
STATES = Gauge("tocsin_detector_states", "States a detector worker holds", ["partition"], registry=REGISTRY)
DETECTED = Counter("tocsin_detected_total", "What a detector worker has done", ["what"], registry=REGISTRY)
LAG = Gauge("tocsin_lag_messages", "Messages this node has still to read", ["topic"], registry=REGISTRY)
SPOOL_BYTES = Gauge("tocsin_spool_bytes", "Bytes on the disk that wait for the brokers", registry=REGISTRY)
SPOOL_LIMIT = Gauge("tocsin_spool_limit_bytes", "Bytes the spool may take", registry=REGISTRY)
SPOOLED = Counter("tocsin_spool_records_total", "Records through the spool", ["way"], registry=REGISTRY)


def dropped(reason: str, count: int = 1) -> None:
    """Something was dropped for a named reason."""
    DROPPED.labels(reason).inc(count)


def unheard(count: int) -> None:
    """So many facts were taken in that no rule looks at, nor anything else."""
    if count:
        dropped("no_rule", count)


def delivered(via: str, kind: str) -> None:
    """A message arrived."""
    DELIVERED.labels(via, kind).inc()


def failed(via: str, reason: str) -> None:
    """One try failed."""
    FAILED.labels(via, reason).inc()


def handed_over(via: str, kind: str, waited_s: float) -> None:
    """A message is given to its notifier now."""
    HANDED.labels(via, kind).observe(max(0.0, waited_s))


def holds(duty: str, *, held: bool, fence: int = 0) -> None:
    """Whether this node has a duty."""
    LEASE.labels(duty).set(held)
    if fence:
        FENCE.labels(duty).set(fence)


def worked(stage: str, items: int, delay_s: float | None = None) -> None:
    """A batch was worked on; ``delay_s`` is the age of its oldest item."""
    BATCH.labels(stage).observe(items)
    if delay_s is not None:
        DELAY.labels(stage).observe(max(0.0, delay_s))


def keys(sizes: Mapping[str, int]) -> None:
    """How many keys each rule holds."""
    for rule, size in sizes.items():
        KEYS.labels(rule).set(size)


def behind(lag: Mapping[str, int]) -> None:
    """Messages in each topic that this node has still to read."""
    for topic, count in lag.items():
        LAG.labels(topic).set(count)


def serve(host: str, port: int) -> Callable[[], None]:
    """Answer Prometheus on a port of its own, for nodes that have no site; call the result to end it.

    Raises OSError when the port can't be had.
    """
    server, thread = start_http_server(port, host, REGISTRY)

    def close() -> None:
        server.shutdown()
        server.server_close()
        thread.join(5)

    return close


def exposition(store: Store, now: datetime) -> bytes:
    """All metrics in Prometheus's text format; what waits is counted now."""
    refresh(store, now)
    return generate_latest(REGISTRY)


def refresh(store: Store, now: datetime) -> None:
    """Count what waits."""
    due = store.outbox.next_due()
    OUTBOX_AGE.set(max(0.0, (now - due).total_seconds()) if due else 0.0)
    INBOX.set(store.inbox.count())
    DEAD.set(store.dead.count())
    counts = store.outbox.counts()
    for state in ("pending", "sending", "sent", "failed", "cancelled"):
        OUTBOX.labels(state).set(counts.get(state, 0))
