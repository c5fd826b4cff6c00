"""Stories of getting in: links that work once, tokens, roles, forms that another site sends."""

from datetime import timedelta

import httpx
import pytest
from web_house import Browser, House, csrf_of

from incident.service.redaction import PUBLIC

PAGES = (
    "/", "/?tab=all", "/report-incident", "/incidents/INC-2026-0001", "/incidents/INC-2026-0001/report",
    "/incidents/INC-2026-0001/report/view.html", "/incidents/INC-2026-0001/stream", "/stream", "/reports",
    "/reports/INC-2026-0001-r1", "/drills", "/signals", "/rules", "/silences", "/oncall", "/dead-letters", "/settings",
)  # fmt: skip
API = (
    "/api/v1/incidents", "/api/v1/incidents/INC-2026-0001", "/api/v1/incidents/INC-2026-0001/timeline",
    "/api/v1/incidents/INC-2026-0001/tasks", "/api/v1/incidents/INC-2026-0001/report", "/api/v1/pages",
    "/api/v1/signals", "/api/v1/drills", "/api/v1/reports", "/api/v1/silences", "/api/v1/maintenance",
    "/api/v1/oncall", "/api/v1/dead-letters", "/api/openapi.json", "/metrics",
)  # fmt: skip
OPEN = {"/healthz", "/readyz", "/login", "/login/{secret}", "/a/{token}", "/r/{token}"}


@pytest.mark.parametrize("path", PAGES)
def test_a_page_without_sign_in_explains_how_to_get_a_link(house: House, path: str) -> None:
    """401 with the three ways to a link, and nothing of what the page would show."""
    house.report("A title nobody else may read")
    answer = house.client.get(path)
    assert answer.status_code == 401
    assert "tocsin token login" in answer.text
    assert "A title nobody" not in answer.text


@pytest.mark.parametrize("path", API)
def test_the_api_without_a_token_says_what_is_missing(house: House, path: str) -> None:
    """401 in JSON (the description also takes a session, so it may answer in its own words)."""
    answer = house.client.get(path, headers={"Authorization": "Bearer wrong"})
    assert answer.status_code == 401
    assert set(answer.json()["error"]) == {"message", "remedy"}
    assert answer.headers["www-authenticate"] == "Bearer"


def test_every_route_that_is_not_known_to_be_open_asks_for_credentials(house: House) -> None:
    """A route that somebody adds later is closed unless it is named here."""
    for route in house.client.app.routes:
        for path, method in paths_of(route):
            if path in OPEN or path.startswith("/static"):
                continue
            concrete = path.replace("{incident_id}", "INC-2026-0001").replace("{form}", "html")
            answer = house.client.request(method, concrete, json={} if method == "POST" else None)
            assert answer.status_code == 401, (method, path)


def paths_of(route: object) -> list[tuple[str, str]]:
    """Path and methods of a route, also of those inside an included router."""
    inner = getattr(route, "routes", None) or getattr(getattr(route, "original_router", None), "routes", None)
    if inner:
        return [pair for one in inner for pair in paths_of(one)]
    methods = getattr(route, "methods", None) or {"GET"}
    return [(getattr(route, "path", "/static"), method) for method in methods if method != "HEAD"]


def test_a_link_signs_in_once_and_opening_it_uses_nothing_up(house: House) -> None:
    """A mail scanner may open the link; the person's button still works, and only the first time."""
    link = house.link()
    scanner, browser, thief = (Browser(house.client.app) for _ in range(3))
    assert scanner.get(link).status_code == 200
    assert browser.post(link).headers["location"] == "/"
    assert browser.get("/").status_code == 200
    again = thief.post(link)
    assert again.status_code == 403
    assert thief.get("/").status_code == 401


def test_the_session_cookie_is_out_of_reach_of_scripts_and_ends_with_the_day(house: House) -> None:
    """HttpOnly and SameSite=Lax; twelve hours later the server knows it no more."""
    browser = Browser(house.client.app)
    cookie = browser.post(house.link()).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    house.clock.push(hours=12, seconds=1)
    assert browser.get("/").status_code == 401


