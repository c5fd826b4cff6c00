"""Buttons and commands from Slack: genuine or refused, stored before answered, and what people then see."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from slack_sdk import WebClient
from slack_sdk.signature import SignatureVerifier

from incident.domain.errors import BadInput, NotFound, Unavailable
from incident.domain.message import SendError
from notifiers.slack.blocks import render
from notifiers.slack.desk import SlackDesk
from notifiers.slack.interactions import ActionOutcome, Listing, Result, SlackAction, parse_action
from notifiers.slack.replies import Responder
from notifiers.slack.web import slack_router
from notifiers.testing import Answer, LocalServer, sample

SECRET = "a-signing-secret"
NOW = 1_770_000_000
OK = Answer(body=b'{"ok":true,"channel":"D1","ts":"1.5"}')
DONE = ActionOutcome(Result.DONE, "zh-CN", by="王芳", at=datetime(2026, 3, 2, 1, 31, 7, tzinfo=UTC))


@dataclass
class Office:
    """A desk with its web app, a Slack that records what it is told, and a service that answers as set."""

    slack: LocalServer
    outcome: ActionOutcome | Exception = DONE
    listing: Listing | None = field(default_factory=lambda: Listing("zh-CN", ()))
    actions: list[SlackAction] = field(default_factory=list)
    failures: list[SendError] = field(default_factory=list)

    def act(self, action: SlackAction) -> ActionOutcome:
        self.actions.append(action)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome

    def post(self, path: str, body: bytes, *, at: int = NOW, secret: str = SECRET) -> Any:
        stamp = str(at)
        mark = SignatureVerifier(secret).generate_signature(timestamp=stamp, body=body)
        headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": mark or ""}
        return self.raw(path, body, headers)

    def press(self, **changes: Any) -> Any:
        return self.post("/slack/interactions", form(press(self.slack, **changes)))

    def command(self, text: str) -> Any:
        fields = {"command": "/tocsin", "text": text, "user_id": "U1", "user_name": "wangfang"}
        return self.post("/slack/commands", urlencode(fields).encode())

    def raw(self, path: str, body: bytes, named: dict[str, str]) -> httpx.Response:
        headers = [(name.encode(), value.encode("latin-1")) for name, value in named.items()]

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://tocsin") as client:
                return await client.post(path, content=body, headers=headers)

        return asyncio.run(ask())

    @property
    def app(self) -> FastAPI:
        web = WebClient(token="xoxb-1", base_url=f"{self.slack.url}/api/", timeout=2, retry_handlers=[])
        responder = Responder(web, lambda _, error: self.failures.append(error))
        app = FastAPI()
        desk = SlackDesk(self.act, lambda _: self.listing, responder)
        app.include_router(slack_router(SecretStr(SECRET), desk, clock=lambda: NOW))
        return app

    @property
    def said(self) -> list[tuple[str, dict[str, Any]]]:
        return [(request.path, json.loads(request.body)) for request in self.slack.received]


@contextmanager
def at_work(*answers: Answer) -> Iterator[Office]:
    with LocalServer(*answers, otherwise=OK) as slack:
        yield Office(slack)


def press(slack: LocalServer, **changes: Any) -> dict[str, Any]:
    """A block_actions payload as Slack sends it for the acknowledge button of a page."""
    blocks = render(sample(drill=changes.pop("drill", False))).blocks
    return {
        "type": "block_actions",
        "user": {"id": "U1", "username": "wangfang", "name": "wangfang", "team_id": "T1"},
        "api_app_id": "A1",
        "token": "deprecated",
        "container": {"type": "message", "message_ts": "1.5", "channel_id": "D1"},
        "trigger_id": "1.2.3",
        "team": {"id": "T1", "domain": "callcentre"},
        "channel": {"id": "D1", "name": "directmessage"},
        "message": {"type": "message", "ts": "1.5", "text": "电话平台无法接入", "blocks": list(blocks)},
        "response_url": f"{slack.url}/respond",
        "actions": [
            {
                "type": "button",
                "action_id": "ack",
                "block_id": "tocsin-transient-actions",
                "value": '{"page":"pg-77","incident":"INC-2031"}',
                "action_ts": "1770000000.123456",
            }
        ],
        **changes,
    }


def form(payload: object) -> bytes:
    return urlencode({"payload": json.dumps(payload)}).encode()


def test_a_press_reaches_the_service_with_everything_it_needs() -> None:
    """Who, what, when, and where to answer."""
    with at_work() as office:
        assert office.press().status_code == 200
    (action,) = office.actions
    assert (action.action, action.incident_id, action.page_id) == ("ack", "INC-2031", "pg-77")
    assert (action.user_id, action.user_name, action.channel_id) == ("U1", "wangfang", "D1")
    assert action.trigger_at == datetime.fromtimestamp(1770000000.123456, UTC)


def test_after_an_acknowledgement_the_page_shows_who_has_it() -> None:
    """The message is replaced: name and local time instead of buttons, nothing else is posted."""
    with at_work() as office:
        office.press(drill=True)
        ((path, said),) = office.said
    assert path == "/respond"
    assert said["replace_original"] is True
    shown = json.dumps(said["blocks"], ensure_ascii=False)
    assert "王芳 已于 09:31:07 确认接手" in shown
    assert "actions" not in [block["type"] for block in said["blocks"]]
    assert "【演练】" in json.dumps(said["blocks"][-1], ensure_ascii=False)


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh-CN", "此前 王芳 已于 09:31:07 确认接手"), ("en", "Already acknowledged by 王芳 at 09:31:07")],
)
def test_a_second_press_shows_who_was_first(language: str, words: str) -> None:
    """Nobody is told they did it when somebody else did."""
    with at_work() as office:
        office.outcome = ActionOutcome(Result.ALREADY, language, by="王芳", at=DONE.at)
        office.press()
        assert words in json.dumps(office.said[0][1], ensure_ascii=False)


def test_a_stranger_is_told_and_the_page_stays_as_it_is() -> None:
    """Only the clicker sees it, in both languages, with what to do instead."""
    with at_work() as office:
        office.outcome = ActionOutcome(Result.UNKNOWN_USER)
        assert office.press().status_code == 200
        ((_, said),) = office.said
    assert (said["response_type"], said["replace_original"]) == ("ephemeral", False)
    assert "值班名册" in said["text"]
    assert "duty roster" in said["text"]


def test_a_refusal_gives_its_reason_to_the_clicker() -> None:
    """For example: the incident is closed."""
    with at_work() as office:
        office.outcome = ActionOutcome(Result.REFUSED, "zh-CN", detail="事件已关闭")
        office.press()
        assert office.said[0][1]["text"] == "未记录：事件已关闭"


def test_an_acknowledgement_that_could_not_be_stored_is_not_called_received() -> None:
    """Slack gets an error and warns the clicker; the clicker is also told in words."""
    with at_work() as office:
        office.outcome = Unavailable("database away")
        assert office.press().status_code == 503
        assert "NOT recorded" in office.said[0][1]["text"]


def test_an_incident_that_does_not_exist_is_answered_in_words() -> None:
    """A final refusal is received; trying again would not help."""
    with at_work() as office:
        office.outcome = NotFound("no such incident")
        assert office.press().status_code == 200
        assert office.said[0][1]["response_type"] == "ephemeral"


def test_when_the_answer_address_fails_the_message_is_edited_directly() -> None:
    """Response addresses expire after 30 minutes; editing does not."""
    with at_work(Answer(404, b"expired_url")) as office:
        assert office.press().status_code == 200
        assert [path for path, _ in office.said] == ["/respond", "/api/chat.update"]
    assert office.failures == []


def test_when_slack_takes_no_answer_at_all_that_is_recorded_and_not_raised() -> None:
    """The acknowledgement counts all the same."""
    refused = Answer(body=b'{"ok":false,"error":"internal_error"}')
    with at_work(Answer(500), refused) as office:
        assert office.press().status_code == 200
    assert [error.reason for error in office.failures] == ["server_error"]
    assert len(office.actions) == 1


def test_an_unreachable_answer_address_is_recorded_too() -> None:
    """A malformed address from Slack must not become a crash after the fact."""
    with at_work(Answer(body=b'{"ok":false,"error":"channel_not_found"}')) as office:
        assert office.press(response_url="").status_code == 200
    assert [error.reason for error in office.failures] == ["bad_address"]


def test_link_buttons_and_other_interactions_are_received_and_ignored() -> None:
    """Slack reports a pressed link too, and expects an answer."""
    with at_work() as office:
        opened = {"type": "button", "action_id": "open", "action_ts": "1.1"}
        assert office.press(actions=[opened]).status_code == 200
        assert office.press(type="view_closed").status_code == 200
    assert office.actions == []


@pytest.mark.parametrize(
    "changes",
    [
        {"actions": None},
        {"actions": [{"action_id": "ack"}]},
        {"actions": [{"action_id": "ack", "value": "[]", "action_ts": "1.1"}]},
        {"actions": [{"action_id": "ack", "value": '{"page":"p","incident":7}', "action_ts": "1.1"}]},
        {"actions": [{"action_id": "ack", "value": '{"page":"p","incident":"i"}', "action_ts": "now"}]},
        {"actions": [{"action_id": "ack", "value": '{"page":"p","incident":"i"}', "action_ts": "1e400"}]},
        {"actions": [{"action_id": "ack", "value": json.dumps({"incident": "x" * 999}), "action_ts": "1.1"}]},
        {"user": {}},
        {"user": None},
    ],
)
def test_a_malformed_payload_is_refused_and_reaches_nobody(changes: dict[str, Any]) -> None:
    """HTTP 400, not a crash."""
    with at_work() as office:
        assert office.press(**changes).status_code == 400
    assert office.actions == []


@pytest.mark.parametrize("body", [b"", b"payload=", b"payload=%7B", b"payload=[]", b"\xff\xfe", b"a=1&" * 200])
def test_a_body_that_is_no_interaction_is_refused(body: bytes) -> None:
    """Unsigned or malformed, nothing gets through and nothing breaks."""
    with at_work() as office:
        headers = {"X-Slack-Request-Timestamp": str(NOW), "X-Slack-Signature": "v0=00"}
        unsigned = office.raw("/slack/interactions", body, headers)
        assert unsigned.status_code == 401
        if body != b"\xff\xfe":
            assert office.post("/slack/interactions", body).status_code == 400
    assert office.actions == []


@pytest.mark.parametrize("path", ["/slack/interactions", "/slack/commands", "/slack/events"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Slack-Request-Timestamp": str(NOW)},
        {"X-Slack-Request-Timestamp": "yesterday", "X-Slack-Signature": "v0=0"},
        {"X-Slack-Request-Timestamp": str(NOW), "X-Slack-Signature": "v0=\u00e9"},
        {"X-Slack-Request-Timestamp": str(NOW), "X-Slack-Signature": "v0=0"},
    ],
)
def test_every_route_wants_slacks_signature(path: str, headers: dict[str, str]) -> None:
    """No signature, half a signature, a wrong one: 401."""
    with at_work() as office:
        body = form(press(office.slack))
        assert office.raw(path, body, headers).status_code == 401
    assert office.actions == []


@pytest.mark.parametrize("age", [301, -301])
def test_an_old_or_future_request_is_a_replay(age: int) -> None:
    """Five minutes either way, however well it is signed."""
    with at_work() as office:
        body = form(press(office.slack))
        assert office.post("/slack/interactions", body, at=NOW - age).status_code == 401
        assert office.post("/slack/interactions", body, at=NOW - 299).status_code == 200


def test_another_apps_signature_is_refused() -> None:
    """Signed, but with a different secret."""
    with at_work() as office:
        body = form(press(office.slack))
        assert office.post("/slack/interactions", body, secret="another-secret").status_code == 401


def test_an_endless_body_is_cut_off() -> None:
    """More than a megabyte is not read to its end."""
    with at_work() as office:
        assert office.raw("/slack/interactions", b"x" * 1_100_000, {}).status_code == 413


def test_slacks_ownership_check_is_answered() -> None:
    """url_verification gets its challenge back; other events are received."""
    with at_work() as office:
        check = json.dumps({"type": "url_verification", "challenge": "abc"}).encode()
        assert office.post("/slack/events", check).json() == {"challenge": "abc"}
        assert office.post("/slack/events", b'{"type":"event_callback"}').status_code == 200
        assert office.post("/slack/events", b"[]").status_code == 400


def test_list_shows_open_incidents_to_the_asker_only() -> None:
    """One escaped line each; an empty list says so; a stranger learns nothing."""
    with at_work() as office:
        assert office.command("list").json()["text"] == "当前没有未关闭的事件。"
        office.listing = Listing("en", ("INC-1 · Level 1 · <outage>",))
        answer = office.command("LIST").json()
        assert answer == {"response_type": "ephemeral", "text": "• INC-1 · Level 1 · &lt;outage&gt;"}
        office.listing = None
        assert "duty roster" in office.command("list").json()["text"]


def test_ack_can_be_typed() -> None:
    """The same road as the button, without a page id."""
    with at_work() as office:
        assert "王芳" in office.command("ack INC-2031").json()["text"]
    (action,) = office.actions
    assert (action.incident_id, action.page_id, action.user_id) == ("INC-2031", None, "U1")


@pytest.mark.parametrize("text", ["", "help", "ack", "fly"])
def test_anything_else_gets_help_in_both_languages(text: str) -> None:
    """Nobody has to know the manual at night."""
    with at_work() as office:
        answer = office.command(text).json()["text"]
    assert "查看未关闭的事件" in answer
    assert "acknowledge an incident" in answer


def test_a_command_that_fails_says_so() -> None:
    """The store is away: the answer says that nothing was recorded."""
    with at_work() as office:
        office.outcome = Unavailable("database away")
        assert "NOT recorded" in office.command("ack INC-2031").json()["text"]


def test_a_command_without_a_sender_is_malformed() -> None:
    """Slack always names the user."""
    with at_work() as office:
        assert office.post("/slack/commands", b"text=list").status_code == 400


def test_a_verdict_on_a_signal_is_read_from_the_menu() -> None:
    """With the incident it is about; a verdict nobody knows is refused."""
    chosen = {"action_id": "judge", "type": "overflow", "action_ts": "1770000000.1",
              "selected_option": {"value": '{"incident":"INC-1","verdict":"not_useful"}'}}  # fmt: skip
    payload = {"type": "block_actions", "actions": [chosen], "user": {"id": "U1", "username": "wang"}}
    action = parse_action(payload)
    assert action is not None
    assert (action.action, action.incident_id, action.user_id) == ("not_useful", "INC-1", "U1")
    chosen["selected_option"] = {"value": '{"incident":"INC-1","verdict":"meh"}'}
    with pytest.raises(BadInput):
        parse_action(payload)
