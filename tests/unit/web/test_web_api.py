"""Stories of programs: every command of the domain, errors, languages, the description."""

import pytest
from web_house import House

from incident.domain import commands as c
from incident.domain.incident import Status
from incident.service.redaction import Viewer
from incident.web.api_commands import COMMANDS
from incident.web.incident_actions import COMMANDS as FORMS

LI_NA = Viewer("li-na")


def every_command() -> set[type[c.Command]]:
    """All commands of the domain."""
    return {kind for kind in vars(c).values() if isinstance(kind, type) and issubclass(kind, c.Command) and kind.name}


def test_every_command_of_the_domain_is_in_the_api_and_on_the_page() -> None:
    """A new command can't be forgotten."""
    assert set(COMMANDS) == every_command()
    assert set(FORMS) == {command.name for command in every_command()}


BODIES = {
    "ack": {}, "escalate": {"reason": "x"}, "level": {"level": 1, "reason": "x"}, "note": {"text": "x"},
    "fact": {"fact": "hit", "value": "1200"}, "lead": {"group": "response"}, "start": {"task_id": "{task}"},
    "done": {"task_id": "{task}"}, "waive": {"task_id": "{task}", "reason": "x"},
    "reopen-task": {"task_id": "{task}", "reason": "x"}, "link": {"other": "{other}"},
    "audience": {"person": "outsider", "reason": "x"}, "mitigate": {}, "resolve": {"cause": "x"},
    "end": {"override": "x"}, "reopen": {"reason": "x"}, "action": {"text": "x", "owner": "wang-wei"},
    "action-done": {"action_id": "a1"},
    "amend-time": {"anchor": "began", "to": "2026-03-12T18:00:00", "reason": "x"},
    "amend-task": {"task_id": "landlord", "title": "x", "owner": "supervisor", "reason": "x"},
}  # fmt: skip
ORDER = (
    "ack",
    "escalate",
    "level",
    "note",
    "fact",
    "lead",
    "start",
    "done",
    "reopen-task",
    "waive",
    "amend-time",
    "amend-task",
    "link",
    "audience",
    "mitigate",
    "resolve",
    "end",
    "action",
    "action-done",
    "reopen",
)


def test_an_incident_is_worked_through_by_the_api(house: House) -> None:
    """Every command in a sensible order; each answers with the incident as it stands."""
    incident, other, token = house.report(), house.report("another"), house.token()
    task = next(iter(incident.tasks))
    for name in ORDER:
        body = {k: v.format(task=task, other=other.id) if isinstance(v, str) else v for k, v in BODIES[name].items()}
        answer = house.client.post(f"/api/v1/incidents/{incident.id}/{name}", headers=token, json=body)
        assert answer.status_code == 200, (name, answer.text)
        assert answer.json()["id"] == incident.id
    assert set(ORDER) == set(BODIES)


def test_saying_it_twice_changes_nothing(house: House) -> None:
    """A retry after a lost answer is safe."""
    incident, token = house.report(), house.token()
    for _ in range(2):
        assert house.client.post(f"/api/v1/incidents/{incident.id}/ack", headers=token, json={}).status_code == 200
    lines = house.client.get(f"/api/v1/incidents/{incident.id}/timeline", headers=token).json()
    assert sum("确认响应" in line["text"] for line in lines) <= 1
    assert house.parts.views.incident(LI_NA, incident.id).status is Status.ACKNOWLEDGED


def test_the_alarm_is_raised_in_the_name_of_the_tokens_person(house: House) -> None:
    """201 with the incident; degrees may be words or numbers."""
    body = {"scenario": "system-outage", "title": "CRM down", "impact": "high", "urgency": 3}
    answer = house.client.post("/api/v1/incidents", headers=house.token("sun-li"), json=body)
    assert answer.status_code == 201
    assert answer.json()["level"] == 1
    assert house.parts.views.incident(LI_NA, answer.json()["id"]).reported_by == "sun-li"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"scenario": "fire", "title": "x"},
        {"scenario": "other", "title": ""},
        {"scenario": "other", "title": "x", "by": "me"},
        {"scenario": "other", "title": "x" * 201},
        {"scenario": "other", "title": "x", "impact": 9},
        [],
        "text",
    ],
)
def test_a_faulty_alarm_names_the_field(house: House, body: object) -> None:
    """422 with every fault."""
    answer = house.client.post("/api/v1/incidents", headers=house.token(), json=body)
    assert answer.status_code == 422
    assert answer.json()["error"]["message"]


@pytest.mark.parametrize("raw", [b"{", b"\xff\xfe", b"", b"[1,2"])
def test_broken_json_is_named_as_such(house: House, raw: bytes) -> None:
    """422, never 500."""
    headers = {**house.token(), "Content-Type": "application/json"}
    assert house.client.post("/api/v1/incidents", headers=headers, content=raw).status_code == 422


