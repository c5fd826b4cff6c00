"""Stories of people with a browser and no JavaScript: forms, links, languages, errors."""

import re

import pytest
from web_house import House

from incident.domain.incident import Status, TaskStatus
from incident.service.records import DrillRun
from incident.service.redaction import Viewer

LI_NA = Viewer("li-na")


def test_an_empty_list_tells_what_to_do(house: House) -> None:
    """Nobody is left before a blank page."""
    page = house.sign_in().get("/?lang=en").text
    assert "No open incidents" in page
    assert "tocsin demo" in page
    assert "Report an incident" in page


def test_a_person_reports_an_incident_with_a_form(house: House) -> None:
    """The form leads to the incident's page, which has level, tasks and the button."""
    browser = house.sign_in()
    answer = browser.submit(
        "/report-incident", "/report-incident", scenario="system-outage", title="Agents can't log in", impact="3",
        urgency="3", service="crm", description="since nine",
    )  # fmt: skip
    assert answer.status_code == 303
    page = browser.get(f"{answer.headers['location']}?lang=en").text
    for words in ("Agents can&#39;t log in", "Critical", "Acknowledge", "Report and alarm", "nobody yet"):
        assert words in page


def test_a_faulty_form_comes_back_as_it_was_with_the_reason(house: House) -> None:
    """422, the reason on top, nothing typed is lost."""
    browser = house.sign_in()
    answer = browser.submit(
        "/report-incident", "/report-incident", scenario="other", title=" ", description="a long story"
    )
    assert answer.status_code == 422
    assert "不能为空" in answer.text
    assert "a long story" in answer.text


def test_an_incident_is_worked_through_to_its_report_by_forms_alone(house: House) -> None:
    """Acknowledge, a task, a note, recovery, sign-off against blockers, report, reopening."""
    incident, browser = house.report(), house.sign_in()
    page = f"/incidents/{incident.id}"

    def send(name: str, **fields: str) -> int:
        return browser.submit(f"{page}/{name}", page, **fields).status_code

    assert send("ack") == 303
    first = next(iter(house.parts.views.incident(LI_NA, incident.id).tasks))
    assert send("start", task_id=first) == 303
    assert send("done", task_id=first, note="checked twice") == 303
    assert send("note", text="the provider confirms", kind="update", at="2026-03-13T02:01") == 303
    assert send("level", level="1", reason="all sites") == 303
    assert send("lead", group="response", note="taking over") == 303
    assert send("mitigate", note="standby platform") == 303
    assert send("resolve", cause="disk full", process="moved", after_care="call back") == 303
    assert send("action", text="alarm on disks", owner="wang-wei") == 303
    assert send("action-done", action_id="a1") == 303
    assert "Still open:" in browser.get(f"{page}?lang=en").text
    assert send("end") == 422
    assert send("end", override="the day shift goes on", statement="quiet") == 303
    shown = browser.get(f"/reports/{incident.id}-r1/view.html").text
    assert "disk full" in shown
    assert send("reopen", reason="it is back") == 303
    state = house.parts.views.incident(LI_NA, incident.id)
    assert state.status is Status.ACKNOWLEDGED
    assert state.tasks[first].status is TaskStatus.DONE
    assert "checked twice" in browser.get(page).text


def test_the_page_says_who_is_called_and_what_became_of_it(house: House) -> None:
    """Calls with names, positions and delivery."""
    incident = house.report()
    page = house.sign_in().get(f"/incidents/{incident.id}?lang=en").text
    assert "no answer yet" in page
    assert "Zhao Min" in page
    assert "On its way" in page


def test_an_overdue_task_is_marked_in_words(house: House) -> None:
    """Colour alone tells nobody anything."""
    incident = house.report()
    house.clock.push(minutes=90)
    page = house.sign_in().get(f"/incidents/{incident.id}?lang=en").text
    assert "overdue ·" in page


def test_the_timeline_can_be_filtered_by_kind(house: House) -> None:
    """Only notes are left."""
    incident, browser = house.report(), house.sign_in()
    page = f"/incidents/{incident.id}"
    browser.submit(f"{page}/note", page, text="a remark", kind="note")
    shown = browser.get(f"{page}?kind=note").text
    assert "k-note" in shown
    assert "k-page" not in shown


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}"])
def test_what_people_type_is_never_markup(house: House, text: str) -> None:
    """In titles, notes and reasons, on every page that shows them."""
    incident, browser = house.report(text, description=text), house.sign_in()
    page = f"/incidents/{incident.id}"
    browser.submit(f"{page}/note", page, text=text, kind="note")
    for path in ("/", page, f"{page}/report", f"{page}/report/view.html"):
        shown = browser.get(path).text
        assert "<script>alert" not in shown
        assert "<img src=x" not in shown
        assert "{{ 7" in shown or "49" not in re.sub(r"\d{2}:\d{2}|[\d.]{5,}", "", shown) or "{" not in text


