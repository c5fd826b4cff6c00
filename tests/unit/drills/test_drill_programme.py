"""The programme: dates, coverage, calendar file, and a scheduler that forgets nothing across a restart."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from config.drill_programme import announce_turn, begin_turn, planned, start_programme
from drills.calendar import ics, outlook
from drills.loader import Drills, Loaded, load
from drills.programme import Duties, ProgrammeRunner, Turn, fire, next_turn, turns
from incident.domain.errors import Unavailable
from tests.harness import Stage
from tests.unit.drills.rehearsing import PROGRAMME, SMALL, Rehearsal, small_drill

SHANGHAI = ZoneInfo("Asia/Shanghai")
BEFORE = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
FIRST = datetime(2026, 3, 11, 6, 30, tzinfo=UTC)  # the second Wednesday of March, 14:30 in Shanghai


@dataclass
class Diary:
    """Notes what the scheduler asked for."""

    now: datetime
    begun: list[str] = field(default_factory=list)
    announced: list[str] = field(default_factory=list)
    refuse: bool = False

    def begin(self, turn: Turn) -> None:
        if self.refuse:
            raise Unavailable("the database is away")
        self.begun.append(turn.run_id)

    @property
    def duties(self) -> Duties:
        return Duties(self.begin, lambda turn: self.announced.append(turn.run_id), lambda: self.now)


@pytest.fixture
def drill(tmp_path: Path) -> Loaded:
    """The small drill: every quarter, announced three days before."""
    return small_drill(tmp_path)


def runner_at(tmp_path: Path, drill: Loaded, diary: Diary) -> ProgrammeRunner:
    return ProgrammeRunner(f"sqlite:///{tmp_path / 'tocsin.db'}", {drill.spec.id: drill}, diary.duties)


@cache
def _shipped() -> tuple[Loaded, ...]:
    return tuple(load(None).all.values())


def test_a_quarterly_drill_comes_round_four_times_a_year(drill: Loaded) -> None:
    """Second Wednesdays, at the same time of day in the drill's own zone."""
    found = turns([drill], BEFORE, BEFORE + timedelta(days=365))

    local = [turn.at.astimezone(SHANGHAI) for turn in found]
    assert [(at.month, at.weekday(), at.hour, at.minute) for at in local] == [(m, 2, 14, 30) for m in (3, 6, 9, 12)]
    assert all(8 <= at.day <= 14 for at in local)
    assert found[0].at == FIRST


@settings(max_examples=25)
@given(st.floats(0, 10 * 365))
def test_no_date_is_skipped_or_doubled_wherever_one_looks_from(days: float) -> None:
    """The shipped programme seen from any moment: dates rise, start at or after that moment, and don't repeat."""
    now = BEFORE + timedelta(days=days)
    found = turns(_shipped(), now, now + timedelta(days=100))

    assert all(turn.at >= now for turn in found)
    assert len({turn.run_id for turn in found}) == len(found)
    for turn in found:
        assert next_turn(turn.drill, turn.at) == turn.at


def test_the_shipped_programme_leaves_no_quarter_without_a_drill() -> None:
    """P6.1: a drill every quarter, and over a year all five scenarios."""
    found = outlook(load(None).all.values(), BEFORE, SHANGHAI)

    assert not found.empty
    assert len(found.quarters) == 4
    assert all(any(row.values()) for row in found.grid.values())


def test_a_quarter_without_a_drill_is_named(tmp_path: Path) -> None:
    """A drill in March and June only: the other quarters are gaps."""
    two = small_drill(tmp_path, SMALL.replace("[3, 6, 9, 12]", "[3, 6]"))

    assert outlook([two], BEFORE, SHANGHAI).empty == ((2026, 3), (2026, 4))


def test_the_calendar_file_can_be_read_by_a_calendar(drill: Loaded) -> None:
    """An event for each date, marked as a drill, with the length and an alarm when it is announced."""
    found = turns([drill], BEFORE, BEFORE + timedelta(days=365))

    events = list(Calendar.from_ical(ics(found, "zh-CN", BEFORE)).walk("VEVENT"))

    assert [event["dtstart"].dt for event in events] == [turn.at for turn in found]
    assert all(str(event["summary"]) == "【演练】小演练" for event in events)
    assert events[0]["dtend"].dt - events[0]["dtstart"].dt == timedelta(minutes=60)
    assert len(list(events[0].walk("VALARM"))) == 1


def test_what_fell_due_while_nobody_was_there_is_caught_up_with(tmp_path: Path, drill: Loaded) -> None:
    """Tocsin starts an hour after the date: the drill begins; two days after, it waits for its next turn."""
    soon, late = Diary(FIRST + timedelta(hours=1)), Diary(FIRST + timedelta(days=2))
    for diary in (soon, late):
        runner = runner_at(tmp_path, drill, diary)
        runner.start()
        runner.stop()

    assert soon.begun == ["small-20260311-0630"]
    assert late.begun == []


def test_an_announced_drill_is_told_of_in_time(tmp_path: Path, drill: Loaded) -> None:
    """Three days before: yes. Four days before: not yet."""
    early, in_time = Diary(FIRST - timedelta(days=4)), Diary(FIRST - timedelta(days=3))
    for diary in (early, in_time):
        runner = runner_at(tmp_path, drill, diary)
        runner.start()
        runner.stop()

    assert early.announced == []
    assert len(in_time.announced) == 1


