"""Faults of the deeper parts of a playbook: conditions, facts, decisions, measures, anchors, parts, people."""

import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playbook_run import PLAYBOOK, ROSTER, plan_of

from playbooks.checking import check_files
from tests.reading import english_left

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)

FAULTS = {
    "unknown fact": (
        "when: affected_pct >= 50\n",
        "when: afected_pct >= 50\n",
        "47: phases.1.tasks.0.when: there is no fact 'afected_pct' — did you mean 'affected_pct'?",
    ),
    "wrong type": (
        "when: leak == yes\n",
        "when: leak == 'yes'\n",
        "69: phases.1.tasks.3.when: leak can't be compared with 'yes' — compare it with yes or no",
    ),
    "number with text": (
        "when: affected_pct >= 20,",
        "when: affected_pct >= 'x',",
        "22: levels.2.when: affected_pct can't be compared with 'x' — compare it with a number",
    ),
    "not yes or no": (
        "when: affected_pct >= 50\n",
        "when: affected_pct\n",
        (
            "47: phases.1.tasks.0.when: is neither yes nor no whatever the facts are"
            " — compare facts of one type, e.g. affected_pct >= 50"
        ),
    ),
    "never": (
        "when: leak == yes\n",
        "when: 1 > 2\n",
        "69: phases.1.tasks.3.when: can never be met — take the condition out, or name a fact in it",
    ),
    "hostile": (
        "when: leak == yes\n",
        "when: leak.__class__ == 1\n",
        (
            "69: phases.1.tasks.3.when: '.__class__' can't be looked up — tables are done, overdue, chosen, known,"
            " minutes, quorum, labels"
        ),
    ),
    "unknown task in a gate": (
        "exit: done.restore",
        "exit: done.restor",
        "41: phases.1.exit: done.restor: there is no 'restor' — did you mean 'restore'?",
    ),
    "unknown option": (
        "exit: done.judge",
        "exit: chosen.judge == 'declared'",
        "27: phases.0.exit: chosen.judge is never 'declared' — did you mean 'declare'?",
    ),
    "minutes by another sign": (
        "minutes.opened >= 120",
        "minutes.opened == 120",
        (
            "20: levels.0.when: minutes.opened can only be compared by >= or < with a number"
            " — write minutes.opened >= 30"
        ),
    ),
    "row never reached": (
        "{level: 3, when: affected_pct >= 20, convene",
        "{level: 3, convene",
        (
            "22: levels.2: level 3 always holds, the rows below it are never reached"
            " — give it a condition (when), or put it last"
        ),
    ),
    "level twice": (
        "{level: 3, when",
        "{level: 2, when",
        "22: levels.2: level 2 is there already — join both conditions with ||",
    ),
    "temporary without undo": (
        "        undo: paper_off\n",
        "",
        ("43: phases.1.tasks.0: 'paper' is temporary and nothing takes it back — name the task that does under undo"),
    ),
    "undo unknown": (
        "undo: paper_off\n",
        "undo: paper_of\n",
        "50: phases.1.tasks.0.undo: 'paper_of' is no other task here — did you mean 'paper_off'?",
    ),
    "circle through undo": (
        "needs: [judge]\n        when: aff",
        "needs: [paper_off]\n        when: aff",
        (
            "46: phases.1.tasks.0.needs: tasks wait for each other in a circle: paper → paper_off → paper"
            " — take one of these needs out"
        ),
    ),
    "sets unknown": (
        "sets: leak\n",
        "sets: leek\n",
        "62: phases.1.tasks.2.sets: there is no fact 'leek' — did you mean 'leak'?",
    ),
    "options of an action": (
        "        kind: decision\n        do: {zh: 判断",
        "        do: {zh: 判断",
        ("36: phases.0.tasks.0.options: only a decision has options — set kind: decision, or legal"),
    ),
    "marks unknown": (
        "marks: declared",
        "marks: declare",
        "36: phases.0.tasks.0.marks: 'declare' is no anchor of this playbook — did you mean 'declared'?",
    ),
    "anchor unknown": (
        "{from: declared, in: 15m}",
        "{from: declard, in: 15m}",
        "48: phases.1.tasks.0.due.from: unknown anchor 'declard' — did you mean 'declared'?",
    ),
    "proof of nothing": (
        "        evidence: [screenshot]\n",
        "",
        "56: phases.1.tasks.1.proof: evidence is required, but none is named — list it under evidence",
    ),
    "part unknown": (
        "        sets: leak\n",
        "        call: evacuatoin\n        sets: leak\n",
        "62: phases.1.tasks.2.call: there is no part 'evacuatoin' — did you mean 'evacuation'?",
    ),
    "choice without options": (
        "affected_pct: {type: number",
        "affected_pct: {type: choice",
        ("11: vars.affected_pct: a choice needs options — list the answers under options, for type choice alone"),
    ),
    "quorum": (
        "quorum: 2}",
        "quorum: 9}",
        "16: groups.leadership.quorum: 9 people can't be reached: the group has 3 positions — lower the quorum",
    ),
    "asks nobody": (
        "who: tech}",
        "who: techs}",
        "11: vars.affected_pct.who: 'techs' sits in none of the groups — did you mean 'tech'?",
    ),
    "waived by nobody": (
        "waive: {by: [director]}",
        "waive: {by: [directr]}",
        ("64: phases.1.tasks.2.waive.by.0: 'directr' sits in none of the groups — did you mean 'director'?"),
    ),
    "starts itself": (
        "playbook: data-leak",
        "playbook: system-outage",
        "91: start_playbook.0.playbook: would start itself — name another scenario",
    ),
    "parallel to nothing": (
        "parallel_with: response",
        "parallel_with: orders",
        ("79: phases.2.parallel_with: 'orders' is no other phase of this playbook — name a phase that is there"),
    ),
    "no calendar": (
        "source: [P2, P4]\n",
        "source: [P2, P4]\ncalendar: XX\n",
        "10: calendar: there is no calendar of 'XX' — write a country code, such as CN",
    ),
    "a date that does not exist": (
        "on: 2026-01-15",
        "on: 2026-02-30",
        "7: '2026-02-30' is not a date or number that exists — mend it, or put it in quotes",
    ),
    "a key twice": (
        "owner: ops\n",
        "owner: ops\nowner: legal\n",
        "7: 'owner' stands here twice — remove one of the two",
    ),
}


