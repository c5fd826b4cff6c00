"""Others beside us, in one run on the same data: ``python -m tests.bench.peers DATA``.

In an environment of its own, because none of them is a dependency::

    python -m venv peers
    peers/bin/pip install . river detect-secrets presidio-analyzer
    peers/bin/python -m tests.bench.peers DATA

River's detectors and EARS C1-C3 on outages and surges, detect-secrets and Presidio's pattern recognisers (alone,
without a language model) on texts and logs. What is not installed is named and left out.
"""

import sys
from importlib.util import find_spec
from pathlib import Path

from tests.bench.detection import run as detection
from tests.bench.leak import run as leak

PEERS = {"river": "River", "detect_secrets": "detect-secrets", "presidio_analyzer": "Presidio"}
PARTS = ("kpi", "nab", "surge", "cost")


def main() -> None:
    """The parts in which somebody else has a figure."""
    missing = [name for module, name in PEERS.items() if find_spec(module) is None]
    if missing:
        print(f"not installed, so left out: {', '.join(missing)}\n", flush=True)
    folder = sys.argv[1]
    sys.argv[1:] = [folder, *PARTS]
    detection.main()
    print()
    logs = sorted(str(path) for path in Path(folder).glob("logs/**/*.log"))
    sys.argv[1:] = ["text", "logs", "speed", *(["--logs", *logs] if logs else [])]
    leak.main()


if __name__ == "__main__":
    main()
