"""Which detector suits a series: all that fit are run over it, and one is recommended with its reasons."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import isnan
from statistics import median
from typing import NamedTuple

from detectors.backtest.labels import WEEK, Event, Verdict, judge
from detectors.backtest.rows import Row
from detectors.backtest.series import Scored, SeriesRun
from detectors.budget import Standing
from detectors.series.auto import STRONG, SeasonState

SLACK_STEPS = 12
"""An alarm that comes so many samples after the end of an event still belongs to it."""
_OFTEN = 900.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """One detector over one series. ``verdict`` is None without labels."""

    kind: str
    rows: int
    alarms: tuple[float, ...]
    weeks: float
    standing: Standing
    verdict: Verdict | None = None
    scores: tuple[float, ...] = field(default=(), repr=False)

    @property
    def weekly(self) -> float:
        """Alarms a week over the whole series."""
        return len(self.alarms) / self.weeks if self.weeks > 0.006 else 0.0


@dataclass(frozen=True, slots=True)
class Character:
    """What a series looks like. ``step``: usual seconds between rows; ``seasonal``: how much the hour explains, 0–1."""

    rows: int
    step: float
    numbers: bool
    shares: bool
    counts: bool
    seasonal: float


class Tally:
    """Gathers what an Outcome tells while scored rows pass; ``keep`` holds all scores, for a drawing."""

    def __init__(self, run: SeriesRun, *, keep: bool = False) -> None:
        self._run = run
        self._keep = keep
        self._times: list[float] = []
        self._alarms: list[float] = []
        self._scores: list[float] = []
        self._rows = 0

    def watch(self, scored: Iterator[Scored]) -> Iterator[Scored]:
        """The same rows, noted."""
        for one in scored:
            self._rows += 1
            if not isnan(one.row.at):
                self._times.append(one.row.at)
                if one.alert:
                    self._alarms.append(one.row.at)
            if self._keep:
                self._scores.append(one.score)
            yield one

    def outcome(self, events: Sequence[Event] | None) -> Outcome:
        """The sum of it."""
        verdict = None
        weeks = (max(self._times) - min(self._times)) / WEEK if self._times else 0.0
        if events is not None:
            verdict = judge(self._alarms, events, weeks, SLACK_STEPS * step_of(self._times))
        return Outcome(
            self._run.kind, self._rows, tuple(self._alarms), weeks, self._run.standing(), verdict, tuple(self._scores)
        )


def step_of(times: Sequence[float]) -> float:
    """The usual distance between samples; 0 when there are fewer than two."""
    gaps = [after - before for before, after in pairwise(times) if after > before]
    return median(gaps) if gaps else 0.0


def character_of(rows: Sequence[Row]) -> Character:
    """What the whole series looks like; for choosing a detector, never for scoring."""
    good = [row for row in rows if not isnan(row.at) and not isnan(row.value)]
    season, strengths = SeasonState(), list[float]()
    for row in good:
        strengths.append(season.strength(row.at, row.value))
    values = [row.value for row in good]
    whole = bool(values) and all(value >= 0 and value == int(value) for value in values)
    return Character(
        rows=len(rows),
        step=step_of([row.at for row in rows if not isnan(row.at)]),
        numbers=len(set(values)) > 1,
        shares=any(not isnan(row.trials) for row in rows),
        counts=whole and len(set(values)) > 3,
        seasonal=median(strengths[len(strengths) // 2 :]) if strengths else 0.0,
    )


def fitting(found: Character) -> tuple[str, ...]:
    """The kinds that make sense for it."""
    if not found.numbers:
        return ("heartbeat",)
    kinds = ["auto", "level", "novelty"]
    if found.shares:
        kinds.append("ratio")
    if found.counts and found.step >= _OFTEN:
        kinds.append("count")
    return tuple(kinds)


class Advice(NamedTuple):
    """The kind to use, and why: an English text that has a translation, with gaps for ``facts``."""

    kind: str
    why: str
    facts: Mapping[str, str] = {}


FOUND = "finds {found} of {events}, false alarms a week: {false}"
LOUD = "none keeps to the budget; this one finds {found} of {events}, false alarms a week: {false}"
BEATS = "the rows hold no numbers, only times"
SHARES = "the rows are shares with the trials behind them"
COUNTS = "the rows are whole counts, far apart"
SEASON = "the time of day explains much of it"
UNKNOWN = "nothing is known of it; this one chooses while it runs"


def recommended(found: Character, outcomes: Sequence[Outcome], weekly: float) -> Advice:
    """With labels the one that finds most, then soonest, of those whose false alarms keep to ``weekly``; without, the
    one the series calls for.
    """
    judged = [(one, one.verdict) for one in outcomes if one.verdict is not None and one.verdict.events]
    if judged:
        kept = [pair for pair in judged if pair[1].false_weekly <= weekly]
        quietest = min(verdict.false_alarms for _, verdict in judged)
        of = kept or [pair for pair in judged if pair[1].false_alarms == quietest]
        best, verdict = max(of, key=lambda pair: (len(pair[1].delays), -(pair[1].delay or 0.0)))
        facts = {
            "found": str(len(verdict.delays)), "events": str(verdict.events), "false": f"{verdict.false_weekly:.2f}",
        }  # fmt: skip
        return Advice(best.kind, FOUND if kept else LOUD, facts)
    if not found.numbers:
        return Advice("heartbeat", BEATS)
    if found.shares:
        return Advice("ratio", SHARES)
    if found.counts and found.step >= _OFTEN:
        return Advice("count", COUNTS)
    seasonal = found.seasonal >= STRONG and found.step <= _OFTEN
    return Advice("level", SEASON) if seasonal else Advice("auto", UNKNOWN)
