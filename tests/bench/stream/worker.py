"""One detector worker that stops when all events were seen: ``worker BROKER PREFIX EVENTS WORKERS``."""

import asyncio
import json
import logging
import sys
import tempfile
import time
from pathlib import Path

from config.streamside import partitions_of, stream_settings
from detectors.rules import load_rules
from detectors.streaming.app import Detecting
from tests.bench.stream.installation import settings_for

IDLE_S = 6.0


async def main() -> None:
    """Work until nothing has come for a while; tell when the first and the last events were taken."""
    address, prefix, count, workers = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    settings = settings_for(address, prefix, 8)
    partitions = partitions_of(settings)
    detectors = load_rules(settings.path(settings.detectors))
    data = Path(tempfile.mkdtemp())
    worker = Detecting(stream_settings(settings), Path(), data, partitions, detectors, time.time)
    running = asyncio.ensure_future(worker.run())
    first = last = cpu = begun = 0.0
    seen = 0
    while not running.done():
        await asyncio.sleep(0.02)
        now = worker.counts.events
        if now != seen:
            if not first:
                first, begun = time.time(), time.process_time()
            seen, last, cpu = now, time.time(), time.process_time()
        enough = seen >= count if workers == 1 else bool(first)
        if enough and time.time() - last > IDLE_S / workers:
            break
    await worker.stop()
    print(
        json.dumps({"events": seen, "first": first, "last": last, "cpu": cpu - begun, "stored": worker.counts.stored})
    )


if __name__ == "__main__":
    logging.disable(logging.ERROR)
    asyncio.run(main())