def test_the_language_of_the_address_wins_and_is_remembered(house: House) -> None:
    """?lang=, then the choice made before; Li Na's own language is Chinese."""
    browser = house.sign_in()
    assert "事件" in browser.get("/").text
    assert "Report an incident" in browser.get("/?lang=en").text
    assert "Report an incident" in browser.get("/").text
    assert "上报事件" in browser.get("/?lang=zh-CN").text


@pytest.mark.parametrize(
    ("header", "expected"),
    [("en-GB,en;q=0.9", "en"), ("zh-TW;q=0.9,en;q=0.1", "zh-CN"), ("fr", "zh-CN"), ("", "zh-CN")],
)
def test_a_stranger_gets_the_browsers_language(house: House, header: str, expected: str) -> None:
    """Accept-Language by weight, else the house's language."""
    answer = house.client.get("/login", headers={"Accept-Language": header})
    assert answer.headers["content-language"] == expected


def test_times_are_in_the_readers_zone_and_say_so(house: House) -> None:
    """18:07 UTC is 02:07 in Shanghai."""
    incident = house.report()
    page = house.sign_in().get(f"/incidents/{incident.id}?lang=en").text
    assert "Times in UTC+8" in page
    assert ">02:07</time>" in page


def test_a_drill_is_marked_on_top_and_at_the_bottom(house: House) -> None:
    """Nobody can take it for real, in either language."""
    house.parts.desk.transact(lambda s, now: s.drills.save(DrillRun("run-1", "outage-morning", "running", now)))
    drill = house.report("Phones are dead", drill="run-1")
    browser = house.sign_in()
    english = browser.get(f"/incidents/{drill.id}?lang=en").text
    assert english.count('class="drill-banner"') == 2
    assert "DRILL" in english
    assert "【演练】" in browser.get("/?lang=zh-CN").text


def test_a_running_drill_is_stopped_with_a_button(house: House) -> None:
    """The page lists programme, runs and scores."""
    run = DrillRun("run-1", "outage-morning", "running", house.clock.now(), body={"score": {"met": 4, "of": 5}})
    house.parts.desk.transact(lambda store, _now: store.drills.save(run))
    browser = house.sign_in()
    assert "4 / 5" in browser.get("/drills").text
    assert browser.submit("/drills/run-1/stop", "/drills", reason="phones needed").status_code == 303
    assert house.parts.views.drills()[0].state != "running"


def test_a_silence_is_added_and_ended_by_forms(house: House) -> None:
    """Both the silence and the maintenance window; a bad condition names itself."""
    browser = house.sign_in()
    bad = browser.submit("/silences", "/silences", matchers="what?", reason="x", minutes="30")
    assert bad.status_code == 422
    assert "what?" in bad.text
    assert (
        browser.submit("/silences", "/silences", matchers='queue=~"bill.*"', reason="known", minutes="30").status_code
        == 303
    )
    assert (
        browser.submit("/maintenance", "/silences", services="crm", reason="upgrade", minutes="60").status_code == 303
    )
    page = browser.get("/silences").text
    ends = re.findall(r'action="(/silences/[^"]+/end)"', page)
    assert len(ends) == 2
    for path in ends:
        assert browser.submit(path, "/silences").status_code == 303
    assert "/end" not in browser.get("/silences").text


def test_the_duty_page_names_the_holders_and_the_gaps(house: House) -> None:
    """Who holds which position now, and which nobody holds."""
    page = house.sign_in().get("/oncall?lang=en").text
    assert "Wang Wei" in page
    assert "nobody on duty" in page


@pytest.mark.parametrize("path", ["/incidents/INC-2026-9999", "/reports/none", "/nowhere", "/incidents/x/report"])
def test_what_is_not_there_is_said_in_a_page(house: House, path: str) -> None:
    """404 with a way back."""
    answer = house.sign_in().get(path)
    assert answer.status_code == 404
    assert 'href="/"' in answer.text


def test_a_huge_form_is_refused_before_it_is_read(house: House) -> None:
    """413 and a sentence."""
    browser = house.sign_in()
    answer = browser.post("/report-incident", data={"title": "x" * 300_000})
    assert answer.status_code == 413
