"""The traps of reporting deadlines: what is often counted wrongly is counted right here."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident.domain import crisis_commands as k
from incident.domain import crisis_events as x
from incident.domain import events as e
from incident.domain.crisis_clocks import clock_board, hint
from incident.domain.crisis_parts import Clock, Filing
from incident.domain.crisis_plan import ClockTerms, CrisisPlan, Limit
from incident.domain.errors import BadInput, NotAllowed
from incident.domain.incident import Incident
from incident.domain.work import blockers
from playbooks.clockbook.book import load_book
from playbooks.clockbook.calc import add_months, after, due, expected
from playbooks.clockbook.run import advance, next_due
from playbooks.clockbook.schema import ClockUse
from tests.unit.crisis.crisis_cast import START, at, clock, give, opened, tell

BOOK = load_book()


def utc(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=UTC)  # type: ignore[misc, arg-type] # year, month, day, hour, minute


def local(zone: str, *moment: int) -> datetime:
    return datetime(*moment, tzinfo=ZoneInfo(zone))  # type: ignore[misc, arg-type] # year, month, day, hour, minute


def filed(clock_id: str, *moments: datetime) -> Clock:
    """A clock whose reports were made at these times."""
    return Clock(BOOK.clocks[clock_id], START, filings=tuple(Filing(m, "legal-1", str(m)) for m in moments))


def run(state: Incident, minutes: float = 0) -> list[e.DomainEvent]:
    """Let the clocks say what is due, until they have nothing more to say."""
    told: list[e.DomainEvent] = []
    for _ in range(20):
        events = advance(state, at(minutes))
        if not events:
            return told
        tell(state, *events, minutes=minutes)
        told.extend(events)
    raise AssertionError("the clocks don't come to rest")


def test_dora_counts_the_intermediate_report_from_the_submission_of_the_first() -> None:
    """Not from detection and not from classification."""
    anchors = {"aware": utc(2026, 5, 1, 8), "classified": utc(2026, 5, 1, 10)}
    clocks = {"dora-initial": filed("dora-initial", utc(2026, 5, 1, 13))}
    found = due(BOOK.clocks["dora-intermediate"], anchors, clocks)
    assert found is not None
    assert found.due_at == utc(2026, 5, 4, 13)
    assert found.anchor == "filed:dora-initial"


def test_dora_counts_the_final_report_from_the_latest_intermediate_one() -> None:
    """An updated intermediate report moves the final one."""
    clocks = {"dora-intermediate": filed("dora-intermediate", utc(2026, 5, 4, 9), utc(2026, 5, 20, 9))}
    found = due(BOOK.clocks["dora-final"], {}, clocks)
    assert found is not None
    assert found.due_at == utc(2026, 6, 20, 9)


def test_dora_first_report_is_due_at_the_earlier_of_two_limits() -> None:
    """Four hours after classification and 24 after awareness; unclassified, the 24 hours tick on."""
    terms = BOOK.clocks["dora-initial"]
    aware = {"aware": utc(2026, 5, 1, 8)}
    assert due(terms, aware, {}).due_at == utc(2026, 5, 2, 8)  # type: ignore[union-attr] # it is due
    early = {**aware, "classified": utc(2026, 5, 1, 10)}
    assert due(terms, early, {}).due_at == utc(2026, 5, 1, 14)  # type: ignore[union-attr] # it is due
    late = {**aware, "classified": utc(2026, 5, 2, 7)}
    assert due(terms, late, {}).due_at == utc(2026, 5, 2, 8)  # type: ignore[union-attr] # it is due


def test_dora_classified_only_after_a_day_is_due_four_hours_later() -> None:
    """The 24 hours give way when the incident became major only afterwards."""
    anchors = {"aware": utc(2026, 5, 1, 8), "classified": utc(2026, 5, 3, 8)}
    assert due(BOOK.clocks["dora-initial"], anchors, {}).due_at == utc(2026, 5, 3, 12)  # type: ignore[union-attr] # due


def test_nis2_counts_the_final_report_from_the_submission_of_the_notification() -> None:
    """Not from awareness: a notification sent early brings the final report forward, one sent late puts it off."""
    terms = BOOK.clocks["nis2-final"]
    anchors = {"aware": utc(2026, 1, 28, 9)}
    assert due(terms, anchors, {"nis2-notification": Clock(BOOK.clocks["nis2-notification"], START)}) is None
    found = due(terms, anchors, {"nis2-notification": filed("nis2-notification", utc(2026, 1, 31, 9))})
    assert found is not None
    assert found.due_at == utc(2026, 2, 28, 9)


def test_nis2_shows_what_the_final_report_would_be_due_at_before_the_notification_is_out() -> None:
    """For planning: one month after the notification's own last moment."""
    waiting = Clock(BOOK.clocks["nis2-notification"], START, due_at=utc(2026, 1, 31, 9))
    assert expected(BOOK.clocks["nis2-final"], {}, {"nis2-notification": waiting}) == utc(2026, 2, 28, 9)


