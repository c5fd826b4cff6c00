"""A commanded crisis from the first alarm to the signature, told on the stage with the shipped data."""

from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from config.drilling import House
from incident.domain import commands as c
from incident.domain import crisis_commands as k
from incident.domain.crisis_clocks import clock_board
from incident.domain.crisis_views import card, comms_board
from incident.domain.errors import BadInput
from incident.domain.incident import Incident, fold
from incident.domain.words import Group, Scenario, Text
from incident.domain.work import blockers
from playbooks.comms.run import draft
from playbooks.materials_watch import CHECKED
from tests.stories.crisis_stage import CrisisStage

CENTRE = Text("安心客服", "Calm Centre")


@pytest.fixture
def stage(tmp_path: Path) -> CrisisStage:
    return CrisisStage(tmp_path)


def test_a_leak_starts_its_clocks_and_calls_whoever_owns_them(stage: CrisisStage) -> None:
    """PIPL at once to the data protection officer, the 4-hour report before it runs out, and again when it has."""
    stage.report(Scenario.DATA_LEAK)
    incident = stage.incident()
    assert {"cn-pipl-57", "cn-cac-4h", "contract-notice"} <= set(incident.crisis.clocks)
    assert stage.told("people are called, step 1")
    due = incident.crisis.clocks["cn-cac-4h"].due_at
    assert due is not None
    until = f"{due.astimezone(ZoneInfo('Asia/Shanghai')):%Y-%m-%d %H:%M}"
    assert stage.told(f"4 hours” runs until {until}, counted")
    stage.watch(hours=3, minutes=1)
    assert any(call.reason == "clock_due_soon" and call.id.startswith("clock:cn-cac-4h") for call in
               stage.incident().calls.values())  # fmt: skip
    stage.watch(hours=1)
    board = {line.clock.terms.id: line.status for line in clock_board(stage.incident(), stage.clock.now())}
    assert board["cn-cac-4h"] == "overdue"
    assert board["cn-pipl-57"] == "overdue"


def test_a_clock_is_passed_on_when_its_owner_sleeps(stage: CrisisStage) -> None:
    """Owner and backup don't answer: the leadership is paged about the deadline."""
    stage.report(Scenario.DATA_LEAK)
    stage.watch(hours=2, minutes=59)
    before = len(stage.pages())
    stage.push(minutes=25)
    reached = {message.to for message in stage.pages()[before:]}
    assert {"sun-qian", "zhou-wei"} <= reached


def test_clocks_survive_a_restart(stage: CrisisStage) -> None:
    """Their due times are in the log and in the incident's row; the process may die in between."""
    stage.report(Scenario.DATA_LEAK)
    stage.watch(hours=3)
    stage.restart()
    stage.watch(hours=1, minutes=5)
    assert stage.told("Clock “Cyber incident report, ordinary operator, 4 hours”: people are called, step 2")


def test_an_outage_tells_callers_by_itself_when_nobody_approves_in_time(stage: CrisisStage) -> None:
    """The holding line of the IVR, ten minutes after the alarm at the latest."""
    stage.report(Scenario.SYSTEM_OUTAGE)
    stage.ack("INC-2026-0001", "huang-li")
    stage.push(minutes=11)
    incident = stage.incident()
    board = {line.line.id: line for line in comms_board(incident, stage.clock.now())}
    assert (board["ivr"].stage, board["ivr"].due) == ("holding", "update")
    assert stage.told("Holding line out on Callers (ivr) by itself")
    assert board["press"].stage == ""


def test_a_message_is_drafted_approved_and_kept_up(stage: CrisisStage) -> None:
    """The approver is paged, the text goes out, the next update is promised, and its being late calls people."""
    incident = stage.report(Scenario.SYSTEM_OUTAGE)
    stage.ack(incident.id, "huang-li")
    fields = {"services": Text("热线", "the hotline"), "instead": Text("用在线客服", "use the chat")}
    now = stage.clock.now()
    command = draft(stage.incident(), "agent-card", "first", fields, now, by="wu-hao", centre=CENTRE)
    stage.do(command)
    assert stage.pages()[-1].to == "huang-li"
    assert "waits for your approval" in stage.pages()[-1].body or "等待您审批" in stage.pages()[-1].body
    assert any("热线" in fact.value for fact in stage.pages()[-1].facts)
    stage.do(k.ApproveDraft(incident_id=incident.id, by="huang-li", draft_id="d1"))
    stage.push(minutes=31)
    assert stage.told("Message on Agents (agent-card) is late, update")


def test_a_disaster_begins_with_people_and_ends_only_when_all_are_found(stage: CrisisStage) -> None:
    """Silence is chased, help is called for, and the end waits."""
    incident = stage.report(Scenario.DISASTER)
    stage.ack(incident.id, "huang-li")
    stage.do(
        k.StartRollCall(incident_id=incident.id, by="wu-hao", shift="夜班", people=("lin-xue", "xu-fang", "访客甲"))
    )
    stage.do(k.AnswerRollCall(incident_id=incident.id, by="lin-xue", rollcall_id="r1", person="lin-xue",
                              answer="need_help"))  # fmt: skip
    assert stage.pages()[-1].to == "tang-yu"
    stage.do(k.AnswerRollCall(incident_id=incident.id, by="wu-hao", rollcall_id="r1", person="xu-fang", answer="safe"))
    stage.push(minutes=11)
    assert stage.told("1 without an answer")
    assert "rollcall:r1" in blockers(stage.incident())