def write(folder: Path, text: str) -> Path:
    """The playbook as a file."""
    path = folder / "outage.yaml"
    path.write_text(text, "utf-8")
    return path


def test_the_playbook_of_these_tests_is_without_fault(tmp_path: Path) -> None:
    """Every fault below is that of the one changed place."""
    found = check_files([write(tmp_path, PLAYBOOK)], NOW, ROSTER)
    assert found.faults == ()
    assert found.advice == ()


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_is_named_soon_with_line_and_remedy(case: str, tmp_path: Path) -> None:
    """File, line, place, what is wrong and what to do about it."""
    old, new, expected = FAULTS[case]
    assert old in PLAYBOOK
    path = write(tmp_path, PLAYBOOK.replace(old, new, 1))
    began = time.thread_time()
    found = check_files([path], NOW)
    assert time.thread_time() - began < 20  # tests/bench holds it to one second on a quiet machine
    assert f"{path}:{expected}" in found.faults
    assert english_left(*found.faults) == []


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    """A file with five faults needs one run, not five."""
    text = PLAYBOOK
    for case in ("unknown fact", "wrong type", "quorum", "sets unknown", "parallel to nothing"):
        text = text.replace(FAULTS[case][0], FAULTS[case][1], 1)
    assert len(check_files([write(tmp_path, text)], NOW).faults) == 5


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\n" + "".join(
    f"k{n}: &k{n} [{','.join(['*' + ('c' if n == 0 else f'k{n - 1}')] * 9)}]\n" for n in range(6)
)


@pytest.mark.parametrize(
    "text",
    [
        BOMB,
        "schema: playbook/v1\nid: " + "x" * 10_000_000,
        PLAYBOOK.replace("when: leak == yes", "when: " + "(" * 100_000),
        PLAYBOOK.replace("needs: [judge]", f"needs: [{', '.join(['judge'] * 60_000)}]"),
        "schema: playbook/v1\nphases: [{id: alarm, tasks: [" + "{id: a}," * 20_000 + "]}]",
        "- " * 5_000,
        "!!python/object/apply:os.system ['true']",
        "",
    ],
    ids=["bomb", "long", "deep condition", "many needs", "many tasks", "deep", "tag", "empty"],
)
def test_a_hostile_file_is_refused_soon_and_never_run(text: str, tmp_path: Path) -> None:
    """It is named, whatever it holds."""
    path = write(tmp_path, text)
    began = time.thread_time()
    found = check_files([path], NOW, ROSTER)
    assert time.thread_time() - began < 20  # tests/bench holds it to one second on a quiet machine
    assert found.faults
    assert all(fault.startswith(str(path)) for fault in found.faults)
    assert english_left(*found.faults) == []