def test_the_sec_counts_business_days_from_the_determination_and_not_from_detection() -> None:
    """Found on Monday, determined on Friday 29 May: four business days end on Thursday 4 June at closing time."""
    terms = BOOK.clocks["sec-8k"]
    anchors = {"detected": utc(2026, 5, 25, 12), "opened": utc(2026, 5, 25, 12)}
    assert due(terms, anchors, {}) is None
    found = due(terms, {**anchors, "determined": local("America/New_York", 2026, 5, 29, 16)}, {})
    assert found is not None
    assert found.due_at == local("America/New_York", 2026, 6, 4, 17, 30)


def test_the_sec_leaves_out_weekends_and_federal_holidays() -> None:
    """Determined on Thursday 2 July 2026: the 3rd is the holiday observed, so the 4th business day is the 9th."""
    found = due(BOOK.clocks["sec-8k"], {"determined": local("America/New_York", 2026, 7, 2, 9)}, {})
    assert found is not None
    assert found.due_at == local("America/New_York", 2026, 7, 9, 17, 30)


def test_chinese_make_up_days_are_business_days() -> None:
    """The Sunday worked for the National Day holiday counts; the holiday doesn't."""
    terms = BOOK.terms(ClockUse.model_validate({"use": "contract-notice", "owner": "ops", "backup": "hr", "in": "2bd"}))
    found = due(terms, {"aware": local("Asia/Shanghai", 2025, 9, 26, 10)}, {})
    assert found is not None
    assert found.due_at.astimezone(ZoneInfo("Asia/Shanghai")).date().isoformat() == "2025-09-29"


def test_pipl_ticks_when_a_leak_may_have_occurred() -> None:
    """“May have” is enough: nobody has answered yet, and the clock runs."""
    state = opened(CrisisPlan(clocks=(_owned("cn-pipl-57"),)))
    run(state)
    (line,) = clock_board(state, at(1))
    assert line.applies == "unknown"
    assert line.clock.due_at == START
    assert line.status == "due_soon"
    question = state.crisis.clocks["cn-pipl-57"].terms.questions[0]
    assert "可能" in question.ask.zh
    assert "may" in question.ask.en


def test_immediately_stays_immediately_and_the_house_target_stands_beside_it() -> None:
    """The law's word is kept; lateness is measured by the target."""
    terms = BOOK.clocks["cn-pipl-57"]
    assert terms.immediate
    state = opened(CrisisPlan(clocks=(_owned("cn-pipl-57"),)))
    run(state)
    (line,) = clock_board(state, at(239))
    assert (line.due_at, line.late_after, line.status) == (START, at(240), "due_soon")
    assert clock_board(state, at(241))[0].status == "overdue"


def test_a_grading_is_recorded_with_who_and_when() -> None:
    """The measure of 2025 asks for the grading: answer, person and time stand in the state and in the log."""
    state = opened(CrisisPlan(clocks=(_owned("cn-cac-4h"),)))
    run(state)
    give(state, k.AnswerQuestion(incident_id="", by="legal-1", question="graded_major", answer="yes",
                                 reason="1.2 m people"), 12)  # fmt: skip
    answer = state.crisis.answers["graded_major"]
    assert (answer.answer, answer.by, answer.at, answer.reason) == ("yes", "legal-1", at(12), "1.2 m people")


def test_an_answer_that_speaks_against_a_clock_does_not_stop_it() -> None:
    """Only a person's signature does."""
    state = opened(CrisisPlan(clocks=(_owned("cn-cac-4h"),)))
    run(state)
    give(state, k.AnswerQuestion(incident_id="", by="legal-1", question="graded_major", answer="no"), 5)
    assert hint(state, state.crisis.clocks["cn-cac-4h"]) == "no"
    assert clock_board(state, at(241))[0].status == "overdue"
    assert any(isinstance(event, e.CallOpened) for event in run(state, 241))


