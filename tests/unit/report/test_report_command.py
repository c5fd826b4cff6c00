"""How command is told in the report: deadlines, messages, orders, roll calls and care in numbers, materials."""

import pytest

from incident.domain import crisis_events as x
from incident.domain import events as e
from incident.domain.crisis_plan import ClockTerms, CommsPlan, CrisisPlan, Limit, Line, Template
from incident.domain.words import Degree, Group, Scenario, Text
from incident.report.build import build, from_json, to_json
from incident.report.render import render_html, render_markdown
from tests.unit.report.sample import NAMES, Log, minute

CLOCK = ClockTerms(
    "cac-4h", Text("四小时报告", "Report within four hours"), (Limit("elapsed", 240, "aware"),),
    authority=Text("网信部门", "Cyberspace office"), article="art. 4", owner="legal_head",
)  # fmt: skip
CHAIN = ClockTerms("summary", Text("总结报告", "Summary"), (Limit("days", 30, after="cac-4h"),))
LINE = Line("ivr", "reassurance", Text("来电客户", "Callers"), "ivr", "supervisor", "legal_head",
            templates={"first": Template(Text.same("x"))}, first_within=minute(10) - minute(0))  # fmt: skip
"""What the sample's incident was commanded by."""


def opened() -> Log:
    """The first entry of an incident."""
    log = Log("INC-2026-0030")
    return log.add(0, "person:li_na", e.IncidentOpened(
        "INC-2026-0030", Scenario.DATA_LEAK, Text.same("x"), 2, Degree.HIGH, Degree.MEDIUM, "report=30", minute(0),
        minute(0), reported_by="li_na",
    ))  # fmt: skip


def crisis() -> list[e.Entry]:
    """A night in which one report went out late, another waits, and everybody was found."""
    log = opened()
    said = x.MessageReleased
    log.add(0, "system", x.CrisisPlanned(CrisisPlan((CLOCK, CHAIN), CommsPlan((LINE,)))))
    log.add(0, "system", x.ClockStarted("cac-4h", CLOCK), x.ClockStarted("summary", CHAIN))
    log.add(1, "system", x.ClockDueSet("cac-4h", "detected", minute(0), minute(240)))
    log.add(2, "system", x.MeetingCalled("m1", Group.LEADERSHIP, "room 3", 2, minute(2)))
    log.add(5, "system", x.AttendanceMarked("m1", "zhao_min", True), x.AttendanceMarked("m1", "wang_wei", True))
    log.add(5, "system", x.QuorumReached("m1", 2))
    log.add(6, "system", x.ObjectivesSet(1, ("stop it", "tell those affected"), minute(120)))
    log.add(7, "person:zhao_min", x.OrderGiven("o1", "cut the export", "it_head", minute(30)))
    log.add(9, "person:wang_wei", x.OrderReadBack("o1", "wang_wei", "export cut in ten minutes"))
    log.add(10, "person:zhao_min", x.OrderConfirmed("o1", True), x.OrderCarriedOut("o1"))
    log.add(12, "person:he_jing", said("d1", "ivr", "first", Text("请稍候", "Please wait"), "he_jing"))
    log.add(15, "system", said("auto:ivr:1", "ivr", "holding", Text("处理中", "We are on it"), auto=True))
    log.add(20, "system", x.RollCallStarted("r1", "night", ("li_na", "sun_li"), minute(30)))
    log.add(22, "system", x.RollCallAnswered("r1", "li_na", "safe"))
    log.add(26, "system", x.RollCallAnswered("r1", "sun_li", "need_help"), x.HelpSent("r1", "sun_li"))
    log.add(30, "system", x.AnchorSet("aware", minute(-30), "call log"))
    log.add(30, "system", x.ClockDueSet("cac-4h", "aware", minute(-30), minute(210)))
    log.add(40, "system", x.MaterialTaken("t1", "radios", 4, "li_na"), x.MaterialReturned("t1", 3))
    log.add(41, "system", x.MaterialExplained("t1", 1, "fell into the river"))
    log.add(50, "system", x.CareOffered("care1", "talk"), x.CareAnswered("care1", True), x.CareOffered("care2", "rest"))
    log.add(60, "person:he_jing", x.ClockDecided("cac-4h", "required", "1.2 million people"))
    log.add(215, "person:he_jing", x.ClockFiled("cac-4h", "12387-0456", late_reason="line busy"))
    return log.entries


