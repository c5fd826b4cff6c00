"""Counts of parts of a day against what is usual then, on the logarithmic scale, because noise grows with the counts.

What is usual has three witnesses: the same time on all days, on days of its kind (working days, weekends), and on the
same weekday. Each weekday learns whom to believe, so a week that ends on Thursday needs no telling. How busy today is
and how much each time of day scatters are learned too: shift edges and lunch hours must not alarm.
"""

from math import exp, inf, log, sqrt

import msgspec

from detectors.series.days import AWAY

RATE, OWN_RATE = 1 / 7, 0.2
SCATTER = 0.04
"""Variance of the logarithm of a slot's count around its mean, before anything is known."""
SCATTER_RATE, WHOLE_RATE, SCATTER_LEAST, TRUST = 0.1, 0.005, 0.005, 5.0
PAD = 3.0
TODAY, TODAY_WEIGHT, BUSY = 0.8, 9.0, 1.5
SPANS = (1, 2, 4, 8)
"""Slots taken together: a surge of single calls needs hours to show, one of hundreds doesn't."""
CLIP, HIGH = 2.0, 2.0
SIGMAS = 2.0
ERROR, ERROR_RATE, _LEAST_ERROR = 0.1, 0.04, 0.01
FEW = 10.0
"""Slots with fewer counts than that tell little about witnesses."""
KNOWN = 7
"""Days before which nothing is said: a week has days of every kind."""
_WITNESSES = 10
_ALL, _KIND = 9, 7
_FURTHEST = 20.0


class Slot(msgspec.Struct, array_like=True):
    """A part of a day as one witness has it: mean count, how often seen, scatter of its logarithm."""

    mean: float = 0.0
    seen: int = 0
    scatter: float = SCATTER


class Usual(msgspec.Struct):
    """What is expected of a slot: the witnesses, their common word, and that as busy as today is."""

    slots: tuple[Slot, Slot, Slot]
    usual: float
    mean: float
    busy: float


class PartState(msgspec.Struct, array_like=True):
    """``slots``: 10 × part of the day + witness. ``errors``: of each weekday's witnesses.

    ``last``: (count, expected) of the last slots. ``today``: decayed (count, expected) of the day so far.
    """

    slots: dict[int, Slot] = {}
    errors: list[list[float]] = msgspec.field(default_factory=lambda: [[ERROR] * 3 for _ in range(7)])
    last: list[tuple[float, float]] = []
    today: tuple[float, float] = (0.0, 0.0)
    scatter: float = SCATTER

    def usual(self, part: int, weekday: int) -> Usual | None:
        """What is expected; None where nothing was ever seen."""
        slots = (
            self._slot(part, _ALL),
            self._slot(part, _KIND + (weekday >= 5)),
            self._slot(part, weekday),
        )
        words = weights = 0.0
        for slot, error in zip(slots, self.errors[weekday], strict=True):
            if slot.seen:
                weight = slot.seen / (slot.seen + 1.0) / (error + _LEAST_ERROR) ** 2
                words += weight * log(slot.mean + PAD)
                weights += weight
        if not weights:
            return None
        usual = max(0.0, exp(words / weights) - PAD)
        seen, expected = self.today
        busy = min(BUSY, max(1.0 / BUSY, (seen + TODAY_WEIGHT) / (expected + TODAY_WEIGHT)))
        return Usual(slots, usual, usual * busy, busy)

    def take(self, part: int, weekday: int, count: float) -> float:
        """Score in multiples of two standard deviations; learns the count."""
        found = self.usual(part, weekday)
        if found is None:
            self.last = []
            for witness in (_ALL, _KIND + (weekday >= 5), weekday):
                slot = self._slot(part, witness)
                slot.mean, slot.seen = count, 1
            return 0.0
        if not count and found.mean >= AWAY:
            return 0.0
        self.last = [*self.last[1 - SPANS[-1] :], (count, found.mean)]
        score = self._score(self._scatter_of(found)) if found.slots[0].seen >= KNOWN else 0.0
        self._learn(found, weekday, count)
        return score

    def needed(self, part: int, weekday: int, score: float) -> tuple[float, int]:
        """The count with which that part, coming next, reaches the score, and together with how many before it."""
        found = self.usual(part, weekday)
        if found is None or found.slots[0].seen < KNOWN:
            return inf, 0
        scatter, best = self._scatter_of(found), (inf, 0)
        seen, expected = 0.0, found.mean
        for before in range(SPANS[-1]):
            if before:
                if before > len(self.last):
                    break
                count, mean = self.last[-before]
                seen += count
                expected += mean
            if before + 1 in SPANS:
                far = SIGMAS * score * sqrt(scatter + 1.0 / (expected + PAD))
                best = min(best, ((expected + PAD) * exp(min(far, _FURTHEST)) - PAD - seen, before))
        return best

    def _scatter_of(self, found: Usual) -> float:
        own = found.slots[2]
        return (TRUST * self.scatter + own.seen * own.scatter) / (TRUST + own.seen)

    def _score(self, scatter: float) -> float:
        seen = expected = best = 0.0
        for length, (count, mean) in enumerate(reversed(self.last), 1):
            seen += count
            expected += mean
            if length in SPANS and seen > expected:
                off = log((seen + PAD) / (expected + PAD)) / sqrt(scatter + 1.0 / (expected + PAD))
                best = max(best, off)
        return best / SIGMAS

    def _learn(self, found: Usual, weekday: int, count: float) -> None:
        whole, _, own = found.slots
        sampling = 1.0 / (found.mean + PAD)
        off = log((count + PAD) / (found.mean + PAD))
        noise = min(off * off, CLIP * CLIP * (own.scatter + sampling)) - sampling
        if whole.seen >= KNOWN:
            self.scatter = max(SCATTER_LEAST, self.scatter + WHOLE_RATE * (noise - self.scatter))
        if own.seen:
            own.scatter = max(SCATTER_LEAST, own.scatter + SCATTER_RATE * (noise - own.scatter))
        clipped = min(count, HIGH * (found.usual + PAD))
        seen, expected = self.today
        self.today = (TODAY * seen + clipped, TODAY * expected + found.usual)
        errors, rate = self.errors[weekday], ERROR_RATE * found.mean / (found.mean + FEW)
        for place, slot in enumerate(found.slots):
            if slot.seen:
                error = abs(log((count + PAD) / (slot.mean + PAD)))
                errors[place] += rate * (min(error, 1.0) - errors[place])
            slot.seen += 1
            share = max(OWN_RATE if slot is own else RATE, 1.0 / slot.seen)
            slot.mean += share * ((clipped if slot.seen > 1 else count) - slot.mean)

    def _slot(self, part: int, witness: int) -> Slot:
        slot = self.slots.get(place(part, witness))
        if slot is None:
            slot = self.slots[place(part, witness)] = Slot()
        return slot


def place(part: int, witness: int) -> int:
    """Where a witness of a part of the day stands."""
    return _WITNESSES * part + witness
