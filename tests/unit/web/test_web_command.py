"""Stories of command on the site, with forms alone: deadlines, messages, orders, people, materials."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from crisis_house import OUTSIDER, CrisisHouse, make_crisis_house, people

from incident.domain import crisis_commands as k
from incident.domain.commands import Acknowledge, Command, TakeLead
from incident.domain.incident import Incident
from incident.domain.words import Group, Scenario
from incident.service.messages import Composer
from incident.web.crisis_table import ACTIONS

LEGAL = "sun-qian"
"""Head of legal: answers for deadlines and approves messages in a leak."""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[CrisisHouse]:
    """A fresh installation with command."""
    yield from make_crisis_house(tmp_path)


@pytest.fixture
def leak(house: CrisisHouse) -> Incident:
    """A leak that legal reported a minute ago; its deadlines run."""
    incident = house.report("Customer list outside", Scenario.DATA_LEAK, by=LEGAL)
    house.settle()
    return incident


def every_command() -> set[type[Command]]:
    """All commands of command."""
    return {kind for kind in vars(k).values() if isinstance(kind, type) and issubclass(kind, Command) and kind.name}


def test_every_command_of_command_has_a_form_and_a_call() -> None:
    """A new command can't be forgotten."""
    assert set(ACTIONS.values()) == every_command()


def test_every_form_of_the_pages_leads_to_an_action(house: CrisisHouse, leak: Incident) -> None:
    """No button posts into the void, and every action has a button somewhere."""
    browser, base = house.sign_in(LEGAL), f"/incidents/{leak.id}"
    do = house.parts.desk.do
    do(TakeLead(incident_id=leak.id, by=LEGAL, group=Group.RESPONSE))
    do(k.GiveOrder(incident_id=leak.id, by=LEGAL, text="cut the export", position="it_head"))
    do(k.GiveOrder(incident_id=leak.id, by=LEGAL, text="prepare the line", position="legal_head"))
    do(k.ReadBackOrder(incident_id=leak.id, by=LEGAL, order_id="o2", words="line ready by three"))
    do(k.ConveneMeeting(incident_id=leak.id, by=LEGAL))
    do(k.OfferHandover(incident_id=leak.id, by=LEGAL, group=Group.RESPONSE, receiver="huang-li"))
    do(k.OfferHandover(incident_id=leak.id, by=LEGAL, group=Group.RESPONSE, receiver="wang-lei"))
    do(k.StartRollCall(incident_id=leak.id, by=LEGAL, shift="night", people=(LEGAL, "lin-xue")))
    do(k.AnswerRollCall(incident_id=leak.id, by=LEGAL, rollcall_id="r1", person="lin-xue", answer="need_help"))
    do(k.OfferCare(incident_id=leak.id, by=LEGAL))
    do(k.TakeMaterial(incident_id=leak.id, by=LEGAL, item="radios", count=2, person=LEGAL))
    fields = {"line": "agent-card", "stage": "first", "f-hotline": "12345"}
    browser.submit(f"{base}/messages/draft", "/settings", **fields)
    shown = "".join(browser.get(f"{base}/{page}").text for page in ("clocks", "command", "people", "materials"))
    shown += browser.get(f"{base}/messages?line=press&stage=first").text
    shown += house.sign_in("huang-li").get(f"{base}/command").text
    found = set(re.findall(rf'action="{base}/([a-z]+)/([a-z-]+)"', shown))
    assert found == set(ACTIONS)


def test_a_deadline_runs_from_question_to_filing(house: CrisisHouse, leak: Incident) -> None:
    """Shown with what is left; answered, its anchor set (the old due time stays), decided, filed."""
    browser, page = house.sign_in(LEGAL), f"/incidents/{leak.id}/clocks"
    house.later(minutes=30)
    shown = browser.get(f"{page}?lang=en").text
    assert "not legal advice" in shown
    assert ">3 h 30 min</time>" in shown
    assert "not decided: it keeps ticking" in shown
    browser.submit(f"{page}/answer", page, question="graded_major", answer="yes", reason="1.2 million people")
    browser.submit(f"{page}/anchor", page, anchor="aware", moment="2026-03-13T01:37", source="call log")
    shown = browser.get(page).text
    assert "1.2 million people" in shown
    assert ">3 h 0 min</time>" in shown or ">3 h</time>" in shown
    assert re.search(r"<s><time[^>]*>06:07</time></s>", shown)
    browser.submit(f"{page}/decide", page, clock_id="cn-cac-4h", decision="required")
    answer = browser.submit(f"{page}/file", page, clock_id="cn-cac-4h", receipt="12387-0456")
    assert answer.headers["location"] == f"{page}#clock-cn-cac-4h"
    state = house.state(leak, LEGAL).crisis.clocks["cn-cac-4h"]
    assert (state.decision, state.decided_by, state.filings[0].receipt) == ("required", LEGAL, "12387-0456")
    assert "12387-0456" in browser.get(page).text


