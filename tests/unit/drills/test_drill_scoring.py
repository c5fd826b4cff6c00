"""From times to ratings: one rule, nothing averaged, nothing guessed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drills.journal import Journal
from drills.measures import Rating, measure, rate
from drills.rehearsal import Sent
from drills.schema import Drill, Target
from drills.scoring import Verdict, score
from drills.wording import finding_text, to_data, why_text
from incident.domain import events as e
from incident.domain.incident import fold
from incident.domain.words import Degree, Group, Scenario, Text
from incident.i18n import translator
from incident.report.names import Names
from tests.unit.drills.rehearsing import small_drill

START = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
OPENED = e.IncidentOpened(
    "DRL-2026-0001", Scenario.SYSTEM_OUTAGE, Text.same("x"), 2, Degree.HIGH, Degree.MEDIUM, "k", START, START, drill="r"
)


@pytest.fixture(scope="module")
def drill(tmp_path_factory: pytest.TempPathFactory) -> Drill:
    """The small drill."""
    return small_drill(tmp_path_factory.mktemp("drill")).spec


def journal(
    drill: Drill, *happened: tuple[float, e.DomainEvent], minutes: float = 60, state: str = "finished"
) -> Journal:
    """A drill in which these things happened, so many minutes after the start."""
    events = [(0.0, OPENED), *happened]
    entries = tuple(
        e.Entry("DRL-2026-0001", n, event, "system", START + timedelta(minutes=at), START + timedelta(minutes=at))
        for n, (at, event) in enumerate(events, start=1)
    )
    return Journal(
        run_id="r", drill=drill, state=state, started_at=START, seen_until=START + timedelta(minutes=minutes),
        injects={"alarm": START}, incidents=(fold(entries),), entries=(entries,), sent=(), book={},
    )  # fmt: skip


ACK = Target(measure="time_to_ack", within=timedelta(minutes=10))


@pytest.mark.parametrize(
    ("minutes", "rating"), [(10, "P"), (10.1, "S"), (15, "S"), (15.1, "M"), (59, "M"), (None, "U")]
)
def test_a_time_is_rated_against_its_target(drill: Drill, minutes: float | None, rating: str) -> None:
    """P within it, S up to half as long again, M later, U never."""
    happened = [] if minutes is None else [(minutes, e.IncidentAcknowledged("a", "cli"))]

    assert measure(ACK, journal(drill, *happened)).rating == rating


@given(st.timedeltas(timedelta(0), timedelta(days=3)), st.timedeltas(timedelta(seconds=1), timedelta(days=1)))
def test_later_is_never_rated_better(elapsed: timedelta, within: timedelta) -> None:
    """Ratings only fall with time."""
    order = [Rating.PERFORMED, Rating.SOME_DIFFICULTY, Rating.MAJOR_DIFFICULTY]

    assert order.index(rate(elapsed, within)) <= order.index(rate(elapsed * 2, within))


def test_what_had_no_time_to_happen_is_not_observed(drill: Drill) -> None:
    """The drill was broken off after five minutes: ten minutes' target says nothing."""
    assert measure(ACK, journal(drill, minutes=5, state="aborted")).rating is Rating.NOT_OBSERVED


def test_without_an_incident_nothing_is_observed_and_that_is_a_finding(drill: Drill) -> None:
    """The drill caused no incident: no ratings, one finding that says so."""
    empty = replace(journal(drill), incidents=(), entries=())

    found = score(empty)

    assert {one.found.rating for one in found.objectives} == {Rating.NOT_OBSERVED}
    assert found.findings[0].code == "no_incident"
    assert found.coverage is None


PAGE = e.PageRequested("p1", "alarm", "li", "service_supervisor", "alarm")
DELIVERED = e.PageDelivered("p1", "li", "slack")
FACT = Target(measure="fact_never", fact="personal_data_at_risk", value="no")


