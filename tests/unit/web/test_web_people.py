"""Stories of people on the site: roll calls, one-press answers, care that is counted and never named."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from crisis_house import OUTSIDER, CrisisHouse, make_crisis_house, people
from web_house import BASE

from incident.domain import crisis_commands as k
from incident.domain.incident import Incident
from incident.domain.words import Scenario
from incident.service.links import AckClaim
from incident.service.messages import Composer

LEGAL = "sun-qian"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[CrisisHouse]:
    """A fresh installation with command."""
    yield from make_crisis_house(tmp_path)


@pytest.fixture
def leak(house: CrisisHouse) -> Incident:
    """A leak that legal reported a minute ago."""
    incident = house.report("Customer list outside", Scenario.DATA_LEAK, by=LEGAL)
    house.settle()
    return incident


def test_a_roll_call_finds_who_needs_help(house: CrisisHouse) -> None:
    """Started, answered with one press per person, help sent, closed only with a reason while somebody is missing."""
    incident = house.report("Fire alarm", Scenario.DISASTER, by="huang-li")
    house.settle()
    browser, page = house.sign_in("huang-li"), f"/incidents/{incident.id}/people"
    base = f"/incidents/{incident.id}/rollcalls"
    browser.submit(f"{base}/start", page, shift="night", people="lin-xue\nxu-fang\nVisitor Zhang\nhuang-li")
    browser.submit(f"{base}/answer", page, rollcall_id="r1", pick="Visitor Zhang need_help")
    browser.submit(f"{base}/answer", page, rollcall_id="r1", person="huang-li", answer="can_work")
    browser.submit(f"{base}/answer", page, rollcall_id="r1", pick="lin-xue safe")
    shown = browser.get(f"/incidents/{incident.id}?lang=en").text
    assert "Need help, nobody sent yet: 1" in shown
    browser.submit(f"{base}/help", page, rollcall_id="r1", person="Visitor Zhang", note="first aid")
    refused = browser.submit(f"{base}/close", page, rollcall_id="r1")
    assert refused.status_code == 422
    assert "1 have not answered" in refused.text
    browser.submit(f"{base}/close", page, rollcall_id="r1", note="on leave, reached by phone")
    assert house.state(incident).crisis.rollcalls["r1"].closed_at is not None


def test_everybody_asked_gets_a_link_that_answers_with_one_press(house: CrisisHouse) -> None:
    """A notice each, but none to a visitor; no sign-in; the link of one roll call opens nothing else."""
    incident = house.report("Fire alarm", Scenario.DISASTER, by="huang-li")
    house.settle()
    asked = ("lin-xue", "ma-tao", "Visitor Zhang")
    do = house.parts.desk.do
    do(k.StartRollCall(incident_id=incident.id, by="huang-li", shift="night", people=asked))
    with house.database.reading() as store:
        rows = [row for row in store.outbox.rows(incident_id=incident.id) if row.payload.get("what") == "rollcall"]
    assert sorted(row.person or "" for row in rows) == ["lin-xue", "ma-tao"]
    composer = Composer(people(), house.parts.links, lambda *_: ())
    row = next(row for row in rows if row.person == "ma-tao")
    message = composer.compose(row, house.state(incident), house.clock.now())
    assert "are you safe?" in message.body
    link = next(action.url for action in message.actions if action.id == "answer")
    path = link.removeprefix(BASE)
    page = house.client.get(path)
    assert page.headers["content-language"] == "en"
    assert "Ma Tao, how are you?" in page.text
    assert house.client.post(path, data={"answer": "need_help"}).status_code == 303
    assert "People are being called." in house.client.get(path).text
    assert house.state(incident).crisis.rollcalls["r1"].in_need == ("ma-tao",)
    assert house.client.post(path, data={"answer": "perhaps"}).status_code == 422
    assert house.client.get(path.replace("/r/", "/a/")).status_code == 403
    do(k.CloseRollCall(incident_id=incident.id, by="huang-li", rollcall_id="r1", note="found by phone"))
    assert "The roll call is over." in house.client.get(path).text
    house.client.post(path, data={"answer": "safe"})
    assert house.state(incident).crisis.rollcalls["r1"].answers["ma-tao"] == "need_help"


def test_a_roll_call_of_a_restricted_incident_tells_outsiders_nothing(house: CrisisHouse, leak: Incident) -> None:
    """They are told that there is something restricted, and get no link that would show it."""
    house.parts.desk.do(k.StartRollCall(incident_id=leak.id, by=LEGAL, shift="night", people=(OUTSIDER,)))
    with house.database.reading() as store:
        row = next(row for row in store.outbox.rows(incident_id=leak.id) if row.person == OUTSIDER)
    message = Composer(people(), house.parts.links, lambda *_: ()).compose(
        row, house.state(leak, LEGAL), house.clock.now()
    )
    assert [action.id for action in message.actions] == ["open"]
    assert "Customer list" not in message.title + message.body
    token = house.parts.links.token(AckClaim(leak.id, "rollcall:r1", OUTSIDER), house.clock.now())
    answer = house.client.get(f"/r/{token}")
    assert answer.status_code == 403
    assert "Customer list" not in answer.text


def test_care_is_counted_and_never_named(house: CrisisHouse) -> None:
    """The page shows numbers; the strain table says who must rest."""
    incident = house.report("Hotline is dead", by="huang-li")
    house.settle()
    browser, page = house.sign_in("huang-li"), f"/incidents/{incident.id}/people"
    browser.submit(f"{page}/care", page, kind="counsellor")
    browser.submit(f"{page}/care-answer", page, offer_id="care1", accepted="yes")
    browser.submit(f"{page}/duty", page, person="wu-hao", what="start")
    browser.submit(f"{page}/floor", page, person="lin-xue", place="3F", here="yes")
    house.later(hours=5)
    shown = browser.get(f"{page}?lang=en").text
    assert re.search(r"<b>1</b> accepted", shown)
    assert "needs a break" in shown
    assert "3F" in shown
    browser.submit(f"{page}/duty", page, person="wu-hao", what="end")
    browser.submit(f"{page}/floor", page, person="lin-xue", here="no")
    assert house.state(incident).crisis.floor == {}
