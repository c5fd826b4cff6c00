"""Faults of a playbook file: each names file, line and remedy, and all are told at once."""

from pathlib import Path

import pytest

from incident.domain.roster import Position, Roster
from incident.domain.words import Text
from playbooks.loader import by_scenario, faults_of, load, load_file
from tests.reading import english_left

GOOD = """\
schema: playbook/v1
id: power-cut
version: 1.0.0
title: {zh: 停电, en: Power cut}
scenario: other
owner: ops_manager
approved: {by: centre_director, on: 2026-10-15}
review: {every: 90d, also_after: [incident, drill]}
source: [P2, P4]
groups:
  leadership: {head: centre_director, deputies: [ops_manager]}
  response: {head: supervisor, deputies: [shift_lead], members: [tech]}
  logistics: {head: admin, deputies: [hr]}
levels:
  1: {convene: [leadership, response, logistics], update_every: 15m}
  2: {convene: [leadership, response]}
  3: {convene: [response]}
  4: {convene: [response]}
phases:
  - id: alarm
    tasks:
      - id: verify
        kind: check
        do: {zh: 核实, en: Verify}
        owner: shift_lead
        due: {from: opened, in: 5m}
      - id: judge
        do: {zh: 判断, en: Judge}
        owner: supervisor
        needs: [verify]
  - id: response
    tasks:
      - id: restore
        do: {zh: 恢复, en: Restore}
        owner: tech
        needs: [judge]
"""


def write(tmp_path: Path, text: str, name: str = "power-cut.yaml") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_file_becomes_a_plan(tmp_path: Path) -> None:
    """What the manager wrote is what the incident runs by, with the file's SHA-256."""
    plan = load_file(write(tmp_path, GOOD)).plan
    assert [task.id for task in plan.tasks] == ["verify", "judge", "restore"]
    assert plan.levels[1].update_every is not None
    assert plan.levels[1].update_every.total_seconds() == 900
    assert len(plan.hash) == 64