def test_a_late_report_must_say_why_and_what_was_typed_stays(house: CrisisHouse, leak: Incident) -> None:
    """422 on the same page: the reason, the receipt number still there, the field for the reason."""
    browser, page = house.sign_in(LEGAL), f"/incidents/{leak.id}/clocks"
    house.later(hours=5)
    form = {"form": "clock-cn-cac-4h-file", "clock_id": "cn-cac-4h", "receipt": "R-77"}
    browser.get(f"{page}?lang=en")
    answer = browser.submit(f"{page}/file", page, **form)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert "filed too late" in answer.text
    assert 'value="R-77"' in answer.text
    assert browser.submit(f"{page}/file", page, **form, late_reason="the line was busy").status_code == 303
    assert "the line was busy" in browser.get(page).text


def test_only_whoever_may_sign_can_stop_a_deadline(house: CrisisHouse, leak: Incident) -> None:
    """403 with the remedy; the deadline goes on."""
    page = f"/incidents/{leak.id}/clocks"
    house.parts.desk.do(Acknowledge(incident_id=leak.id, by=LEGAL))
    other = house.sign_in("lin-xue")
    assert "lin-xue" in house.state(leak, LEGAL).audience
    form = {"clock_id": "cn-cac-4h", "decision": "not_required", "reason": "graded minor"}
    refused = other.submit(f"{page}/decide", page, **form)
    assert refused.status_code == 403
    assert house.state(leak, LEGAL).crisis.clocks["cn-cac-4h"].decision == "unknown"


def test_a_message_goes_from_draft_to_approval(house: CrisisHouse, leak: Incident) -> None:
    """The form has the template's fields; the draft waits; the approver's button lets it out; the next is due."""
    browser, page = house.sign_in(LEGAL), f"/incidents/{leak.id}/messages"
    shown = browser.get(f"{page}?line=agent-card&stage=first&lang=en").text
    assert "Number of the dedicated line" in shown
    done = browser.submit(f"{page}/draft", "/settings", line="agent-card", stage="first", **{"f-hotline": "400-1"})
    assert done.headers["location"] == f"{page}#line-agent-card"
    shown = browser.get(page).text
    assert "waits for approval" in shown
    assert "400-1" in shown
    browser.submit(f"{page}/approve", page, draft_id="d1", line="agent-card")
    shown = browser.get(page).text
    assert "Next update due" in shown
    assert house.state(leak, LEGAL).crisis.drafts["d1"].approved_by == LEGAL


def test_what_must_not_be_said_is_named_and_nothing_typed_is_lost(house: CrisisHouse, leak: Incident) -> None:
    """422: the phrase, why, and the form as it was."""
    browser, page = house.sign_in(LEGAL), f"/incidents/{leak.id}/messages"
    browser.get(f"{page}?lang=en")
    fields = {"form": "line-agent-card-draft", "line": "agent-card", "stage": "first", "f-hotline": "no comment, 400-1"}
    answer = browser.submit(f"{page}/draft", "/settings", **fields)
    assert answer.status_code == 422
    assert "“no comment”" in answer.text
    assert "say when more will be known" in answer.text
    assert 'value="no comment, 400-1"' in answer.text
    assert house.state(leak, LEGAL).crisis.drafts == {}


def test_a_draft_goes_back_with_what_must_change(house: CrisisHouse, leak: Incident) -> None:
    """The writer finds the reason beside it."""
    browser, page = house.sign_in(LEGAL), f"/incidents/{leak.id}/messages"
    browser.submit(f"{page}/draft", "/settings", line="agent-card", stage="first", **{"f-hotline": "400-1"})
    browser.submit(f"{page}/reject", page, draft_id="d1", line="agent-card", reason="wrong number")
    assert "wrong number" in browser.get(page).text


def test_a_holding_line_and_what_is_out_of_date_are_told(house: CrisisHouse) -> None:
    """An outage: nobody approves, the line goes out by itself; hours later it is out of date."""
    incident = house.report("Hotline is dead", by="huang-li")
    house.settle()
    browser, page = house.sign_in("huang-li"), f"/incidents/{incident.id}/messages"
    assert "a holding line goes out by itself" in browser.get(f"{page}?lang=en").text
    house.later(minutes=11)
    assert "sent by itself, approved beforehand" in browser.get(page).text
    house.later(hours=4)
    assert "out of date: replace it" in browser.get(page).text