def test_installations_on_one_host_do_not_sign_each_other_out(house: House) -> None:
    """Browsers know cookies by host alone: the demo on one port and the own centre on another both stay open."""
    browsers = [Browser(house.client.app, f"http://127.0.0.1:{port}") for port in (8420, 8421)]
    for browser in browsers:
        browser.post(house.link())
        assert browser.get("/").status_code == 200
    assert not set(browsers[0].cookies.keys()) & set(browsers[1].cookies.keys())


def test_signing_out_ends_the_session_on_the_server(house: House) -> None:
    """A copy of the cookie is worth nothing afterwards."""
    browser = house.sign_in()
    copy = Browser(house.client.app)
    copy.cookies = httpx.Cookies(browser.cookies)
    assert browser.submit("/logout", "/settings").status_code == 303
    assert copy.get("/").status_code == 401


def test_an_old_link_is_refused(house: House) -> None:
    """Links hold for an hour."""
    link = house.link()
    house.clock.push(hours=1)
    assert house.client.post(link).status_code == 403


def test_a_forged_link_is_told_as_a_link(house: House) -> None:
    """Whoever was sent a broken link needs another link, not a key for a program."""
    answer = house.client.post("/login/toc_l_forged", headers={"accept-language": "en"})
    assert answer.status_code == 403
    assert "this link is not known" in answer.text
    assert "tocsin token login PERSON" in answer.text


@pytest.mark.parametrize(
    ("role", "read", "act"), [("admin", 200, 201), ("responder", 200, 201), ("viewer", 200, 403), ("intake", 403, 403)]
)
def test_roles_decide_who_reads_and_who_acts(house: House, role: str, read: int, act: int) -> None:
    """viewer reads, responder and admin act, intake does neither."""
    token = house.token("li-na", role)
    assert house.client.get("/api/v1/incidents", headers=token).status_code == read
    body = {"scenario": "other", "title": "Flood in the basement"}
    assert house.client.post("/api/v1/incidents", headers=token, json=body).status_code == act


def test_a_program_without_a_person_reads_but_does_not_act(house: House) -> None:
    """Somebody has to answer for what is done; the remedy says how."""
    token = house.token("", "admin")
    incident = house.report()
    assert house.client.get(f"/api/v1/incidents/{incident.id}", headers=token).status_code == 200
    answer = house.client.post(f"/api/v1/incidents/{incident.id}/ack", headers=token, json={})
    assert answer.status_code == 403
    assert "--person" in answer.json()["error"]["remedy"]


@pytest.mark.parametrize("fields", [{}, {"csrf": "0" * 32}, {"csrf": "漢"}])
def test_a_form_without_the_sessions_secret_changes_nothing(house: House, fields: dict[str, str]) -> None:
    """403, and the incident stays unanswered."""
    incident = house.report()
    browser = house.sign_in()
    assert browser.post(f"/incidents/{incident.id}/ack", data=fields).status_code == 403
    assert not house.parts.views.incident(PUBLIC, incident.id).acknowledged


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}]
)
def test_a_form_from_another_site_is_refused_even_with_the_secret(house: House, headers: dict[str, str]) -> None:
    """Also where no session is needed: signing somebody in from elsewhere."""
    incident = house.report()
    browser = house.sign_in()
    secret = csrf_of(browser.get("/settings").text)
    answer = browser.post(f"/incidents/{incident.id}/ack", data={"csrf": secret}, headers=headers)
    assert answer.status_code == 403
    assert house.client.post(house.link(), headers=headers).status_code == 403


def test_every_answer_carries_the_security_headers(house: House) -> None:
    """No inline script, no frame, no sniffing, no cross-origin access; also on errors and files."""
    for path in ("/", "/login", "/healthz", "/static/site.js", "/api/v1/incidents"):
        headers = house.client.get(path).headers
        policy = headers["content-security-policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in headers


def test_a_session_lasts_no_longer_than_its_token_row(house: House) -> None:
    """Just before the end it still works."""
    browser = house.sign_in()
    house.clock.push_to(house.clock.now() + timedelta(hours=11, minutes=59))
    assert browser.get("/").status_code == 200
