"""Where events and states lie: what a rule must see together is in one partition."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from detectors.rules import load_rules, parse_rules
from detectors.streaming.plan import Plan
from incident.intake.event import Event

SHIPPED = Path(__file__).parents[3] / "config" / "defaults" / "detectors.yaml"
HEAD = "schema: detectors/v1\nrules:\n"
RULE = (
    "- {{id: {0}, kind: ratio, on: {1}, by: {2}, bad: {{where: {{ok: false}}}}, scenario: other,"
    " title: {{zh: 规则, en: Rule}}}}\n"
)


def plan(*rules: tuple[str, str, str]) -> Plan:
    """A plan of ratio rules (id, on, by)."""
    return Plan(parse_rules(HEAD + "".join(RULE.format(*rule) for rule in rules), "test.yaml"))


def test_events_are_spread_by_what_most_rules_split_by() -> None:
    """A rule with more fields works there too; one with others, or none, gets its events by the second topic."""
    found = plan(
        ("fine", "[a, b]", "[queue, site]"),
        ("queue", "[b]", "[queue]"),
        ("again", "[a]", "[queue]"),
        ("site", "[a]", "[site]"),
        ("all", "[a]", "[]"),
    )
    assert found.fields == {"a": ("queue",)}
    assert found.regrouped == ("site", "all")
    event = Event(id="1", source="s", type="b", time=1.0, data={"queue": "sales", "site": "bj"})
    assert found.key_of(event) == "queue=sales" == found.home_of("fine", "queue=sales|site=bj")
    assert found.home_of("queue", "queue=sales#drill-1") == "queue=sales"
    assert found.home_of("all", "*") == found.home_of("all", "*#drill-1") == "a|*"


def test_a_group_that_only_counts_as_a_whole_lies_in_one_partition() -> None:
    """There is nothing to spread by, and nothing to regroup."""
    found = plan(("one", "[a]", "[]"), ("two", "[a]", "[]"), ("other", "[c]", "[x]"))
    assert found.regrouped == ()
    assert found.key_of(Event(id="1", source="s", type="a", time=1.0)) == "a|*" == found.home_of("one", "*")


def test_events_no_rule_is_about_are_spread_by_their_source() -> None:
    """They cost no detector anything."""
    assert plan(("one", "[a]", "[x]")).key_of(Event(id="1", source="acd", type="z", time=1.0)) == "z|acd"


@given(
    kind=st.sampled_from(["contact.answered", "contact.abandoned", "metric.sampled", "request.served", "heartbeat"]),
    label=st.one_of(st.text(max_size=200), st.integers(), st.none()), drill=st.sampled_from([None, "d#1|x"]),
)  # fmt: skip
def test_a_local_rules_state_lives_where_its_events_lie(kind: str, label: object, drill: str | None) -> None:
    """For all values a label may have, with the shipped rules."""
    event = Event(id="1", source="s", type=kind, time=1.0, drill=drill, data={
        "queue": label, "service": label, "slug": label, "metric": "latency_ms", "ok": True,
    })  # fmt: skip
    at_home = [
        (rule, key) for rule, detector in DETECTORS.items()
        if rule not in PLAN.regrouped and (key := detector.key_of(event)) is not None
    ]  # fmt: skip
    assert all(PLAN.home_of(*name) == PLAN.key_of(event) for name in at_home)
    assert at_home


DETECTORS = {one.rule.id: one for one in load_rules(SHIPPED)}
PLAN = Plan(list(DETECTORS.values()))
