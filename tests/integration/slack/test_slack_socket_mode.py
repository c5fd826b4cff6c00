"""Socket Mode over a real WebSocket: hello, a press, a command, redelivery, Slack's own reconnect, a lost line."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Queue
from urllib.parse import parse_qsl

import pytest
from slack_driver import WAIT, SocketModeServer, block_actions, command_body, deliver

from notifiers.slack.blocks import render
from notifiers.slack.desk import SlackDesk
from notifiers.slack.interactions import ActionOutcome, Listing, Result, SlackAction
from notifiers.slack.notifier import web_client
from notifiers.slack.replies import Responder
from notifiers.slack.settings import SlackSettings
from notifiers.slack.socket import SlackSocket
from notifiers.testing import sample

pytestmark = pytest.mark.integration


@contextmanager
def listening(server: SocketModeServer, act: Callable[[SlackAction], ActionOutcome]) -> Iterator[SlackSocket]:
    settings = SlackSettings(bot_token="xoxb-1", app_token="xapp-1", base_url=f"{server.api.url}/api/", timeout=5)
    desk = SlackDesk(act, lambda _: Listing("zh-CN", ("INC-2031 一级",)), Responder(web_client(settings)))
    socket = SlackSocket(settings, desk)
    socket.start()
    try:
        yield socket
    finally:
        socket.close()


def press(server: SocketModeServer) -> dict[str, object]:
    message = {"type": "message", "ts": "1.5", "text": "x", "blocks": list(render(sample()).blocks)}
    return block_actions(message, "D1", f"{server.api.url}/respond")


def test_presses_and_commands_arrive_and_survive_slacks_reconnects() -> None:
    """One story over one link, as it goes in a night."""
    acted: Queue[SlackAction] = Queue()

    def act(action: SlackAction) -> ActionOutcome:
        acted.put(action)
        return ActionOutcome(Result.DONE, by="王芳")

    with SocketModeServer() as slack, listening(slack, act) as socket:
        first = slack.connected()

        deliver(first, "interactive", "e1", press(slack))
        assert acted.get(timeout=WAIT).page_id == "pg-77"
        assert slack.confirmed() == {"envelope_id": "e1"}

        deliver(first, "interactive", "e1", press(slack))
        assert slack.confirmed() == {"envelope_id": "e1"}
        assert acted.empty()

        deliver(first, "slash_commands", "e2", dict(parse_qsl(command_body("list").decode())))
        answer = slack.confirmed()
        assert answer["envelope_id"] == "e2"
        assert answer["payload"] == {"response_type": "ephemeral", "text": "• INC-2031 一级"}

        first.send('{"type":"disconnect","reason":"refresh_requested"}')
        second = slack.connected()
        deliver(second, "interactive", "e3", press(slack))
        assert slack.confirmed() == {"envelope_id": "e3"}
        assert acted.get(timeout=WAIT).incident_id == "INC-2031"

        second.close()
        assert socket.keepalive()
        third = slack.connected()
        deliver(third, "interactive", "e4", press(slack))
        assert slack.confirmed() == {"envelope_id": "e4"}
        assert not socket.stale


def test_what_was_not_stored_is_not_confirmed() -> None:
    """A service that breaks leaves the envelope to Slack, which delivers it again."""
    tries: Queue[int] = Queue()

    def act(_: SlackAction) -> ActionOutcome:
        tries.put(1)
        if tries.qsize() == 1:
            raise ConnectionError
        return ActionOutcome(Result.DONE, by="王芳")

    with SocketModeServer() as slack, listening(slack, act):
        line = slack.connected()
        deliver(line, "interactive", "e1", press(slack))
        deliver(line, "events_api", "e2", {"type": "event_callback"})
        assert slack.confirmed() == {"envelope_id": "e2"}
        deliver(line, "interactive", "e1", press(slack))
        assert slack.confirmed() == {"envelope_id": "e1"}