def test_a_huge_body_is_refused(house: House) -> None:
    """413 before anything is parsed, also when no length was declared."""

    async def pieces():
        for _ in range(40):
            yield b"x" * 10_000

    headers = {**house.token(), "Content-Type": "application/json"}
    answer = house.client.post("/api/v1/incidents", headers=headers, content=pieces())
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("INC-2026-0999/ack", {}, 404),
        ("{id}/fly", {}, 404),
        ("{id}/done", {"task_id": "none"}, 422),
        ("{id}/end", {}, 422),
        ("{id}/note", {"text": " "}, 422),
        ("{id}/note", {"text": "x", "by": "sun-li"}, 422),
        ("{id}/link", {"other": "INC-2026-0999"}, 404),
        ("{id}/note", {"text": "x", "at": "2999-01-01T00:00:00Z"}, 422),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(
    house: House, path: str, body: dict[str, str], status: int
) -> None:
    """404 or 422; the caller can't speak in somebody else's name."""
    incident = house.report()
    answer = house.client.post(f"/api/v1/incidents/{path.format(id=incident.id)}", headers=house.token(), json=body)
    assert answer.status_code == status
    assert answer.json()["error"]["message"]


def test_lists_are_bounded_and_filtered(house: House) -> None:
    """limit, open_only and drill do what they say."""
    for number in range(3):
        house.report(f"incident {number}")
    token = house.token()
    assert len(house.client.get("/api/v1/incidents?limit=2", headers=token).json()) == 2
    assert house.client.get("/api/v1/incidents?drill=true", headers=token).json() == []
    assert house.client.get("/api/v1/incidents?limit=0", headers=token).status_code == 422
    assert house.client.get("/api/v1/incidents?limit=100000", headers=token).status_code == 422


def test_pages_tell_channels_but_no_addresses(house: House) -> None:
    """An address is nobody's business."""
    house.report()
    rows = house.client.get("/api/v1/pages", headers=house.token()).json()
    assert rows
    assert rows[0]["channels"] == ["console"]
    assert "contacts" not in rows[0]


def test_texts_come_in_the_language_asked_for(house: House) -> None:
    """?lang= wins over the person's language."""
    incident, token = house.report(), house.token()
    chinese = house.client.get(f"/api/v1/incidents/{incident.id}/tasks?lang=zh-CN", headers=token).json()
    english = house.client.get(f"/api/v1/incidents/{incident.id}/tasks?lang=en", headers=token).json()
    assert chinese[0]["id"] == english[0]["id"]
    assert chinese[0]["title"] != english[0]["title"]


def test_silences_come_and_go_by_the_api(house: House) -> None:
    """POST, GET, DELETE."""
    token = house.token()
    body = {"matchers": ["service=ivr", 'queue=~"bill.*"'], "reason": "known fault", "minutes": 60}
    made = house.client.post("/api/v1/silences", headers=token, json=body)
    assert made.status_code == 201
    assert made.json()["matchers"] == ['service="ivr"', 'queue=~"bill.*"']
    assert len(house.client.get("/api/v1/silences", headers=token).json()) == 1
    path = f"/api/v1/silences/{made.json()['id']}"
    assert house.client.request("DELETE", path, headers=token).status_code == 204
    assert house.client.get("/api/v1/silences", headers=token).json() == []
    assert house.client.request("DELETE", path, headers=token).status_code == 404
    window = {"services": ["nothing"], "reason": "x", "minutes": 5}
    assert house.client.post("/api/v1/maintenance", headers=token, json=window).status_code == 422


def test_the_report_so_far_comes_in_three_forms(house: House) -> None:
    """JSON, Markdown, HTML."""
    incident, token = house.report(), house.token()
    base = f"/api/v1/incidents/{incident.id}/report"
    assert house.client.get(base, headers=token).json()["summary"]["incident_id"] == incident.id
    assert house.client.get(f"{base}?form=md", headers=token).text.startswith(("#", ">", "**"))
    assert "<html" in house.client.get(f"{base}?form=html", headers=token).text


def test_the_description_covers_every_command(house: House) -> None:
    """OpenAPI names each one with a summary and an example."""
    paths = house.client.get("/api/openapi.json", headers=house.token()).json()["paths"]
    for command in every_command():
        post = paths[f"/api/v1/incidents/{{incident_id}}/{command.name}"]["post"]
        assert post["summary"]
        assert post["security"]


def test_metrics_need_a_token_even_from_the_machine_itself(house: House) -> None:
    """Behind a proxy on the same host everybody looks local."""
    assert house.client.get("/metrics").status_code == 401
    assert "tocsin_" in house.client.get("/metrics", headers=house.token("", "viewer")).text
