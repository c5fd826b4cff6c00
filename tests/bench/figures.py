"""All figures of docs/detection.md and docs/leak-detection.md: ``python -m tests.bench.figures DATA``."""

import sys

from tests.bench.detection import run as detection
from tests.bench.leak import run as leak


def main() -> None:
    """Outages and surges on the data in the folder named, then leaks on made-up texts and users."""
    detection.main()
    print()
    sys.argv[1:] = []
    leak.main()


if __name__ == "__main__":
    main()
