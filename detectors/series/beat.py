"""``heartbeat``: a silence longer than the rhythm of a sender allows, from the gaps it has shown.

The timeout is a multiple of a high empirical quantile: real gaps have tails that no normal distribution has.
"""

from math import ceil, log

import msgspec

from detectors.series.meter import Prior

STEP = log(1.05)
FACTOR, QUANTILE = 1.7, 0.9999
FEW = 30
_FIRST_FACTOR = 5.0
_MAX_BINS = 400
_HALVE = 50_000
_NEW_RHYTHM = 3
_ROUND = 16


class BeatState(msgspec.Struct, array_like=True):
    """``gaps``: bin of the logarithm of a gap → how many; ``long``: gaps in a row beyond the timeout."""

    at: float = 0.0
    gaps: dict[int, int] = {}
    known: int = 0
    timeout: float = 0.0
    long: list[float] = []


class BeatMeter:
    """Each row is a beat; its value says nothing. The score is its gap as a part of the timeout learned before."""

    kind = "heartbeat"
    prior = Prior(1.0, 0.1, noted=0.8)
    """Shorter parts of the timeout are the rhythm itself: a steady sender's are all of 1 / ``FACTOR``."""

    def new(self) -> BeatState:
        """Nothing seen."""
        return BeatState()

    def take(self, state: BeatState, at: float, value: float, count: float = 0.0) -> float:  # noqa: ARG002 -- the protocol's signature
        """Score 1: exactly the timeout."""
        gap = at - state.at
        if not state.at or gap <= 0.0:
            state.at = max(at, state.at)
            return 0.0
        state.at = at
        score = gap / state.timeout if state.timeout else 0.0
        self._learn(state, gap)
        return score

    def expected(self, state: BeatState, at: float) -> float | None:  # noqa: ARG002 -- the protocol's signature
        """The timeout, in seconds."""
        return state.timeout or None

    def _learn(self, state: BeatState, gap: float) -> None:
        fresh = [gap]
        if state.timeout and gap > state.timeout:
            state.long.append(gap)
            if len(state.long) < _NEW_RHYTHM:
                return
            state.gaps, state.known, fresh = {}, 0, state.long
        state.long = []
        for length in fresh:
            place = round(log(max(length, 0.001)) / STEP)
            if place in state.gaps or len(state.gaps) < _MAX_BINS:
                state.gaps[place] = state.gaps.get(place, 0) + 1
                state.known += 1
        if state.known > _HALVE:
            state.gaps = halved(state.gaps)
            state.known = sum(state.gaps.values())
        # The quantile hardly moves with one ordinary gap more; a long one is taken into account at once.
        if state.known <= FEW or state.known % _ROUND == 0 or gap * FACTOR > state.timeout:
            state.timeout = self._worked_out(state)

    def _worked_out(self, state: BeatState) -> float:
        left = max(1, ceil(state.known * (1 - QUANTILE)))
        for place in sorted(state.gaps, reverse=True):
            left -= state.gaps[place]
            if left <= 0:
                longest = float(1.05 ** (place + 0.5))
                return longest * (FACTOR if state.known >= FEW else _FIRST_FACTOR)
        return 0.0


def halved(gaps: dict[int, int]) -> dict[int, int]:
    """Half of each bin; the odd ones are carried to the next shorter bin, so that the tail keeps its weight."""
    kept, odd = dict[int, int](), 0
    for place in sorted(gaps, reverse=True):
        half, odd = divmod(gaps[place] + odd, 2)
        if half:
            kept[place] = half
    return kept
