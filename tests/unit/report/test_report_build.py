"""The report is a fold of the log: what it says is what the log holds, at any moment."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident.domain import events as e
from incident.domain.errors import BadInput
from incident.domain.words import Degree, Group, Phase, Scenario, Text
from incident.report.build import build, from_json, to_json
from incident.report.model import Metric, Report
from tests.unit.report import sample
from tests.unit.report.sample import NAMES, minute

SAMPLES = (sample.outage(), sample.leak(), sample.drill())


def finished() -> Report:
    """The outage's report after its end."""
    return build(sample.outage(), minute(1500), NAMES)


def metric(report: Report, key: str) -> Metric:
    """One of the report's metrics."""
    return next(m for m in report.metrics if m.key == key)


def test_it_tells_cause_process_and_after_care() -> None:
    """The three parts that the handbook asks for come from what people wrote, with name and time."""
    report = finished()
    assert report.final
    assert report.cause[0].text.startswith("运营商机房主备电源切换失败")
    assert report.process[0].by == Text("赵敏", "Zhao Min")
    assert report.after_care[0].at == minute(80)
    assert {t.en for t in report.told} >= {"Li Na", "Wang Wei", "Sun Li"}
    assert report.unknowns == ()


def test_it_measures_as_defined() -> None:
    """Times are differences of recorded moments."""
    report = finished()
    seconds = {m.key: m.value for m in report.metrics if m.kind == "seconds"}
    assert seconds["mttd"] == 3 * 60
    assert seconds["mtta"] == 6.5 * 60
    assert seconds["declare"] == 60
    assert seconds["notice"] == 14 * 60
    assert seconds["mttm"] == 50 * 60
    assert seconds["mttr"] == 77 * 60
    assert seconds["acting"] == 24 * 60


def test_it_counts_tasks_on_time_late_and_waived() -> None:
    """Planned against actual: who was late by how much, who waived what and why."""
    report = finished()
    tasks = {t.id: t for t in report.tasks}
    assert tasks["failover"].verdict == "late"
    assert tasks["failover"].late_by == 18 * 60
    assert tasks["failover"].reminders == 1
    assert (tasks["callback"].verdict, tasks["callback"].note[:6]) == ("waived", "平台自动记录")
    assert metric(report, "on_time") == Metric("on_time", "share", 5, of=9)
    assert metric(report, "waived").value == 1
    phases = {p.phase: p for p in report.phases}
    assert (phases["response"].planned, phases["response"].late, phases["response"].waived) == (4, 2, 1)


def test_it_shows_who_was_paged_and_who_answered() -> None:
    """Failed channels, empty positions and the answer are all there."""
    alarm, logistics = finished().calls
    assert [(p.person.en, p.status, p.via, p.answered) for p in alarm.pages] == [
        ("Zhao Min", "delivered", "slack", False),
        ("Li Na", "delivered", "sms", True),
        ("Wang Wei", "delivered", "slack", False),
    ]
    assert alarm.pages[1].failures == (("slack", "timeout"),)
    assert [p.en for p in alarm.nobody] == ["Head of IT"]
    assert alarm.answered_at == minute(10.5)
    assert logistics.via == "phone"


def test_it_tells_who_was_in_command_until_when() -> None:
    """An acting head leads until the head takes over."""
    leadership = finished().groups[0]
    assert [(x.person.en, x.acting, x.until) for x in leadership.leads] == [
        ("Wang Wei", True, minute(36)),
        ("Zhao Min", False, minute(1440)),
    ]
    assert finished().groups[1].seats[1].person is None


def test_it_keeps_the_newest_fact_and_says_that_it_was_corrected() -> None:
    """Corrections are new entries; the report shows the last."""
    fact = finished().facts[0]
    assert (fact.name, fact.value, fact.changes) == ("受影响客户数", "3,287 人", 2)


def test_it_puts_late_entries_where_they_happened() -> None:
    """What was entered a quarter of an hour later stands at its own time, marked."""
    report = finished()
    assert [r.occurred_at for r in report.timeline] == sorted(r.occurred_at for r in report.timeline)
    assert [r.text.en for r in report.timeline if r.late] == ["Task done: Give agents one script"]
    assert report.provenance.late_entries == 1


def test_it_names_plan_and_log() -> None:
    """Anyone can check which plan and which log a report is made of."""
    source, log = finished().provenance, sample.outage()
    assert (source.plan_id, source.plan_version, len(source.plan_hash)) == ("system-outage", "1.3.0", 64)
    assert (source.entries, source.head) == (len(log), log[-1].hash)


