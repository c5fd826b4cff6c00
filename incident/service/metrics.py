"""Counters for Prometheus. Labels hold closed vocabularies only, never a name, address or text."""

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest

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


def dropped(reason: str, count: int = 1) -> None:
    """Something was dropped for a named reason."""
    DROPPED.labels(reason).inc(count)


def delivered(via: str, kind: str) -> None:
    """A message arrived."""
    DELIVERED.labels(via, kind).inc()


def failed(via: str, reason: str) -> None:
    """One try failed."""
    FAILED.labels(via, reason).inc()


def handed_over(via: str, kind: str, waited_s: float) -> None:
    """A message is given to its notifier now."""
    HANDED.labels(via, kind).observe(max(0.0, waited_s))


def exposition(store: Store) -> bytes:
    """All metrics in Prometheus's text format; what waits is counted now."""
    INBOX.set(store.inbox.count())
    DEAD.set(store.dead.count())
    counts = store.outbox.counts()
    for state in ("pending", "sending", "sent", "failed", "cancelled"):
        OUTBOX.labels(state).set(counts.get(state, 0))
    return generate_latest(REGISTRY)
