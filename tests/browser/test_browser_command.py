"""A data leak before a real browser: its deadline from question to filing, a message from draft to approval."""

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import Site

from incident.domain import crisis_commands as k
from incident.domain.commands import TakeLead
from incident.domain.incident import Incident
from incident.domain.words import Group, Scenario

pytestmark = pytest.mark.browser
DESK = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
LEGAL = "sun-qian"
PAGES = ("", "/clocks", "/messages", "/messages?line=press&stage=first", "/command", "/people", "/materials")


def leak(site: Site) -> Incident:
    """A leak that legal reported; its deadlines run."""
    incident = site.house.report("Customer list outside", Scenario.DATA_LEAK, by=LEGAL)
    site.house.settle()
    return incident


def open_browser(chromium: Any, site: Site, size: dict[str, int] = DESK, language: str = "en", **more: Any) -> Any:
    """A page in which the head of legal has signed in."""
    page = chromium.new_context(viewport=size, **more).new_page()
    page.set_default_timeout(20_000)
    page.goto(site.url + site.house.link(LEGAL))
    page.get_by_role("button").click()
    page.wait_for_url(site.url + "/")
    page.goto(site.url + f"/?lang={language}")
    return page


@pytest.mark.parametrize(("size", "script"), [(DESK, True), (PHONE, False)])
def test_a_deadline_is_answered_counted_anew_decided_and_filed(
    chromium: Any, crisis_site: Site, size: dict[str, int], script: bool
) -> None:
    """Found from the incident's page, with forms alone; the old due time stays visible, the receipt too."""
    incident = leak(crisis_site)
    page = open_browser(chromium, crisis_site, size, java_script_enabled=script)
    page.goto(f"{crisis_site.url}/incidents/{incident.id}")
    page.locator("#tabs").get_by_role("link", name=re.compile("^Deadlines")).click()
    clock = page.locator("#clock-cn-cac-4h")
    assert "not decided: it keeps ticking" in clock.inner_text()
    clock.get_by_placeholder("On what grounds").first.fill("1.2 million people")
    clock.get_by_role("button", name=re.compile("^yes", re.IGNORECASE)).first.click()
    assert "1.2 million people" in clock.inner_text()
    page.locator("#anchor-more > summary").click()
    page.get_by_label("It was at").fill("2026-03-13T01:37")
    page.get_by_label("How that is known").fill("call log")
    page.get_by_role("button", name="Set the time").click()
    assert "05:37" in clock.inner_text()
    assert clock.locator("s").first.inner_text() == "06:07"
    clock.locator("summary", has_text="Decide").click()
    clock.get_by_role("button", name="A report is required").click()
    assert "signed by Sun Qian" in clock.inner_text()
    clock.locator("summary", has_text="Record the report").click()
    clock.get_by_label("Receipt number").fill("12387-0456")
    clock.get_by_role("button", name="The report was made").click()
    shown = clock.inner_text()
    assert "12387-0456" in shown
    assert "reported" in shown


@pytest.mark.parametrize(("size", "script"), [(DESK, True), (PHONE, False)])
def test_a_message_is_drafted_checked_and_approved(
    chromium: Any, crisis_site: Site, size: dict[str, int], script: bool
) -> None:
    """What must not be said is named beside the form with everything typed still there; then it goes out."""
    incident = leak(crisis_site)
    page = open_browser(chromium, crisis_site, size, java_script_enabled=script)
    page.goto(f"{crisis_site.url}/incidents/{incident.id}/messages")
    line = page.locator("#line-agent-card")
    line.get_by_role("link", name=re.compile("first message")).click()
    field = page.get_by_label("Number of the dedicated line")
    field.fill("no comment, 400-1")
    page.get_by_role("button", name="Put before the approver").click()
    assert "“no comment”" in line.inner_text()
    assert field.input_value() == "no comment, 400-1"
    field.fill("400-1")
    page.get_by_role("button", name="Put before the approver").click()
    assert "waits for approval" in line.inner_text()
    line.get_by_role("button", name=re.compile("^Approve")).click()
    shown = line.inner_text()
    assert "first message" in shown
    assert "Next update due" in shown
    assert crisis_site.house.state(incident, LEGAL).crisis.drafts["d1"].approved_by == LEGAL


def test_an_open_wall_follows_while_somebody_is_typing(chromium: Any, crisis_site: Site) -> None:
    """A colleague files one report; that card changes, what is typed into another one stays."""
    incident = leak(crisis_site)
    page = open_browser(chromium, crisis_site)
    page.goto(f"{crisis_site.url}/incidents/{incident.id}/clocks")
    page.wait_for_selector("text=Live")
    typed = page.locator("#clock-cn-cac-4h").get_by_placeholder("On what grounds").first
    typed.fill("half a sentence")
    file = k.FileClock(incident_id=incident.id, by=LEGAL, clock_id="contract-notice", receipt="R-1")
    crisis_site.house.parts.desk.do(file)
    crisis_site.house.changed[0] += 1
    page.wait_for_selector("#clock-contract-notice >> text=R-1")
    assert typed.input_value() == "half a sentence"


@pytest.mark.parametrize(
    ("size", "scheme", "language"), [(DESK, "dark", "en"), (PHONE, "light", "zh-CN"), (DESK, "light", "zh-CN")]
)
def test_no_page_of_command_has_a_serious_barrier_or_overflows(
    chromium: Any, crisis_site: Site, size: dict[str, int], scheme: str, language: str
) -> None:
    """axe finds nothing serious with everything on the pages; nothing is wider than the screen; no console error."""
    incident, house = leak(crisis_site), crisis_site.house
    busy(house, incident)
    page = open_browser(chromium, crisis_site, size, language, color_scheme=scheme)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    for path in (*(f"/incidents/{incident.id}{each}" for each in PAGES), "/materials"):
        page.goto(crisis_site.url + path)
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        found = Axe().run(page, options={"iframes": False}).response["violations"]
        grave = [(v["id"], v["nodes"][0]["html"][:160]) for v in found if v["impact"] in {"serious", "critical"}]
        assert (path, grave) == (path, [])
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    assert complaints == []


def busy(house: Any, incident: Incident) -> None:
    """Something of everything, some of it late."""
    do, given = house.parts.desk.do, {"incident_id": incident.id, "by": LEGAL}
    do(TakeLead(**given, group=Group.RESPONSE))
    do(k.GiveOrder(**given, text="cut the export", position="legal_head"))
    do(k.GiveOrder(**given, text="prepare the line", position="legal_head"))
    do(k.ReadBackOrder(**given, order_id="o2", words="ready by three"))
    do(k.ConveneMeeting(**given, group=Group.RESPONSE))
    do(k.SetObjectives(**given, texts=("stop the leak",)))
    do(k.OfferHandover(**given, group=Group.RESPONSE, receiver="lin-xue", worries=("the press knows",)))
    do(k.StartRollCall(**given, shift="night", people=(LEGAL, "lin-xue", "xu-fang")))
    do(k.AnswerRollCall(**given, rollcall_id="r1", person="lin-xue", answer="need_help"))
    do(k.MarkFloor(**given, person="xu-fang", place="3F"))
    do(k.OfferCare(**given))
    do(k.TakeMaterial(**given, item="radios", count=4, person=LEGAL))
    do(k.FileClock(**given, clock_id="contract-notice", receipt="R-1"))
    house.later(hours=4, minutes=30)
