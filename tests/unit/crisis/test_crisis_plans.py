"""The plans that ship, the fields a playbook may set instead, and the examples in the documentation."""

import re
from pathlib import Path

import pytest

from incident.domain.errors import BadInput
from incident.domain.incident import Incident
from incident.domain.roster import Roster
from incident.domain.words import Scenario
from incident.service.roster_file import load as load_roster
from incident.yamlfile import check, parse
from playbooks.clockbook.book import book_from, load_book
from playbooks.command import CommandPlanner, CrisisSpec, command_planner, unheld, usual_plans
from playbooks.comms.book import comms_from, load_comms
from playbooks.engine import Planner
from playbooks.materials import StockFile
from tests.unit.crisis.crisis_cast import START, opened

ROOT = Path(__file__).parents[3]
BOOK, MESSAGES = load_book(), load_comms()
PLANS = usual_plans(BOOK, MESSAGES)


def test_the_shipped_roster_holds_every_position_the_plans_name() -> None:
    """Nobody has to rename anything before the first drill; a roster without them is told."""
    roster = load_roster(ROOT / "config" / "defaults" / "people.yaml", {"console"}).roster
    assert unheld(PLANS, roster) == ()
    assert "legal_head" in unheld(PLANS, Roster())


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
