"""A restricted incident: whoever is not in it sees a code name and nothing else, wherever they look."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

import pytest
from web_house import SECRET_TEXT, SECRET_TITLE, Browser, House, make_house

from incident.domain import commands as c

GETS = (
    "/", "/?tab=all", "/?tab=drills", "/incidents/{id}", "/incidents/{id}/report", "/incidents/{id}/report/view.html",
    "/incidents/{id}/report/view.md", "/incidents/{id}/report/view.json", "/reports", "/reports/{id}-r1",
    "/reports/{id}-r1/view.html", "/reports/{id}-r1/view.json", "/drills", "/signals", "/rules", "/silences", "/oncall",
    "/settings", "/incidents/{other}", "/incidents/{other}/report", "/incidents/{other}/report/view.html",
    "/dead-letters", "/report-incident", "/api/openapi.json",
    "/api/v1/incidents", "/api/v1/incidents/{id}", "/api/v1/incidents/{id}/timeline", "/api/v1/incidents/{id}/tasks",
    "/api/v1/incidents/{id}/report", "/api/v1/incidents/{id}/report?form=html", "/api/v1/incidents/{id}/report?form=md",
    "/api/v1/pages", "/api/v1/signals", "/api/v1/drills", "/api/v1/reports", "/api/v1/reports/{id}-r1",
    "/api/v1/silences", "/api/v1/maintenance", "/api/v1/oncall", "/api/v1/incidents/{other}",
    "/api/v1/incidents/{other}/timeline", "/api/v1/dead-letters", "/metrics",
    "/incidents/{id}/clocks", "/incidents/{id}/messages", "/incidents/{id}/command", "/incidents/{id}/people",
    "/incidents/{id}/materials", "/materials", "/api/v1/incidents/{id}/clocks", "/api/v1/incidents/{id}/messages",
    "/api/v1/incidents/{id}/command", "/api/v1/incidents/{id}/rollcalls", "/api/v1/incidents/{id}/people",
    "/api/v1/incidents/{id}/materials", "/api/v1/materials", "/api/v1/clockbook",
)  # fmt: skip
HIDDEN_WORDS = (SECRET_TITLE, SECRET_TEXT, "Wang Xiaoming", "stolen credentials", '"data-leak"', "LEAK-ONLY")


def closed_leak(house: House) -> tuple[str, str]:
    """A leak that has run its whole course, linked to an ordinary incident; the ids of both."""
    leak, other = house.leak(), house.report()
    do = house.parts.desk.do
    do(c.AddNote(incident_id=leak.id, by="wang-wei", text="LEAK-ONLY note"))
    do(c.LinkIncident(incident_id=other.id, by="li-na", other=leak.id))
    do(c.Resolve(incident_id=leak.id, by="wang-wei", cause="stolen credentials"))
    do(c.End(incident_id=leak.id, by="wang-wei", override="handed over"))
    return leak.id, other.id


@dataclass(frozen=True, slots=True)
class Outside:
    """Two incidents, and what an outsider has to look with: a browser and a token."""

    leak: str
    other: str
    browser: Browser
    token: dict[str, str]


@pytest.fixture(scope="module", params=["viewer", "admin"])
def outside(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outside]:
    """An outsider in an installation that nobody changes any more; administrators are outsiders too."""
    for house in make_house(tmp_path_factory.mktemp("outside")):
        leak, other = closed_leak(house)
        browser = house.sign_in("outsider", request.param)
        yield Outside(leak, other, browser, house.token("outsider", request.param))


@pytest.mark.parametrize("template", GETS)
def test_an_outsider_finds_no_secret_word_anywhere(outside: Outside, template: str) -> None:
    """Neither title, text, cause, scenario nor note."""
    path = template.format(id=outside.leak, other=outside.other)
    headers = outside.token if path.startswith(("/api", "/metrics")) else {}
    answer = outside.browser.get(path, headers=headers)
    assert answer.status_code in {200, 403}
    shown = answer.text
    if path in {"/report-incident", "/api/openapi.json"}:
        shown = shown.replace('"data-leak"', "")  # the name of the scenario itself is no secret there
    assert [word for word in HIDDEN_WORDS if word in shown] == []


def test_the_secret_words_are_there_for_those_involved(house: House) -> None:
    """Otherwise the test above would prove nothing."""
    leak, _ = closed_leak(house)
    page = house.sign_in("wang-wei").get(f"/incidents/{leak}").text
    assert SECRET_TITLE in page
    assert "stolen credentials" in page
    report = house.client.get(f"/api/v1/reports/{leak}-r1", headers=house.token("wang-wei")).text
    assert "stolen credentials" in report


def test_an_outsider_sees_the_code_name(house: House) -> None:
    """The list and the page show it, so that people can speak of it."""
    leak = house.leak()
    browser = house.sign_in("outsider")
    assert leak.code_name.split("|")[1] in browser.get("/").text
    assert leak.code_name.split("|")[1] in browser.get(f"/incidents/{leak.id}").text


COMMANDS = ("ack", "note", "level", "lead", "audience", "resolve", "link")


@pytest.mark.parametrize("name", COMMANDS)
def test_an_outsider_can_do_nothing_to_it(house: House, name: str) -> None:
    """Not even let themselves in."""
    leak = house.leak()
    fields = {"text": "x", "level": "1", "reason": "x", "group": "response", "person": "outsider", "other": leak.id,
              "relation": "related"}  # fmt: skip
    answer = house.sign_in("outsider").submit(f"/incidents/{leak.id}/{name}", "/settings", **fields)
    assert answer.status_code == 403
    assert SECRET_TITLE not in answer.text


def test_reading_a_restricted_timeline_is_forbidden_with_a_remedy(house: House) -> None:
    """403 says whom to ask."""
    leak = house.leak()
    answer = house.client.get(f"/api/v1/incidents/{leak.id}/timeline?lang=en", headers=house.token("outsider"))
    assert answer.status_code == 403
    assert "lead" in answer.json()["error"]["remedy"]


def test_letting_somebody_in_opens_the_page_to_them(house: House) -> None:
    """The form on the page does it."""
    leak = house.leak()
    lead, friend = house.sign_in("wang-wei"), house.sign_in("outsider")
    page = f"/incidents/{leak.id}"
    assert SECRET_TITLE not in friend.get(page).text
    lead.submit(f"{page}/audience", page, person="outsider", reason="legal advice")
    assert SECRET_TITLE in friend.get(page).text


def test_a_search_in_the_address_shows_nothing_more(house: House) -> None:
    """Unknown query values are ignored."""
    house.leak()
    browser = house.sign_in("outsider")
    assert SECRET_TITLE not in browser.get(f"/?tab={quote(SECRET_TITLE)}&lang=en").text.replace(quote(SECRET_TITLE), "")
