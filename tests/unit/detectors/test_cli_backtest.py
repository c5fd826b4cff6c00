"""``tocsin backtest`` on the command line."""

import csv
import json
import math
import random
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from config.cli import backtest
from config.cli.base import Root
from incident.i18n import translator

RULES = """schema: detectors/v1
rules:
- id: silent
  kind: heartbeat
  timeout: 60s
  scenario: system-outage
  title: {zh: 心跳中断, en: Silent}
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The command alone, in a directory of its own."""
    app = typer.Typer(name="tocsin", cls=Root, rich_markup_mode=None)
    app.callback()(lambda: None)
    backtest.add_to(app)
    monkeypatch.chdir(tmp_path)
    return lambda *args: CliRunner().invoke(app, ["backtest", *args, "--lang", "en"], prog_name="tocsin")


@pytest.fixture
def series(tmp_path: Path) -> Path:
    """Three weeks of five-minute values with five spikes, and their labels."""
    rng = random.Random(4)
    spikes = {2500, 3300, 4100, 4900, 5700}
    path = tmp_path / "latency.csv"
    lines = ["timestamp,value", *(
        f"{1_767_542_400 + 300 * n},{50 + 20 * math.sin(n / 46) + rng.gauss(0, 1) + 90 * (n in spikes):.4f}"
        for n in range(6000)
    )]  # fmt: skip
    path.write_text("\n".join(lines))
    labels = ["start,end", *(f"{1_767_542_400 + 300 * n},{1_767_542_400 + 300 * n}" for n in sorted(spikes))]
    (tmp_path / "labels.csv").write_text("\n".join(labels))
    return path


def test_it_writes_one_row_per_row(run: Any, series: Path) -> None:
    """Times and values as they stood; alerts where signals would have been raised; the table tells recall."""
    result = run(
        "latency.csv", "--detector", "level", "--alarms", "5/week", "--scores", "o.csv", "--labels", "labels.csv"
    )
    assert result.exit_code == 0, result.output
    assert "5/5" in result.stdout
    rows = list(csv.DictReader(Path("o.csv").read_text().splitlines()))
    given = list(csv.DictReader(series.read_text().splitlines()))
    assert [(one["timestamp"], one["value"]) for one in rows] == [(one["timestamp"], one["value"]) for one in given]
    assert {one["alert"] for one in rows} == {"0", "1"}


def test_the_name_of_a_file_and_its_end_change_nothing(run: Any, series: Path) -> None:
    """The first half under another name has the same scores as in the whole."""
    lines = series.read_text().splitlines()
    Path("other.csv").write_text("\n".join(lines[:3001]))
    assert run("latency.csv", "other.csv", "--detector", "auto", "--out-dir", "out").exit_code == 0
    whole, half = (Path("out", name).read_text().splitlines() for name in ("latency.csv", "other.csv"))
    assert whole[:3001] == half


def test_it_compares_recommends_and_draws(run: Any, series: Path) -> None:
    """As data too."""
    told = run("latency.csv", "--compare", "--labels", "labels.csv", "--alarms", "5/week", "--json")
    found = json.loads(told.stdout)[0]
    assert found["recommended"] in {"level", "auto"}
    assert {one["detector"] for one in found["detectors"]} == {"auto", "level", "novelty"}
    assert Path("latency.svg").read_text().startswith("<svg")


def test_it_replays_rules_over_events(run: Any) -> None:
    """How often each rule would have alarmed, and the signals as NDJSON."""
    Path("rules.yaml").write_text(RULES)
    beats = [{"type": "heartbeat", "time": f"2026-01-05T00:0{minute}:00Z", "data": {"slug": "pbx", "status": "ok"}}
             for minute in (0, 1, 5, 6)]  # fmt: skip
    Path("events.ndjson").write_text("\n".join(json.dumps(one) for one in beats))
    told = run("--rules", "rules.yaml", "events.ndjson", "--signals", "found.ndjson", "--json")
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout)["rules"][0]["raised"] == 1
    signals = [json.loads(one) for one in Path("found.ndjson").read_text().splitlines()]
    assert [one["state"] for one in signals] == ["raised", "cleared"]


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("latency.csv", "--detector", "magic"), 2, "no detector"),
        (("latency.csv", "--alarms", "often"), 1, "no budget"),
        (("latency.csv", "--signals", "x"), 2, "--signals and --whom need --rules"),
        (("latency.csv", "labels.csv", "--scores", "x"), 2, "--out-dir"),
        (("labels.csv",), 1, "no column 'timestamp'"),
        (("nowhere.csv",), 1, "nowhere.csv"),
    ],
)
def test_wrong_use_is_told(run: Any, series: Path, args: tuple[str, ...], code: int, said: str) -> None:
    """What is wrong and what to do, never a traceback."""
    result = run(*args)
    assert result.exit_code == code, result.output
    assert said in result.output


def test_its_help_reads_in_chinese() -> None:
    """Every text of the command has a translation."""
    app = typer.Typer(cls=Root)
    app.callback()(lambda: None)
    backtest.add_to(app)
    command: Any = typer.main.get_command(app)
    shown = command.commands["backtest"]
    texts = [shown.help, *(param.help for param in shown.params if getattr(param, "help", None))]
    assert [text for text in texts if translator("zh-CN")(text) == text] == []


def test_it_answers_whether_it_would_have_paged_and_whom_in_few_lines(run: Any) -> None:
    """One line for the month, one for each person, one for each incident; rules that heard nothing are set apart, and
    events that can't be taken are counted. Nothing is logged, and data stay data.
    """
    deaf = """- id: deaf
  kind: ratio
  on: request.served
  bad: {where: {ok: false}}
  scenario: other
  title: {zh: 无, en: none}
"""
    Path("rules.yaml").write_text(RULES + deaf)
    beats = [{"type": "heartbeat", "time": f"2026-01-05T0{hour}:0{minute}:00Z", "data": {"slug": "pbx", "status": "ok"}}
             for hour in (0, 8) for minute in (0, 1, 5, 6)]  # fmt: skip
    lines = [json.dumps(one) for one in (*beats, {"type": "heartbeat", "data": {}})]
    Path("events.ndjson").write_text("\n".join(lines))
    told = run("--rules", "rules.yaml", "events.ndjson", "--whom")
    assert told.exit_code == 0, told.output
    assert "page(s) for 3 incident(s)" in told.stdout
    assert "incident_opened" not in told.output
    assert "No events of their types in this file: deaf" in told.stdout
    assert "Left out: 1 events" in told.output
    assert len(told.stdout.splitlines()) < 20
    found = json.loads(run("--rules", "rules.yaml", "events.ndjson", "--whom", "--json").stdout)
    assert found["rejected"] == 1
    assert [rule["heard"] for rule in found["rules"]] == [True, False]
