"""``alarms: 5/week``: the score from which a detector alarms is found from the scores it has seen.

The highest scores of the last weeks are kept. Above a high level they fall off about exponentially, so the level
that will be passed as often as the budget allows can be read off, even when it was never passed so far.
"""

import re
from math import log
from typing import Annotated

import msgspec
from pydantic import BeforeValidator, Field

from detectors.budget import Standing
from incident.domain.said import said

_DAYS = {"h": 1 / 24, "hour": 1 / 24, "d": 1.0, "day": 1.0, "w": 7.0, "week": 7.0, "month": 30.44, "year": 365.25}
_BUDGET = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*/\s*([a-z]+)\s*")
WEEK = 604800.0
KEPT = 400
"""Scores kept at most."""
_MEMORY = 8 * WEEK
_FEWEST = 12
_SOONEST, _TRUSTED = 0.7, 3.0
"""Weeks from which the scores have a say, and from which they alone decide."""
_NEAR, _FAR = 3.0, 10.0


def per_week(value: object) -> object:
    """``5/week``, ``1/day``, ``2/month`` or a plain number a week → a number a week."""
    if not isinstance(value, str):
        return value
    found = _BUDGET.fullmatch(value)
    if found is None or found[2] not in _DAYS:
        raise ValueError(said("'{value}' is no budget of alarms; write it like 5/week, 1/day or 2/month", value=value))
    return float(found[1]) * 7.0 / _DAYS[found[2]]


Alarms = Annotated[float, BeforeValidator(per_week), Field(gt=0, le=10_000, allow_inf_nan=False)]
"""False alarms a week somebody is willing to look at; in YAML ``5/week``."""


class Budget(msgspec.Struct, array_like=True):
    """``since``: when counting began; ``peaks``: (time, score) of the highest scores of the last eight weeks."""

    since: float = 0.0
    peaks: list[tuple[float, float]] = []

    def note(self, at: float, score: float) -> None:
        """One score that could have alarmed: one for each user and day, or for each run of days."""
        self.since = self.since or at
        self.peaks.append((at, round(score, 4)))
        if len(self.peaks) > 2 * KEPT:
            self._forget(at)

    def _forget(self, at: float) -> None:
        fresh = [one for one in self.peaks if one[0] > at - _MEMORY]
        self.peaks = sorted(sorted(fresh, key=lambda one: -one[1])[:KEPT])
        if self.peaks:
            self.since = max(self.since, at - _MEMORY)

    def standing(self, bar: float) -> Standing:
        """What a person wants to know of it; alarms are counted elsewhere."""
        weeks = (max(at for at, _ in self.peaks) - self.since) / WEEK if self.peaks else 0.0
        enough = weeks >= _SOONEST and len(self.peaks) >= _FEWEST
        return Standing(weeks, 0, bar, min(1.0, weeks / _TRUSTED) if enough else 0.0)

    def bar(self, at: float, alarms: float, start: float, least: float) -> float:
        """The score that is passed ``alarms`` times a week; ``start`` until enough was seen, never below ``least``."""
        self._forget(at)
        weeks = (at - self.since) / WEEK if self.since else 0.0
        if weeks < _SOONEST or len(self.peaks) < _FEWEST:
            return start
        ranked = sorted((score for _, score in self.peaks), reverse=True)
        # The very highest may be the thefts one looks for, so the tail is read from those below them, and followed
        # no further than needed: it falls off faster than an exponential.
        wanted = alarms * weeks
        near = min(len(ranked) - 2, max(4, round(_NEAR * wanted)))
        far = min(len(ranked) - 1, max(_FEWEST, round(_FAR * wanted)))
        tail = max(0.0, ranked[near] - ranked[far]) / log((far + 1) / (near + 1)) if far > near else 0.0
        found = ranked[near] + tail * log(max(1.0, (near + 1) / wanted))
        trust = min(1.0, weeks / _TRUSTED)
        return max(least, trust * found + (1 - trust) * max(start, found))
