"""The web room's small pure parts: matchers, times, the drawing."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident.domain.errors import BadInput
from incident.domain.signal import Evidence
from incident.domain.suppression import Matcher
from incident.web.evidence_chart import evidence_chart
from incident.web.matchers import in_text, parse_matchers
from incident.web.times import clock_time, duration, relative, zone_name

NOW = datetime(2026, 3, 12, 18, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("service=ivr", [("service", "=", "ivr")]),
        ('a!=1, b=~"x|y,z"\nc!~ "q"', [("a", "!=", "1"), ("b", "=~", "x|y,z"), ("c", "!~", "q")]),
        ("site = 成都", [("site", "=", "成都")]),
        ("a=", [("a", "=", "")]),
        ("  ", []),
    ],
)
def test_matchers_are_read_as_people_write_them(text: str, expected: list[tuple[str, str, str]]) -> None:
    """One a line or parted by commas, quoted or not."""
    assert [(m.label, m.op, m.value) for m in parse_matchers(text)] == expected


@pytest.mark.parametrize(
    "text", ["what?", "=x", "a=~[", ",=", 'a="b" c', "x" * 3000, "\n".join(f"a{i}=1" for i in range(21))]
)
def test_what_is_no_matcher_is_refused(text: str) -> None:
    """With the part that can't be read."""
    with pytest.raises(BadInput):
        parse_matchers(text)


@given(st.lists(st.tuples(st.from_regex(r"[a-z_][a-z0-9_.-]{0,8}", fullmatch=True), st.sampled_from(["=", "!="]),
                          st.text(st.characters(blacklist_characters='"', blacklist_categories=["Cs"]), max_size=12)),
                max_size=8))  # fmt: skip
def test_a_matcher_written_out_is_read_back(parts: list[tuple[str, str, str]]) -> None:
    """Whatever the value holds."""
    matchers = tuple(Matcher(*part) for part in parts)
    assert parse_matchers("\n".join(in_text(m) for m in matchers)) == matchers


@given(st.text(max_size=200))
def test_no_text_makes_the_parser_fail_otherwise(text: str) -> None:
    """Matchers or one readable error."""
    with suppress(BadInput):
        assert all(matcher.label for matcher in parse_matchers(text))


def test_times_are_short_where_the_day_is_clear() -> None:
    """Today, this year, another year; offsets are never ambiguous."""
    shanghai = ZoneInfo("Asia/Shanghai")
    assert clock_time(NOW, NOW, shanghai) == "02:07"
    assert clock_time(NOW - timedelta(days=2), NOW, shanghai) == "03-11 02:07"
    assert clock_time(NOW - timedelta(days=400), NOW, shanghai).startswith("2025-")
    assert zone_name(shanghai, NOW) == "UTC+8"
    assert zone_name(ZoneInfo("America/St_Johns"), NOW) == "UTC−2:30"
    assert relative(NOW - timedelta(minutes=5), NOW, "zh-CN") == "5分钟前"
    assert relative(NOW + timedelta(minutes=5), NOW, "en") == "in 5 minutes"
    assert duration(timedelta(minutes=-5), "en") == "5 minutes"


@given(st.lists(st.tuples(st.floats(0, 2e9), st.floats(-1e9, 1e9)), max_size=60), st.text(max_size=20))
def test_any_evidence_can_be_drawn(window: list[tuple[float, float]], expected: str) -> None:
    """No division by zero, no markup from texts."""
    drawn = evidence_chart(Evidence(expected=expected, seen="1", window=tuple(sorted(window))), '<b>"x"</b>')
    assert "<b>" not in drawn
    assert (drawn == "") is (len(window) < 2)
