"""Templates are data from outside: what could do harm is refused when it is read, and fields stay data."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incident.domain.crisis_plan import Phrase
from incident.domain.crisis_words import slips
from incident.domain.errors import BadInput
from incident.domain.words import Scenario, Text
from incident.yamlfile import parse
from playbooks.comms.book import PARTS, comms_from, comms_of, load_comms
from playbooks.comms.template import Refused, fields_of, render

HOSTILE = [
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ services.upper() }}",
    "{{ services['__class__'] }}",
    "{{ services|attr('__class__') }}",
    "{{ range(999999999)|join }}",
    "{% for a in services %}{% for b in services %}x{% endfor %}{% endfor %}",
    "{% for a in (1, 2) %}x{% endfor %}",
    "{% for a in services recursive %}{{ loop(a) }}{% endfor %}",
    "{{ 'a' * 99999999 }}",
    "{{ 'a' ~ 'b' }}",
    "{{ 2 ** 9999 }}",
    "{% set x = 1 %}",
    "{% include 'passwords' %}",
    "{% import 'os' as os %}",
    "{% extends 'x' %}",
    "{% macro m() %}{% endmacro %}",
    "{% call x() %}{% endcall %}",
    "{% filter upper %}x{% endfilter %}",
    "{% block b %}{% endblock %}",
    "{{ lipsum }}{{ lipsum.__globals__ }}",
    "{{ _secret }}",
    "{{ services|pprint }}",
    "{{ x is defined }}",
    "{{",
    "{% if %}",
    "x" * 10_000_000,
]


@pytest.mark.parametrize("source", HOSTILE, ids=lambda text: text[:30])
def test_a_hostile_template_is_refused_at_once(source: str) -> None:
    """It never runs, and refusing it takes no time to speak of."""
    began = time.thread_time()
    with pytest.raises(Refused):
        fields_of(source)
    assert time.thread_time() - began < 5


def test_a_template_fills_gaps_conditions_and_short_lists() -> None:
    """That is all it can do."""
    text = "{{ a }}{% if b %}; {{ b }}{% endif %}:{% for one in c %} {{ one }}{% endfor %} ({{ c|join(', ') }})"
    assert fields_of(text) == {"a", "b", "c"}
    assert render(text, {"a": "x", "b": "", "c": ["1", "2"]}) == "x: 1 2 (1, 2)"


def test_a_missing_field_is_never_left_blank() -> None:
    """Nothing goes out with a hole in it."""
    with pytest.raises(Refused, match="needs b"):
        render("{{ a }} {{ b }}", {"a": "x"})


@settings(max_examples=100)
@given(st.text(max_size=100))
def test_a_field_is_data_whatever_it_holds(value: str) -> None:
    """Braces in a value are never run; control characters don't get out."""
    shown = render("[{{ a }}]", {"a": value + "{{ 7*7 }}{% raw %}"})
    assert "49" not in shown.replace(value, "")
    assert all(ch.isprintable() for ch in shown)


@pytest.mark.parametrize("value", ["x" * 501, ["x"] * 21])
def test_long_values_are_refused(value: str | list[str]) -> None:
    """A message that nobody can take in is none."""
    with pytest.raises(Refused, match="longer than"):
        render("{{ a }}", {"a": value})


def test_every_scenario_has_every_channel_and_every_part() -> None:
    """IVR, agent card, chat, SMS, brief and press, and the three parts of a crisis plan, first word to all-clear."""
    for scenario, plan in load_comms().items():
        assert {line.channel for line in plan.lines} >= {"ivr", "agent_card", "chat", "sms", "brief", "press"}, scenario
        assert {line.part for line in plan.lines} >= PARTS
        for line in plan.lines:
            assert set(line.templates) == {"first", "update", "clear"}, (scenario, line.id)
            assert line.approver != line.backup


def test_shipped_texts_differ_by_language_and_fit_their_channel() -> None:
    """Chinese is Chinese, English holds none, and an SMS stays short."""
    for plan in load_comms().values():
        for line in plan.lines:
            for template in line.templates.values():
                assert any("一" <= ch <= "鿿" for ch in template.text.zh)
                assert not any("一" <= ch <= "鿿" for ch in template.text.en)
                assert line.channel != "sms" or len(template.text.zh) <= 160


def test_a_leak_says_nothing_by_itself() -> None:
    """No holding line goes to anybody outside while legal has not spoken."""
    assert [line.id for line in load_comms()[Scenario.DATA_LEAK].lines if line.holding] == []


LINE = """\
schema: comms/v1
scenario: other
never_say:
  - {words: [guarantee, 保证], why: {zh: 不承诺, en: no promises}}
lines:
  - id: ivr2
    part: reassurance
    audience: {zh: 来电者, en: Callers}
    channel: ivr
    owner: shift_lead
    approver: supervisor
    fields: [services]
    texts:
      first: {zh: "{{ services }}受影响", en: "{{ services }} is hit"}
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{{ services }} is hit", "{{ service }} is hit", "two languages ask for different fields"),
        (
            '{zh: "{{ services }}受影响", en: "{{ services }} is hit"}',
            '{zh: "{{ eta }}受", en: "{{ eta }} x"}',
            "'eta'",
        ),
        ("{{ services }} is hit", "{{ services.x }} is hit", "not allowed"),
        ("first:", "frist:", "first"),
        ("channel: ivr", "channel: fax", "use one of ivr, agent_card"),
    ],
)
def test_a_faulty_line_is_told_by_file_and_line(old: str, new: str, said: str) -> None:
    """Also in a user's own file."""
    with pytest.raises(BadInput) as raised:
        comms_from(LINE.replace(old, new, 1), "own.yaml")
    assert "own.yaml:" in str(raised.value)
    assert said in str(raised.value)


def test_a_text_that_says_what_must_not_be_said_is_refused_when_read() -> None:
    """The list holds for shipped words too."""
    with pytest.raises(BadInput, match="never_say forbids"):
        comms_of([parse(LINE.replace("is hit", "will work, we guarantee it"), "own.yaml")])


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        ("我们保证恢复", True), ("我们 保 证 恢复", True), ("我们保\u200b证恢复", True),
        ("ｗｅ ＧＵＡＲＡＮＴＥＥ it", True),
        ("we guarantee, it", True), ("we  guaranteed", False), ("保障服务", False), ("", False),
    ],
)  # fmt: skip
def test_phrases_are_found_whatever_their_spelling(text: str, hit: bool) -> None:
    """Spacing, width, case and invisible characters hide nothing; English matches whole words."""
    phrases = [Phrase(("保证", "we guarantee"), Text("不承诺", "no promises"))]
    assert bool(slips(text, phrases)) is hit
