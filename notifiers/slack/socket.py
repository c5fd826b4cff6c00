"""Socket Mode: Slack's buttons and commands over a connection that Tocsin opens, without a public address.

Slack recycles connections every few hours, and a connection can stay open while nothing arrives any more.
A watchdog therefore asks ``auth.test`` every minute, reconnects what is down, and raises ``stale``.
"""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Event, Lock, Thread
from typing import Protocol

from slack_sdk import WebClient
from slack_sdk.errors import SlackClientError
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from incident.domain.errors import BadInput
from notifiers.slack.desk import Handled, SlackDesk
from notifiers.slack.errors import FAILURES, told
from notifiers.slack.notifier import web_client
from notifiers.slack.settings import SlackSettings

log = logging.getLogger(__name__)

KEEPALIVE = 60.0
STALE_AFTER = 150.0
"""Seconds without a good keepalive: two lost in a row, and a little."""

_REMEMBERED = 1000


class Connection(Protocol):
    """The part of slack_sdk's SocketModeClient that is used here."""

    def connect(self) -> None:
        """Open the first connection."""

    def is_connected(self) -> bool:
        """Whether a connection stands."""

    def connect_to_new_endpoint(self, force: bool = False) -> None:
        """Open a new connection unless one stands."""

    def close(self) -> None:
        """Close for good."""


class Envelopes:
    """Remembers which envelopes are dealt with: Slack delivers again what it thinks was not received."""

    def __init__(self) -> None:
        self._done: OrderedDict[str, bool] = OrderedDict()
        self._lock = Lock()

    def begin(self, envelope_id: str) -> bool | None:
        """None: new, deal with it. True: done before. False: another thread is at it."""
        with self._lock:
            state = self._done.get(envelope_id)
            if state is None:
                self._done[envelope_id] = False
                while len(self._done) > _REMEMBERED:
                    self._done.popitem(last=False)
            return state

    def end(self, envelope_id: str, *, done: bool) -> None:
        """Keep an envelope as done, or forget it, so that it may come again."""
        with self._lock:
            if done:
                self._done[envelope_id] = True
            else:
                self._done.pop(envelope_id, None)


class SlackSocket:
    """A Socket Mode receiver. ``start`` returns at once; connecting goes on in the background until ``close``."""

    def __init__(
        self,
        settings: SlackSettings,
        desk: SlackDesk,
        *,
        keepalive: float = KEEPALIVE,
        stale_after: float = STALE_AFTER,
        clock: Callable[[], float] = time.monotonic,
        client: WebClient | None = None,
        connection: Connection | None = None,
    ) -> None:
        if settings.app_token is None:
            raise BadInput("slack.app_token: is missing", remedy="Socket Mode needs it, see docs/slack.md")
        self._web = client or web_client(settings)
        self._desk = desk
        self._keepalive_every = keepalive
        self._stale_after = stale_after
        self._clock = clock
        self._last_good: float | None = None
        self._started = False
        self._envelopes = Envelopes()
        self._stop = Event()
        self._connection = connection or self._open(settings.app_token.get_secret_value())
        self._watchdog = Thread(target=self._watch, name="slack-socket-watchdog", daemon=True)

    @property
    def stale(self) -> bool:
        """Whether buttons may be going unheard: no connection, or no good keepalive for too long."""
        if self._last_good is None or not self._connection.is_connected():
            return True
        return self._clock() - self._last_good > self._stale_after

    def start(self) -> None:
        """Begin connecting. Neither blocks nor raises: ``stale`` tells how it goes."""
        self._watchdog.start()

    def close(self) -> None:
        """Stop the watchdog and close the connection."""
        self._stop.set()
        if self._watchdog.is_alive():
            self._watchdog.join()
        self._connection.close()

    def keepalive(self) -> bool:
        """One round of the watchdog: mend the connection, ask ``auth.test``. Whether Slack answered."""
        try:
            self._mend()
            self._web.auth_test()
        except FAILURES as error:
            log.warning("slack_socket_keepalive_failed reason=%s", told(error))
            return False
        self._last_good = self._clock()
        return True

    def receive(self, client: BaseSocketModeClient, request: SocketModeRequest) -> None:
        """Deal with one envelope: store first, then tell Slack, then answer the person."""
        before = self._envelopes.begin(request.envelope_id)
        if before is False:
            return
        if before is True:
            self._confirm(client, request.envelope_id)
            return
        handled, payload = Handled(accepted=False), None
        try:
            handled, payload = self._deal(request)
        finally:
            # Done as soon as it is stored: a repeat that comes while the person is being answered finds it so.
            self._envelopes.end(request.envelope_id, done=handled.accepted)
        if handled.accepted:
            self._confirm(client, request.envelope_id, payload)
        if handled.follow_up:
            handled.follow_up()

    def _open(self, app_token: str) -> SocketModeClient:
        client = SocketModeClient(app_token=app_token, web_client=self._web, proxy=self._web.proxy)
        client.socket_mode_request_listeners.append(self.receive)
        return client

    def _watch(self) -> None:
        while not self._stop.is_set():
            self.keepalive()
            self._stop.wait(self._keepalive_every)

    def _mend(self) -> None:
        if not self._started:
            self._connection.connect()
            self._started = True
        elif not self._connection.is_connected():
            self._connection.connect_to_new_endpoint()

    def _deal(self, request: SocketModeRequest) -> tuple[Handled, dict[str, str] | None]:
        try:
            if request.type == "slash_commands":
                return Handled(accepted=True), self._desk.command(request.payload)
            if request.type == "interactive":
                return self._desk.interact(request.payload), None
        except BadInput as error:
            log.warning("slack_socket_bad_payload reason=%s", error.message)
        # Not for us, or malformed: confirmed, or Slack would deliver it again and again.
        return Handled(accepted=True), None

    def _confirm(self, client: BaseSocketModeClient, envelope_id: str, payload: dict[str, str] | None = None) -> None:
        try:
            client.send_socket_mode_response(SocketModeResponse(envelope_id, payload))
        except (SlackClientError, OSError):
            # The connection went away in between; Slack delivers the envelope again and finds it done.
            log.warning("slack_socket_confirm_failed")
