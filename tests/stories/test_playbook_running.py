"""Stories of a playbook's conditions, decisions and end, told on the whole system with a pushed clock."""

from pathlib import Path

import pytest

from incident.domain import commands as c
from incident.domain import events as e
from incident.domain.errors import BadInput
from incident.domain.parts import Verdict
from incident.domain.words import Group
from tests.harness import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """One installation with an outage that the supervisor has answered."""
    stage = Stage(tmp_path)
    stage.send(stage.signal(impact=1, urgency=1))
    stage.ack(stage.incident().id, "huang-li")
    return stage


def tell(stage: Stage, **facts: str) -> None:
    for name, value in facts.items():
        stage.do(c.SetFact(incident_id=stage.incident().id, by="ma-tao", fact=name, value=value))


def test_a_fact_raises_the_level_and_wakes_the_leadership(stage: Stage) -> None:
    """Half of the agents are hit: the matrix says level 2, leadership is convened and paged at once."""
    before = stage.incident()
    assert Group.LEADERSHIP not in before.convened
    tell(stage, affected_pct="60")
    assert stage.incident().level == 2
    assert Group.LEADERSHIP in stage.incident().convened
    assert "zhou-wei" in stage.paged()
    assert stage.told("the playbook's condition for this level holds: affected_pct >= 50")


def test_a_long_outage_becomes_graver_by_the_clock_alone(stage: Stage) -> None:
    """Two hours without service are level 2, whatever nobody has said; the level does not fall by itself."""
    stage.push(minutes=119)
    level = stage.incident().level
    stage.push(minutes=2)
    assert stage.incident().level == min(level, 2)
    tell(stage, affected_pct="5")
    assert stage.incident().level == min(level, 2)


def test_what_nobody_knows_is_asked_for_on_the_task(stage: Stage) -> None:
    """Paper forms depend on how much is hit; until then the task says whom to ask, and it is not dropped."""
    task = stage.incident().tasks["paper_mode"]
    assert (task.applies, task.asks) == (Verdict.UNKNOWN, ("affected_pct",))
    assert stage.told("needs a fact — ask Technical support on duty: What share of agents or customers is hit")
    tell(stage, affected_pct="10")
    assert stage.incident().tasks["paper_mode"].applies is Verdict.NO
    assert stage.incident().tasks["backfill"].applies is Verdict.NO  # nothing to enter afterwards


def test_an_unchecked_leak_calls_somebody_to_start_its_playbook(stage: Stage) -> None:
    """Nobody has said in an hour whether data is out: the head of IT is called about the leak playbook."""
    stage.push(minutes=61)
    assert "leak_suspected" in stage.incident().called
    assert stage.told("The playbook calls for a linked incident: Data leak or security event")
    assert any(call.reason == "linked_incident" for call in stage.incident().calls.values())


def test_conditions_survive_a_crash(stage: Stage) -> None:
    """What was known before the process died is known after it, and goes on counting."""
    tell(stage, affected_pct="30", vendor_needed="no")
    before = stage.incident()
    stage.restart()
    assert stage.incident() == before
    stage.push(minutes=30)
    assert stage.incident().tasks["engage_vendor"].applies is Verdict.NO


def test_an_answer_of_the_wrong_kind_is_refused(stage: Stage) -> None:
    """The question wants a number; a word is sent back with an example."""
    with pytest.raises(BadInput, match="affected_pct"):
        tell(stage, affected_pct="many")


def test_every_condition_in_the_log_reads_well_in_chinese(stage: Stage) -> None:
    """The timeline is for the people on the floor."""
    tell(stage, affected_pct="60")
    with stage.system.database.reading() as store:
        entries = store.log.entries(stage.incident().id)
    assert any(isinstance(entry.event, e.ConditionRead) for entry in entries)
    told = stage.told("尚缺信息", "zh-CN")
    assert any("请向" in line for line in told)
    assert not [line for line in told if "_" in line.replace("chosen.", "")]
