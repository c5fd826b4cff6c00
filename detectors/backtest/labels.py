"""Labels: what really happened, and how alarms compare with it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isnan
from statistics import median
from typing import NamedTuple

from detectors.backtest.rows import epoch
from incident.domain.errors import BadInput
from incident.domain.said import said

WEEK = 604800.0


class Event(NamedTuple):
    """A labelled stretch, both ends included, epoch seconds."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """``delays``: seconds from the start of each found event to its first alarm."""

    events: int
    delays: tuple[float, ...]
    false_alarms: int
    weeks: float

    @property
    def recall(self) -> float | None:
        """Found events of all; None without events."""
        return len(self.delays) / self.events if self.events else None

    @property
    def delay(self) -> float | None:
        """Median delay in seconds; None when nothing was found."""
        return median(self.delays) if self.delays else None

    @property
    def false_weekly(self) -> float:
        """False alarms a week."""
        return self.false_alarms / self.weeks if self.weeks > 0 else 0.0


def read_labels(rows: Iterable[Sequence[str]], name: str) -> list[Event]:
    """From a CSV with ``start,end``, or with ``timestamp,label`` where a run of labels other than 0 is one event.

    Raises BadInput when it has neither.
    """
    found = iter(rows)
    header = [cell.strip().lower() for cell in next(found, [])]
    if {"start", "end"} <= set(header):
        places = header.index("start"), header.index("end")
        return sorted(_stretch(cells, places, name) for cells in found if cells)
    if {"timestamp", "label"} <= set(header):
        places = header.index("timestamp"), header.index("label")
        return _runs((epoch(cells[places[0]]), cells[places[1]].strip() not in {"", "0", "0.0"}) for cells in found)
    raise BadInput.at(name, said("no labels"), remedy=said("the first line must be start,end or timestamp,label"))


def _stretch(cells: Sequence[str], places: tuple[int, int], name: str) -> Event:
    start, end = (epoch(cells[place]) for place in places)
    if isnan(start) or isnan(end) or end < start:
        what = said("{cells} is no stretch of time", cells=",".join(cells))
        raise BadInput.at(name, what, remedy=said("write start,end with end not earlier"))
    return Event(start, end)


def _runs(marked: Iterable[tuple[float, bool]]) -> list[Event]:
    events: list[Event] = []
    open_ = False
    for at, bad in marked:
        if bad and not isnan(at):
            events = [*events[:-1], Event(events[-1].start, at)] if open_ else [*events, Event(at, at)]
        open_ = bad
    return events


def judge(alarms: Sequence[float], events: Sequence[Event], weeks: float, slack: float) -> Verdict:
    """Alarms within an event, or up to ``slack`` seconds after it, find it; alarms outside all events are false."""
    delays: list[float] = []
    explained: set[float] = set()
    for event in events:
        inside = [at for at in alarms if event.start <= at <= event.end + slack]
        explained.update(inside)
        if inside:
            delays.append(inside[0] - event.start)
    return Verdict(len(events), tuple(delays), len(alarms) - len(explained), weeks)
