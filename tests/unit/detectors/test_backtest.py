"""Back-tests: rows in and out, causality, labels, comparison, drawing, and rules over recorded events."""

import json
import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.backtest.compare import Outcome, Tally, character_of, fitting, recommended
from detectors.backtest.labels import Event as Stretch
from detectors.backtest.labels import Verdict, judge, read_labels
from detectors.backtest.plot import plot
from detectors.backtest.rows import Row, epoch, read_rows
from detectors.backtest.rules import RuleTally, line, replay
from detectors.backtest.series import SeriesRun
from detectors.budget import Standing, rate
from detectors.series.meters import METERS
from incident.domain.errors import BadInput
from tests.unit.detectors.feed import T0, detector, event

every_meter = pytest.mark.parametrize("kind", sorted(METERS))


def row(at: float, value: float, trials: float = math.nan) -> Row:
    return Row(at, value, trials, str(at), str(value))


def wave(count: int, seed: int = 1) -> list[Row]:
    """Five-minute samples with a daily season, some noise and a spike each two days."""
    rng = random.Random(seed)
    return [
        row(T0 + 300 * i, 50 + 20 * math.sin(i / 46) + rng.gauss(0, 1) + (60 if i % 576 == 500 else 0), 100.0)
        for i in range(count)
    ]


def test_rows_keep_their_texts_and_their_order() -> None:
    """Numbers or ISO times, milliseconds too; what can't be read is NaN and still a row."""
    text = "\ufeffTimestamp, value ,count\n1700000000,1.5,3\n2023-11-14 22:13:20,x,\n1700000000000,inf,2\nsoon,2,1\n\n"
    rows = list(read_rows(text.splitlines(), "a.csv"))
    assert [one.at for one in rows[:3]] == [1_700_000_000.0] * 3
    assert math.isnan(rows[3].at)
    assert [one.text for one in rows] == ["1.5", "x", "inf", "2"]
    assert [math.isnan(one.value) for one in rows] == [False, True, True, False]
    assert rows[0].trials == 3.0


@pytest.mark.parametrize("head", ["", "time,value", "timestamp,count"])
def test_a_table_without_the_columns_is_refused(head: str) -> None:
    """Named by its file, with the remedy."""
    with pytest.raises(BadInput, match=r"a\.csv"):
        list(read_rows([head], "a.csv"))


def test_times_without_a_zone_are_utc() -> None:
    """And those with one are what they say."""
    assert epoch("2026-01-05T00:00:00+08:00") == T0
    assert epoch("2026-01-04 16:00:00") == T0


@every_meter
def test_a_score_depends_on_earlier_rows_alone(kind: str) -> None:
    """Cutting the series off anywhere changes nothing before the cut, and there is one result per row."""
    rows = wave(800)
    whole = list(SeriesRun(kind).score(rows))
    part = list(SeriesRun(kind).score(rows[:500]))
    assert len(whole) == 800
    assert [(one.score, one.alert) for one in part] == [(one.score, one.alert) for one in whole[:500]]


@every_meter
@settings(max_examples=40)
@given(data=st.data())
def test_any_rows_give_finite_scores(kind: str, data: st.DataObject) -> None:
    """NaN, negative, huge, constant, late and doubled rows neither crash nor give a score that is no number."""
    times = st.one_of(st.floats(1, 4e9), st.sampled_from([math.nan, T0, T0 + 300, T0 + 301]))
    values = st.one_of(st.floats(-1e15, 1e15), st.sampled_from([math.nan, 0.0, 1.0, -1.0, 1e15, 5e-324]))
    rows = data.draw(st.lists(st.builds(row, times, values, values), max_size=60))
    scored = list(SeriesRun(kind).score(rows))
    assert len(scored) == len(rows)
    assert all(math.isfinite(one.score) and one.score >= 0 for one in scored)