def test_an_order_is_given_read_back_confirmed_and_carried_out(house: CrisisHouse) -> None:
    """What was heard wrong is read back again."""
    incident = house.report("Hotline is dead", by="huang-li")
    house.settle()
    browser, page = house.sign_in("huang-li"), f"/incidents/{incident.id}/command"
    browser.submit(f"{page}/order", page, text="move calls to the standby platform", position="tech_manager")
    tech = house.sign_in("chen-jing")
    tech.submit(f"{page}/read-back", page, order_id="o1", words="restart the platform")
    browser.submit(f"{page}/confirm-order", page, order_id="o1", right="no", note="move, don't restart")
    assert house.state(incident).crisis.orders["o1"].status == "given"
    tech.submit(f"{page}/read-back", page, order_id="o1", words="move the calls")
    browser.submit(f"{page}/confirm-order", page, order_id="o1", right="yes")
    tech.submit(f"{page}/order-done", page, order_id="o1", note="done at 02:31")
    assert house.state(incident).crisis.orders["o1"].status == "done"
    assert "carried out" in browser.get(f"{page}?lang=en").text


def test_a_meeting_reaches_its_quorum_and_ends_with_minutes(house: CrisisHouse) -> None:
    """Called, attended, closed."""
    incident = house.report("Hotline is dead", by="huang-li")
    house.settle()
    browser, page = house.sign_in("huang-li"), f"/incidents/{incident.id}/command"
    browser.submit(f"{page}/convene", page, group="response", place="room 3")
    quorum = house.state(incident).crisis.meetings["m1"].quorum
    for who in ("huang-li", "chen-jing", "xu-fang", "wu-hao")[:quorum]:
        browser.submit(f"{page}/attend", page, meeting_id="m1", person=who, present="yes")
    assert "has its quorum" in browser.get(f"{page}?lang=en").text
    browser.submit(f"{page}/close-meeting", page, meeting_id="m1", minutes="standby platform")
    assert "standby platform" in browser.get(page).text


def test_the_card_is_handed_over_with_two_signatures(house: CrisisHouse) -> None:
    """Objectives and worries are on it; the lead passes on with the second signature."""
    incident = house.report("Hotline is dead", by="huang-li")
    house.settle()
    house.parts.desk.do(TakeLead(incident_id=incident.id, by="huang-li", group=Group.RESPONSE))
    browser, page = house.sign_in("huang-li"), f"/incidents/{incident.id}/command"
    browser.submit(f"{page}/objectives", page, texts="calls answered\nno guessing", until="2026-03-13T04:00")
    browser.submit(f"{page}/hand-over", page, group="response", receiver="chen-jing", worries="the press knows")
    other = house.sign_in("chen-jing")
    assert "no guessing" in other.get(page).text
    assert "the press knows" in other.get(page).text
    overview, told = page.removesuffix("/command"), ("You are to take over: read the card and sign", "请您接手")
    assert any(words in other.get(overview).text for words in told)
    other.submit(f"{page}/take-over", page, handover_id="h1", words="calls run on standby")
    assert not any(words in other.get(overview).text for words in told)
    assert house.state(incident).leads[Group.RESPONSE] == "chen-jing"


def test_materials_come_back_or_are_explained(house: CrisisHouse) -> None:
    """What is out is listed until then, and in the store's numbers."""
    incident = house.report("Hotline is dead", by="huang-li")
    house.settle()
    browser, page = house.sign_in("huang-li"), f"/incidents/{incident.id}/materials"
    browser.submit(f"{page}/take", page, item="radios", count="4", person="wu-hao")
    assert "4 × Radios" in browser.get(f"{page}?lang=en").text
    assert "4 out" in browser.get("/materials").text
    browser.submit(f"{page}/return", page, taking_id="t1", count="3", condition="good")
    browser.submit(f"{page}/explain", page, taking_id="t1", count="1", reason="fell into the river")
    assert "Nothing is out." in browser.get(page).text


def test_a_readiness_check_is_recorded_from_the_store(house: CrisisHouse) -> None:
    """It lies in the inbox for the watch; a number that is none is named."""
    browser = house.sign_in("guo-qiang")
    assert browser.submit("/materials/radios/check", "/materials", count="x").status_code == 422
    assert browser.submit("/materials/nothing/check", "/materials", count="1").status_code == 404
    assert browser.submit("/materials/radios/check", "/materials", count="6", works="yes").status_code == 303
    with house.database.reading() as store:
        assert store.inbox.count() == 1