@pytest.mark.parametrize(
    ("target", "happened", "rating"),
    [
        (Target(measure="time_to_page", within=timedelta(minutes=2)), [(1, DELIVERED)], "P"),
        (
            Target(measure="time_to_deputy", within=timedelta(minutes=5)),
            [(4, e.PositionAssumed(Group.RESPONSE, "head", "x", "li", acting=True))], "P",
        ),
        (
            Target(measure="time_to_deputy", within=timedelta(minutes=5)),
            [(4, e.PositionAssumed(Group.RESPONSE, "head", "x", "li"))], "U",
        ),
        (
            Target(measure="time_to_command", within=timedelta(minutes=5), group=Group.LEADERSHIP),
            [(4, e.PositionAssumed(Group.RESPONSE, "head", "x", "li"))], "U",
        ),
        (Target(measure="time_to_level", level=2, within=timedelta(minutes=5)), [], "P"),
        (
            Target(measure="time_to_convene", group=Group.LOGISTICS, within=timedelta(minutes=5)),
            [(6, e.GroupConvened(Group.LOGISTICS, "level 2"))], "S",
        ),
        (Target(measure="time_to_resolve", within=timedelta(minutes=30)), [(20, e.IncidentResolved())], "P"),
        (Target(measure="time_to_task", task="verify", within=timedelta(minutes=5)), [(5, e.TaskDone("verify"))], "P"),
        (Target(measure="no_task_overdue", task="verify"), [(5, e.TaskDone("verify"))], "P"),
        (Target(measure="no_task_overdue", task="verify"), [(5, e.TaskOverdue("verify", START, 0))], "U"),
        (Target(measure="no_task_overdue", task="verify"), [], "not_observed"),
        (Target(measure="everyone_reached"), [(1, PAGE), (2, DELIVERED)], "P"),
        (Target(measure="everyone_reached"), [(1, PAGE)], "U"),
        (Target(measure="everyone_reached"), [], "not_observed"),
        (FACT, [(1, e.FactSet("personal_data_at_risk", "unknown"))], "P"),
        (FACT, [(1, e.FactSet("personal_data_at_risk", "no"))], "U"),
        (FACT, [], "not_observed"),
        (Target(measure="task_done", task="verify"), [], "not_observed"),
    ],
)  # fmt: skip
def test_each_measure_sees_what_it_is_for(
    drill: Drill, target: Target, happened: list[tuple[float, e.DomainEvent]], rating: str
) -> None:
    """Every measure, with what it looks for and without."""
    found = measure(target, journal(drill, *happened))

    assert found.rating == rating
    for language in ("zh-CN", "en"):
        text = why_text(found, target.within, Names(), translator(language), language)
        assert text
        assert "{" not in text


def test_a_message_outside_the_drill_address_book_is_never_reached(drill: Drill) -> None:
    """One address that is not in the book, and the objective is not reached; the name is told."""
    inside = replace(journal(drill), sent=(Sent("li", "slack", "drill-li"),), book={"li": [["slack", "drill-li"]]})
    outside = replace(inside, sent=(*inside.sent, Sent("li", "sms", "+86")))
    target = Target(measure="nobody_paged_outside")

    assert measure(target, inside).rating is Rating.PERFORMED
    assert measure(target, outside).rating is Rating.UNREACHED
    assert measure(target, outside).who == ("li",)


@pytest.mark.parametrize(
    ("minutes", "length", "verdict"),
    [(5, 60, Verdict.MET), (15, 60, Verdict.LATE), (None, 60, Verdict.MISSED), (None, 5, Verdict.NOT_OBSERVED)],
)
def test_an_expectation_is_met_late_missed_or_not_observed(
    drill: Drill, minutes: float | None, length: float, verdict: Verdict
) -> None:
    """An answer was expected within ten minutes of the alarm."""
    happened = [] if minutes is None else [(minutes, e.IncidentAcknowledged("a", "cli"))]

    assert score(journal(drill, *happened, minutes=length)).expectations[0].verdict is verdict


def test_findings_read_well_in_both_languages(drill: Drill) -> None:
    """What went wrong becomes a sentence, without gaps, in Chinese and in English."""
    found = score(journal(drill, (1, PAGE)))

    assert [one.code for one in found.findings] == ["objective", "expectation", "unreachable"]
    zh = [finding_text(one, drill, Names(), "zh-CN") for one in found.findings]
    en = [finding_text(one, drill, Names(), "en") for one in found.findings]
    assert zh[0] == "需改进：十分钟内应答（U 未达成）"
    assert en[0] == "Improve: An answer within 10 minutes (U – not reached)"
    assert not any("{" in text for text in zh + en)


def test_a_score_as_data_counts_but_never_averages(drill: Drill) -> None:
    """Programs get ratings one by one, and how many of how many were met."""
    data = to_data(score(journal(drill, (12, e.IncidentAcknowledged("a", "cli")))))

    assert (data["met"], data["of"]) == (1, 2)
    assert [one["rating"] for one in data["objectives"]] == ["S", "not_observed"]
    assert data["timings"]["acknowledged"] == 720.0
