"""One worker until it holds so many states and has stored them: ``holder BROKER PREFIX KEYS FOLDER``."""

import asyncio
import json
import logging
import sys
import time
from pathlib import Path

from config.streamside import partitions_of, stream_settings
from detectors.rules import parse_rules
from detectors.streaming.app import Detecting
from tests.bench.stream.installation import settings_for

RULE = """schema: detectors/v1
rules:
- {id: silent, kind: heartbeat, timeout: 1d, scenario: other, title: {zh: 中断, en: Silent}}
"""
TELL_S = 5.0


def resident_mb() -> float:
    """Memory of this process."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * 4096 / 1e6


async def main() -> None:
    """Tell memory and seconds."""
    address, prefix, count, folder = sys.argv[1:5]
    settings = settings_for(address, prefix, 8, max_keys=int(count))
    data = Path(folder)
    data.mkdir(parents=True, exist_ok=True)
    worker = Detecting(
        stream_settings(settings), Path(), data, partitions_of(settings), parse_rules(RULE, "bench"), time.time
    )
    empty, start = resident_mb(), time.time()
    running = asyncio.ensure_future(worker.run())
    told = start
    while (held := sum(len(shard) for shard in worker.shards.values())) < int(count):
        await asyncio.sleep(0.05)
        if time.time() - told > TELL_S:
            told = time.time()
            print(f"{count} keys: {held or len(worker.table.data)} after {told - start:.0f} s", file=sys.stderr)
        if running.done():
            running.result()
    spent = time.time() - start
    while worker.busy:
        await asyncio.sleep(0.05)
    found = {"mb": round(resident_mb()), "empty_mb": round(empty), "s": round(spent, 1)}
    await worker.stop()
    print(json.dumps(found))


if __name__ == "__main__":
    logging.disable(logging.ERROR)
    asyncio.run(main())