def test_jobs_outlive_the_process_and_change_with_the_file(tmp_path: Path, drill: Loaded) -> None:
    """The stored jobs are there after a restart; a drill taken out of the programme takes its jobs with it."""
    diary = Diary(BEFORE)
    first = runner_at(tmp_path, drill, diary)
    first.start()
    stored = {job.id: job.next_run_time for job in first._scheduler.get_jobs()}
    first.stop()
    assert set(stored) == {"begin:small", "announce:small"}

    second = runner_at(tmp_path, drill, diary)
    second.start()
    assert {job.id: job.next_run_time for job in second._scheduler.get_jobs()} == stored
    second.stop()

    unplanned = small_drill(tmp_path, SMALL.replace(PROGRAMME, ""))
    third = runner_at(tmp_path, unplanned, diary)
    third.start()
    assert third._scheduler.get_jobs() == []
    third.stop()


def test_a_stored_job_finds_the_programme_that_runs_now(tmp_path: Path, drill: Loaded) -> None:
    """A job is stored by name; fired, it begins the date that is due; without a running programme it does nothing."""
    diary = Diary(BEFORE)
    runner = runner_at(tmp_path, drill, diary)
    runner.start()
    key = runner._key
    diary.now = FIRST
    fire(key, "begin", "small")
    fire(key, "announce", "small")
    fire(key, "begin", "gone")
    runner.stop()
    fire(key, "begin", "small")

    assert len(diary.begun) == 1


def test_a_drill_that_can_not_begin_does_not_stop_the_programme(tmp_path: Path, drill: Loaded) -> None:
    """The database is away: the reason is logged and the programme goes on."""
    diary = Diary(FIRST, refuse=True)
    runner = runner_at(tmp_path, drill, diary)
    runner.start()
    fire(runner._key, "begin", "small")
    runner.stop()

    assert diary.begun == []


def test_no_secret_of_the_database_url_is_stored_with_the_jobs(tmp_path: Path, drill: Loaded) -> None:
    """The key of the jobs tells nothing of the URL."""
    runner = runner_at(tmp_path, drill, Diary(BEFORE))

    assert str(tmp_path) not in runner._key


# --- on a whole house -------------------------------------------------------------------------------------------------


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """A house on the morning of 2 March 2026."""
    return Stage(tmp_path / "home")


def test_a_date_of_the_programme_begins_once(stage: Stage, drill: Loaded) -> None:
    """Stored job and catching up both ask: one run."""
    play = Rehearsal(stage, drill)
    turn = Turn(drill, stage.clock.now())

    begin_turn(play.house, turn)
    begin_turn(play.house, turn)

    assert [(run.id, run.state) for run in play.house.runs()] == [(turn.run_id, "running")]


def test_a_date_is_given_up_while_something_real_is_open_and_says_why(stage: Stage, drill: Loaded) -> None:
    """The run is in the list as stopped early, with the incident's number."""
    stage.send(stage.signal())
    play = Rehearsal(stage, drill)

    begin_turn(play.house, Turn(drill, stage.clock.now()))

    (run,) = play.house.runs()
    assert (run.state, run.reason) == ("aborted", "real_incident:INC-2026-0001")


def test_an_announcement_reaches_the_drill_address_book_once(stage: Stage, drill: Loaded) -> None:
    """Everyone with a drill address is told in their language, marked as a drill; told again, nobody hears twice."""
    play = Rehearsal(stage, drill)
    turn = Turn(drill, stage.clock.now() + timedelta(days=3))

    announce_turn(play.house, stage.system.notifiers, turn)
    announce_turn(play.house, stage.system.notifiers, turn)

    told = stage.slack.sent
    assert len(told) == len(play.house.roster.people)
    assert all(m.drill and m.to.startswith("drill-") and m.title.startswith(("【演练】", "DRILL")) for m in told)
    assert "停止演练" in next(m.body for m in told if m.language == "zh-CN")
    assert play.house.run(turn.run_id).state == "planned"


def test_an_announced_date_begins_under_the_same_run(stage: Stage, drill: Loaded) -> None:
    """Announced, then begun: one run, not two."""
    play = Rehearsal(stage, drill)
    turn = Turn(drill, stage.clock.now())
    announce_turn(play.house, stage.system.notifiers, turn)

    begin_turn(play.house, turn)

    assert [run.state for run in play.house.runs()] == ["running"]


def test_an_announced_date_that_passed_while_tocsin_was_down_is_given_up_by_name(stage: Stage, drill: Loaded) -> None:
    """Days later the record says that the date was missed."""
    play = Rehearsal(stage, drill)
    announce_turn(play.house, stage.system.notifiers, Turn(drill, stage.clock.now()))
    stage.clock.push(days=3)

    start_programme(stage.system, Drills({"small": drill})).stop()

    assert [(run.state, run.reason) for run in play.house.runs()] == [("aborted", "missed")]


def test_the_site_is_told_what_is_planned(drill: Loaded) -> None:
    """Name, title, next date and rhythm, earliest first."""
    (one,) = planned(Drills({"small": drill}), BEFORE)

    assert one.next_at == FIRST
    assert one.every is not None
    assert one.every.zh == "三月、六月、九月、十二月第二个周三 14:30"
    assert one.every.en == "March, June, September, December: second Wednesday, 14:30"
