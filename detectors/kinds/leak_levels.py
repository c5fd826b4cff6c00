"""A user's usual amount on a logarithmic scale, leaning on the peers' while little is known."""

from math import sqrt

import msgspec

_RATE = 0.05
_OWN = 6.0
"""Days of one's own that count as much as the peers' when the scatter is judged."""
_FLOOR = 0.04
_FAR = 2.5


class Level(msgspec.Struct, array_like=True):
    """Mean and variance of the logarithm, and of how many days."""

    days: int = 0
    mean: float = 0.0
    var: float = 0.0


class Peers(msgspec.Struct, array_like=True):
    """The peers' mean, the variance around it, and the variance of users around their own means."""

    days: int = 0
    mean: float = 0.0
    whole: float = 1.0
    within: float = 0.5


def expected(own: Level, peers: Peers) -> tuple[float, float]:
    """Mean and standard deviation of the next logarithm."""
    days = own.days
    mean = (days * own.mean + peers.mean) / (days + 1)
    scatter = (days * own.var + _OWN * peers.within) / (days + _OWN)
    var = (days * scatter + peers.whole) / (days + 1) + scatter / (days + 1)
    return mean, sqrt(max(var, _FLOOR))


def learn(own: Level, peers: Peers, value: float) -> None:
    """Take a day's logarithm. What lies far out is drawn in: a theft must not become the norm."""
    if peers.days:
        mean, spread = expected(own, peers)
        value = min(mean + _FAR * spread, max(mean - _FAR * spread, value))
    rate = max(_RATE, 1 / (own.days + 1))
    step = value - own.mean
    if own.days:
        own.var += max(_RATE, 1 / own.days) * (step * step * own.days / (own.days + 1) - own.var)
        peers.within += max(0.001, 1 / (peers.days + 1)) * (step * step * own.days / (own.days + 1) - peers.within)
    own.mean += rate * step
    own.days = min(own.days + 1, 60)
    apart = value - peers.mean
    share = max(0.0005, 1 / (peers.days + 1))
    peers.mean += share * apart
    if peers.days:
        peers.whole += max(0.0005, 1 / (peers.days + 10)) * (apart * apart - peers.whole)
    peers.days = min(peers.days + 1, 1_000_000)
