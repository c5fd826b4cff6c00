"""What detectors in other processes have learned is shown as if they were here."""

from typing import Any

from detectors.elsewhere import LEARNED, Elsewhere
from detectors.embedded import EmbeddedRunner
from detectors.rules import parse_rules
from detectors.standing import RuleBook
from incident.intake.event import Event
from tests.unit.detectors.feed import T0, event

RULES = parse_rules(
    """schema: detectors/v1
rules:
- {id: load, kind: level, on: metric.sampled, by: [service], alarms: 1/week,
   scenario: system-outage, title: {zh: 负载, en: Load}}
- {id: beat, kind: heartbeat, on: job.reported, by: [slug], timeout: 1d, scenario: other,
   title: {zh: 心跳, en: Beat}}
""",
    "detectors.yaml",
)


def told(partition: int, rules: dict[str, Any]) -> Event:
    """What a detector worker tells."""
    return Event(id="l", source="detect", type=LEARNED, time=T0, data={"partition": partition, "rules": rules})


def taught(*services: str) -> EmbeddedRunner:
    """A runner that has seen a week and a half of some services."""
    runner = EmbeddedRunner(RULES)
    for hour in range(260):
        at, value = hour * 3600, 10.0 + hour % 5
        runner.observe([event("metric.sampled", at, service=one, value=value) for one in services], T0 + at)
    runner.observe([event("job.reported", 0, slug=one, status="ok") for one in services], T0)
    return runner


def test_rules_look_the_same_wherever_their_detectors_run() -> None:
    """Two partitions tell a command node what one process would know itself."""
    here = taught("crm", "billing")
    book = RuleBook(RULES)
    known = {one.id: one for one in book.facts(here.changed())}
    assert known["load"].weeks > 1
    assert known["load"].keys == known["beat"].keys == 2

    away = Elsewhere()
    for number, service in enumerate(("crm", "billing")):
        rules = {rule: list(one) for rule, one in taught(service).learned().items()}
        assert away.observe([told(number, rules)], T0) == []
    kept = away.changed()
    assert away.changed() == {}, "told once"
    again = Elsewhere()
    assert again.restore({**kept, ("load", "service=old"): b"of another time"}) == ()
    assert again.sizes == {"load": 2, "beat": 2}
    assert {one.id: one for one in book.facts(kept)} == known


def test_the_newest_of_a_partition_counts_and_nonsense_does_not() -> None:
    """A partition that moved is told of by its new owner; what can't be read is left out."""
    away, book = Elsewhere(), RuleBook(RULES)
    away.observe([told(0, {"beat": [7]}), told(0, {"beat": [3]}), told(1, {"beat": "many"}), told(2, {})], T0)
    facts = {one.id: one for one in book.facts(away.changed())}
    assert facts["beat"].keys == 3
    assert facts["beat"].confidence is None
    assert facts["load"].keys == 0
    assert away.hears(LEARNED)
    assert not away.hears("metric.sampled")
