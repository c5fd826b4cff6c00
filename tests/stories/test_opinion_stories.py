"""What people say of signals makes their rule stricter, for everybody to see, and can be undone."""

from pathlib import Path
from typing import Any

import pytest

from detectors.feedback import STEP
from detectors.kinds.series import Level
from incident.domain.errors import BadInput, NotFound
from incident.domain.opinion import Usefulness
from incident.domain.words import Scenario
from incident.service.opinions import RuleLine
from incident.service.redaction import Viewer
from tests.contract.store_sample import signal, stored
from tests.harness import Stage

RULES = """\
schema: detectors/v1
rules:
  - id: slow
    kind: level
    on: metric.sampled
    by: [service]
    alarms: 2/week
    scenario: system-outage
    title: {zh: 慢, en: slow}
  - id: leak
    kind: threshold
    on: export.made
    value: records
    above: 10
    samples: 1
    scenario: data-leak
    title: {zh: 泄露, en: leak}
"""


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """A centre with one rule that learns and one about leaks."""
    (tmp_path / "detectors.yaml").write_text(RULES, "utf-8")
    return Stage(tmp_path)


def rule(stage: Stage, name: str = "slow", person: str = "") -> RuleLine:
    """How a rule looks to somebody."""
    lines = stage.system.views.rules(Viewer(person), stage.system.book)
    return next(line for line in lines if line.facts.id == name)


def told(stage: Stage, *names: str, **changes: Any) -> None:
    """Signals of the rule."""
    for name in names:
        stage.send(stage.signal(name, rule="slow", **changes))


def budget_in_use(stage: Stage) -> float:
    """The budget the running detector works with."""
    sources: Any = stage.system.engine._source
    detector = sources._sources[0]._detectors["slow"]
    assert isinstance(detector, Level)
    return detector._budget._allowed


def test_a_verdict_is_stored_shown_and_heeded_until_it_is_undone(stage: Stage) -> None:
    """Also by a process that starts later."""
    told(stage, "s1", "s2")
    judge = stage.system.desk.judge
    judge("s1", "zhou-wei", Usefulness.NOT_USEFUL, "web")
    judge("s2", "zhou-wei", Usefulness.NOT_USEFUL, "slack")
    stage.push(seconds=1)
    line = rule(stage)
    assert (line.told, line.not_useful, line.useful, line.halvings) == ((0, 0, 0, 2), 2, 0, 2 * STEP)
    assert budget_in_use(stage) == pytest.approx(2 * 0.5 ** (2 * STEP))
    stage.restart()
    stage.push(seconds=1)
    assert budget_in_use(stage) == pytest.approx(2 * 0.5 ** (2 * STEP))
    stage.system.desk.take_back("s1", "zhou-wei")
    stage.system.desk.judge("s2", "zhou-wei", Usefulness.USEFUL, "cli")
    stage.push(seconds=1)
    assert (rule(stage).not_useful, rule(stage).useful, rule(stage).halvings) == (0, 1, 0.0)
    assert budget_in_use(stage) == 2


def test_a_verdict_grows_old(stage: Stage) -> None:
    """After ninety days it has had its say, whether or not anything happens meanwhile."""
    told(stage, "s1")
    stage.system.desk.judge("s1", "zhou-wei", Usefulness.NOT_USEFUL, "web")
    stage.push(seconds=1)
    assert budget_in_use(stage) < 2
    stage.clock.push(days=91)
    stage.system.step()
    stage.system.step()
    assert budget_in_use(stage) == 2


def test_only_what_one_may_see_can_be_judged(stage: Stage) -> None:
    """A leak's signal is not there for outsiders, and what insiders say of it is not counted before them."""
    stage.send(stage.event("export.made", records=99, user="u"))
    incident = stage.incident()
    insider = incident.audience[0]
    name = stage.system.views.signals(Viewer(insider))[0].signal.id
    with pytest.raises(NotFound, match="no signal"):
        stage.system.desk.judge(name, "sun-yue", Usefulness.NOT_USEFUL, "web")
    stage.system.desk.judge(name, insider, Usefulness.NOT_USEFUL, "web")
    mine, theirs = rule(stage, "leak", insider), rule(stage, "leak", "sun-yue")
    assert incident.scenario is Scenario.DATA_LEAK
    assert (mine.told[-1], mine.not_useful) == (1, 1)
    assert (theirs.told[-1], theirs.not_useful, theirs.halvings) == (0, 0, 0.0)


def test_nothing_can_be_said_of_a_drills_signal_or_of_none(stage: Stage) -> None:
    """A drill must not move what watches reality."""
    with stage.system.database.unit() as store:
        store.signals.save([stored("d", signal=signal("d", drill="run"))])
        store.commit()
    with pytest.raises(BadInput, match="drill"):
        stage.system.desk.judge("d", "zhou-wei", Usefulness.USEFUL, "web")
    with pytest.raises(NotFound):
        stage.system.desk.judge("nothing", "zhou-wei", Usefulness.USEFUL, "web")
    with pytest.raises(NotFound, match="said nothing"):
        stage.system.desk.take_back("d", "zhou-wei")
