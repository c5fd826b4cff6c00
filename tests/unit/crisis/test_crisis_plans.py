"""The plans that ship, the fields a playbook may set instead, and the examples in the documentation."""

import re
from pathlib import Path

import pytest

from incident.domain import events as e
from incident.domain.errors import BadInput
from incident.domain.incident import Incident, evolve
from incident.domain.roster import Roster
from incident.domain.words import Degree, Scenario, Text
from incident.service.roster_file import load as load_roster
from incident.yamlfile import check, parse
from playbooks.checking import check_files
from playbooks.clockbook.book import book_from, load_book
from playbooks.command import CommandPlanner, CrisisSpec, command_planner, unheld, usual_plans
from playbooks.comms.book import comms_from, load_comms
from playbooks.engine import Planner
from playbooks.loader import load
from playbooks.materials import StockFile
from tests.unit.crisis.crisis_cast import START, opened

ROOT = Path(__file__).parents[3]
BOOK, MESSAGES = load_book(), load_comms()
PLANS = usual_plans(BOOK, MESSAGES)


def test_the_shipped_roster_holds_every_position_the_plans_name() -> None:
    """Nobody has to rename anything before the first drill; a roster without them is told."""
    roster = load_roster(ROOT / "config" / "defaults" / "people.yaml", {"console"}).roster
    assert unheld(PLANS.values(), roster) == ()
    assert "legal_head" in unheld(PLANS.values(), Roster())


def test_a_playbook_changes_what_it_names_and_keeps_the_rest() -> None:
    """Its own clocks replace the usual ones; messages stay."""
    spec = CrisisSpec.model_validate({
        "clocks": [{"use": "contract-notice", "owner": "ops_manager", "backup": "dpo", "in": "30m"}],
        "limits": {"duty": "6h"},
        "rollcall": {"owner": "a", "backup": "b", "care": "c"},
        "materials": [{"item": "radios", "count": 2}],
    })  # fmt: skip
    usual = PLANS[Scenario.SYSTEM_OUTAGE]
    plan = spec.over(usual, BOOK)
    assert [(terms.id, terms.limits[0].amount) for terms in plan.clocks] == [("contract-notice", 30)]
    assert plan.comms == usual.comms
    assert (plan.limits.duty.total_seconds(), plan.rollcall.care, plan.materials[0].item) == (21600, "c", "radios")


def test_an_unknown_clock_is_refused() -> None:
    """With where to look."""
    spec = CrisisSpec.model_validate({"clocks": [{"use": "gdpr-99", "owner": "a", "backup": "b"}]})
    with pytest.raises(BadInput, match="gdpr-99"):
        spec.over(PLANS[Scenario.OTHER], BOOK)


def test_the_crisis_plan_is_adopted_once_after_the_playbook() -> None:
    """Not before there is one, and never again."""
    planner = CommandPlanner(Planner({}), PLANS)
    assert planner.advance(Incident(), Roster(), START) == []
    assert planner.next_due(Incident()) is None
    state = opened()
    assert all(type(event).__name__ != "CrisisPlanned" for event in planner.advance(state, Roster(), START))


def test_a_playbooks_own_clocks_messages_and_limits_hold_in_its_incidents(tmp_path: Path) -> None:
    """What a manager writes into the playbook is what its incidents adopt; the rest is as usual for the scenario."""
    mine = (ROOT / "playbooks" / "library" / "other.yaml").read_text("utf-8").replace(
        "vars:", "clocks: [{use: contract-notice, owner: ops_manager, backup: centre_director, in: 30m}]\nvars:", 1
    )  # fmt: skip
    assert "clocks:" in mine
    (tmp_path / "other.yaml").write_text(mine, "utf-8")
    planner = command_planner(load(tmp_path))
    state = Incident()
    first = e.IncidentOpened("i", Scenario.OTHER, Text.same("x"), 4, Degree.LOW, Degree.LOW, "k", START, START)
    evolve(state, first, START, "system")
    events = planner.activate(state, Roster(), START)
    for _ in range(9):
        for event in events:
            evolve(state, event, START, "system")
        events = planner.advance(state, Roster(), START)
    plan = state.crisis.plan
    assert plan is not None
    assert [(terms.id, terms.limits[0].amount, terms.from_level) for terms in plan.clocks] == [
        ("contract-notice", 30, 4)
    ]
    assert plan.comms == PLANS[Scenario.OTHER].comms
    assert "contract-notice" in state.crisis.clocks


def test_a_playbook_with_an_unknown_clock_or_item_is_refused_with_its_line(tmp_path: Path) -> None:
    """By the check and at the start, before any incident."""
    path = tmp_path / "other.yaml"
    text = (ROOT / "playbooks" / "library" / "other.yaml").read_text("utf-8")
    more = "clocks: [{use: gdpr-99, owner: dpo, backup: dpo}]\nmaterials: [{item: radio}]\nvars:"
    path.write_text(text.replace("\nvars:", "\n" + more, 1), "utf-8")
    faults = check_files([path], START).faults
    line = text[: text.index("\nvars:")].count("\n") + 2
    assert any(f"other.yaml:{line}: " in fault and "gdpr-99" in fault for fault in faults)
    assert any(f"other.yaml:{line + 1}: " in fault and "did you mean 'radios'?" in fault for fault in faults)
    with pytest.raises(BadInput, match="gdpr-99"):
        command_planner(load(tmp_path))


def test_a_users_own_files_come_first(tmp_path: Path) -> None:
    """Clock pages, messages and the materials list beside tocsin.yaml."""
    (tmp_path / "materials.yaml").write_text((ROOT / "playbooks" / "materials.yaml").read_text("utf-8").replace(
        "id: radios", "id: horns"), "utf-8")  # fmt: skip
    assert "horns" in command_planner({}, tmp_path).items
    (tmp_path / "crisis.yaml").write_text("schema: crisis/v1\nscenarios: {moon: {}}\n", "utf-8")
    with pytest.raises(BadInput, match=r"crisis\.yaml:2"):
        command_planner({}, tmp_path)


@pytest.mark.parametrize("name", ["clocks", "communications", "materials"])
def test_the_examples_in_the_documentation_are_valid(name: str) -> None:
    """Whoever copies them gets what they say."""
    blocks = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / f"{name}.md").read_text("utf-8"), re.DOTALL)
    assert blocks
    for block in blocks:
        if name == "clocks":
            book_from(block)
        elif name == "communications":
            comms_from(block)
        else:
            check(parse(block, "materials.yaml"), StockFile)