def test_two_heads_in_one_person_at_a_time_are_a_fault(tmp_path: Path) -> None:
    """Positions differ, the person on duty does not."""
    roster = replace(
        ROSTER, positions={**ROSTER.positions, "admin": replace(ROSTER.positions["admin"], people=("director-1",))}
    )
    path = write(tmp_path, PLAYBOOK)
    (fault,) = check_files([path], NOW, roster).faults
    assert fault == (
        f"{path}:18: groups.logistics.head: director-1 heads leadership too at that time"
        " — one person can't lead two groups: put somebody else on duty"
    )


def test_what_is_unwise_is_told_and_does_not_fail(tmp_path: Path) -> None:
    """Overdue reviews, a date to come, one's own approval, stand-ins in one person, facts nobody needs."""
    text = PLAYBOOK.replace("review: {every: 365d}", "review: {every: 30d}").replace("by: director, on", "by: ops, on")
    text = text.replace("vars:\n", "vars:\n  mood: {type: text, ask: {zh: 气氛, en: Mood}, who: hr}\n")
    roster = replace(
        ROSTER,
        positions={**ROSTER.positions, "shift_lead": replace(ROSTER.positions["shift_lead"], people=("supervisor-1",))},
    )
    found = check_files([write(tmp_path, text)], NOW, roster)
    assert found.faults == ()
    told = " ".join(found.advice)
    for part in (
        "was to be gone through by 2026-02-14",
        "approved by its own owner",
        "vars.mood: no condition rests",
        "nobody but supervisor-1 can lead",
        "holds both supervisor and shift_lead: no stand-in for judge",
    ):
        assert part in told


def test_a_part_is_put_where_it_is_called_and_counts_in_the_hash(tmp_path: Path) -> None:
    """A folder's own part comes before the shipped one; editing it makes another plan."""
    (tmp_path / "parts").mkdir()
    part = tmp_path / "parts" / "phones.yaml"
    part.write_text(
        "schema: playbook-part/v1\nid: phones\nversion: '1'\ntitle: {zh: 电话, en: Phones}\ntasks:\n"
        "  - {id: fetch, do: {zh: 取, en: Fetch}, owner: tech}\n"
        "  - {id: share, do: {zh: 发, en: Share}, owner: shift_lead, needs: [fetch], when: affected_pct >= 20}\n",
        "utf-8",
    )
    text = PLAYBOOK.replace(
        "        sets: leak\n", "        sets: leak\n        call: phones\n        when: affected_pct >= 10\n"
    )
    plan = plan_of(tmp_path, text)
    ids = [task.id for task in plan.tasks]
    assert ids[ids.index("data_check") - 2 : ids.index("data_check")] == ["data_check.fetch", "data_check.share"]
    share, check = plan.task("data_check.share"), plan.task("data_check")
    assert share is not None
    assert check is not None
    assert (share.needs, share.called_by) == (("data_check.fetch",), "data_check")
    assert share.when == "(affected_pct >= 10) && (affected_pct >= 20)"
    assert check.needs == ("data_check.share",)
    part.write_text(part.read_text("utf-8").replace("Fetch", "Bring"), "utf-8")
    assert plan_of(tmp_path, text).hash != plan.hash


def test_messages_clocks_materials_and_roll_calls_stand_in_the_playbook_and_are_checked(tmp_path: Path) -> None:
    """Their positions are held against the roster, their fields against their own schemas, with the line."""
    block = (
        "rollcall: {owner: hr, backup: admin, care: nurse, answer_within: 5m}\n"
        "materials: [{item: radio, count: 0}]\n"
        "clocks:\n  - {use: cn_report, owner: legal, backup: nobody_here}\n"
        "groups:\n"
    )
    path = write(tmp_path, PLAYBOOK.replace("groups:\n", block, 1))
    faults = "\n".join(check_files([path], NOW, ROSTER).faults)
    assert "outage.yaml:15: rollcall.care: nobody on the roster holds 'nurse'" in faults
    assert "outage.yaml:16: materials.0.count" in faults
    assert "outage.yaml:18: clocks.0.backup: nobody on the roster holds 'nobody_here'" in faults
