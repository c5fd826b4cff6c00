"""Another monitor's verdict made into a signal: the rules that Alertmanager and all webhooks share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from incident.domain.signal import Evidence, Signal, SignalState
from incident.domain.words import Degree, Scenario, Text
from incident.intake.episodes import episode_id
from incident.intake.jsonread import EARLIEST, LATEST, utc
from incident.intake.limits import Terms
from incident.intake.results import BadItem, Reason

SCENARIO_LABEL = "tocsin_scenario"
DRILL_LABEL = "tocsin_drill"
LINKS = {"generator_url", "runbook_url"}
"""Labels that are added for the reader; they are not part of what the alert is about."""

_SEVERITIES: Mapping[str, tuple[Degree, Degree]] = MappingProxyType(
    {
        "critical": (Degree.HIGH, Degree.HIGH),
        "page": (Degree.HIGH, Degree.HIGH),
        "disaster": (Degree.HIGH, Degree.HIGH),
        "fatal": (Degree.HIGH, Degree.HIGH),
        "error": (Degree.HIGH, Degree.MEDIUM),
        "high": (Degree.HIGH, Degree.MEDIUM),
        "warning": (Degree.MEDIUM, Degree.MEDIUM),
        "average": (Degree.MEDIUM, Degree.MEDIUM),
        "info": (Degree.LOW, Degree.LOW),
        "information": (Degree.LOW, Degree.LOW),
        "debug": (Degree.LOW, Degree.LOW),
    }
)


@dataclass(frozen=True, slots=True)
class Policy:
    """How foreign verdicts are read.

    ``severities`` maps a severity word to impact and urgency; ``otherwise`` is for words it does not know.
    ``group_by`` lists labels in order: the first one an alert has decides which incident it joins, and the rule's
    name when it has none. Labels that tell machines of one cause apart (``instance``, ``pod``) don't belong there.
    ``resolve_timeout_s`` is when an Alertmanager alert without an end runs out unless it is sent again.
    """

    severities: Mapping[str, tuple[Degree, Degree]] = field(default_factory=lambda: _SEVERITIES)
    otherwise: tuple[Degree, Degree] = (Degree.MEDIUM, Degree.MEDIUM)
    severity_label: str = "severity"
    group_by: tuple[str, ...] = ("service", "job", "cluster")
    scenario: Scenario = Scenario.SYSTEM_OUTAGE
    resolve_timeout_s: float = 300.0

    def groups(self, labels: Mapping[str, str]) -> tuple[str, ...]:
        """The label by which alerts with ``labels`` become one incident."""
        for name in self.group_by:
            if labels.get(name):
                return (name,)
        return ("alertname",)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a foreign monitor said, in its own terms. Times are epoch seconds.

    Without a ``start``, ``series`` itself names the episode. Without an ``end`` a raise holds until it is cleared.
    """

    series: str
    rule: str
    labels: dict[str, str]
    start: float | None
    end: float | None
    raised: bool
    title: Text
    seen: str = ""
    severity: str = ""
    scenario: str = ""
    group_by: tuple[str, ...] = ()
    drill: str | None = None


def to_signal(verdict: Verdict, policy: Policy, terms: Terms) -> Signal:
    """The signal of a verdict. Raises BadItem for an absurd time, an unknown scenario, or a forbidden drill."""
    start = terms.now if verdict.start is None else terms.sane(verdict.start)
    end = _end(verdict)
    impact, urgency = policy.severities.get(verdict.severity.lower(), policy.otherwise)
    scenario = _scenario(verdict.scenario, policy)
    return Signal(
        id=verdict.series if verdict.start is None else episode_id(verdict.series, start),
        rule=verdict.rule,
        scenario=scenario,
        state=SignalState.RAISED if verdict.raised else SignalState.CLEARED,
        at=utc(start if verdict.raised else terms.now if end is None else end),
        title=verdict.title,
        labels=verdict.labels,
        group_by=verdict.group_by or policy.groups(verdict.labels),
        impact=impact,
        urgency=urgency,
        evidence=Evidence(seen=verdict.seen, since=utc(start)),
        ends_at=utc(end) if verdict.raised and end is not None else None,
        restricted=scenario is Scenario.DATA_LEAK,
        drill=terms.drill(verdict.drill),
    )


def _end(verdict: Verdict) -> float | None:
    if verdict.end is not None and not EARLIEST <= verdict.end <= LATEST:
        raise BadItem(Reason.BAD_TIME, "end")
    return verdict.end


def _scenario(name: str, policy: Policy) -> Scenario:
    if not name:
        return policy.scenario
    try:
        return Scenario(name)
    except ValueError:
        raise BadItem(Reason.BAD_LABELS, f"{SCENARIO_LABEL}: no such scenario") from None