def test_the_incidents_page_says_what_cant_wait_and_what_it_needs_to_know(house: CrisisHouse, leak: Incident) -> None:
    """Late deadlines come first, each with a way there; a fact is asked for with whom to ask, and answered there."""
    browser, page = house.sign_in(LEGAL), f"/incidents/{leak.id}"
    house.later(hours=4, minutes=1)
    shown = browser.get(f"{page}?lang=en").text
    assert f'href="{page}/clocks#clock-cn-cac-4h"' in shown or "more</p>" in shown
    assert "Can&#39;t wait" in shown
    assert "Is sensitive personal information among it" in shown
    assert "ask Data protection officer" in shown
    done = browser.submit(f"{page}/fact", page, fact="sensitive_data", value="yes")
    assert done.headers["location"].endswith("#facts")
    assert "Is sensitive personal information among it" not in browser.get(page).text
    assert house.state(leak, LEGAL).facts["sensitive_data"] == "yes"


def test_an_outsider_sees_the_code_name_on_every_page_of_command(house: CrisisHouse, leak: Incident) -> None:
    """Neither deadlines nor messages nor people; and can do nothing."""
    browser = house.sign_in(OUTSIDER)
    for page in ("clocks", "messages", "command", "people", "materials"):
        answer = browser.get(f"/incidents/{leak.id}/{page}?lang=en")
        assert answer.status_code == 200
        assert leak.code_name.split("|")[1] in answer.text
        assert "Customer list" not in answer.text
        assert "12387" not in answer.text
    for section, action in ACTIONS:
        answer = browser.submit(f"/incidents/{leak.id}/{section}/{action}", "/settings", line="ivr", stage="first")
        assert answer.status_code == 403, (section, action)
        assert "Customer list" not in answer.text


def test_a_form_of_another_site_changes_nothing(house: CrisisHouse, leak: Incident) -> None:
    """The session's secret is needed here too."""
    browser = house.sign_in(LEGAL)
    forged = {"csrf": "x", "clock_id": "cn-cac-4h", "decision": "not_required", "reason": "x"}
    assert browser.post(f"/incidents/{leak.id}/clocks/decide", data=forged).status_code == 403


def test_what_people_type_is_never_markup(house: CrisisHouse) -> None:
    """In orders, minutes, grounds, worries."""
    incident, evil = house.report("x", by="huang-li"), '"><script>alert(1)</script>'
    house.settle()
    browser, base = house.sign_in("huang-li"), f"/incidents/{incident.id}"
    browser.submit(f"{base}/command/order", f"{base}/command", text=evil, position="tech_manager")
    browser.submit(f"{base}/command/objectives", f"{base}/command", texts=evil)
    browser.submit(f"{base}/people/floor", f"{base}/people", person=evil, place=evil)
    browser.submit(f"{base}/rollcalls/start", f"{base}/people", shift=evil, people=evil)
    for page in ("command", "people"):
        assert "<script>alert" not in browser.get(f"{base}/{page}").text


def test_viewers_see_no_form(house: CrisisHouse) -> None:
    """Whoever may only look is shown no button that would refuse."""
    incident = house.report("Hotline is dead", by="huang-li")
    house.settle()
    browser = house.sign_in("huang-li", "viewer")
    for page in ("clocks", "messages", "command", "people", "materials"):
        assert "<form" not in browser.get(f"/incidents/{incident.id}/{page}").text


def test_time_left_is_exact_to_the_minute(house: CrisisHouse) -> None:
    """Long ones in days."""
    from incident.i18n import translator
    from incident.web.times import span

    english = translator("en")
    assert span(timedelta(days=3, hours=4), english) == "3 d 4 h"
    assert span(-timedelta(minutes=134), english) == "2 h 14 min"
    assert span(timedelta(seconds=59), english) == "0 min"


def test_a_page_leads_to_what_it_is_about(house: CrisisHouse, leak: Incident) -> None:
    """The link of a page about a deadline opens the deadline, one about a late message its line; both are there."""
    browser = house.sign_in(LEGAL)
    house.later(hours=3, minutes=30)
    composer, state = Composer(people(), house.parts.links, lambda *_: ()), house.state(leak, LEGAL)
    with house.database.reading() as store:
        rows = [
            replace(row, contacts=(("email", "x@example.com"),))
            for row in store.outbox.rows(incident_id=leak.id)
            if row.kind == "page"
        ]
    found = {action.url for row in rows for action in composer.compose(row, state, house.clock.now()).actions}
    for place in ("clocks#clock-cn-pipl-57", "messages#line-press"):
        assert any(url.endswith(f"/incidents/{leak.id}/{place}") for url in found), place
        page, _, anchor = place.partition("#")
        assert f'id="{anchor}"' in browser.get(f"/incidents/{leak.id}/{page}").text
    assert not any(
        "#" in action.url for action in composer.compose(rows[0], _outside(state), house.clock.now()).actions
    )


def _outside(state: Incident) -> Incident:
    """The same incident with nobody in it."""
    return replace(state, audience=())
