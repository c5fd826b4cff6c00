"""detectors.yaml: what it may say, and how its faults are told."""

from pathlib import Path

import pytest

from detectors.budget import Allowance
from detectors.registry import KINDS
from detectors.rule import seconds
from detectors.rules import load_rules, parse_rules
from incident.domain.errors import BadInput
from incident.domain.words import Degree, Scenario
from tests.unit.detectors.feed import detector

DEFAULTS = Path(__file__).parents[3] / "config" / "defaults" / "detectors.yaml"
GOOD = """schema: detectors/v1
rules:
- id: slow
  kind: threshold
  on: metric.sampled
  above: 5
  scenario: system-outage
  title: {zh: 慢, en: Slow}
  impact: high
  clear_after: 1h30m
"""


def test_the_shipped_rules_load_and_show_every_kind() -> None:
    """What ``tocsin init`` writes works as it is and has an example of each kind."""
    detectors = load_rules(DEFAULTS)
    assert {one.kind for one in detectors} == set(KINDS)
    assert {one.rule.scenario for one in detectors} == {
        Scenario.SYSTEM_OUTAGE,
        Scenario.COMPLAINT_SURGE,
        Scenario.DATA_LEAK,
    }


def test_words_and_durations_are_read() -> None:
    """Degrees by name, durations with units, one event type or a list of them."""
    (detector,) = parse_rules(GOOD, "detectors.yaml")
    assert detector.rule.impact is Degree.HIGH
    assert detector.rule.clear_after == 5400
    assert detector.rule.on == ("metric.sampled",)


def test_all_faults_are_told_at_once_with_their_lines() -> None:
    """A wrong kind, an unknown field and a bad duration in three rules give three lines."""
    text = GOOD + (
        "- {id: a, kind: treshold}\n"
        "- id: b\n  kind: heartbeat\n  scenario: other\n  title: {zh: b, en: b}\n  timeuot: 5m\n"
        "- id: c\n  kind: heartbeat\n  scenario: other\n  title: {zh: c, en: c}\n  timeout: soon\n"
    )
    with pytest.raises(BadInput) as caught:
        parse_rules(text, "detectors.yaml")
    faults = caught.value.faults
    assert [fault.split(": ")[0] for fault in faults] == ["detectors.yaml:11", "detectors.yaml:16", "detectors.yaml:21"]
    assert "did you mean 'threshold'?" in faults[0]
    assert "did you mean 'timeout'?" in faults[1]
    assert "30s, 5m" in faults[2]


def test_two_rules_of_one_id_are_a_fault() -> None:
    """Ids name states and signals, so they must differ."""
    rule = GOOD.partition("rules:\n")[2]
    with pytest.raises(BadInput, match=r":11: .*earlier rule"):
        parse_rules(GOOD + rule, "detectors.yaml")


def test_a_rule_can_be_switched_off() -> None:
    """``enabled: false`` keeps the rule in the file only."""
    assert parse_rules(GOOD + "  enabled: false\n", "detectors.yaml") == []


@pytest.mark.parametrize(
    ("text", "length"), [("30s", 30), ("5m", 300), ("1h30m", 5400), ("2d", 172800), ("250ms", 0.25)]
)
def test_durations(text: str, length: float) -> None:
    """Units add up."""
    assert seconds(text) == length


def test_a_file_without_rules_is_a_fault() -> None:
    """The frame of the file is checked too."""
    with pytest.raises(BadInput, match="rules"):
        parse_rules("schema: detectors/v1\n", "detectors.yaml")


@pytest.mark.parametrize("kind", ["[ratio]", "{a: 1}", "7", "null"])
def test_a_kind_that_is_no_word_is_a_fault(kind: str) -> None:
    """Whatever stands where a kind should, the fault names its place."""
    with pytest.raises(BadInput, match=r":3: rules\.0\.kind: "):
        parse_rules(f"schema: detectors/v1\nrules:\n- {{id: a, kind: {kind}}}\n", "detectors.yaml")


PROMISES = {
    "first_answer": "",
    "honeytoken": "tokens: [13900001234]",
    "new_destination": "",
    "privileged_export": "",
    "text": "",
    "threshold": "on: metric.sampled\nabove: 10",
}


def test_a_budget_is_kept_or_refused_with_the_reason() -> None:
    """No kind takes ``alarms`` and does nothing with it; where it means nothing the file's line says why, once."""
    assert {kind for kind, (model, _) in KINDS.items() if model.unbudgeted} == set(PROMISES)
    for kind, body in PROMISES.items():
        with pytest.raises(BadInput) as told:
            detector(kind, f"{body}\nalarms: 1/week")
        (fault,) = told.value.faults
        assert fault.startswith("test.yaml:")
        assert f": rules.0.alarms: {kind} has no budget: " in fault
        assert " — " in fault
    with pytest.raises(BadInput, match="leave out one of 'timeout' and 'alarms'"):
        detector("heartbeat", "timeout: 1m\nalarms: 1/week")
    assert detector("heartbeat", "alarms: 1/week").allowance == Allowance(1.0, 0.0)