@every_meter
def test_what_is_constant_is_quiet(kind: str) -> None:
    """A flat series, evenly sampled, alarms nobody."""
    rows = [row(T0 + 300 * i, 5.0, 100.0) for i in range(2000)]
    assert not any(one.alert for one in SeriesRun(kind).score(rows))


@every_meter
def test_a_hundred_times_the_scale_gives_the_same_alarms(kind: str) -> None:
    """A change of unit before the beginning is no change at all, for what isn't a share or a count."""
    if kind in {"ratio", "count"}:
        return
    rows = wave(1500)
    large = [row(one.at, one.value * 128, one.trials) for one in rows]
    alarms = [[one.alert for one in SeriesRun(kind).score(given)] for given in (rows, large)]
    assert alarms[0] == alarms[1]


@pytest.mark.parametrize("kind", ["auto", "level", "novelty"])
@pytest.mark.parametrize("wild", [{3000: 1e6}, {3000: -1e12}, {5: 1e9}, {3000: 1e4, 3001: 1e4}])
def test_a_wild_value_blinds_nobody(kind: str, wild: dict[int, float]) -> None:
    """One glitch of a probe; ten days later the values double for an hour, and that is an alarm as ever."""
    rng = random.Random(3)
    rows = [row(T0 + 300 * i, (100 + 20 * math.sin(i / 46) + rng.gauss(0, 2)) * (1 + (i >= 5988))) for i in range(6000)]
    for place, value in wild.items():
        rows[place] = row(rows[place].at, value)
    assert any(one.alert for one in list(SeriesRun(kind).score(rows))[5988:])


def test_it_finds_spikes_within_the_budget() -> None:
    """Level finds most of the spikes once it has learned, and little else."""
    rows = wave(288 * 21)
    scored = list(SeriesRun("level", alarms=5.0).score(rows))
    found = [number for number, one in enumerate(scored) if one.alert]
    right = [number for number in found if number % 576 == 500]
    assert len(right) >= 6
    assert len(found) - len(right) <= 4


def test_two_surges_ten_days_apart_are_two_alarms() -> None:
    """Where samples are days, a stretch of trouble ends with two calm days, not with twelve."""
    rng = random.Random(7)
    counts = [float(round(rng.gauss(80, 9))) for _ in range(120)]
    counts[60] = counts[70] = 300.0
    rows = [row(T0 + 86400 * number, count) for number, count in enumerate(counts)]
    alarms = [number for number, one in enumerate(SeriesRun("count", alarms=0.08).score(rows)) if one.alert]
    assert [number for number in alarms if 55 < number < 90] == [60, 70]


def test_each_silence_of_a_steady_sender_is_an_alarm() -> None:
    """Its ordinary gaps are more than half its timeout: they must not keep the first silence open for ever."""
    silences = (1000, 2500, 4000)
    at, rows = T0, []
    for number in range(5000):
        at += 600 if number in silences else 10
        rows.append(row(at, math.nan))
    run = SeriesRun("heartbeat", 50.0)
    assert [number for number, one in enumerate(run.score(rows)) if one.alert] == list(silences)
    assert run.standing().alarms == 3


def test_labels_are_stretches_or_runs() -> None:
    """start,end or timestamp,label; anything else is refused."""
    assert read_labels([["start", "end"], ["100", "200"]], "l") == [(100.0, 200.0)]
    runs = [["timestamp", "x", "label"], ["1", "", "0"], ["2", "", "1"], ["3", "", "1"], ["4", "", "0"], ["5", "", "1"]]
    assert read_labels(runs, "l") == [(2.0, 3.0), (5.0, 5.0)]
    with pytest.raises(BadInput, match="no labels"):
        read_labels([["a"]], "l")
    with pytest.raises(BadInput, match="no stretch"):
        read_labels([["start", "end"], ["5", "2"]], "l")


