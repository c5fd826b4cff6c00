"""The same signed requests to Slack's own framework and to Tocsin: both must judge alike."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from slack_bolt import Ack, App, BoltRequest
from slack_driver import block_actions, command_body, interaction_body, signed
from slack_sdk import WebClient

from notifiers.slack.blocks import render
from notifiers.slack.desk import SlackDesk
from notifiers.slack.interactions import ActionOutcome, Result, SlackAction
from notifiers.slack.replies import Responder
from notifiers.slack.web import slack_router
from notifiers.testing import Answer, LocalServer, sample

pytestmark = pytest.mark.integration
SECRET = "integration-signing-secret"
OK = Answer(body=b'{"ok":true,"user_id":"U1","bot_id":"B1","team_id":"T1","channel":"D1","ts":"1.5"}')


@dataclass
class Both:
    """Bolt as the reference, and Tocsin's router."""

    bolt: App
    app: FastAPI
    slack: LocalServer
    bolt_heard: list[str]
    heard: list[str]

    def judge(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, int]:
        """The two status codes."""
        reference = self.bolt.dispatch(BoltRequest(body=body.decode(), headers=headers)).status
        return reference, asyncio.run(self._ours(path, body, headers))

    async def _ours(self, path: str, body: bytes, headers: dict[str, str]) -> int:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://t") as client:
            return (await client.post(path, content=body, headers=headers)).status_code


@pytest.fixture
def both() -> Iterator[Both]:
    with LocalServer(otherwise=OK) as slack:
        client = WebClient(token="xoxb-1", base_url=f"{slack.url}/api/", timeout=5, retry_handlers=[])
        bolt = App(client=client, signing_secret=SECRET, token_verification_enabled=False)
        heard: list[str] = []
        bolt_heard: list[str] = []

        @bolt.action("ack")
        def pressed(ack: Ack, action: dict[str, str]) -> None:
            ack()
            bolt_heard.append(action["value"])

        @bolt.command("/tocsin")
        def typed(ack: Ack, command: dict[str, str]) -> None:
            ack("done")
            bolt_heard.append(command["text"])

        def act(action: SlackAction) -> ActionOutcome:
            heard.append(f'{{"page":"{action.page_id}","incident":"{action.incident_id}"}}')
            return ActionOutcome(Result.DONE, by="王芳")

        app = FastAPI()
        desk = SlackDesk(act, lambda _: None, Responder(client))
        app.include_router(slack_router(SecretStr(SECRET), desk))
        yield Both(bolt, app, slack, bolt_heard, heard)


def press(both: Both) -> bytes:
    message = {"type": "message", "ts": "1.5", "text": "x", "blocks": list(render(sample()).blocks)}
    return interaction_body(block_actions(message, "D1", f"{both.slack.url}/respond"))


def test_a_press_that_slacks_framework_takes_is_taken(both: Both) -> None:
    """Both accept it and read the same value from it."""
    body = press(both)
    assert both.judge("/slack/interactions", body, signed(body, SECRET)) == (200, 200)
    assert both.heard == both.bolt_heard == ['{"page":"pg-77","incident":"INC-2031"}']


def test_a_command_that_slacks_framework_takes_is_taken(both: Both) -> None:
    """The form of a slash command is read alike."""
    body = command_body("help")
    assert both.judge("/slack/commands", body, signed(body, SECRET)) == (200, 200)
    assert both.bolt_heard == ["help"]


@pytest.mark.parametrize("trouble", ["wrong secret", "too old", "from the future", "changed body", "no signature"])
def test_what_slacks_framework_refuses_is_refused(both: Both, trouble: str) -> None:
    """401 from both, and neither acts."""
    body = press(both)
    headers = {
        "wrong secret": signed(body, "another-secret"),
        "too old": signed(body, SECRET, age=400),
        "from the future": signed(body, SECRET, age=-400),
        "changed body": signed(body + b"&x=1", SECRET),
        "no signature": {"Content-Type": "application/x-www-form-urlencoded"},
    }[trouble]
    assert both.judge("/slack/interactions", body, headers) == (401, 401)
    assert both.heard == both.bolt_heard == []