def test_a_meeting_an_order_and_a_hand_over_leave_their_traces(stage: CrisisStage) -> None:
    """Everything stands in the log in both languages, and the fold of the log gives the same state."""
    incident = stage.report(Scenario.SYSTEM_OUTAGE)
    stage.ack(incident.id, "huang-li")
    stage.ack(incident.id, "zhou-wei")
    stage.do(k.ConveneMeeting(incident_id=incident.id, by="huang-li", place="三号会议室"))
    for person in ("zhou-wei", "chen-jing"):
        stage.do(k.MarkAttendance(incident_id=incident.id, by="lin-xue", meeting_id="m1", person=person))
    stage.do(k.SetObjectives(incident_id=incident.id, by="zhou-wei", texts=("两小时内恢复热线",)))
    stage.do(k.GiveOrder(incident_id=incident.id, by="zhou-wei", text="切换备用线路", position="tech_support"))
    stage.do(k.ReadBackOrder(incident_id=incident.id, by="he-jun", order_id="o1", words="切到备用线路"))
    stage.do(c.TakeLead(incident_id=incident.id, by="huang-li", group=Group.RESPONSE))
    stage.do(k.OfferHandover(incident_id=incident.id, by="huang-li", group=Group.RESPONSE, receiver="wu-hao",
                             worries=("供应商一直没有回电",)))  # fmt: skip
    stage.do(k.SignHandover(incident_id=incident.id, by="wu-hao", handover_id="h1", words="热线未恢复，盯供应商"))
    assert stage.told("达到法定人数", "zh-CN")
    assert stage.told("复诵指令", "zh-CN")
    assert stage.told("took over from")
    shown = card(stage.incident(), stage.clock.now())
    assert shown.leaders[Group.RESPONSE] == "wu-hao"
    assert shown.worries == ("供应商一直没有回电",)
    with stage.system.database.reading() as store:
        assert fold(store.log.entries(incident.id)) == store.incidents.get(incident.id)


def test_the_end_waits_for_things_and_clocks_and_can_be_overridden_in_words(stage: CrisisStage) -> None:
    """What is out, and what nobody has decided, is named when somebody tries to sign off."""
    incident = stage.report(Scenario.SYSTEM_OUTAGE)
    stage.ack(incident.id, "huang-li")
    stage.do(k.TakeMaterial(incident_id=incident.id, by="guo-qiang", item="backup_phones", count=3, person="wu-hao"))
    stage.do(c.Resolve(incident_id=incident.id, by="huang-li"))
    with pytest.raises(BadInput, match=r"clock:cn-cac-4h.*material:backup_phones"):
        stage.do(c.End(incident_id=incident.id, by="zhou-wei"))


def test_a_missed_readiness_check_pages_the_custodian_outside_any_incident(stage: CrisisStage) -> None:
    """No incident is open; a month goes by without a check, and the custodian is asked until somebody answers."""
    facts = [stage.event(CHECKED, item=item.id, count=item.par) for item in stage.items.values()]
    stage.send(*facts)
    stage.push(days=29)
    assert stage.paged() == []
    stage.push(days=2)
    assert set(stage.paged()) >= {"guo-qiang", "chen-jing"}
    opened = {one.labels["custodian"]: one for one in map(_numbered(stage), stage.incident_ids())}
    assert len(stage.incident_ids()) == len(opened)
    incident = opened["admin_manager"]
    assert (incident.plan.id if incident.plan else "", incident.level) == ("materials-readiness", 4)
    assert incident.crisis.clocks == {}
    for item in stage.items.values():
        stage.send(stage.event(CHECKED, item=item.id, count=item.par))
    assert _numbered(stage)(incident.id).signals_active == 0


def test_everything_one_person_keeps_is_one_page(stage: CrisisStage) -> None:
    """On the first morning after a week without any check: eight items, one incident a custodian."""
    stage.push(days=7, hours=23, minutes=31)
    opened = {one.labels["custodian"]: one for one in map(_numbered(stage), stage.incident_ids())}
    assert set(opened) == {item.custodian for item in stage.items.values()}
    assert len(stage.incident_ids()) == len(opened)
    incident = opened["admin_manager"]
    assert (incident.signals_active, incident.title.zh) == (3, "应急物资该检查了：备用手机等 3 项")
    assert stage.paged().count("guo-qiang") == 1


def test_a_drill_rehearses_messages_and_reaches_nobody_for_real(stage: CrisisStage) -> None:
    """Every text is marked and simulated, and every page goes to the drill address book."""
    stage.report(Scenario.SYSTEM_OUTAGE, drill="D-1")
    stage.push(minutes=11)
    incident = stage.incident(drill=True)
    assert incident.crisis.clocks
    assert all(to.startswith("drill-") for to in stage.paged())
    texts = [draft.text for draft in incident.crisis.drafts.values()]
    assert texts
    assert all(text.zh.startswith("【演练】") and text.en.startswith("DRILL") for text in texts)
    assert stage.told("simulated")


def _numbered(stage: CrisisStage) -> Callable[[str], Incident]:
    def get(incident_id: str) -> Incident:
        with stage.system.database.reading() as store:
            return store.incidents.get(incident_id)

    return get


def test_a_missed_check_breaks_off_no_drill(stage: CrisisStage) -> None:
    """It is real, and somebody is paged; but a drill may begin, and a running one goes on."""
    stage.push(days=8)
    assert stage.incident().labels["material"]
    with stage.system.database.reading() as store:
        assert {one.chore for one in store.incidents.open_facts()} == {True}
    assert House.of(stage.system).obstacle() is None