def test_alarms_are_judged_by_labels() -> None:
    """First alarm inside or shortly after finds the event; those outside all are false."""
    verdict = judge([5, 12, 14, 40, 99], [Stretch(10, 20), Stretch(35, 38), Stretch(60, 70)], 2.0, 3.0)
    assert (verdict.recall, verdict.delays, verdict.false_alarms, verdict.false_weekly) == (2 / 3, (2, 5), 2, 1.0)


def test_a_comparison_recommends_by_labels_and_otherwise_by_character() -> None:
    """The drawing shows a lane for each."""
    rows = wave(288 * 10)
    character = character_of(rows)
    assert fitting(character) == ("auto", "level", "novelty", "ratio")
    events = [Stretch(one.at, one.at + 600) for number, one in enumerate(rows) if number % 576 == 500]
    outcomes = []
    for kind in ("level", "novelty"):
        run = SeriesRun(kind, 5.0)
        tally = Tally(run)
        assert len(list(tally.watch(run.score(rows)))) == len(rows)
        outcomes.append(tally.outcome(events))
    assert recommended(character, outcomes, 5.0).kind == "level"
    assert recommended(character, [], 1.0).kind == "ratio"
    drawing = str(plot("<series>", rows, outcomes, events, lambda text: text))
    assert drawing.startswith("<svg")
    assert "&lt;series&gt;" in drawing
    assert drawing.count("<polyline") == 1
    assert fitting(character_of([row(T0 + i, math.nan) for i in range(9)])) == ("heartbeat",)
    counts = [row(T0 + 86400 * i, float(i % 7)) for i in range(60)]
    assert recommended(character_of(counts), [], 1.0).kind == "count"


def test_the_one_that_finds_most_within_the_budget_is_recommended() -> None:
    """Not the quietest, which finds little, nor the loudest, which finds all; where none keeps to it, the quietest."""

    def outcome(kind: str, delays: tuple[float, ...], false: int) -> Outcome:
        return Outcome(kind, 9, (), 10.0, Standing(10, 1, 1, 1), Verdict(4, delays, false, 10.0))

    character = character_of(wave(288 * 3))
    tried = [outcome("a", (1.0,), 0), outcome("b", (90.0, 5, 9), 9), outcome("c", (2.0, 5, 9), 9),
             outcome("d", (1.0,) * 4, 40)]  # fmt: skip
    best = recommended(character, tried, 1.0)
    assert (best.kind, best.why.format(**best.facts)) == ("c", "finds 3 of 4, false alarms a week: 0.90")
    loud = recommended(character, tried[1:], 0.1)
    assert (loud.kind, loud.why.startswith("none keeps")) == ("c", True)


def test_rules_are_replayed_as_they_would_have_served() -> None:
    """Silence between two events is ticked through; a signal is one line of JSON."""
    subject = detector("heartbeat", "timeout: 60s")
    beats = [event("heartbeat", at, slug="pbx") for at in (0, 30, 500, 530)]
    tally = RuleTally()
    signals = list(replay([subject], (tally.event(one) for one in beats), after=600))
    for one in signals:
        tally.signal(one)
    assert [one.state for one in signals] == ["raised", "cleared", "raised"]
    assert tally.raised == {"heartbeat-rule": 2}
    told = json.loads(line(signals[0]))
    assert told["rule"] == "heartbeat-rule"
    assert told["impact"] == "medium"


@pytest.mark.parametrize(("text", "weekly"), [("1/week", 1.0), ("2 / day", 14.0), ("0.5", 0.5), ("1/quarter", 1 / 13)])
def test_a_budget_is_written_as_people_say_it(text: str, weekly: float) -> None:
    """Alarms a week."""
    assert rate(text) == pytest.approx(weekly)


@pytest.mark.parametrize("text", ["", "0/week", "-1", "many", "1/decade", "nan"])
def test_a_senseless_budget_is_refused(text: str) -> None:
    """With how to write it."""
    with pytest.raises(BadInput, match="no budget"):
        rate(text)
