"""Pages, boards and reports against an emulator of Slack's Web API, with the scopes of the shipped manifest."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from slack_driver import block_actions, interaction_body, signed
from slack_sdk import WebClient

from incident.domain.message import Attachment, MessageKind, SendError
from notifiers.refusals import utc_now
from notifiers.slack.desk import SlackDesk
from notifiers.slack.interactions import ActionOutcome, Result, SlackAction
from notifiers.slack.notifier import SlackNotifier, web_client
from notifiers.slack.replies import Responder
from notifiers.slack.settings import SlackSettings
from notifiers.slack.web import slack_router
from notifiers.testing import Answer, LocalServer, sample

pytestmark = pytest.mark.integration
SECRET = "integration-signing-secret"
BOT = "xoxb-tocsin"


def settings(emulator: str, token: str = BOT) -> SlackSettings:
    return SlackSettings(bot_token=token, base_url=f"{emulator}/api/", timeout=5)


def user(onlooker: WebClient, name: str) -> str:
    return next(u["id"] for u in onlooker.users_list()["members"] if u["name"] == name)


def channel(onlooker: WebClient, name: str) -> str:
    found = onlooker.conversations_list()["channels"]
    return next(c["id"] for c in found if c["name"] == name)


def message_at(onlooker: WebClient, ref: str) -> dict[str, Any]:
    place, _, ts = ref.partition(":")
    history = onlooker.conversations_history(channel=place, latest=ts, inclusive=True, limit=1)
    return dict(history["messages"][0])


def test_a_page_reaches_the_person_with_its_button(emulator: str, onlooker: WebClient) -> None:
    """Blocks, text and metadata come back from Slack as they were sent."""
    receipt = SlackNotifier(settings(emulator)).send(sample(to=user(onlooker, "wangfang"), drill=True))
    message = message_at(onlooker, receipt.ref)
    assert message["text"].startswith("【演练】电话平台无法接入")
    assert [block["type"] for block in message["blocks"]].count("actions") == 1
    assert "【演练】" in json.dumps(message["blocks"][0], ensure_ascii=False)


def test_the_board_is_one_message_however_often_it_changes(emulator: str, onlooker: WebClient) -> None:
    """Three states, one message; deleted by somebody, it comes back."""
    notifier, place = SlackNotifier(settings(emulator)), channel(onlooker, "incidents")
    board = {"kind": MessageKind.BOARD, "to": place, "page_id": None}
    before = len(onlooker.conversations_history(channel=place)["messages"])
    first = notifier.send(sample(**board, title="等待确认"))
    for state in ("处置中", "已恢复"):
        assert notifier.send(sample(**board, title=state, update=first.ref)) == first
    assert len(onlooker.conversations_history(channel=place)["messages"]) == before + 1
    assert "已恢复" in message_at(onlooker, first.ref)["text"]
    web_client(settings(emulator)).chat_delete(channel=place, ts=first.ref.partition(":")[2])
    second = notifier.send(sample(**board, title="已恢复", update=first.ref))
    assert second != first
    assert "已恢复" in message_at(onlooker, second.ref)["text"]


def test_a_reports_file_lands_in_its_thread(emulator: str, onlooker: WebClient) -> None:
    """The file is shared below the message, under its Chinese name."""
    place = channel(onlooker, "incidents")
    report = Attachment("事件报告.html", "text/html", "<p>原因、过程、善后</p>".encode())
    message = sample(kind=MessageKind.REPORT, to=place, attachments=(report,))
    receipt = SlackNotifier(settings(emulator)).send(message)
    replies = onlooker.conversations_replies(channel=place, ts=receipt.ref.partition(":")[2])["messages"]
    names = [file["name"] for reply in replies for file in reply.get("files", ())]
    assert names == ["事件报告.html"]


def test_slacks_refusals_are_told_apart(emulator: str, onlooker: WebClient) -> None:
    """No such channel, an archived one, a token without the scope: all for good."""
    old = channel(onlooker, "old-incidents")
    onlooker.conversations_archive(channel=old)
    for token, to, reason, detail in (
        (BOT, "C0NOWHERE", "bad_address", "channel_not_found"),
        (BOT, old, "bad_address", "is_archived"),
        ("xoxb-powerless", channel(onlooker, "incidents"), "unauthorized", "missing_scope"),
    ):
        with pytest.raises(SendError) as caught:
            SlackNotifier(settings(emulator, token)).send(sample(to=to))
        assert (caught.value.reason, caught.value.detail) == (reason, detail)
        assert caught.value.permanent


def test_pressing_the_button_changes_the_page_for_its_reader(emulator: str, onlooker: WebClient) -> None:
    """Page, signed press, stored, and the direct message then shows who has it instead of a button."""
    receipt = SlackNotifier(settings(emulator)).send(sample(to=user(onlooker, "wangfang")))
    place = receipt.ref.partition(":")[0]
    stored: list[SlackAction] = []

    def act(action: SlackAction) -> ActionOutcome:
        stored.append(action)
        return ActionOutcome(Result.DONE, "zh-CN", by="王芳", at=utc_now())

    app = FastAPI()
    desk = SlackDesk(act, lambda _: None, Responder(web_client(settings(emulator))))
    app.include_router(slack_router(SecretStr(SECRET), desk))
    # The emulator has no response_url; an expired one makes Tocsin edit the message itself.
    with LocalServer(otherwise=Answer(404)) as expired:
        payload = block_actions(message_at(onlooker, receipt.ref), place, f"{expired.url}/respond")
        body = interaction_body(payload)
        assert asyncio.run(post(app, body)) == 200
    assert [(action.incident_id, action.page_id) for action in stored] == [("INC-2031", "pg-77")]
    message = message_at(onlooker, receipt.ref)
    assert "王芳 已于" in message["text"]
    assert "actions" not in [block["type"] for block in message["blocks"]]


async def post(app: FastAPI, body: bytes) -> int:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://tocsin") as client:
        answer = await client.post("/slack/interactions", content=body, headers=signed(body, SECRET))
        return answer.status_code
