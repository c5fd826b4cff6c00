"""People before a real browser: on a desk and on a phone, with and without JavaScript, by eye and by ear."""

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import Site

from incident.domain.commands import Acknowledge
from incident.service.redaction import Viewer

pytestmark = pytest.mark.browser
DESK = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}


def open_browser(chromium: Any, site: Site, size: dict[str, int] = DESK, **more: Any) -> Any:
    """A page in which Li Na has signed in."""
    page = chromium.new_context(viewport=size, **more).new_page()
    page.set_default_timeout(8000)
    page.goto(site.url + site.house.link())
    page.get_by_role("button").click()
    page.wait_for_url(site.url + "/")
    page.goto(site.url + "/?lang=en")
    return page


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize("size", [DESK, PHONE])
def test_an_incident_is_reported_answered_and_resolved(
    chromium: Any, site: Site, size: dict[str, int], script: bool
) -> None:
    """From the list to recovery, with forms and links alone."""
    page = open_browser(chromium, site, size, java_script_enabled=script)
    page.get_by_role("link", name="Report an incident").click()
    page.get_by_label("What is wrong, in one line").fill("Agents cannot log in")
    page.get_by_role("button", name="Report and call people").click()
    page.get_by_role("button", name="Acknowledge").click()
    assert page.get_by_role("button", name="Acknowledge").count() == 0
    assert "Li Na" in page.locator("#top").inner_text()
    page.locator("#tasks").get_by_role("button", name=re.compile("^Mark done")).first.click()
    assert page.locator(".task.is-done").count() == 1
    page.locator("#note").fill("the provider confirms")
    page.get_by_role("button", name="Add", exact=True).first.click()
    assert "the provider confirms" in page.locator("#timeline").inner_text()
    page.locator("#resolve > summary").click()
    page.get_by_label("Cause").fill("disk full")
    page.get_by_role("button", name="Service has recovered").click()
    assert "Restored" in page.locator("#top").inner_text()


def test_an_open_page_follows_what_others_do(chromium: Any, site: Site) -> None:
    """Somebody answers elsewhere: the button goes, the name comes; what is being typed stays."""
    incident = site.house.report()
    page = open_browser(chromium, site)
    page.goto(f"{site.url}/incidents/{incident.id}")
    page.locator("#note").fill("half a sentence")
    page.wait_for_selector("text=Live")
    site.house.parts.desk.do(Acknowledge(incident_id=incident.id, by="sun-li"))
    site.house.changed[0] += 1
    page.wait_for_selector("#top >> text=Sun Li")
    assert page.get_by_role("button", name="Acknowledge").count() == 0
    assert page.locator("#note").input_value() == "half a sentence"


def test_the_link_in_a_message_answers_with_one_press(chromium: Any, site: Site) -> None:
    """No sign-in, one button, then thanks."""
    from incident.service.links import AckClaim

    house = site.house
    incident = house.report()
    paged = next(iter(house.parts.views.incident(Viewer("li-na"), incident.id).pages.values()))
    token = house.parts.links.token(AckClaim(incident.id, paged.id, paged.person), house.clock.now())
    page = chromium.new_context(viewport=PHONE, java_script_enabled=False).new_page()
    page.goto(f"{site.url}/a/{token}")
    page.get_by_role("button", name="Acknowledge").click()
    assert "Thank you" in page.inner_text("main")


@pytest.mark.parametrize(("size", "scheme"), [(DESK, "dark"), (PHONE, "light")])
def test_no_page_has_a_serious_barrier_or_overflows(
    chromium: Any, site: Site, size: dict[str, int], scheme: str
) -> None:
    """axe finds nothing serious; nothing is wider than the screen; the browser's console stays silent."""
    incident = site.house.report()
    site.house.clock.push(minutes=45)
    page = open_browser(chromium, site, size, color_scheme=scheme)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    paths = ("/", "/?tab=drills", "/report-incident", f"/incidents/{incident.id}", f"/incidents/{incident.id}/report",
             "/reports", "/drills", "/signals", "/silences", "/oncall", "/settings")  # fmt: skip
    for path in paths:
        page.goto(site.url + path)
        found = Axe().run(page, options={"iframes": False}).response["violations"]
        grave = [(v["id"], v["nodes"][0]["html"][:120]) for v in found if v["impact"] in {"serious", "critical"}]
        assert (path, grave) == (path, [])
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    assert complaints == []


def test_the_keyboard_reaches_the_content_first(chromium: Any, site: Site) -> None:
    """Tab, Enter: past the navigation."""
    page = open_browser(chromium, site)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
