"""Numbers as a row of small bars, for terminals."""

from collections.abc import Sequence

_BARS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float]) -> str:
    """The last values as small bars; empty for fewer than five."""
    shown = list(values)[-24:]
    if len(shown) < 5:
        return ""
    low, high = min(shown), max(shown)
    step = (high - low) / (len(_BARS) - 1) or 1.0
    return "".join(_BARS[round((value - low) / step)] for value in shown)
