"""Reading a table's changelog in bulk: all partitions at once, a thousand records at a time, past Faust's queues."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from faust.transport.drivers.aiokafka import credentials_to_aiokafka_auth, server_list
from faust.types import TP

WAIT_MS = 200
AT_ONCE = 5000
FETCH_BYTES = 8 * 1024 * 1024


class Changelog:
    """The brokers as an app's settings know them."""

    def __init__(self, conf: Any) -> None:
        self._options = {
            "bootstrap_servers": server_list(conf.broker_consumer, 9092),
            **credentials_to_aiokafka_auth(conf.broker_credentials, conf.ssl_context),
        }

    async def read(
        self, wanted: Mapping[TP, tuple[int, int]], tables: Mapping[TP, Any]
    ) -> AsyncIterator[tuple[TP, int]]:
        """Let each partition's table absorb what is after the first offset, up to the second; yields how far it has
        come. Raises KafkaError.
        """
        consumer = AIOKafkaConsumer(
            **self._options, enable_auto_commit=False, auto_offset_reset="earliest", fetch_max_wait_ms=100,
            max_partition_fetch_bytes=FETCH_BYTES,
        )  # fmt: skip
        await consumer.start()
        try:
            open_ = {TopicPartition(tp.topic, tp.partition): (tp, end) for tp, (_, end) in wanted.items()}
            consumer.assign(list(open_))
            for place, (tp, _) in open_.items():
                consumer.seek(place, wanted[tp][0] + 1)
            while open_:
                found = await consumer.getmany(timeout_ms=WAIT_MS, max_records=AT_ONCE)
                for place, records in found.items():
                    tables[open_[place][0]].absorb(place.partition, ((one.key, one.value) for one in records))
                for place, (tp, end) in list(open_.items()):
                    reached = await consumer.position(place) - 1
                    yield tp, min(reached, end)
                    if reached >= end:
                        consumer.pause(place)
                        del open_[place]
        finally:
            await consumer.stop()