FAULTS = {
    "circle": (
        "owner: shift_lead\n        due",
        "owner: shift_lead\n        needs: [judge]\n        due",
        [
            (
                "26: phases.0.tasks.0.needs: tasks wait for each other in a circle: verify → judge → verify"
                " — take one of these needs out"
            ),
            "34: phases.1.tasks.0: 'restore' can never start: it waits for a circle — mend the circle",
        ],
    ),
    "unknown need": (
        "needs: [verify]",
        "needs: [verfy]",
        ["30: phases.0.tasks.1.needs.0: needs 'verfy', which is no task here — did you mean 'verify'?"],
    ),
    "duplicate task": (
        "- id: restore",
        "- id: verify",
        ["33: phases.1.tasks.0.id: 'verify' is there already (line 22) — give one of them another id"],
    ),
    "missing head": (
        "{head: admin, deputies: [hr]}",
        "{deputies: [hr]}",
        ["13: groups.logistics.head: is missing — add this field"],
    ),
    "missing deputies": (
        "head: admin, deputies: [hr]",
        "head: admin",
        ["13: groups.logistics.deputies: is missing — add this field"],
    ),
    "no deputy": (
        "deputies: [hr]",
        "deputies: []",
        ["13: groups.logistics.deputies: logistics has no deputy — name at least one position to stand in"],
    ),
    "untranslated": (
        "{zh: 判断, en: Judge}",
        "{zh: Judge, en: 判断}",
        [
            "28: phases.0.tasks.1.do.zh: is not translated — write it in Chinese",
            "28: phases.0.tasks.1.do.en: is not translated — write it in English",
        ],
    ),
    "missing language": (
        "{zh: 判断, en: Judge}",
        "{zh: 判断}",
        ["28: phases.0.tasks.1.do.en: is missing — add this field"],
    ),
    "unknown anchor": (
        "from: opened",
        "from: openend",
        ["26: phases.0.tasks.0.due.from: unknown anchor 'openend' — did you mean 'opened'?"],
    ),
    "business days": (
        "in: 5m",
        "in: 0bd",
        [
            (
                "26: phases.0.tasks.0.due.in: not a duration above zero"
                " — write a whole number and a unit, such as 30s, 5m, 2h or 3d"
            )
        ],
    ),
    "bad duration": (
        "in: 5m",
        "in: 0m",
        [
            (
                "26: phases.0.tasks.0.due.in: not a duration above zero"
                " — write a whole number and a unit, such as 30s, 5m, 2h or 3d"
            )
        ],
    ),
    "after the end": (
        "from: opened",
        "from: ended",
        [
            (
                "26: phases.0.tasks.0.due: 'verify' is due after the end, which waits for it"
                " — count from another anchor, or set blocks_end: false"
            )
        ],
    ),
    "owner outside the groups": (
        "owner: tech",
        "owner: cook",
        ["35: phases.1.tasks.0.owner: 'cook' sits in none of the groups — add the position to a group's members"],
    ),
    "missing level": (
        "  4: {convene: [response]}\n",
        "",
        ["14: levels: level 4 is missing — tell whom each level convenes"],
    ),
    "unknown level": (
        "  4: {convene: [response]}\n",
        "  4: {convene: [response]}\n  5: {convene: [response]}\n",
        ["19: levels.5: there is no level 5 — levels are 1 (gravest) to 4"],
    ),
    "two groups, one head": (
        "head: admin,",
        "head: supervisor,",
        [
            (
                "13: groups.logistics.head: 'supervisor' heads response already"
                " — one position can't head two groups: name another"
            )
        ],
    ),
    "phases out of order": (
        "- id: alarm",
        "- id: report",
        ["31: phases.1.id: 'response' comes too late — order: alarm, orders, response, logistics, cleanup, report"],
    ),
    "misspelt field": (
        "kind: check",
        "knd: check",
        ["23: phases.0.tasks.0.knd: unknown field — did you mean 'kind'?"],
    ),
    "group that does not meet": (
        "owner: supervisor\n",
        "owner: supervisor\n        group: leadership\n",
        [
            (
                "37: phases.1.tasks.0.needs.0: at level 3 nobody does 'judge': leadership is not convened"
                " — convene leadership at level 3, or set the group of 'judge'"
            ),
            (
                "37: phases.1.tasks.0.needs.0: at level 4 nobody does 'judge': leadership is not convened"
                " — convene leadership at level 4, or set the group of 'judge'"
            ),
        ],
    ),
    "date that does not exist": (
        "on: 2026-10-15",
        "on: '2026-02-30'",
        [
            "7: approved.on: is no date that exists — write it like 2026-03-12",
        ],
    ),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_names_its_line_and_remedy(case: str, tmp_path: Path) -> None:
    """One changed place in a good file gives exactly the complaints about that place."""
    old, new, expected = FAULTS[case]
    path = write(tmp_path, GOOD.replace(old, new, 1))
    found = faults_of([path])
    assert list(found) == [f"{path}:{line}" for line in expected]
    assert english_left(*found) == []


def test_all_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    """Schema faults and faults of the whole plan stand in one list, in the order of the lines, file by file."""
    bad = GOOD.replace("kind: check", "knd: check").replace("needs: [judge]", "needs: [jugde]")
    one, two = write(tmp_path, bad, "a.yaml"), write(tmp_path, GOOD.replace("version: 1.0.0\n", ""), "b.yaml")
    places = [fault.split(": ", 1)[0] for fault in faults_of([tmp_path])]
    assert places == [f"{one}:23", f"{one}:36", f"{two}:1"]


def test_positions_nobody_holds_are_found_against_a_roster(tmp_path: Path) -> None:
    """A typo in a position is a fault wherever the roster is known."""
    known = ("ops_manager", "centre_director", "supervisor", "shift_lead", "tech", "admin")
    roster = Roster(positions={name: Position(name, Text.same(name)) for name in known})
    path = write(tmp_path, GOOD)
    assert faults_of([path]) == ()
    assert faults_of([path], roster) == (
        (
            f"{path}:13: groups.logistics.deputies.0: nobody on the roster holds 'hr'"
            " — add it to people.yaml, or name another position"
        ),
    )


def test_a_users_file_wins_by_id_and_by_scenario(tmp_path: Path) -> None:
    """A playbook of one's own replaces the shipped one for its scenario; the other four stay."""
    write(tmp_path, GOOD)
    loaded = load(tmp_path)
    assert set(loaded) == {"power-cut", "system-outage", "complaint-surge", "data-leak", "disaster"}
    assert len(by_scenario(loaded)) == 5


def test_two_files_for_one_scenario_are_a_fault(tmp_path: Path) -> None:
    """Which of the two would run is not left to chance."""
    write(tmp_path, GOOD, "a.yaml")
    write(tmp_path, GOOD.replace("id: power-cut", "id: flood"), "b.yaml")
    (fault,) = faults_of([tmp_path])
    assert fault.startswith(f"{tmp_path / 'b.yaml'}:1: scenario: {tmp_path / 'a.yaml'} is for 'other' too")


@pytest.mark.parametrize(
    "text", ["", "[]", "just words", "phases: 3", "phases: [1, {tasks: [2, {id: 3}]}]\ngroups: {leadership: 4}"]
)
def test_any_shape_of_nonsense_is_bad_input(text: str, tmp_path: Path) -> None:
    """Whatever the file holds, the answer is a list of faults and no crash."""
    assert faults_of([write(tmp_path, text)])


def test_a_missing_file_and_one_that_is_no_text_are_bad_input(tmp_path: Path) -> None:
    """The path is named, with what to do."""
    binary = tmp_path / "x.yaml"
    binary.write_bytes(b"\xff\xfe\x00")
    assert faults_of([tmp_path / "none.yaml", binary]) == (
        f"{tmp_path / 'none.yaml'}: No such file or directory — check the path, or run 'tocsin init'",
        f"{binary}:1: not UTF-8 at byte 0 — save the file as UTF-8",
    )


def test_a_huge_tangle_of_needs_is_refused_without_walking_it(tmp_path: Path) -> None:
    """Five hundred and one tasks that all wait for each other give one line."""
    ids = [f"t{n}" for n in range(501)]
    tasks = "\n".join(f"      - {{id: {one}, needs: [t0, t500]}}" for one in ids)
    head = GOOD.split("    tasks:\n", maxsplit=1)[0]
    faults = faults_of([write(tmp_path, f"{head}    tasks:\n{tasks}\n")])
    assert "501 tasks — keep at most 500; split the playbook" in "\n".join(faults)


def test_yaml_that_cannot_be_read_names_the_line(tmp_path: Path) -> None:
    """A key twice, a date that does not exist: found before anything else, with what to do."""
    twice = write(tmp_path, GOOD.replace("owner: ops_manager", "id: twice"), "a.yaml")
    no_day = write(tmp_path, GOOD.replace("2026-10-15", "2026-02-30"), "b.yaml")
    places = [fault.split(": ", 1)[0] for fault in faults_of([twice, no_day])]
    assert places == [f"{twice}:6", f"{no_day}:7"]


def test_the_documented_example_is_without_fault(tmp_path: Path) -> None:
    """What the handbook shows can be copied and used."""
    text = (Path(__file__).parents[3] / "docs" / "playbooks.md").read_text(encoding="utf-8")
    example = text.split("```yaml\n", maxsplit=1)[1].split("```", maxsplit=1)[0]
    assert faults_of([write(tmp_path, example)]) == ()
