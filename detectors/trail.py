"""The last values of a series for the evidence, eight bytes each: small enough to keep beside every state."""

from collections.abc import Iterable
from struct import Struct

_POINT = Struct("<If")
LENGTH = 20


def grown(trail: bytes, at: float, value: float) -> bytes:
    """The trail with one more point; the oldest falls off."""
    return trail[-_POINT.size * (LENGTH - 1) :] + _POINT.pack(int(at) & 0xFFFFFFFF, value)


def extended(trail: bytes, window: list[tuple[float, float]]) -> bytes:
    """The trail with these points behind it; the list is empty afterwards."""
    if len(window) == 1:
        trail = grown(trail, *window[0])
    elif window:
        some = b"".join([_POINT.pack(int(at) & 0xFFFFFFFF, value) for at, value in window[-LENGTH:]])
        trail = (trail + some)[-_POINT.size * LENGTH :]
    window.clear()
    return trail


def packed(window: Iterable[tuple[float, float]]) -> bytes:
    """A trail of the last of these points."""
    trail = b""
    for at, value in window:
        trail = grown(trail, at, value)
    return trail


def points(trail: bytes) -> tuple[tuple[float, float], ...]:
    """(epoch second, value), oldest first."""
    return tuple((float(at), float(f"{value:.6g}")) for at, value in _POINT.iter_unpack(trail))