def test_it_tells_the_first_entry_alone() -> None:
    """A report so far needs nothing but the opening; what isn't there is unknown, not zero."""
    report = build(sample.opening(sample.outage()), minute(5), NAMES)
    assert not report.final
    assert {"cause", "after_care", "plan", "acknowledged", "recovered", "signature"} <= set(report.unknowns)
    assert metric(report, "mtta") == Metric("mtta", "seconds", None, unknown="not_yet")
    assert metric(report, "reached").value is None
    assert metric(report, "on_time").value is None


def test_it_says_so_when_times_contradict_each_other() -> None:
    """Detected before it began is nobody's success."""
    first, *rest = sample.outage()
    assert isinstance(first.event, e.IncidentOpened)
    odd = replace(first, event=replace(first.event, detected_at=minute(-9)))
    assert metric(build([odd, *rest], minute(1500), NAMES), "mttd").unknown == "contradictory"


def test_it_judges_a_drill_at_its_end() -> None:
    """Once a drill is stopped, nothing more falls due in it."""
    report = build(sample.drill(), minute(10_000), NAMES)
    tasks = {t.id: t for t in report.tasks}
    assert report.drill
    assert report.final
    assert report.summary.drill_stopped == "real_incident:INC-2026-0031"
    assert tasks["verify"].simulated
    assert tasks["failover"].verdict == "open"
    assert tasks["ivr"].verdict == "overdue"


def test_it_keeps_unknown_facts_and_the_restriction() -> None:
    """A leak's report stays marked, and ``unknown`` is never turned into no."""
    report = build(sample.leak(), minute(30), NAMES)
    assert report.summary.restricted
    assert report.facts[0].value == "unknown"
    assert metric(report, "reached") == Metric("reached", "share", 0, of=1)


@pytest.mark.parametrize("log", SAMPLES, ids=["outage", "leak", "drill"])
def test_it_survives_json(log: list[e.Entry]) -> None:
    """A stored report is the report."""
    report = build(log, minute(2000), NAMES)
    assert from_json(json.loads(json.dumps(to_json(report)))) == report


@pytest.mark.parametrize("data", [{}, {"schema": "other/1"}, {"schema": "tocsin-report/1", "summary": 3}])
def test_it_refuses_other_data(data: dict[str, object]) -> None:
    """Something else than a report is refused in words."""
    with pytest.raises(BadInput, match=r"schema|report"):
        from_json(data)


def test_it_refuses_a_log_without_its_beginning() -> None:
    """A report from half a log would be a wrong one."""
    with pytest.raises(BadInput, match="opening"):
        build(sample.outage()[1:], minute(0), NAMES)
    with pytest.raises(BadInput, match="opening"):
        build([], minute(0), NAMES)


@given(st.integers(1, len(sample.outage())), st.integers(-100, 100_000))
def test_it_can_be_made_at_any_moment(entries: int, later: int) -> None:
    """Any beginning of a log makes a report, whatever the time."""
    report = build(sample.outage()[:entries], minute(later), NAMES)
    assert report.provenance.entries == entries
    assert from_json(to_json(report)) == report


def test_it_copes_with_events_about_things_it_has_not_seen() -> None:
    """The log is told as it is, even where an entry refers to nothing known."""
    opened = e.IncidentOpened(
        "INC-1", Scenario.OTHER, Text.same("x"), 4, Degree.LOW, Degree.LOW, "k", minute(0), minute(0)
    )  # fmt: skip
    stray: tuple[e.DomainEvent, ...] = (
        e.TaskDone("nowhere"), e.CallAnswered("c", "li_na", ""),
        e.PageFailed("p", "li_na", "", "timeout", permanent=True),
        e.PagesCancelled(("p",), "acknowledged"), e.PositionAssumed(Group.RESPONSE, "head", "x", "li_na"),
        e.PhaseEntered(Phase.CLEANUP), e.ActionDone("a9"), e.NoteAdded("?", "unheard-of"), e.IncidentReopened("again"),
        e.CallOpened("c2", "alarm", (), task_id="nowhere"), e.IncidentLinked("INC-2", "beside"),
    )  # fmt: skip
    log = [e.Entry("INC-1", n, ev, "system", minute(n), minute(n)) for n, ev in enumerate((opened, *stray), start=1)]
    report = build(log, minute(60) + timedelta(seconds=1), NAMES)
    assert len(report.timeline) == len(log)