def test_deadlines_are_told_planned_against_filed() -> None:
    """Due, formerly due, decided by whom, filed when, why late; what waits for it is there too."""
    report = build(crisis(), minute(300), NAMES)
    first, second = report.command.clocks[1], report.command.clocks[0]
    assert (first.id, first.due_at, first.former) == ("cac-4h", minute(210), (minute(240),))
    assert (first.decision, first.decided_by, first.filed_at) == ("required", NAMES.person("he_jing"), minute(215))
    assert (first.status, first.receipt, first.late_reason) == ("filed_late", "12387-0456", "line busy")
    assert (second.id, second.status, second.filed_at) == ("summary", "waiting", None)


def test_messages_say_when_they_were_due_and_who_approved() -> None:
    """Only a line's first message has a deadline of its own here; a holding line approved itself beforehand."""
    first, second = build(crisis(), minute(300), NAMES).command.messages
    assert (first.at, first.due_at, first.approved_by) == (minute(12), minute(10), NAMES.person("he_jing"))
    assert (second.auto, second.due_at, second.approved_by) == (True, None, None)


def test_orders_meetings_and_objectives_are_kept() -> None:
    """With read-back, quorum and period."""
    command = build(crisis(), minute(300), NAMES).command
    assert (command.orders[0].words, command.orders[0].status) == ("export cut in ten minutes", "done")
    assert (command.meetings[0].quorum_at, len(command.meetings[0].present)) == (minute(5), 2)
    assert command.periods[0].texts == ("stop it", "tell those affected")


def test_people_are_numbers_and_materials_are_accounted_for() -> None:
    """The roll call's curve in one figure; care without names; every piece explained."""
    command = build(crisis(), minute(300), NAMES).command
    assert (command.rollcalls[0].counts["need_help"], command.rollcalls[0].most_at) == (1, minute(26))
    assert command.care == {"offered": 2, "accepted": 1, "declined": 0}
    taking = command.takings[0]
    assert (taking.returned, taking.explained, taking.out, taking.reasons) == (3, 1, 0, ("fell into the river",))


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_both_forms_hold_all_of_it(language: str) -> None:
    """HTML and Markdown, in both languages."""
    report = build(crisis(), minute(300), NAMES)
    html, text = (f(report, language, "Asia/Shanghai") for f in (render_html, render_markdown))
    for shown in (html, text):
        for words in ("12387-0456", "line busy", "1.2 million people", "cut the export", "export cut in ten minutes",
                      "stop it", "radios", "fell into the river"):  # fmt: skip
            assert words in shown, words
        assert ("请稍候" if language == "zh-CN" else "Please wait") in shown
        assert ("不构成法律意见" if language == "zh-CN" else "not legal advice") in shown
        assert ("提供 2 次" if language == "zh-CN" else "2 offered") in shown


def test_an_incident_without_command_says_nothing_of_it() -> None:
    """No empty headings; and a report issued before there was command still opens."""
    log = opened()
    report = build(log.entries, minute(5), NAMES)
    assert "read-backs" not in render_markdown(report, "en", "Asia/Shanghai")
    data = to_json(report)
    assert from_json(data) == report
    del data["command"]
    assert from_json(data).command == report.command


def test_what_people_wrote_is_no_markup() -> None:
    """In HTML it is escaped, in Markdown it ends no row."""
    log = opened()
    log.add(1, "person:zhao_min", x.OrderGiven("o1", "<script>alert(1)</script> | a |\n# b", "it_head"))
    report = build(log.entries, minute(5), NAMES)
    assert "<script>" not in render_html(report, "en", "Asia/Shanghai")
    row = next(line for line in render_markdown(report, "en", "Asia/Shanghai").splitlines() if "alert" in line)
    assert row.startswith("|")
    assert row.endswith("|")
    assert "<script>" not in row
