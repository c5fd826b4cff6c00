"""Stories of programs in a crisis: how it stands, what they do, what outsiders don't see."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from crisis_house import OUTSIDER, CrisisHouse, make_crisis_house

from incident.domain.incident import Incident
from incident.domain.words import Scenario
from incident.web.api_crisis import SECTIONS
from incident.web.api_crisis_examples import SUMMARIES
from incident.web.crisis_table import ACTIONS

LEGAL = "sun-qian"


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


BODIES = {
    ("clocks", "answer"): {"question": "graded_major", "answer": "yes"},
    ("clocks", "anchor"): {"anchor": "aware", "moment": "2026-03-12T18:00:00Z", "source": "call log"},
    ("clocks", "decide"): {"clock_id": "cn-cac-4h", "decision": "required"},
    ("clocks", "file"): {"clock_id": "cn-cac-4h", "receipt": "12387-0456"},
    ("clocks", "start"): {"clock": "gdpr-33", "owner": "dpo", "backup": "legal_head"},
    ("messages", "draft"): {"line": "agent-card", "stage": "first", "fields": {"hotline": "400-1"}},
    ("messages", "reject"): {"draft_id": "d1", "reason": "wrong number"},
    ("messages", "approve"): {"draft_id": "d2"},
    ("command", "convene"): {"group": "response"},
    ("command", "attend"): {"meeting_id": "m1", "person": LEGAL},
    ("command", "close-meeting"): {"meeting_id": "m1", "minutes": "export is cut"},
    ("command", "objectives"): {"texts": ["stop the leak"], "until": "2026-03-13T20:00:00+08:00"},
    ("command", "order"): {"text": "cut the export", "position": "it_head"},
    ("command", "read-back"): {"order_id": "o1", "words": "export cut in ten minutes"},
    ("command", "confirm-order"): {"order_id": "o1", "right": True},
    ("command", "order-done"): {"order_id": "o1"},
    ("command", "hand-over"): {"group": "response", "receiver": "lin-xue"},
    ("command", "take-over"): {"handover_id": "h1", "words": "export is cut"},
    ("rollcalls", "start"): {"shift": "night", "people": ["lin-xue"]},
    ("rollcalls", "answer"): {"rollcall_id": "r1", "person": "lin-xue", "answer": "need_help"},
    ("rollcalls", "help"): {"rollcall_id": "r1", "person": "lin-xue"},
    ("rollcalls", "close"): {"rollcall_id": "r1"},
    ("people", "duty"): {"person": "wu-hao", "what": "start"},
    ("people", "floor"): {"person": "lin-xue", "place": "3F"},
    ("people", "care"): {"kind": "talk"},
    ("people", "care-answer"): {"offer_id": "care1", "accepted": False},
    ("materials", "take"): {"item": "radios", "count": 2, "person": LEGAL},
    ("materials", "return"): {"taking_id": "t1", "count": 1},
    ("materials", "explain"): {"taking_id": "t1", "reason": "lost"},
}


def test_a_crisis_is_commanded_by_the_api(house: CrisisHouse, leak: Incident) -> None:
    """Every action in a sensible order; each answers with its section as it stands."""
    token, other = house.token(LEGAL), house.token("lin-xue")
    base = f"/api/v1/incidents/{leak.id}"
    house.client.post(f"{base}/lead", headers=token, json={"group": "response"})
    for (section, action), body in BODIES.items():
        if action == "reject":
            again = {**BODIES["messages", "draft"], "fields": {"hotline": {"zh": "专线", "en": "400-2"}}}
        who = other if action == "take-over" else token
        answer = house.client.post(f"{base}/{section}/{action}", headers=who, json=body)
        assert answer.status_code == 200, (section, action, answer.text)
        assert answer.json() == house.client.get(f"{base}/{section}", headers=who).json()
        if action == "reject":
            assert house.client.post(f"{base}/messages/draft", headers=token, json=again).status_code == 200
    assert set(BODIES) == set(ACTIONS) == set(SUMMARIES)
    clocks = {one["id"]: one for one in house.client.get(f"{base}/clocks?lang=en", headers=token).json()["clocks"]}
    assert clocks["cn-cac-4h"]["status"] == "filed"
    assert len(clocks["cn-cac-4h"]["due_times"]) == 2
    assert clocks["gdpr-33"]["owner"] == "dpo"
    said = house.client.get(f"{base}/messages", headers=token).json()["drafts"]
    assert [(d["status"], d["text"]["en"].count("400-2")) for d in said] == [("rejected", 0), ("released", 1)]
    assert house.client.get(f"{base}/people", headers=token).json()["care"] == {
        "offered": 1, "accepted": 0, "declined": 1,
    }  # fmt: skip


@pytest.mark.parametrize("section", SECTIONS)
def test_an_outsider_is_refused_everywhere(house: CrisisHouse, leak: Incident, section: str) -> None:
    """403 to read and to act, 404 for what is not there; no word of it in either."""
    token = house.token(OUTSIDER)
    answers = [house.client.get(f"/api/v1/incidents/{leak.id}/{section}", headers=token)]
    for (where, action), body in BODIES.items():
        if where == section:
            answers.append(house.client.post(f"/api/v1/incidents/{leak.id}/{where}/{action}", headers=token, json=body))
            missing = house.client.post(f"/api/v1/incidents/INC-2026-0999/{where}/{action}", headers=token, json=body)
            assert missing.status_code == 404, (where, action)
    for answer in answers:
        assert answer.status_code == 403, answer.text
        assert "Customer list" not in answer.text
        assert "lead" in answer.json()["error"]["remedy"]
    assert house.client.get(f"/api/v1/incidents/INC-2026-0999/{section}", headers=token).status_code == 404


def test_reading_needs_a_token_and_acting_a_person(house: CrisisHouse, leak: Incident) -> None:
    """401 without, 403 for viewers."""
    path = f"/api/v1/incidents/{leak.id}/clocks"
    assert house.client.get(path).status_code == 401
    body = BODIES["clocks", "answer"]
    assert house.client.post(f"{path}/answer", headers=house.token(LEGAL, "viewer"), json=body).status_code == 403


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("clocks/answer", {"question": "nothing", "answer": "yes"}),
        ("clocks/answer", {"question": "graded_major", "answer": "yes", "by": "me"}),
        ("clocks/anchor", {"anchor": "aware", "moment": "2999-01-01T00:00:00Z", "source": "x"}),
        ("clocks/start", {"clock": "nothing", "owner": "dpo", "backup": "dpo"}),
        ("clocks/start", {"clock": "gdpr-33", "owner": "nobody", "backup": "dpo"}),
        ("messages/draft", {"line": "nothing", "stage": "first"}),
        ("messages/draft", {"line": "agent-card", "stage": "first"}),
        ("messages/draft", {"line": "agent-card", "stage": "first", "fields": {"hotline": "x" * 600}}),
        ("messages/draft", {"line": "agent-card", "stage": "later", "fields": {}}),
        ("command/convene", {"group": "cooks"}),
        ("materials/take", {"item": "radios", "count": 0, "person": "wu-hao"}),
        ("rollcalls/start", {"shift": "night", "people": []}),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(
    house: CrisisHouse, leak: Incident, path: str, body: dict[str, object]
) -> None:
    """422, and nothing in the log."""
    before = house.state(leak, LEGAL).version
    answer = house.client.post(f"/api/v1/incidents/{leak.id}/{path}", headers=house.token(LEGAL), json=body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["error"]["message"]
    assert house.state(leak, LEGAL).version == before


def test_what_must_not_be_said_is_named_as_faults(house: CrisisHouse, leak: Incident) -> None:
    """Every phrase, and why."""
    body = {"line": "agent-card", "stage": "first", "fields": {"hotline": "no comment, we promise"}}
    answer = house.client.post(f"/api/v1/incidents/{leak.id}/messages/draft", headers=house.token(LEGAL), json=body)
    assert answer.status_code == 422
    assert len(answer.json()["error"]["faults"]) == 2


def test_the_description_covers_every_action(house: CrisisHouse) -> None:
    """OpenAPI names each with a summary and the model of its answer."""
    paths = house.client.get("/api/openapi.json", headers=house.token(LEGAL)).json()["paths"]
    for section, action in ACTIONS:
        post = paths[f"/api/v1/incidents/{{incident_id}}/{section}/{action}"]["post"]
        assert post["summary"] == SUMMARIES[section, action][0]
        assert "$ref" in post["responses"]["200"]["content"]["application/json"]["schema"]


def test_the_store_and_the_book_can_be_read(house: CrisisHouse) -> None:
    """What is ready, and which deadlines could be started."""
    token = house.token(LEGAL)
    items = {one["item"]: one for one in house.client.get("/api/v1/materials?lang=en", headers=token).json()}
    assert items["radios"]["state"] == "unchecked"
    book = house.client.get("/api/v1/clockbook?jurisdiction=EU", headers=token).json()
    assert set(book.values()) == {"EU"}
