"""The whole road with Slack at its end: page, board, button, answer, silence."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from slack_driver import block_actions, interaction_body, signed
from slack_sdk import WebClient

from config.settings import load_settings
from config.slackside import slack_side
from config.wiring import build
from incident.domain.words import Degree
from notifiers.testing import Answer, LocalServer
from tests.harness import Stage, cast_of_defaults

pytestmark = pytest.mark.integration
SECRET = "integration-signing-secret"


class SlackStage(Stage):
    """The stage with the real Slack notifier in place of the recording one."""

    def _build(self) -> Any:
        settings = load_settings(self.home / "tocsin.yaml", **self.settings)
        return build(settings, clock=self.clock, sending_threads=0)


@pytest.fixture
def people(onlooker: WebClient) -> dict[str, str]:
    """Slack user ids by name."""
    return {member["name"]: member["id"] for member in onlooker.users_list()["members"]}


@pytest.fixture
def channel(onlooker: WebClient) -> str:
    """The incidents channel."""
    return next(str(c["id"]) for c in onlooker.conversations_list()["channels"] if c["name"] == "incidents")


@pytest.fixture
def stage(tmp_path: Path, emulator: str, people: dict[str, str], channel: str) -> SlackStage:
    """A house in which the service supervisor is Wang Fang in Slack and the deputy is Li Lei."""
    cast = cast_of_defaults()
    start = SlackStage(
        tmp_path, people=cast, start=Stage(tmp_path / "probe").clock.now(),
        slack={"bot_token": "xoxb-tocsin", "signing_secret": SECRET, "base_url": f"{emulator}/api/"},
        board={"via": "slack", "channel": channel},
    )  # fmt: skip
    plan_head = start.system.rules.roster.holders("service_supervisor", start.clock.now())[0].id
    cast = cast.replace(f"via: slack, to: {plan_head}}}", f"via: slack, to: {people['wangfang']}}}")
    (tmp_path / "people.yaml").write_text(cast, "utf-8")
    start.restart()
    return start


def first_page(stage: SlackStage, onlooker: WebClient) -> dict[str, Any]:
    """The first delivered page, as Slack has it."""
    delivered = next(page for page in stage.incident().pages.values() if page.ref)
    place, _, ts = delivered.ref.partition(":")
    return dict(onlooker.conversations_history(channel=place, latest=ts, inclusive=True, limit=1)["messages"][0])


def test_a_button_in_slack_stops_the_calls_and_the_board_says_so(
    stage: SlackStage, onlooker: WebClient, people: dict[str, str], channel: str
) -> None:
    """A page arrives as a direct message, its button acknowledges, the board is edited, nobody else is called."""
    boards = len(onlooker.conversations_history(channel=channel)["messages"])
    stage.send(stage.signal(impact=Degree.LOW, urgency=Degree.LOW))
    page = first_page(stage, onlooker)

    side = slack_side(stage.system)
    app = FastAPI()
    app.include_router(side.routers[0])
    with LocalServer(otherwise=Answer()) as hooks:
        payload = block_actions(page, "D1", f"{hooks.url}/response", user=people["wangfang"])
        codes = [asyncio.run(_post(app, payload)) for _ in range(2)]
    stage.system.step()
    answered = stage.incident()
    pages = len(answered.pages)
    stage.push(minutes=4)

    assert codes == [200, 200]
    assert answered.acknowledged
    assert all(call.closed for call in answered.calls.values())
    assert len(stage.incident().pages) == pages
    messages = onlooker.conversations_history(channel=channel)["messages"]
    assert len(messages) == boards + 1
    assert "已响应" in str(messages[0])


def test_a_stranger_in_slack_can_answer_nothing(stage: SlackStage, onlooker: WebClient) -> None:
    """A Slack user who is not on the roster presses the button: told so, and the call goes on."""
    stage.send(stage.signal(impact=Degree.LOW, urgency=Degree.LOW))
    page = first_page(stage, onlooker)
    app = FastAPI()
    app.include_router(slack_side(stage.system).routers[0])
    with LocalServer(otherwise=Answer()) as hooks:
        code = asyncio.run(_post(app, block_actions(page, "D1", f"{hooks.url}/response", user="U0STRANGER")))

    assert code == 200
    assert not stage.incident().acknowledged


async def _post(app: FastAPI, payload: dict[str, Any]) -> int:
    body = interaction_body(payload)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://t") as client:
        return (await client.post("/slack/interactions", content=body, headers=signed(body, SECRET))).status_code
