"""The demonstration, as somebody sees it who found Tocsin five minutes ago."""

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from config.demo.ending import Outcome
from config.demo.installation import prepare
from config.demo.play import opened, play
from config.demo.story import STORIES
from config.demo.summary import Summary
from incident.domain.errors import BadInput, Conflict
from incident.domain.words import Text
from incident.report.timeline import lines
from incident.service.redaction import Viewer

pytestmark = pytest.mark.integration  # it plays the whole demo over HTTP: too long for the quick suite
IDS = ["INC-2026-0001", "INC-2026-0002", "INC-2026-0003"]


class Show:
    """One demo that was played to its end: its directory, what stood on the screen, and its facts."""

    def __init__(self, home: Path, language: str, stories: int = 3) -> None:
        screen = StringIO()
        console = Console(file=screen, width=140, markup=False, highlight=False, emoji=False)
        self.home = home
        with opened(prepare(home, language), language) as whole:
            running = replace(whole, stories=whole.stories[:stories])
            ended = play(running, console, language, lambda: None)
            summary = Summary(console, language)
            summary.stories(ended.outcomes)
            summary.next_steps(home, ended.entries, [(Text("周伟", "Zhou Wei"), "http://x")], stays=True)
            system = running.world.system
            self.outcomes: list[Outcome] = ended.outcomes
            self.lists = {p: system.views.incidents(Viewer(p, "responder")) for p in ("zhou-wei", "he-jun", "")}
            with system.database.reading() as store:
                logs = {name: store.log.entries(name) for name in IDS[:stories]}
            self.facts = {
                name: [(line.occurred_at, line.kind, line.actor, line.text) for line in lines(log, system.names, "en")]
                for name, log in logs.items()
            }
        self.screen = screen.getvalue()


@pytest.fixture(scope="module")
def show(tmp_path_factory: pytest.TempPathFactory) -> Show:
    return Show(tmp_path_factory.mktemp("demo") / "demo-output", "zh-CN")


def secrets() -> list[str]:
    """Every number of the recording that must never be seen."""
    texts = [json.loads(line)["data"] for line in (STORIES / "chat.ndjson").read_text("utf-8").splitlines()]
    leaked = [data["text"] for data in texts if data["channel"] == "email"]
    return [number for text in leaked for number in re.findall(r"\d{15,}X?", text)]


def test_each_story_becomes_one_incident_that_is_signed_off(show: Show) -> None:
    """Outage, complaint surge and leak: one incident each, answered, recovered, signed by whom the playbook says."""
    assert [o.incident_id for o in show.outcomes] == IDS
    assert [o.story.id for o in show.outcomes] == ["outage", "complaints", "leak"]
    assert [o.ended_by.en for o in show.outcomes] == ["Huang Li", "Huang Li", "Zhou Wei"]


def test_it_detects_as_early_as_the_recordings_allow(show: Show) -> None:
    """Three samples after the labelled fault; with the tally of the day of landfall; at the first leaking message."""
    outage, complaints, leak = (o.delay.total_seconds() for o in show.outcomes)

    assert outage == 15 * 60
    assert complaints == 18 * 3600
    assert leak == 0


def test_it_calls_the_deputies_when_no_head_answers(show: Show) -> None:
    """The three heads are silent; a deputy answers by the link in the page and is named on the last screen."""
    outage = show.outcomes[0]

    assert [name.en for name in outage.silent] == ["Zhou Wei", "Huang Li", "Guo Qiang"]
    assert (outage.answered_by.en, outage.via) == ("Wu Hao", "link")
    assert outage.answered_after.total_seconds() > 600


def test_people_answer_by_link_by_api_and_at_the_desk(show: Show) -> None:
    """All ways of answering are real ways."""
    assert [o.via for o in show.outcomes] == ["link", "api", "cli"]


def test_tasks_are_done_late_and_waived_by_people(show: Show) -> None:
    """No story is too smooth: something is late, something is waived, most is in time."""
    for outcome in show.outcomes:
        assert outcome.verdicts["on_time"] > 15
        assert outcome.verdicts["late"] > 0
        assert "overdue" not in outcome.verdicts
    assert sum(outcome.verdicts.get("waived", 0) for outcome in show.outcomes) > 1


def test_three_reports_lie_on_disk_in_both_languages(show: Show) -> None:
    """HTML in Chinese and English and a Markdown file for each incident, none of them empty."""
    for name in IDS:
        assert "处理过程" in (show.home / f"{name}.zh-CN.html").read_text("utf-8")
        assert "After-care" in (show.home / f"{name}.en.html").read_text("utf-8")
        assert name in (show.home / f"{name}.md").read_text("utf-8")


