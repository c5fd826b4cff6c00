"""Charts can be drawn from any times and numbers."""

import math
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from incident.domain import events as e
from incident.report import svg
from incident.report.build import build
from incident.report.charts import dodge, response_bars, signal_window, task_bars
from incident.report.lanes import swim_lanes
from incident.report.model import Report, SignalRow
from incident.report.reader import Reader
from tests.unit.report import sample
from tests.unit.report.sample import NAMES, minute

READERS = (Reader.of("zh-CN", "Asia/Shanghai"), Reader.of("en", "America/New_York"))
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis takes naive bounds
NEAR = st.integers(-5000, 5000).map(minute)


def sound(drawing: str) -> bool:
    """True when no number in a drawing is broken."""
    return not re.search(r"\bnan\b|\binf\b", re.sub(r">[^<]*<", "><", drawing))


@settings(max_examples=30)
@given(st.data(), st.booleans())
def test_it_draws_whatever_the_times_are(data: st.DataObject, far: bool) -> None:
    """Random, equal and reversed times never divide by zero or leave the paper."""
    when = MOMENTS if far else NEAR
    log = [replace(x, occurred_at=data.draw(when)) for x in sample.outage()]
    report = build(log, data.draw(when), NAMES)
    for reader in READERS:
        assert sound(swim_lanes(report, reader) + task_bars(report, reader) + response_bars(report, reader))


def test_it_draws_when_everything_happens_at_once() -> None:
    """A log in which no time passes is drawn too."""
    log = [replace(x, occurred_at=minute(0)) for x in sample.outage()]
    report = build(log, minute(0), NAMES)
    for reader in READERS:
        assert sound(swim_lanes(report, reader) + task_bars(report, reader) + response_bars(report, reader))


def a_signal(window: tuple[tuple[float, float], ...], expected: str) -> SignalRow:
    """A signal with that window."""
    report: Report = build(sample.outage(), minute(1500), NAMES)
    return replace(report.signals[0], window=window, expected=expected)


@given(
    st.lists(st.tuples(st.floats(0, 4e9), st.floats(allow_nan=True, allow_infinity=True)), max_size=60),
    st.one_of(st.text(max_size=20), st.floats(allow_nan=False).map(str)),
)
def test_it_draws_any_window(window: list[tuple[float, float]], expected: str) -> None:
    """Flat, empty, negative and huge values are drawn or left out, never broken."""
    for reader in READERS:
        assert sound(signal_window(a_signal(tuple(window), expected), 1, reader))


def test_it_leaves_out_charts_that_would_be_empty() -> None:
    """No tasks, no bars; no values, no line."""
    report = build(sample.opening(sample.leak()), minute(3), NAMES)
    assert task_bars(report, READERS[0]) == ""
    assert signal_window(a_signal(((1.0, 1.0),), "3"), 1, READERS[0]) == ""


def test_it_shows_what_was_expected_and_when_it_was_raised() -> None:
    """The window carries the two things a reader needs in order to believe it."""
    drawing = signal_window(build(sample.outage(), minute(1500), NAMES).signals[0], 1, READERS[0])
    assert "预期 3%" in drawing
    assert "22:11 发出信号" in drawing


def test_it_tells_late_tasks_apart_without_colour() -> None:
    """Words say what a bar's colour says."""
    drawing = task_bars(build(sample.outage(), minute(1500), NAMES), READERS[1])
    assert "late by 18 min" in drawing
    assert "waived" in drawing
    assert "deadline" in drawing


def test_it_keeps_a_long_clean_up_from_squeezing_the_hours_that_mattered() -> None:
    """A review next day doesn't make the outage a thin line; the page says where the chart ends."""
    drawing = swim_lanes(build(sample.outage(), minute(1500), NAMES), READERS[0])
    assert "恢复 23:27" in drawing
    assert "03-14" not in drawing


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False),
       st.floats(allow_nan=False, allow_infinity=False))  # fmt: skip
def test_a_scale_never_leaves_its_range(low: float, high: float, value: float) -> None:
    """Whatever it is given, it stays on the paper."""
    assert 10 <= svg.Scale(low, high, 10, 90)(value) <= 90


@given(MOMENTS, MOMENTS)
def test_ticks_are_few_and_within(one: datetime, other: datetime) -> None:
    """Round moments between two others, not more than fit."""
    start, end = min(one, other), max(one, other)
    ticks = svg.time_ticks(start, end, ZoneInfo("Asia/Kolkata"))
    assert len(ticks) <= 12
    assert all(start - timedelta(seconds=1) <= tick <= end for tick in ticks)


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_number_ticks_cover_the_highest_value(high: float) -> None:
    """From 0 to at least the highest value, in few steps."""
    ticks = svg.number_ticks(high)
    assert 2 <= len(ticks) <= 8
    assert not (math.isfinite(high) and high > 1e-300) or ticks[-1] >= high * (1 - 1e-6)


@given(st.text(max_size=60), st.floats(0, 300))
def test_fitted_text_is_no_wider_than_its_place(text: str, width: float) -> None:
    """Long texts end in an ellipsis."""
    assert svg.width_of(svg.fit(text, width)) <= width + 1e-9


def test_marks_that_are_near_each_other_take_different_rows() -> None:
    """Two signs at one minute can both be seen."""
    assert dodge([0, 1, 2, 50], 10, 3) == [0, 1, 2, 0]
    assert len(set(dodge([0, 1, 2, 3], 10, 3))) == 3


def test_events_outside_any_group_stand_in_their_own_lane() -> None:
    """The reporter's and the detectors' marks are drawn below the three groups."""
    log = [x for x in sample.outage() if not isinstance(x.event, e.PlaybookActivated)]
    assert "外部与系统" in swim_lanes(build(log, minute(1500), NAMES), READERS[0])
