"""A signal: a detector's verdict that something is wrong (raised) or right again (cleared)."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from incident.domain.words import Degree, Scenario, Text


class SignalState(StrEnum):
    """Whether the finding holds or has gone."""

    RAISED = "raised"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True)
class Contributor:
    """One queue, class, user … and how much of the finding it explains (0–1)."""

    name: str
    share: float


_NO_WORDS = Text("", "")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a human needs in order to believe a signal in five seconds.

    ``window`` holds (epoch seconds, value) pairs, oldest first, at most 60. ``samples`` are texts that were
    masked by the detector: a raw value never gets this far. ``unusual`` is terse ("8/10 min"); ``meaning`` says the
    same in whole words, in both languages.
    """

    expected: str = ""
    seen: str = ""
    since: datetime | None = None
    unit: str = ""
    unusual: str = ""
    window: tuple[tuple[float, float], ...] = ()
    contributors: tuple[Contributor, ...] = ()
    samples: tuple[str, ...] = ()
    meaning: Text = _NO_WORDS

    def how_unusual(self, language: str) -> str:
        """In words for a reader of ``language``; terse where the detector has no words."""
        return self.meaning.in_(language) or self.unusual

    @property
    def reading(self) -> str:
        """What was seen, with its unit unless the text has one already."""
        return f"{self.seen} {self.unit}" if self.unit and self.seen[-1:].isdigit() else self.seen


@dataclass(frozen=True, slots=True)
class Signal:
    """A verdict.

    ``id`` names one *episode*: the raise, its repeats, and the clear share it, so that handling it twice changes
    nothing. ``rule`` is the detector rule or foreign alert name. ``labels`` say what it is about; those named in
    ``group_by`` decide which incident it joins. ``at`` is when it happened, not when it was noticed. ``ends_at``
    is when a foreign alert runs out unless it is sent again. ``drill`` is the drill run's id, None when real. ``trace``
    is the trace id of the fact that settled it.
    """

    id: str
    rule: str
    scenario: Scenario
    state: SignalState
    at: datetime
    title: Text
    labels: dict[str, str] = field(default_factory=dict)
    group_by: tuple[str, ...] = ("service",)
    impact: Degree = Degree.MEDIUM
    urgency: Degree = Degree.MEDIUM
    evidence: Evidence = field(default_factory=Evidence)
    restricted: bool = False
    ends_at: datetime | None = None
    drill: str | None = None
    trace: str = ""

    @property
    def correlation_key(self) -> str:
        """What two signals of one cause have in common: the labels in ``group_by``, or the rule without any."""
        parts = [f"{name}={self.labels[name]}" for name in self.group_by if self.labels.get(name)]
        return "|".join(parts) if parts else f"rule={self.rule}"

    @property
    def own_key(self) -> str:
        """The key of an incident about what this rule says alone, where a person took it out of one about more."""
        return f"{self.correlation_key}|split={self.rule}"
