"""Requests that nobody means well with: they get a clear refusal, and nothing they leave behind hurts other readers."""

from collections.abc import AsyncIterator

import anyio
import pytest
from web_house import House

from incident.domain.errors import BadInput
from incident.service.redaction import Viewer
from incident.web import bounded
from incident.web.matchers import parse_matchers

EDGES = ("0001-01-01T00:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00")


@pytest.mark.parametrize("at", EDGES)
def test_a_time_at_the_edge_of_the_calendar_is_refused_by_the_api(house: House, at: str) -> None:
    """Kept once, it could not be shown in every zone."""
    token, incident = house.token(), house.report()
    for path, body in (
        ("/api/v1/incidents", {"scenario": "other", "title": "x", "at": at}),
        (f"/api/v1/incidents/{incident.id}/note", {"text": "x", "at": at}),
        (f"/api/v1/incidents/{incident.id}/amend-time", {"anchor": "began", "to": at, "reason": "x"}),
        ("/api/v1/silences", {"matchers": ["a=b"], "reason": "x", "minutes": 5, "starts_at": at}),
        ("/api/v1/maintenance", {"services": ["crm"], "reason": "x", "minutes": 5, "starts_at": at}),
    ):
        answer = house.client.post(path, headers=token, json=body)
        assert answer.status_code == 422, path
        assert "2000" in answer.json()["error"]["message"]


@pytest.mark.parametrize("at", ["0001-01-01T00:00", "9999-12-31T23:59"])
def test_a_silence_at_the_edge_of_the_calendar_does_not_break_the_page(house: House, at: str) -> None:
    """The form comes back with the fault, and the page of silences still opens."""
    browser = house.sign_in()
    answer = browser.submit("/silences", "/silences", matchers="a=b", reason="x", minutes="30", starts_at=at)
    assert answer.status_code == 422
    assert browser.get("/silences").status_code == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("note", b'{"text": "\\ud800"}'),
        ("done", b'{"task_id": "\\ud800"}'),
        ("action-done", b'{"action_id": "\\udfff"}'),
        ("fact", b'{"fact": "\\ud800", "value": "x"}'),
    ],
)
def test_half_a_character_is_refused_and_not_a_fault_of_the_server(house: House, path: str, body: bytes) -> None:
    """JSON can write a lone surrogate; UTF-8, the log and the answer can't."""
    incident = house.report()
    headers = {**house.token(), "Content-Type": "application/json"}
    answer = house.client.post(f"/api/v1/incidents/{incident.id}/{path}", headers=headers, content=body)
    assert answer.status_code == 422
    labels = b'{"scenario": "other", "title": "x", "labels": {"\\ud800": "\\udfff"}}'
    assert house.client.post("/api/v1/incidents", headers=headers, content=labels).status_code == 422


def test_an_outsider_can_not_count_what_happens_in_a_restricted_incident(house: House) -> None:
    """The version of a restricted incident rises with each entry; outsiders are not told it."""
    leak = house.leak()
    assert house.parts.views.incident(Viewer("outsider"), leak.id).version == 0
    assert house.parts.views.incident(Viewer("wang-wei"), leak.id).version > 0


@pytest.mark.parametrize("pattern", ["(a+)+", "(a*)*b", "(a|aa)+", "(a{1,9}){1,9}", ".*.*.*.*x"])
def test_a_silence_can_not_be_made_that_stops_the_engine(pattern: str) -> None:
    """Silences are matched against strangers' labels in the one thread that takes all facts."""
    with pytest.raises(BadInput, match="for ever"):
        parse_matchers(f'queue=~"{pattern}"')
    assert parse_matchers('queue=~"(billing|orders)-.*"')


@pytest.mark.parametrize("path", ["//evil.example/x", "/\\evil.example", "///evil.example"])
def test_no_address_makes_our_pages_link_to_another_host(house: House, path: str) -> None:
    """The language switch repeats the address; two slashes at its start would lead away from here."""
    shown = house.sign_in().request("GET", f"http://testserver{path}").text
    assert "lang=en" in shown
    assert 'href="//' not in shown
    assert 'href="/\\' not in shown


def test_a_body_that_never_comes_is_not_waited_for(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Strangers may post a sign-in form; one that sends nothing is told so and let go."""

    async def nothing() -> AsyncIterator[bytes]:
        yield b"a"
        await anyio.sleep_forever()

    monkeypatch.setattr(bounded, "WITHIN_S", 0.01)
    assert house.client.post("/login/x", content=nothing()).status_code == 408