def test_no_leaked_number_is_seen_anywhere(show: Show) -> None:
    """Neither on the screen nor in a report nor in any file of the installation, the database included."""
    numbers = secrets()
    assert len(numbers) >= 8
    files = [path for path in show.home.rglob("*") if path.is_file()]
    seen = show.screen.encode() + b"".join(path.read_bytes() for path in files)

    assert [number for number in numbers if number.encode() in seen] == []


def test_an_outsider_sees_a_code_name_and_nothing_else(show: Show) -> None:
    """The leak is in the list of somebody who is not in it, and of a program, without title, level or scenario."""
    leak = show.outcomes[2]
    inside = next(line for line in show.lists["zhou-wei"] if line.id == leak.incident_id)
    for who in ("he-jun", ""):
        outside = next(line for line in show.lists[who] if line.id == leak.incident_id)
        assert outside.hidden
        assert outside.title.in_("zh-CN") == leak.outside
        assert (outside.level, outside.scenario, outside.status) == (None, None, "")
    assert not inside.hidden


def test_the_last_screen_says_what_happened_and_what_to_do_next(show: Show) -> None:
    """Every incident, its reports, the links and the commands to go on with."""
    last = show.screen[show.screen.rindex("发生了什么") :]

    for name in IDS:
        assert f"{name}.zh-CN.html" in last
    for wanted in ("15 分钟", "周伟、黄莉、郭强未响应", "tocsin init", "incident list --all", "Ctrl-C", "http://x"):
        assert wanted in last


def test_the_same_demo_tells_the_same_facts(show: Show, tmp_path: Path) -> None:
    """Begin it again, in the other language: the same entries at the same moments by the same people."""
    again = Show(tmp_path / "again", "en", stories=1)
    first, second = show.outcomes[0], again.outcomes[0]

    assert second.delay == first.delay
    assert second.verdicts == first.verdicts
    assert [fact[:3] for fact in again.facts[IDS[0]]] == [fact[:3] for fact in show.facts[IDS[0]]][
        : len(again.facts[IDS[0]])
    ]


def test_it_does_not_touch_a_directory_that_is_not_its_own(tmp_path: Path) -> None:
    """A directory with somebody's files is refused, and nothing in it changes."""
    (tmp_path / "thesis.md").write_text("mine", "utf-8")

    with pytest.raises(BadInput, match="not empty"):
        prepare(tmp_path, "en")

    assert [path.name for path in tmp_path.iterdir()] == ["thesis.md"]


def test_two_demos_do_not_share_a_directory(tmp_path: Path) -> None:
    """While one runs, a second one in its directory is refused; afterwards the directory is made anew."""
    home = tmp_path / "out"
    with opened(prepare(home, "en"), "en"), pytest.raises(Conflict, match="running"):
        prepare(home, "en")

    assert prepare(home, "en").exists()


def test_variables_of_a_real_installation_do_not_lead_it_astray(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TOCSIN_DATABASE and the like name the real installation: the demo stays in its own directory."""
    elsewhere = tmp_path / "real"
    monkeypatch.setenv("TOCSIN_DATABASE", f"sqlite:///{elsewhere}/tocsin.db")
    monkeypatch.setenv("TOCSIN_DATA", str(elsewhere))

    with opened(prepare(tmp_path / "out", "en"), "en") as running:
        url = running.world.system.settings.database_url

    assert str(tmp_path / "out") in url
    assert not elsewhere.exists()


def test_a_busy_port_is_said_in_words(tmp_path: Path) -> None:
    """The command ends with one sentence and exit code 1, no traceback."""
    with opened(prepare(tmp_path / "one", "en"), "en") as running:
        port = running.world.system.settings.listen.port
        found = _run(tmp_path, "--exit", "--fast", "--output", "two", "--port", str(port))

    assert found.returncode == 1
    assert "is in use" in found.stderr
    assert "Traceback" not in found.stderr + found.stdout


def _run(where: Path, *args: str) -> "subprocess.CompletedProcess[str]":
    here = str(Path(__file__).parents[2])
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": here, "HOME": str(where / "nobody"), "LANG": "C.UTF-8"}
    command = [sys.executable, "-m", "config.cli.main", "--lang", "en", "demo", *args]
    return subprocess.run(command, cwd=where, env=environ, capture_output=True, text=True, timeout=60, check=False)
