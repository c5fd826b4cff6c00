"""One series through one meter: a score and a verdict per row, each depending on the rows up to it alone."""

from collections.abc import Iterable, Iterator
from math import isnan
from typing import Any, NamedTuple

from detectors.backtest.rows import Row
from detectors.budget import QUIET, Allowance, Budget, BudgetState, Standing, pause
from detectors.series.meter import Meter
from detectors.series.meters import METERS

_LOUD = 0.5
"""Part of the threshold below which it is quiet again."""
_WARM = 30


class Scored(NamedTuple):
    """A row, its score, whether it raises an alarm, and the threshold that held."""

    row: Row
    score: float
    alert: bool
    threshold: float


class SeriesRun:
    """Feeds rows to a meter. An alarm is raised when the score passes the threshold, and then not again until the
    score has been low for a while (see :func:`detectors.budget.pause`). Rows that can't be read score 0 and teach
    nothing.
    """

    def __init__(self, kind: str, alarms: float = 1.0, stricter: float = 0.0) -> None:
        self.kind = kind
        self._meter: Meter[Any] = METERS[kind]()
        self._state = self._meter.new()
        self._budget = Budget(self._meter.prior, Allowance(alarms, stricter), QUIET)
        self._learned = BudgetState()
        self._loud = 0.0
        self._open = False
        self._step = 0.0
        self._last = 0.0
        self._rows = 0
        self._needs_value = kind != "heartbeat"

    def score(self, rows: Iterable[Row]) -> Iterator[Scored]:
        """One result per row, in order."""
        for row in rows:
            if isnan(row.at) or (self._needs_value and isnan(row.value)):
                yield Scored(row, 0.0, alert=False, threshold=self._budget.threshold(self._learned))
                continue
            trials = 0.0 if isnan(row.trials) else row.trials
            score = self._meter.take(self._state, row.at, row.value, trials)
            yield self._judged(row, score)

    def standing(self) -> Standing:
        """How the budget was kept."""
        return self._budget.standing(self._learned)

    def _judged(self, row: Row, score: float) -> Scored:
        self._rows += 1
        threshold = self._budget.threshold(self._learned)
        passed = row.at - self._last
        if self._last and passed > 0:
            self._step += (passed - self._step) * (0.05 if self._step else 1.0)
        self._last = row.at
        quiet = pause(self._step)
        if self._open and row.at - self._loud > quiet:
            self._open = False
        alert = score >= threshold and not self._open and self._rows > _WARM
        if score >= threshold or (self._open and score > max(_LOUD * threshold, self._budget.noted)):
            self._open, self._loud = True, row.at
        self._learned.told += alert
        self._budget.learn(self._learned, row.at, score, quiet)
        return Scored(row, score, alert, threshold)
