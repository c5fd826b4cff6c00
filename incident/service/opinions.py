"""People's opinions of signals, and the rules as those opinions and the weeks behind them make them look."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from incident.domain.errors import BadInput, NotFound
from incident.domain.opinion import Opinion, Usefulness
from incident.domain.said import said
from incident.domain.words import Scenario
from incident.service.ports import RuleBook, Store
from incident.service.records import RuleFacts, StoredSignal
from incident.service.redaction import Viewer, is_restricted, may_see

WEEKS = 4
"""So many weeks back alarms are counted."""


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule as somebody looks at it. Everything counted is what the viewer may see.

    ``told``: alarms in each of the last ``WEEKS`` weeks, the running one last. ``halvings``: how often opinions have
    halved the budget.
    """

    facts: RuleFacts
    told: tuple[int, ...]
    useful: int
    not_useful: int
    halvings: float

    @property
    def allowed(self) -> float | None:
        """Alarms a week that are left of the budget, over all keys."""
        facts = self.facts
        if facts.alarms is None:
            return None
        return facts.alarms * (max(facts.keys, 1) if facts.each else 1) * float(0.5**self.halvings)

    @property
    def state(self) -> str:
        """``fixed``: limits that nobody has to learn; ``waiting``: nothing to learn from yet; ``learning``; ``set``."""
        if self.facts.confidence is None:
            return "fixed"
        if not self.facts.keys:
            return "waiting"
        return "learning" if self.facts.confidence < 0.5 else "set"

    @property
    def over(self) -> bool:
        """Whether more was told than the budget allows, beyond what chance explains."""
        return self.allowed is not None and sum(self.told) > WEEKS * self.allowed + 2 * (WEEKS * self.allowed) ** 0.5


def judge(store: Store, opinion: Opinion) -> Opinion:
    """Keep an opinion. Raises NotFound for a signal its giver may not know of, BadInput for a drill's."""
    found = seen_by(store, Viewer(opinion.person), store.signals.get([opinion.signal]).values())
    if not found:
        raise NotFound(said("no signal {signal}", signal=opinion.signal), remedy="tocsin signal list shows them")
    signal = found[0].signal
    if signal.drill is not None:
        raise BadInput("a drill's signal says nothing about its rule", remedy="judge signals of real events")
    kept = replace(opinion, rule=signal.rule)
    store.opinions.put(kept)
    return kept


def take_back(store: Store, signal: str, person: str) -> None:
    """Undo an opinion. Raises NotFound when there is none."""
    if not store.opinions.remove(signal, person):
        raise NotFound(
            said("you have said nothing about signal {signal}", signal=signal),
            remedy="tocsin signal list shows what was said",
        )


def seen_by(store: Store, viewer: Viewer, found: Iterable[StoredSignal]) -> list[StoredSignal]:
    """Those whose incident the viewer may see; restricted ones that joined none are nobody's."""
    found = list(found)
    known = {i: store.incidents.get(i) for i in {s.incident_id for s in found} if i}
    return [
        s for s in found
        if (may_see(known[s.incident_id], viewer) if s.incident_id else not is_restricted(s.signal))
    ]  # fmt: skip


def rule_lines(store: Store, book: RuleBook, viewer: Viewer, now: datetime) -> list[RuleLine]:
    """Every rule with its budget, its alarms of the last weeks, and what people think of them."""
    facts = book.facts(store.detectors.load())
    leaks = {one.id for one in facts if one.scenario is Scenario.DATA_LEAK}
    opinions = _opinions(store, viewer, leaks)
    halvings = book.halvings(opinions, now)
    voices = Counter((one.rule, one.verdict) for one in opinions)
    told = _told(store, viewer, leaks, now)
    return [
        RuleLine(
            one, tuple(told[one.id, week] for week in reversed(range(WEEKS))), voices[one.id, Usefulness.USEFUL],
            voices[one.id, Usefulness.NOT_USEFUL], halvings.get(one.id, 0.0),
        )
        for one in facts
    ]  # fmt: skip


def _opinions(store: Store, viewer: Viewer, leaks: set[str]) -> list[Opinion]:
    found = store.opinions.rows()
    guarded = [one.signal for one in found if one.rule in leaks]
    seen = {s.signal.id for s in seen_by(store, viewer, store.signals.get(guarded).values())}
    return [one for one in found if one.rule not in leaks or one.signal in seen]


def _told(store: Store, viewer: Viewer, leaks: set[str], now: datetime) -> Counter[tuple[str, int]]:
    """(rule, weeks ago) → alarms."""
    rows = store.signals.told(now - timedelta(weeks=WEEKS))
    guarded = {incident for rule, _, incident in rows if rule in leaks and incident}
    seen = {incident for incident in guarded if may_see(store.incidents.get(incident), viewer)}
    return Counter(
        (rule, int((now - at) / timedelta(weeks=1)))
        for rule, at, incident in rows
        if rule not in leaks or incident in seen
    )
