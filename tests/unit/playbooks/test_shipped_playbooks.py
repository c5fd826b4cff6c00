"""The five shipped playbooks: clean, complete, bilingual, and every clause of the plan is served."""

from datetime import timedelta
from pathlib import Path

import pytest

import config
from incident.domain.roster import Roster
from incident.domain.words import Group, Phase, Scenario
from incident.i18n import translator
from incident.service import roster_file
from playbooks.clauses import CLAUSES, IN_EVERY_PLAYBOOK, coverage
from playbooks.loader import LIBRARY, Loaded, by_scenario, load

SCENARIOS = [scenario.value for scenario in Scenario]
PEOPLE = Path(config.__file__).parent / "defaults" / "people.yaml"


@pytest.fixture(scope="module")
def roster() -> Roster:
    """The people that come with Tocsin."""
    return roster_file.load(PEOPLE).roster


@pytest.fixture(scope="module")
def library(roster: Roster) -> dict[str, Loaded]:
    """The shipped playbooks, checked against the shipped people."""
    return load(None, roster)


def test_the_default_people_are_without_fault_or_warning() -> None:
    """``tocsin init`` writes a roster that works as it is, on the console alone."""
    file = roster_file.load(PEOPLE, channels={"console"})
    assert file.warnings == ()
    assert 10 <= len(file.roster.people) <= 14


def test_each_scenario_has_one_shipped_playbook_named_after_it(library: dict[str, Loaded]) -> None:
    """File name, id and scenario agree: that is how a user's file replaces a shipped one."""
    assert set(library) == set(SCENARIOS)
    assert {path.stem for path in LIBRARY.glob("*.yaml")} == set(SCENARIOS)
    assert set(by_scenario(library)) == set(Scenario)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_playbook_is_fit_for_use(scenario: str, library: dict[str, Loaded]) -> None:
    """Six phases, three groups, deadlines, a stand-in for every task, and each task says which clause it serves."""
    plan = library[scenario].plan
    assert {task.phase for task in plan.tasks} == set(Phase)
    assert {group.group for group in plan.groups} == set(Group)
    assert 18 <= len(plan.tasks) <= 40
    for task in plan.tasks:
        assert task.due_in is not None or task.due_days, task.id
        assert task.backup not in {None, task.owner}, task.id
        assert set(task.source) <= set(CLAUSES), task.id
        assert task.source, task.id


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_playbook_tells_what_callers_and_agents_hear(scenario: str, library: dict[str, Loaded]) -> None:
    """Every scenario has messages for customers, updates for leadership and a report to management."""
    tasks = {task.id: task for task in library[scenario].plan.tasks}
    assert sum(task.kind == "comms" for task in tasks.values()) >= 2
    assert {"judge", "updates", "crisis_plan", "hotwash", "care_offer", "staff_feedback", "final_report"} <= set(tasks)


def test_every_clause_is_served(library: dict[str, Loaded], capsys: pytest.CaptureFixture[str]) -> None:
    """The clause × playbook table has no empty row, and no gap where every playbook must serve the clause."""
    table = coverage(loaded.plan for loaded in library.values())
    with capsys.disabled():
        print(f"\n{'clause':8}" + "".join(f"{name:>17}" for name in library))
        for clause, row in table.items():
            print(f"{clause:8}" + "".join(f"{len(row[name]) or '–':>17}" for name in library))
    assert [clause for clause, row in table.items() if not any(row.values())] == []
    gaps = [(clause, name) for clause in IN_EVERY_PLAYBOOK for name, tasks in table[clause].items() if not tasks]
    assert gaps == []


def test_the_complaint_playbook_works_by_five_classes_and_seven_steps(library: dict[str, Loaded]) -> None:
    """H4.1 and H4.2 are there step by step, and the steps come in order."""
    tasks = {task.id: task for task in library["complaint-surge"].plan.tasks}
    classes = {"product_quality", "service_attitude", "service_process", "price", "other_class"}
    assert classes <= set(tasks)
    steps = ["receive", "classify", "first_handling", "report_up", "resolve", "follow_up", "archive"]
    places = [list(tasks).index(f"step_{step}") for step in steps]
    assert places == sorted(places)


def test_the_leak_playbook_is_restricted_and_keeps_legal_time(library: dict[str, Loaded]) -> None:
    """Evidence, containment, scope; PIPL 57 at once and the four-hour report, each a legal task."""
    plan = library["data-leak"].plan
    assert plan.restricted
    assert {"preserve", "contain", "scope"} <= {task.id for task in plan.tasks}
    four_hours = plan.task("cac_report")
    decide = plan.task("pipl57_decide")
    assert four_hours is not None
    assert (four_hours.kind, four_hours.due_from, four_hours.due_in) == ("legal", "detected", timedelta(hours=4))
    assert decide is not None
    assert decide.kind == "legal"


def test_the_disaster_playbook_opens_with_a_roll_call(library: dict[str, Loaded]) -> None:
    """People come before business."""
    assert library["disaster"].plan.tasks[0].kind == "rollcall"


def test_every_kind_of_evidence_has_a_chinese_word(library: dict[str, Loaded]) -> None:
    """What a task asks to attach is shown in the reader's language."""
    chinese = translator("zh-CN")
    asked = {word for loaded in library.values() for task in loaded.plan.tasks for word in task.evidence}
    assert [word for word in sorted(asked) if chinese(word) == word] == []
