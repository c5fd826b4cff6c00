"""A drill played in seconds: a throw-away house, scripted people, the same score every time."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from config.cli import drill as drill_cli
from config.cli.main import app as program
from config.drilling import drills_of, fast_house
from config.settings import BaseTocsinSettings, load_settings
from config.wiring import build
from drills.loader import Loaded
from drills.player import Played, play
from drills.scoring import Score
from drills.wording import to_data
from tests.harness import DEFAULTS
from tests.unit.drills.rehearsing import SMALL, small_drill

LONG = pytest.mark.integration
"""A shipped drill of two hours takes seconds to play: too long for the quick suite, run by .ci/run."""
BEGIN = datetime(2026, 3, 11, 6, 30, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> BaseTocsinSettings:
    """The shipped people and rules, with the console as the only channel."""
    for name in ("people", "services", "detectors"):
        (tmp_path / f"{name}.yaml").write_text((DEFAULTS / f"{name}.yaml").read_text("utf-8"), "utf-8")
    (tmp_path / "tocsin.yaml").write_text("schema: tocsin/v1\nconsole: {}\n", "utf-8")
    return load_settings(tmp_path / "tocsin.yaml")


def played(settings: BaseTocsinSettings, drill: Loaded, seed: int | None = None) -> Played:
    with fast_house(settings, BEGIN) as (house, _):
        return play(house, drill, seed=seed)


def test_the_fast_drill_gives_the_same_score_twice(settings: BaseTocsinSettings, tmp_path: Path) -> None:
    """One file, one seed, one starting moment: one score, to the millisecond."""
    drill = small_drill(tmp_path)

    first, second = (played(settings, drill, seed=7).score for _ in range(2))

    assert to_data(first) == to_data(second)


def test_scripted_people_write_messages_and_make_reports(settings: BaseTocsinSettings, tmp_path: Path) -> None:
    """Not only tasks: a text is written and let out by two people, and a deadline is met; all of it simulated."""
    drill = small_drill(tmp_path)
    with fast_house(settings, BEGIN) as (house, channels):
        run = play(house, drill, seed=7).run
        (incident,) = house.incidents(run.id)
    said = [draft for draft in incident.crisis.drafts.values() if draft.status == "released" and not draft.auto]
    assert said
    assert all(draft.approved_by and draft.text.zh.startswith("【演练】") for draft in said)
    assert any(filing.receipt == "演练回执" for clock in incident.crisis.clocks.values() for filing in clock.filings)
    assert not any(message for channel in channels.values() for message in channel.sent if not message.drill)


def test_a_fast_drill_leaves_no_trace_in_the_installation(settings: BaseTocsinSettings, tmp_path: Path) -> None:
    """No database, no directory, no message: all of it was thrown away."""
    before = sorted(tmp_path.iterdir())
    drill = small_drill(tmp_path)

    played(settings, drill)

    assert sorted(p for p in tmp_path.iterdir() if p.name != "small.yaml") == before


def test_people_who_never_answer_make_objectives_fail(settings: BaseTocsinSettings, tmp_path: Path) -> None:
    """The script says never: the objective is not reached and becomes something to improve."""
    drill = small_drill(tmp_path, SMALL.replace("ack: {default: 2m}", "ack: {default: never}"))

    score = played(settings, drill).score

    assert score.objectives[0].found.rating == "U"
    assert score.took_part == ("wu-hao",)  # who reported; nobody else did anything
    assert {finding.code for finding in score.findings} >= {"objective", "expectation"}


@LONG
def test_the_outage_drill_plays_to_its_end_and_deputies_take_over(settings: BaseTocsinSettings) -> None:
    """Facts through the intake open the incident; all three heads are silent, so somebody acts for one of them; every
    message is marked and every objective observed."""
    with fast_house(settings, BEGIN) as (house, channels):
        found = play(house, drills_of(house.system).get("outage-functional"))
        (incident,) = house.incidents(found.run.id)
        messages = channels["console"].sent

    assert found.run.state == "finished"
    assert _observed(found.score)
    assert found.score.coverage is not None
    assert found.score.coverage > 0.5
    assert messages
    assert all(m.drill and m.title.startswith(("【演练】", "DRILL")) for m in messages)
    heads = {seat.person for seat in incident.seats if seat.role == "head"}
    assert incident.commander not in heads
    assert next(one for one in found.score.objectives if one.id == "succession").met


@LONG
def test_a_restricted_drill_is_worked_by_those_who_are_in_it(settings: BaseTocsinSettings) -> None:
    """The leak drill is restricted from its first entry; the scripted people inside still get its tasks done."""
    with fast_house(settings, BEGIN) as (house, _):
        found = play(house, drills_of(house.system).get("leak-functional"))
        (incident,) = house.incidents(found.run.id)

    assert incident.restricted
    assert set(found.score.took_part) <= set(incident.audience)
    assert found.score.met == len(found.score.objectives)


def _observed(score: Score) -> bool:
    return all(one.found.rating != "not_observed" for one in score.objectives)


# --- the command line -------------------------------------------------------------------------------------------------


@pytest.fixture
def cli(settings: BaseTocsinSettings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Result]:
    """Runs ``tocsin drill …`` on that installation."""
    monkeypatch.setenv("TOCSIN_CONFIG", str(settings.home / "tocsin.yaml"))
    monkeypatch.chdir(tmp_path)
    if not any(group.name == "drill" for group in program.registered_groups):
        program.add_typer(drill_cli.app, name="drill")
    (tmp_path / "drills").mkdir()
    (tmp_path / "drills" / "small.yaml").write_text(SMALL, "utf-8")
    runner = CliRunner()
    return lambda *args: runner.invoke(program, ["drill", *args])


@LONG
def test_run_fast_tells_the_story_and_the_score(cli: Callable[..., Result]) -> None:
    """Every line of the story is marked; the score follows."""
    found = cli("run", "small", "--fast", "--at", "2026-03-11 14:30", "--lang", "zh-CN")

    assert found.exit_code == 0, found.output
    story = [line for line in found.output.splitlines() if "+0:" in line]
    assert story
    assert all(line.startswith("【演练】+0:") for line in story)
    assert "P 按要求达成: 十分钟内应答" in found.output
    assert "目标达成 2/2" in found.output


def test_list_calendar_and_errors_speak_plainly(cli: Callable[..., Result]) -> None:
    """Before the first start there is something to see; a wrong name is answered with the right one."""
    assert "small" in cli("list", "--lang", "en").output
    calendar = cli("calendar", "--lang", "en")
    assert calendar.exit_code == 0
    assert "small" in calendar.output
    assert "BEGIN:VCALENDAR" in cli("calendar", "--ics").output
    wrong = cli("run", "smal", "--fast", "--lang", "en")
    assert wrong.exit_code == 1
    assert "small" in wrong.output
    assert cli("run", "small", "--seed", "3", "--lang", "en").exit_code == 2


def test_start_stop_and_score_work_on_the_real_database(
    cli: Callable[..., Result], settings: BaseTocsinSettings
) -> None:
    """Started live, listed as running, stopped with a reason, scored as far as it went."""
    build(settings).close()
    started = cli("start", "small", "--as", "liu-yang", "--lang", "en")
    assert started.exit_code == 0, started.output
    run = next(word for word in started.output.replace(".", " ").split() if word.startswith("small-"))
    assert "running" in cli("list", "--lang", "en").output
    assert cli("start", "small", "--as", "liu-yang").exit_code == 1
    assert cli("stop", run, "--reason", "power cut").exit_code == 0
    listed = cli("list", "--lang", "en").output
    assert "stopped early" in listed
    assert "power cut" in listed
    assert "not observed" in cli("score", run, "--lang", "en").output
