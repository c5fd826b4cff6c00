"""Plays Slack's part where the emulator has none: signed interactions and Socket Mode."""

import json
import time
from collections.abc import Mapping
from queue import Queue
from threading import Thread
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

from slack_sdk.signature import SignatureVerifier
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from notifiers.testing import Answer, LocalServer

WAIT = 10.0
"""Seconds until a test gives up on something that should happen at once."""


def block_actions(message: Mapping[str, Any], channel: str, response_url: str, user: str = "U0WANG") -> dict[str, Any]:
    """What Slack sends when ``user`` presses the acknowledge button of ``message`` (as history returns it)."""
    pressed = next(
        element
        for block in message["blocks"]
        if block["type"] == "actions"
        for element in block["elements"]
        if element["action_id"] == "ack"
    )
    return {
        "type": "block_actions",
        "user": {"id": user, "username": "wangfang", "name": "wangfang", "team_id": "T1"},
        "api_app_id": "A1",
        "token": "deprecated",
        "container": {
            "type": "message",
            "message_ts": message["ts"],
            "channel_id": channel,
            "is_ephemeral": False,
        },
        "trigger_id": "1.2.3",
        "team": {"id": "T1", "domain": "callcentre"},
        "enterprise": None,
        "is_enterprise_install": False,
        "channel": {"id": channel, "name": "directmessage"},
        "message": dict(message),
        "state": {"values": {}},
        "response_url": response_url,
        "actions": [{**pressed, "block_id": "tocsin-transient-actions", "action_ts": f"{time.time():.6f}"}],
    }


def interaction_body(payload: object) -> bytes:
    """The form body of an interaction."""
    return urlencode({"payload": json.dumps(payload)}).encode()


def command_body(text: str, response_url: str = "https://hooks.slack.com/commands/1") -> bytes:
    """The form body of ``/tocsin text``."""
    fields = {
        "token": "deprecated",
        "team_id": "T1",
        "team_domain": "callcentre",
        "channel_id": "D1",
        "channel_name": "directmessage",
        "user_id": "U0WANG",
        "user_name": "wangfang",
        "command": "/tocsin",
        "text": text,
        "api_app_id": "A1",
        "response_url": response_url,
        "trigger_id": "1.2.3",
    }
    return urlencode(fields).encode()


def signed(body: bytes, secret: str, *, age: int = 0) -> dict[str, str]:
    """The headers of a form request that Slack signed ``age`` seconds ago."""
    stamp = str(int(time.time()) - age)
    mark = SignatureVerifier(secret).generate_signature(timestamp=stamp, body=body)
    return {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": str(mark),
    }


class SocketModeServer:
    """Slack's side of Socket Mode: opens connections, says hello, delivers envelopes, collects confirmations."""

    def __init__(self) -> None:
        self.connections: Queue[ServerConnection] = Queue()
        self.confirmations: Queue[dict[str, Any]] = Queue()
        self._sockets = serve(self._talk, "127.0.0.1", 0, compression=None, close_timeout=0.2)
        self._thread = Thread(target=self._sockets.serve_forever)
        url = f"ws://127.0.0.1:{self._sockets.socket.getsockname()[1]}/link/?ticket=1"
        answer = {"ok": True, "url": url, "channel": "D1", "ts": "1.5"}
        self.api = LocalServer(otherwise=Answer(body=json.dumps(answer).encode()))

    def __enter__(self) -> Self:
        self._thread.start()
        self.api.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.api.__exit__(kind, error, trace)
        self._sockets.shutdown()
        self._thread.join()

    def connected(self) -> ServerConnection:
        """The next connection that Tocsin opens."""
        return self.connections.get(timeout=WAIT)

    def confirmed(self) -> dict[str, Any]:
        """The next confirmation that arrives."""
        return self.confirmations.get(timeout=WAIT)

    def called(self, method: str) -> int:
        """How often an API method was called."""
        return sum(request.path == f"/api/{method}" for request in self.api.received)

    def _talk(self, connection: ServerConnection) -> None:
        hello = {"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A1"}}
        connection.send(json.dumps(hello))
        self.connections.put(connection)
        try:
            for text in connection:
                self.confirmations.put(json.loads(text))
        except ConnectionClosed:
            return


def deliver(connection: ServerConnection, kind: str, envelope_id: str, payload: object) -> None:
    """Send one envelope."""
    envelope = {
        "type": kind,
        "envelope_id": envelope_id,
        "payload": payload,
        "accepts_response_payload": kind == "slash_commands",
    }
    connection.send(json.dumps(envelope))
