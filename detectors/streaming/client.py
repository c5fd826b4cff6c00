"""The Faust app as a detector worker needs it: how it reaches the brokers, and what Faust would do too slowly."""

from pathlib import Path
from typing import Any

import faust
from faust.tables.manager import TableManager
from faust.tables.recovery import Recovery
from faust.transport.drivers import aiokafka as driver
from faust.types.transports import TransportT

from detectors.streaming.changelog import Changelog
from incident.stream.security import tls_context
from incident.stream.settings import StreamSettings
from incident.stream.topics import MAX_BYTES

HEARTBEATS = 10
"""So many signs of life in a session: a survivor learns of a hand-over by the answer to one."""
FETCH_WAIT_MS = 100
"""A broker answers one request after the other: whatever is asked during a fetch waits as long as it may."""


def app_of(settings: StreamSettings, home: Path, data: Path, partitions: int) -> faust.App:
    """The app of one worker. ``home`` is where relative paths begin, ``data`` a folder for Faust."""
    session = settings.session_timeout_s
    return _App(
        f"{settings.prefix}.detect",
        broker=";".join(f"kafka://{address}" for address in settings.brokers),
        broker_credentials=_credentials(settings, home),
        broker_session_timeout=session, broker_heartbeat_interval=session / HEARTBEATS, broker_rebalance_timeout=60.0,
        broker_commit_interval=0.5, broker_max_poll_records=None,
        store="memory://", datadir=data, TableManager=_Tables,
        table_standby_replicas=0,  # Faust forgets them when it has recovered, unless they are on the disk
        topic_partitions=partitions, topic_allow_declare=False, topic_disable_leader=True,
        producer_acks=-1, producer_linger=0.005, producer_max_batch_size=256 * 1024,
        producer_max_request_size=4 * MAX_BYTES, producer_request_timeout=30.0,
        consumer_auto_offset_reset="earliest", consumer_max_fetch_size=4 * MAX_BYTES,
        stream_buffer_maxsize=64, stream_wait_empty=True, stream_recovery_delay=0.0,
        web_enabled=False, autodiscover=False,
    )  # fmt: skip


class _App(faust.App):
    def _new_transport(self) -> TransportT:
        return _Transport(self.conf.broker_consumer, self)


class _Thread(driver.AIOKafkaConsumerThread):
    def _create_worker_consumer(self, transport: driver.Transport) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS  # noqa: SLF001 - Faust has no setting for it
        return consumer


class _Consumer(driver.Consumer):
    def _new_consumer_thread(self) -> driver.AIOKafkaConsumerThread:
        return _Thread(self, loop=self.loop, beacon=self.beacon)


class _Transport(driver.Transport):
    Consumer = _Consumer


class _Tables(TableManager):
    @property
    def recovery(self) -> Recovery:
        if self._recovery is None:
            self._recovery = _Recovery(self.app, self, beacon=self.beacon, loop=self.loop)
        return self._recovery


class _Recovery(Recovery):
    """Faust takes every message of a changelog through several tasks. Here they are read in bulk before it begins;
    what remains for it is what came meanwhile.
    """

    async def _build_offsets(self, consumer: Any, tps: Any, destination: Any, title: str) -> None:
        await super()._build_offsets(consumer, tps, destination, title)
        if title != "active":
            return
        missing = {tp: (destination[tp], end) for tp, end in self.active_highwaters.items() if destination[tp] < end}
        if missing:
            async for tp, offset in Changelog(self.app.conf).read(missing, self.tp_to_table):
                destination[tp] = offset

    async def on_recovery_completed(self, generation_id: int = 0) -> None:
        """Faust lets messages flow again before it has gone back to where they count as done, and empties the queues
        between the two: what had come by then was never looked at.
        """
        self.app.consumer.stop_flow()
        await super().on_recovery_completed(generation_id)

    async def _wait(self, coro: Any, timeout: Any = None) -> None:  # noqa: ARG002 - Faust's own signature
        # When its time is up Faust would end the recovery as if it had been told to, and never take it up again.
        await super()._wait(coro)


def _credentials(settings: StreamSettings, home: Path) -> Any:
    context = tls_context(settings.tls, home) if settings.tls else None
    if settings.sasl:
        return faust.SASLCredentials(
            username=settings.sasl.username, password=settings.sasl.password.get_secret_value(), ssl_context=context,
            mechanism=settings.sasl.mechanism,
        )  # fmt: skip
    return faust.SSLCredentials(context) if context else None
