"""Socket Mode without a socket: doubles, staleness, and what is confirmed when."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackClientNotConnectedError
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from incident.domain.errors import BadInput, Unavailable
from notifiers.slack.desk import SlackDesk
from notifiers.slack.interactions import ActionOutcome, Result, SlackAction
from notifiers.slack.replies import Responder
from notifiers.slack.settings import SlackSettings
from notifiers.slack.socket import Envelopes, SlackSocket
from notifiers.testing import Answer, LocalServer

OK = Answer(body=b'{"ok":true}')
DONE = ActionOutcome(Result.DONE, by="王芳", at=datetime(2026, 3, 2, 1, 31, tzinfo=UTC))


@dataclass
class Line:
    """A connection, the client and the clock, all by hand."""

    up: bool = False
    calls: list[str] = field(default_factory=list)
    confirmed: list[dict[str, Any]] = field(default_factory=list)
    dead: bool = False
    now: float = 1000.0

    def connect(self) -> None:
        self.calls.append("connect")
        self.up = True

    def is_connected(self) -> bool:
        return self.up

    def connect_to_new_endpoint(self, force: bool = False) -> None:
        self.calls.append("reconnect")
        self.up = True

    def close(self) -> None:
        self.calls.append("close")
        self.up = False

    def send_socket_mode_response(self, response: SocketModeResponse) -> None:
        if self.dead:
            raise SlackClientNotConnectedError("gone")
        self.confirmed.append(response.to_dict())

    @property
    def client(self) -> BaseSocketModeClient:
        return cast("BaseSocketModeClient", self)


def listening(
    line: Line, slack: LocalServer, act: Callable[[SlackAction], ActionOutcome] = lambda _: DONE
) -> SlackSocket:
    web = WebClient(token="xoxb-1", base_url=f"{slack.url}/api/", timeout=2, retry_handlers=[])
    desk = SlackDesk(act, lambda _: None, Responder(web))
    settings = SlackSettings(bot_token="xoxb-1", app_token="xapp-1")
    return SlackSocket(settings, desk, clock=lambda: line.now, client=web, connection=line)


def pressed(envelope_id: str = "e1", **changes: Any) -> SocketModeRequest:
    action = {"action_id": "ack", "value": '{"page":"p1","incident":"INC-1"}', "action_ts": "1770000000.1"}
    payload = {
        "type": "block_actions",
        "user": {"id": "U1"},
        "channel": {"id": "D1"},
        "actions": [action],
        **changes,
    }
    return SocketModeRequest("interactive", envelope_id, payload)


def test_an_envelope_delivered_twice_acts_once_and_is_confirmed_twice() -> None:
    """The first confirmation may have been lost on the way."""
    line, seen = Line(), list[SlackAction]()
    with LocalServer(otherwise=OK) as slack:
        socket = listening(line, slack, lambda action: seen.append(action) or DONE)
        socket.receive(line.client, pressed())
        socket.receive(line.client, pressed())
    assert len(seen) == 1
    assert line.confirmed == [{"envelope_id": "e1"}, {"envelope_id": "e1"}]


def test_an_envelope_that_could_not_be_stored_is_not_confirmed_and_may_come_again() -> None:
    """Slack then warns the clicker, and a redelivery gets its chance."""
    line, outcomes = Line(), [Unavailable("database away"), DONE]

    def act(_: SlackAction) -> ActionOutcome:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    with LocalServer(otherwise=OK) as slack:
        socket = listening(line, slack, act)
        socket.receive(line.client, pressed())
        assert line.confirmed == []
        socket.receive(line.client, pressed())
    assert line.confirmed == [{"envelope_id": "e1"}]


def test_a_crash_in_the_service_leaves_the_envelope_open() -> None:
    """A bug must not turn into a silently lost acknowledgement."""
    line = Line()

    def act(_: SlackAction) -> ActionOutcome:
        raise RuntimeError

    with LocalServer(otherwise=OK) as slack:
        socket = listening(line, slack, act)
        for _ in range(2):
            with pytest.raises(RuntimeError):
                socket.receive(line.client, pressed())
    assert line.confirmed == []


def test_a_connection_lost_before_the_confirmation_does_not_undo_the_action() -> None:
    """The redelivery finds it done."""
    line, seen = Line(dead=True), list[SlackAction]()
    with LocalServer(otherwise=OK) as slack:
        socket = listening(line, slack, lambda action: seen.append(action) or DONE)
        socket.receive(line.client, pressed())
        line.dead = False
        socket.receive(line.client, pressed())
    assert len(seen) == 1
    assert line.confirmed == [{"envelope_id": "e1"}]


def test_a_command_is_answered_in_the_confirmation() -> None:
    """One trip, seen by the sender only."""
    line = Line()
    with LocalServer(otherwise=OK) as slack:
        request = SocketModeRequest("slash_commands", "e1", {"text": "help", "user_id": "U1"})
        listening(line, slack).receive(line.client, request)
    assert line.confirmed[0]["payload"]["response_type"] == "ephemeral"


@pytest.mark.parametrize(
    "request_",
    [
        pressed(user=None),
        SocketModeRequest("slash_commands", "e1", {"text": "help"}),
        SocketModeRequest("events_api", "e1", {"type": "event_callback"}),
    ],
)
def test_what_cannot_be_dealt_with_is_confirmed_so_that_it_goes_away(request_: SocketModeRequest) -> None:
    """Slack would deliver it again and again."""
    line = Line()
    with LocalServer(otherwise=OK) as slack:
        listening(line, slack).receive(line.client, request_)
    assert line.confirmed == [{"envelope_id": "e1"}]


def test_it_is_stale_until_connected_and_when_the_keepalive_fails_for_long() -> None:
    """One lost keepalive is weather, several in a row are an alarm."""
    line, away = Line(), Answer(503)
    with LocalServer(OK, away, away, away, OK) as slack:
        socket = listening(line, slack)
        assert socket.stale
        assert socket.keepalive()
        assert not socket.stale
        stale = []
        for _ in range(3):
            line.now += 60
            assert not socket.keepalive()
            stale.append(socket.stale)
        assert stale == [False, False, True]
        assert socket.keepalive()
        assert not socket.stale


def test_the_watchdog_reconnects_what_is_down() -> None:
    """The first time it connects, later it opens a new endpoint; a standing connection is left alone."""
    line = Line()
    with LocalServer(otherwise=OK) as slack:
        socket = listening(line, slack)
        socket.keepalive()
        socket.keepalive()
        line.up = False
        assert socket.stale
        socket.keepalive()
        assert not socket.stale
    assert line.calls == ["connect", "reconnect"]


def test_it_starts_without_waiting_and_closes_without_hanging() -> None:
    """Slack being away at start-up must not keep the centre from starting."""
    line = Line()
    with LocalServer(otherwise=Answer(503)) as slack:
        socket = listening(line, slack)
        socket.start()
        socket.close()
        assert socket.stale
    assert line.calls[-1] == "close"


def test_without_an_app_token_it_says_where_to_get_one() -> None:
    """The error names field and remedy."""
    with LocalServer(otherwise=OK) as slack:
        web = WebClient(token="xoxb-1", base_url=f"{slack.url}/api/")
        desk = SlackDesk(lambda _: DONE, lambda _: None, Responder(web))
        with pytest.raises(BadInput, match="app_token"):
            SlackSocket(SlackSettings(bot_token="xoxb-1"), desk)


def test_the_memory_of_envelopes_is_bounded() -> None:
    """A thousand are remembered; one in progress is neither new nor done."""
    envelopes = Envelopes()
    assert envelopes.begin("e0") is None
    assert envelopes.begin("e0") is False
    envelopes.end("e0", done=True)
    assert envelopes.begin("e0") is True
    for n in range(1, 1001):
        envelopes.begin(f"e{n}")
        envelopes.end(f"e{n}", done=True)
    assert envelopes.begin("e0") is None
