"""Drill files: the shipped ones fit the shipped house; a broken one names every fault with its line."""

from pathlib import Path

import pytest

import config
from drills.loader import LIBRARY, load, load_file
from incident.domain.errors import BadInput
from incident.domain.roster import Roster
from incident.domain.words import Scenario
from incident.i18n import translator
from incident.service import roster_file
from playbooks.loader import by_scenario
from playbooks.loader import load as load_playbooks
from tests.unit.drills.rehearsing import SMALL, small_drill


@pytest.fixture(scope="module")
def roster() -> Roster:
    """The shipped people."""
    return roster_file.load(Path(config.__file__).parent / "defaults" / "people.yaml").roster


def test_every_scenario_has_a_shipped_drill_that_fits(roster: Roster) -> None:
    """All shipped drills load against the shipped playbooks and people, and the five scenarios are covered."""
    found = load(None, by_scenario(load_playbooks(None, roster)), roster)

    assert not found.left_out
    assert {drill.spec.scenario for drill in found.all.values()} == set(Scenario)
    assert len(found.all) == len(list(LIBRARY.glob("*.yaml")))


def test_a_users_drill_replaces_the_shipped_one_of_that_id(tmp_path: Path) -> None:
    """The same id in the user's directory wins."""
    (tmp_path / "callout-test.yaml").write_text(SMALL.replace("id: small", "id: callout-test"), "utf-8")

    found = load(tmp_path)

    assert found.get("callout-test").spec.title.en == "Small drill"


def test_a_shipped_drill_that_does_not_fit_own_people_is_left_out_with_its_reason() -> None:
    """An installation with other positions loads; which drills don't fit is said, not hidden."""
    found = load(None, None, Roster())

    assert not found.all
    assert any("there is no position 'shift_lead'" in fault for fault in found.left_out)


def test_an_unknown_drill_names_the_nearest_one() -> None:
    """A slip of the pen is answered with the right name."""
    with pytest.raises(BadInput, match="did you mean 'callout-test'"):
        load(None).get("calout-test")


def test_every_fault_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    """Unknown objective, unknown inject, bad event data, an inject after the end: four faults, four lines."""
    text = (
        SMALL.replace("for: [answer]", "for: [nothing]")
        .replace("within: 10m}\n  - {id: sealed", "within: 10m, after: nowhere}\n  - {id: sealed")
        .replace("{service: ivr, ok: false}", "{service: ivr}")
        .replace("at: 5m", "at: 2h")
    )

    with pytest.raises(BadInput) as caught:
        small_drill(tmp_path, text)

    told = "\n".join(caught.value.faults)
    for part in ("there is no objective 'nothing'", "there is no inject 'nowhere'", "ok", "when the drill is over"):
        assert part in told
    assert all("small.yaml:" in fault for fault in caught.value.faults)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("kind: note", "kind: event"), "needs event"),
        (("measure: time_to_ack, within: 10m", "measure: time_to_task, within: 10m"), "needs task"),
        (("expect: {ack: true, within: 10m}", "expect: {within: 10m}"), "exactly one"),
        (('at: "14:30"', 'at: "25:30"'), "programme.at"),
        (("length: 60m", "lenght: 60m"), "did you mean 'length'"),
        (("at: 1m\n", "at: soon\n"), "not a duration"),
    ],
)
def test_a_fault_says_what_is_missing(tmp_path: Path, change: tuple[str, str], told: str) -> None:
    """Each fault names the field and what to write."""
    with pytest.raises(BadInput, match=told):
        small_drill(tmp_path, SMALL.replace(*change))


def test_a_missing_file_is_told_in_words(tmp_path: Path) -> None:
    """No traceback for a wrong path."""
    with pytest.raises(BadInput, match=r"none\.yaml"):
        load_file(tmp_path / "none.yaml")


def test_all_words_of_a_score_have_a_chinese_text() -> None:
    """Whatever a score can say, it can say in Chinese."""
    from drills import wording

    tables = (
        wording.TYPES, wording.STATES, wording.RATINGS, wording.VERDICTS, wording.WHY, wording.TIMINGS,
        wording.FINDINGS, wording.RUN_REASONS, wording.WEEKDAYS, wording.WEEKS, wording.MONTH_NAMES,
    )  # fmt: skip
    t = translator("zh-CN")
    english = {text for table in tables for text in table.values()}

    assert [text for text in english if t(text) == text] == []