def test_unknown_keeps_ticking() -> None:
    """Deciding “unknown” stops nothing."""
    state = opened(CrisisPlan(clocks=(clock(),)))
    run(state)
    give(state, k.DecideClock(incident_id="", by="legal-1", clock_id="c", decision="unknown"), 5)
    run(state, 241)
    assert clock_board(state, at(241))[0].status == "overdue"
    assert "clock:c" in blockers(state)


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ((2026, 1, 31, 10), 1, (2026, 2, 28, 10)),
        ((2028, 1, 31, 10), 1, (2028, 2, 29, 10)),
        ((2026, 3, 31, 10), 1, (2026, 4, 30, 10)),
        ((2026, 12, 15, 10), 1, (2027, 1, 15, 10)),
        ((2026, 8, 31, 10), 6, (2027, 2, 28, 10)),
    ],
)
def test_a_month_after_the_31st_is_the_last_day_of_the_next(
    start: tuple[int, ...], months: int, end: tuple[int, ...]
) -> None:
    """31 January plus one month is the last of February; a year's end is crossed."""
    assert add_months(utc(*start), months, "UTC") == utc(*end)


def test_a_month_is_counted_on_the_authoritys_calendar() -> None:
    """Late on 31 January in UTC it is 1 February in Shanghai."""
    assert add_months(utc(2026, 1, 31, 20), 1, "Asia/Shanghai") == utc(2026, 2, 28, 20)


@given(st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)), st.integers(1, 24))  # noqa: DTZ001 - made aware below
def test_months_never_skip_one(start: datetime, months: int) -> None:
    """The result lies in exactly the month wanted."""
    begin = start.replace(tzinfo=UTC)
    end = add_months(begin, months, "UTC")
    assert (end.year * 12 + end.month) - (begin.year * 12 + begin.month) == months


def test_hours_are_elapsed_time_across_daylight_saving() -> None:
    """72 hours over the spring change end an hour later on the wall clock."""
    start = local("Europe/Brussels", 2026, 3, 28, 12)
    end = after(Limit("elapsed", 72 * 60), start, BOOK.clocks["gdpr-33"])
    assert end - start.astimezone(UTC) == timedelta(hours=72)
    assert end.astimezone(ZoneInfo("Europe/Brussels")).hour == 13


def test_days_are_wall_clock_time_across_daylight_saving() -> None:
    """60 days over the autumn change end at the same time of day."""
    start = local("America/New_York", 2026, 10, 1, 9)
    end = after(Limit("days", 60), start, BOOK.clocks["hipaa-people"])
    assert end == local("America/New_York", 2026, 11, 30, 9)


def test_an_anchor_amended_after_the_report_shows_it_late_and_asks_why() -> None:
    """In time by what was known; late by what turned out. Both due times stay visible and the report stands."""
    state = opened(CrisisPlan(clocks=(clock(),)))
    run(state)
    give(state, k.FileClock(incident_id="", by="legal-1", clock_id="c", receipt="R-1"), 200)
    assert clock_board(state, at(201))[0].status == "filed"
    give(state, k.SetAnchor(incident_id="", by="legal-1", anchor="aware", moment=at(-90), source="mail found"), 300)
    run(state, 300)
    (line,) = clock_board(state, at(301))
    assert (line.status, line.asks_reason) == ("filed_late", True)
    assert line.former == (at(240),)
    assert line.due_at == at(150)


def test_an_amended_anchor_moves_the_due_time_and_keeps_the_old_one() -> None:
    """Aware earlier than thought: less time is left, and people are called anew."""
    state = opened(CrisisPlan(clocks=(clock(),)))
    run(state)
    give(state, k.SetAnchor(incident_id="", by="legal-1", anchor="aware", moment=at(-60), source="call log"), 10)
    assert [event.due_at for event in run(state, 10) if isinstance(event, x.ClockDueSet)] == [at(180)]
    assert clock_board(state, at(10))[0].former == (at(240),)


def test_a_clock_calls_its_owner_then_the_backup_then_the_leadership() -> None:
    """It ticks while its owner is asleep: succession holds for clocks too, before and after they run out."""
    state = opened(CrisisPlan(clocks=(clock(),)))
    run(state)
    assert next_due(state) == at(180)
    (call,) = [event for event in run(state, 180) if isinstance(event, e.CallOpened)]
    assert call.reason == "clock_due_soon"
    assert [step.positions for step in call.steps] == [("legal",), ("dpo",), ("director",), ("ops",)]
    late = run(state, 240)
    assert [event.reason for event in late if isinstance(event, e.CallOpened)] == ["clock_overdue"]
    assert [event.call_id for event in late if isinstance(event, e.CallClosed)] == [call.call_id]


def test_after_a_standstill_people_are_called_once() -> None:
    """The newest step only."""
    state = opened(CrisisPlan(clocks=(clock(),)))
    run(state)
    assert sum(isinstance(event, e.CallOpened) for event in run(state, 600)) == 1


