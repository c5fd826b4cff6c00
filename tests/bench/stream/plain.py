"""What people write with Faust: ``plain BROKER PREFIX EVENTS WORKERS``. One event per message, a windowed count."""

import asyncio
import json
import logging
import sys
import tempfile
import time
from typing import Any

import faust


class Call(faust.Record, serializer="json"):  # type: ignore[call-arg,misc]
    """An event as Faust decodes it."""

    id: str
    type: str
    time: float
    key: str


async def main() -> None:
    """Count until all were seen."""
    address, prefix, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    app = faust.App(
        f"{prefix}.plain", broker=f"kafka://{address}", store="memory://", datadir=tempfile.mkdtemp(),
        topic_partitions=8, topic_disable_leader=True, web_enabled=False, consumer_auto_offset_reset="earliest",
        autodiscover=False, producer_linger=0.005,
    )  # fmt: skip
    topic = app.topic(f"{prefix}.events", value_type=Call)
    counts = app.Table("counts", default=int, partitions=8).tumbling(60.0, expires=3600.0).relative_to_stream()
    state: dict[str, Any] = {"seen": 0, "first": 0.0}

    async def count_them(stream: Any) -> None:
        async for call in stream:
            if not state["seen"]:
                state["first"], state["cpu"] = time.time(), time.process_time()
            counts[call.key] += 1
            state["seen"] += 1

    app.agent(topic)(count_them)
    app.finalize()
    await app.start()
    while state["seen"] < count:
        await asyncio.sleep(0.02)
    last, cpu = time.time(), time.process_time() - state["cpu"]
    print(json.dumps({"events": state["seen"], "first": state["first"], "last": last, "cpu": cpu}), flush=True)
    await app.stop()


if __name__ == "__main__":
    logging.disable(logging.ERROR)
    asyncio.run(main())
