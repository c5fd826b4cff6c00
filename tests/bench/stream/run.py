"""Figures of the distributed size on a broker of its own. ``python -m tests.bench.stream.run [--short] [PART …]``

Parts: ``pure`` the detectors without Kafka · ``faust`` a plain Faust app, one event per message, a windowed count
table · ``one`` and ``two`` detector workers · ``latency`` produced → page handed over · ``takeover`` of a dead worker ·
``keys4`` ``keys5`` ``keys6`` memory and recovery of 10⁴, 10⁵, 10⁶ keys. Each can be run alone; without names all run
in this order.
"""

import argparse
import json
import os
import platform
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.bench.stream import keys, latency, takeover, throughput
from tests.fixtures.kafka import Cluster, running_kafka

PARTS: dict[str, Callable[[Cluster, bool], dict[str, object]]] = {
    "pure": throughput.pure, "faust": throughput.plain_faust, "one": throughput.one_worker,
    "two": throughput.two_workers, "latency": latency.measure, "takeover": takeover.measure,
    "keys4": partial(keys.measure, 10_000), "keys5": partial(keys.measure, 100_000),
    "keys6": partial(keys.measure, 1_000_000),
}  # fmt: skip


def main() -> None:
    """Run the parts and print one line of JSON for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="a tenth of the events and keys")
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], default=[])
    asked = parser.parse_args()
    print(f"# {platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {Path.cwd().name}")
    with running_kafka() as cluster:
        for name in asked.parts or PARTS:
            print(name, json.dumps(PARTS[name](cluster, asked.short)), f"(load {os.getloadavg()[0]:.1f})", flush=True)


if __name__ == "__main__":
    main()
