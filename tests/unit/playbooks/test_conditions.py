"""Conditions: three answers, typed facts, and nothing in them that could do harm."""

import time
from typing import Any

import pytest

from incident.domain.parts import Verdict
from playbooks.condition import compile_condition

YES, NO, UNKNOWN = Verdict.YES, Verdict.NO, Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("source", "values", "expected"),
    [
        ("affected_pct >= 50", {"affected_pct": 50.0}, YES),
        ("affected_pct >= 50", {"affected_pct": 49.9}, NO),
        ("affected_pct >= 50", {}, UNKNOWN),
        ("affected_pct * 2 >= 50", {"affected_pct": 25.0}, YES),
        ("a >= 1 || b", {"a": 2.0}, YES),
        ("a >= 1 || b", {"a": 0.0}, UNKNOWN),
        ("a >= 1 && b", {"a": 0.0}, NO),
        ("a >= 1 && b", {"a": 2.0}, UNKNOWN),
        ("!leak", {}, UNKNOWN),
        ("leak == yes", {"leak": True}, YES),
        ("leak == no", {"leak": True}, NO),
        ("'电话' in channels", {"channels": ["电话", "微信"]}, YES),
        ("size(channels) >= 2", {"channels": ["电话"]}, NO),
        ("place.startsWith('上海')", {"place": "上海一中心"}, YES),
        ("chosen.judge == 'declare'", {"chosen": {}}, UNKNOWN),
        ("chosen.judge == 'declare'", {"chosen": {"judge": "reject"}}, NO),
        ('done["step-1"] && !overdue["step-1"]', {"done": {"step-1": True}, "overdue": {"step-1": False}}, YES),
        ("(a ? 1 : 2) == 1", {"a": True}, YES),
        ("1 / 0 > 1 && no", {}, NO),
        ("level", {"level": 2.0}, UNKNOWN),
    ],
)
def test_a_condition_answers_yes_no_or_asks(source: str, values: dict[str, Any], expected: Verdict) -> None:
    """What is not known counts neither for nor against; the rest decides where it can."""
    assert compile_condition(source).read(values) is expected


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("a.__class__", "can't be looked up"),
        ("''.__class__.__mro__", "can't be looked up"),
        ("a.b.c", "can't be looked up"),
        ("done.x.y", "can't be looked up"),
        ("a[0]", "nothing can be looked up there"),
        ("open('/etc/passwd')", "there is no function 'open'"),
        ("__import__('os').system('true')", "there is no function '__import__'"),
        ("[1,2].all(x, x > 0)", "can't be looked up"),
        ("[1,2,3].map(x, [1,2,3].map(y, x * y))", "can't be looked up"),
        ("a.matches('(a+)+$')", "can't be looked up"),
        ("a = 1", "can't stand in a condition"),
        ("a; b", "can't stand in a condition"),
        ("lambda: 1", "not a condition"),
        ("a >= ", "not a condition"),
        ("{'a': 1}", "can't stand in a condition"),
        ("unknown(leak)", "write !known.FACT"),
        ("minutes >= 3", "is a table"),
        ("(" * 13 + "a" + ")" * 13, "brackets 13 deep"),
        ("!" * 401, "longer than 400"),
        ("'\\x41' == a", "can't stand in a condition"),
    ],
)
def test_a_hostile_condition_is_refused_before_it_is_compiled(source: str, complaint: str) -> None:
    """No attributes, loops, functions of the host, or depths; each refusal says what to write instead."""
    with pytest.raises(ValueError, match=r".") as refused:
        compile_condition(source)
    assert complaint in str(refused.value)


def test_a_ten_megabyte_condition_costs_nothing() -> None:
    """Length is looked at before anything else."""
    began = time.thread_time()
    with pytest.raises(ValueError, match="longer than"):
        compile_condition("a||" * 3_500_000)
    assert time.thread_time() - began < 1  # to compile it takes many seconds
