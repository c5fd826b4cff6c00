"""The part of the examination about several nodes: the shared database, the brokers, their topics, all clocks."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version

from config.finding import Finding, State
from config.settings import BaseTocsinSettings
from incident.domain.errors import TocsinError
from incident.report.words import msg
from incident.store.uow import Database
from incident.stream.kafka import Topics, time_there
from incident.stream.settings import StreamSettings
from incident.stream.topics import clock_topic, wanted

ODD_S, WRONG_S = 1.0, 10.0
"""Clocks that differ by so much are odd (times in reports look strange) or wrong (deadlines are missed)."""
ENOUGH_BROKERS = 3


def distributed(settings: BaseTocsinSettings) -> Iterator[Finding]:
    """Findings about PostgreSQL and Kafka; none for an installation that uses neither."""
    if settings.shared:
        yield from _database(settings)
    if settings.stream is not None:
        yield from _kafka(settings, settings.stream)


def mend(settings: BaseTocsinSettings) -> list[str]:
    """Create the topics that are missing and set what differs; the topics there are now. Raises Unavailable."""
    if settings.stream is None:
        return []
    topics = Topics(settings.stream, settings.home)
    try:
        return sorted(topics.ensure((*wanted(settings.stream), clock_topic(settings.stream))))
    finally:
        topics.close()


def _database(settings: BaseTocsinSettings) -> Iterator[Finding]:
    database = Database(settings.database_url)
    try:
        began = time.time()
        kind, there = database.server()
        yield Finding(msg("versions"), "ok", f"{kind} · SQLAlchemy {version('sqlalchemy')}")
        yield _skew(msg("the database's clock"), there.timestamp(), began)
        with database.reading() as store:
            rows = store.leases.rows()
    except TocsinError:
        return  # what the database lacks was told before
    finally:
        database.close()
    holders = [row for row in rows if row.holds and row.owner]
    if holders:
        yield Finding(msg("duty"), "ok", msg("{node} does what one node at a time does"), "",
                      {"node": holders[0].owner})  # fmt: skip
    else:
        yield Finding(msg("duty"), "warn", msg("no node works: nobody is paged"),
                      msg("start one: tocsin work (with Kafka), or tocsin up"))  # fmt: skip


def _kafka(settings: BaseTocsinSettings, chosen: StreamSettings) -> Iterator[Finding]:
    yield Finding(msg("versions"), "ok", f"kafka-python {version('kafka-python')} · Faust {version('faust-streaming')}")
    try:
        topics = Topics(chosen, settings.home)
    except TocsinError as error:
        yield Finding(msg("brokers"), "fail", error.message, error.remedy or "")
        return
    try:
        yield from _cluster(topics)
        yield from _topics(topics, chosen)
        yield _takeover(topics.session_s(), chosen.session_timeout_s)
        if topics.partitions([clock_topic(chosen).name]):
            began = time.time()
            yield _skew(msg("the brokers' clock"), time_there(chosen, settings.home, clock_topic(chosen).name), began)
    except TocsinError as error:
        yield Finding(msg("brokers"), "fail", error.message, error.remedy or "")
    finally:
        topics.close()


def _cluster(topics: Topics) -> Iterator[Finding]:
    found = topics.brokers()
    if len(found) < ENOUGH_BROKERS:
        what = msg("{count} of at least three brokers: when one dies, nothing is accepted but to the disk")
        yield Finding(msg("brokers"), "warn", what, msg("run three, see docs/operate.md"), {"count": len(found)})
    else:
        yield Finding(msg("brokers"), "ok", ", ".join(found))


def _takeover(session_s: float, asked_s: float) -> Finding:
    if session_s <= asked_s:
        return Finding(msg("takeover"), "ok", msg("a detector worker that dies is missed after {seconds} s"), "",
                       {"seconds": f"{session_s:g}"})  # fmt: skip
    what = msg("a detector worker that dies is missed after {seconds} s only, not {asked} s: the brokers allow no less")
    remedy = msg("set group.min.session.timeout.ms=1000 on every broker, then start the detector workers anew")
    return Finding(msg("takeover"), "warn", what, remedy, {"seconds": f"{session_s:g}", "asked": f"{asked_s:g}"})


def _topics(topics: Topics, chosen: StreamSettings) -> Iterator[Finding]:
    wrong = topics.deviations((*wanted(chosen), clock_topic(chosen)))
    for one in wrong:
        missing = one.what == "is missing"
        state: State = "fail" if missing and one.topic != clock_topic(chosen).name else "warn"
        remedy = msg("run: tocsin doctor --fix") if one.fixable else msg("see docs/operate.md on partitions")
        yield Finding(msg("topics"), state, f"{one.topic} {one.what}", remedy)
    if not wrong:
        yield Finding(msg("topics"), "ok", msg("{count} topics are as the settings say"), "",
                      {"count": len(wanted(chosen)) + 1})  # fmt: skip


def _skew(name: str, there: float, began: float) -> Finding:
    """``there``: what the other one said between ``began`` and now."""
    ended = time.time()
    off = there - ended if there > ended else there - began if there < began else 0.0
    state: State = "fail" if abs(off) > WRONG_S else "warn" if abs(off) > ODD_S else "ok"
    if state == "ok":
        return Finding(name, "ok", f"{datetime.fromtimestamp(there, UTC):%H:%M:%S} UTC")
    what = msg("differs from this machine's by {seconds} s")
    return Finding(name, state, what, msg("set both clocks by NTP"), {"seconds": f"{off:+.1f}"})
