"""Numbers as they come in events (maybe garbage) and as people read them; the distributions detectors share."""

from math import exp, lgamma, log
from typing import Any

from incident.intake.event import Event

SKEW = 300.0
"""Seconds an event's clock may run ahead of ours. One further in the future is ignored: it would make every later
event look late."""
BIGGEST = 1e15


def number(value: Any) -> float | None:
    """A finite number of sane size, or None. Truth values and texts are no numbers."""
    kind = type(value)
    if kind is float or kind is int:
        return float(value) if -BIGGEST <= value <= BIGGEST else None  # what is no number compares with none
    return None


def weight(event: Event, field: str = "count") -> float | None:
    """How many things one event stands for: 1, or its count. None when the count is garbage."""
    value = event.data.get(field)
    if value is None:
        return 1.0
    found = number(value)
    return found if found is not None and found >= 0 else None


def short(value: float) -> str:
    """A number with three digits that matter: 0.0312, 4.57, 812, 12400."""
    if value == int(value) and abs(value) < 1e7:
        return str(int(value))
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def percent(share: float) -> str:
    """``0.0312`` → ``3.12 %``."""
    return f"{short(100 * share)} %"


def span(length: float) -> str:
    """Seconds as people write them: ``90 s``, ``12 min``, ``3 h``, ``2 d``."""
    for unit, size in (("d", 86400.0), ("h", 3600.0), ("min", 60.0)):
        if length >= 2 * size or length == size:
            return f"{short(length / size)} {unit}"
    return f"{short(length)} s"


def surprise(seen: float, mean: float, spread: float) -> float:
    """How unlikely at least ``seen`` is under a negative binomial, as -ln p (Chernoff bound); 0 below the mean.

    ``spread`` is the overdispersion φ: variance = mean + φ·mean².
    """
    if seen <= mean or mean <= 0:
        return 0.0
    size = 1.0 / max(spread, 1e-6)
    return seen * log(seen * (size + mean) / (mean * (size + seen))) + size * log((size + mean) / (size + seen))


def surprising(mean: float, spread: float, wanted: float) -> float:
    """The smallest count whose :func:`surprise` reaches ``wanted``."""
    low, high = mean, max(2 * mean, 1.0)
    while surprise(high, mean, spread) < wanted and high < BIGGEST:
        high *= 2
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (low, middle) if surprise(middle, mean, spread) >= wanted else (middle, high)
    return high


def betabinomial_tail(bad: float, total: float, mean: float, rho: float, *, most: int = 400) -> float:
    """P(at least ``bad`` of ``total``) under a beta-binomial with this mean and intra-class correlation.

    Above ``most`` trials both counts are scaled down: there the overdispersion decides, not the sample size.
    """
    if total > most:
        bad, total = bad * most / total, float(most)
    size, first = int(total), int(bad)
    if first <= 0:
        return 1.0
    scale = (1 - rho) / rho
    a, b = mean * scale, (1 - mean) * scale
    term = exp(
        lgamma(size + 1) - lgamma(first + 1) - lgamma(size - first + 1)
        + lgamma(first + a) + lgamma(size - first + b) - lgamma(size + a + b)
        + lgamma(a + b) - lgamma(a) - lgamma(b)
    )  # fmt: skip
    tail = 0.0
    for count in range(first, size + 1):
        tail += term
        term *= (size - count) / (count + 1) * (count + a) / (size - count - 1 + b)
    return min(1.0, tail)
