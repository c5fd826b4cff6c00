"""Recall and false alarms of the behaviour detectors on simulated users."""

from collections.abc import Iterable
from dataclasses import dataclass

from detectors.embedded import EmbeddedRunner
from detectors.registry import AnyDetector
from detectors.rules import parse_rules
from incident.domain.signal import Signal, SignalState
from incident.intake.event import Event
from tests.bench.leak.people import DAY, START, Theft, World, simulate

WEEK = 7 * DAY


@dataclass(frozen=True, slots=True)
class Score:
    """How one detector did on one world: share of thefts found, false alarms a week, median days to the alarm."""

    kind: str
    found: int
    planted: int
    false_per_week: float
    delay_days: float

    @property
    def recall(self) -> float:
        """Share of the planted thefts that were found."""
        return self.found / self.planted if self.planted else 0.0


def rule(kind: str, body: str = "alarms: 5/week") -> AnyDetector:
    """One detector of a kind from its own YAML lines."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    head = (
        f"schema: detectors/v1\nrules:\n  - id: {kind.replace('_', '-')}\n    kind: {kind}\n    scenario: data-leak\n"
    )
    return parse_rules(f"{head}    title: {{zh: 规则, en: Rule}}\n{lines}", "bench.yaml")[0]


def run(detector: AnyDetector, events: Iterable[Event]) -> list[Signal]:
    """All signals of one detector over the events, fed hour by hour."""
    runner, batch, signals, edge = EmbeddedRunner([detector]), list[Event](), list[Signal](), 0.0
    for event in events:
        if event.time >= edge and batch:
            signals += runner.observe(batch, batch[-1].time) + runner.tick(batch[-1].time)
            batch = []
        if not batch:
            edge = event.time + 3600.0
        batch.append(event)
    return signals + runner.observe(batch, batch[-1].time)


def score(kind: str, signals: list[Signal], thefts: list[Theft], world: World) -> Score:
    """Raised signals of the users' thefts; a signal of a theft of another kind is no false alarm."""
    begin, end = START + world.learn * DAY, START + world.days * DAY
    firsts: dict[str, Signal] = {}
    for one in signals:
        if one.state is SignalState.RAISED and one.id not in firsts:
            firsts[one.id] = one
    raised = [(one.labels["user"], one.at.timestamp()) for one in firsts.values()]
    false = sum(
        not any(theft.user == user and theft.start <= at <= theft.end + DAY for theft in thefts)
        for user, at in raised
        if begin <= at < end
    )
    mine = [theft for theft in thefts if theft.kind == kind]
    delays = [
        min(
            (at - theft.start for user, at in raised if user == theft.user and theft.start <= at <= theft.end),
            default=-1.0,
        )
        for theft in mine
    ]
    found = sorted(delay for delay in delays if delay >= 0)
    middle = found[len(found) // 2] / DAY if found else 0.0
    return Score(kind, len(found), len(mine), false / ((end - begin) / WEEK), middle)


DETECTORS = {
    "mass": ("export", "alarms: 5/week"),
    "off_hours": ("off_hours", "alarms: 5/week"),
    "slow": ("slow_export", "alarms: 5/week"),
}


def measure(seed: int, world: World | None = None) -> list[Score]:
    """Each of the three detectors on one world."""
    shape = world or World()
    events, thefts = simulate(seed, shape)
    return [score(kind, run(rule(*DETECTORS[kind]), events), thefts, shape) for kind in DETECTORS]