def test_a_report_silences_the_clock() -> None:
    """Its call is closed and no other one follows."""
    state = opened(CrisisPlan(clocks=(clock(),)))
    run(state)
    run(state, 180)
    events = give(state, k.FileClock(incident_id="", by="legal-1", clock_id="c", receipt="R-1"), 190)
    assert any(isinstance(event, e.CallClosed) for event in events)
    assert run(state, 5000) == []
    assert next_due(state) is None


def test_a_late_report_needs_its_reason() -> None:
    """It is taken all the same, with the reason."""
    state = opened(CrisisPlan(clocks=(clock(),)))
    run(state)
    late = k.FileClock(incident_id="", by="legal-1", clock_id="c", receipt="R-1")
    with pytest.raises(BadInput, match="too late"):
        give(state, late, 300)
    give(state, k.FileClock(incident_id="", by="legal-1", clock_id="c", receipt="R-1", late_reason="portal down"), 300)
    assert clock_board(state, at(301))[0].status == "filed_late"


def test_a_report_entered_late_counts_from_when_it_was_made() -> None:
    """Filed at 3 h, entered at 6 h: in time."""
    state = opened(CrisisPlan(clocks=(clock(),)))
    run(state)
    give(state, k.FileClock(incident_id="", by="legal-1", clock_id="c", receipt="R-1", at=at(180)), 360)
    assert clock_board(state, at(361))[0].status == "filed"


def test_only_owner_backup_or_lead_can_sign_that_no_report_is_needed() -> None:
    """Anybody else is told whom to ask; a signature needs its reason."""
    state = opened(CrisisPlan(clocks=(clock(),)))
    run(state)
    no = {"incident_id": "", "clock_id": "c", "decision": "not_required"}
    with pytest.raises(NotAllowed, match="legal"):
        give(state, k.DecideClock(by="care-1", reason="no", **no), 5)
    with pytest.raises(BadInput, match="reason"):
        give(state, k.DecideClock(by="legal-1", **no), 5)
    give(state, k.DecideClock(by="legal-1", reason="no personal data", **no), 5)
    (line,) = clock_board(state, at(6))
    assert (line.status, line.clock.decided_by, line.clock.decided_at) == ("not_required", "legal-1", at(5))
    assert blockers(state) == ()


def test_terms_stay_as_they_were_when_the_clock_started() -> None:
    """A corrected book changes no running incident."""
    state = opened(CrisisPlan(clocks=(clock(),)))
    run(state)
    tell(state, x.CrisisPlanned(CrisisPlan(clocks=(clock(limit=Limit("elapsed", 60, "aware")),))))
    run(state, 10)
    assert state.crisis.clocks["c"].due_at == at(240)


def test_a_clock_due_after_the_end_stays_owed() -> None:
    """The 30-day summary blocks nothing, runs from the end, and calls its owner long after it."""
    state = opened(CrisisPlan(clocks=(_owned("cn-cac-summary"),)))
    run(state)
    assert blockers(state) == ()
    tell(state, e.IncidentEnded("director-1"), minutes=100)
    run(state, 100)
    assert state.crisis.clocks["cn-cac-summary"].due_at == at(100) + timedelta(days=30)
    assert any(isinstance(event, e.CallOpened) for event in run(state, 100 + 29 * 1440))
    give(state, k.FileClock(incident_id="", by="legal-1", clock_id="cn-cac-summary", receipt="S-1"), 100 + 29 * 1440)


def test_a_required_report_not_yet_late_does_not_block_the_end() -> None:
    """Decided and still in time, it stays open as an obligation; late, it blocks."""
    state = opened(CrisisPlan(clocks=(clock(),)))
    run(state)
    assert blockers(state) == ("clock:c",)
    give(state, k.DecideClock(incident_id="", by="legal-1", clock_id="c", decision="required"), 5)
    assert blockers(state) == ()
    run(state, 240)
    assert blockers(state) == ("clock:c",)


def test_a_drills_clocks_stop_with_it_and_its_reports_are_simulated() -> None:
    """Nothing of a drill is owed to anybody."""
    state = opened(CrisisPlan(clocks=(clock(),)), drill="D-1")
    run(state)
    (done,) = give(state, k.FileClock(incident_id="", by="legal-1", clock_id="c", receipt="x"), 5)
    assert isinstance(done, x.ClockFiled)
    assert done.simulated
    tell(state, e.DrillStopped("D-1", "over"), minutes=10)
    assert advance(state, at(9999)) == []
    assert next_due(state) is None


def _owned(clock_id: str) -> ClockTerms:
    return BOOK.terms(ClockUse(use=clock_id, owner="legal", backup="dpo"))
