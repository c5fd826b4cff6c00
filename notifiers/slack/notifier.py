"""Sends messages to Slack: a direct message, a channel message, or an edit of one sent before."""

from collections import OrderedDict
from threading import Lock
from typing import ClassVar

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from incident.domain.message import Message, Receipt
from notifiers.slack.blocks import Rendered, render
from notifiers.slack.errors import FAILURES, GONE, code, told
from notifiers.slack.settings import SlackSettings

_REMEMBERED = 1000


def web_client(settings: SlackSettings) -> WebClient:
    """A client of Slack's Web API that never retries by itself: the outbox does, and shows that it does."""
    return WebClient(
        token=settings.bot_token.get_secret_value(),
        base_url=settings.base_url,
        timeout=settings.timeout,
        proxy=settings.proxy.get_secret_value() if settings.proxy else None,
        retry_handlers=[],
    )


class SlackNotifier:
    """Posts to the Slack user or channel id a message is addressed to, or edits in place."""

    kind: ClassVar[str] = "slack"

    def __init__(self, settings: SlackSettings, client: WebClient | None = None) -> None:
        self.settings = settings
        self._client = client or web_client(settings)
        self._posted: OrderedDict[str, str] = OrderedDict()
        self._lock = Lock()

    def send(self, message: Message) -> Receipt:
        """Post or edit one message, then add its files in the thread. Raises SendError."""
        try:
            ref = self._ref_of(message) or self._write(message)
            if message.attachments:
                self._remember(message.id, ref)
                self._attach(message, ref)
        except FAILURES as error:
            raise told(error) from None
        return Receipt(ref=ref)

    def close(self) -> None:
        """Nothing to give back: every call is a connection of its own."""

    def _write(self, message: Message) -> str:
        rendered = render(message)
        channel, _, ts = (message.update or "").partition(":")
        if channel and ts:
            try:
                return self._edit(channel, ts, rendered)
            except SlackApiError as error:
                if code(error) not in GONE:
                    raise
        return self._post(message, rendered)

    def _post(self, message: Message, rendered: Rendered) -> str:
        answer = self._client.chat_postMessage(
            channel=message.to,
            text=rendered.text,
            blocks=rendered.blocks,
            # Slack's own robot opens links to preview them: a signed link must not be opened by a robot.
            unfurl_links=False,
            unfurl_media=False,
            metadata={"event_type": "tocsin_message", "event_payload": {"id": message.id}},
        )
        return f"{answer['channel']}:{answer['ts']}"

    def _edit(self, channel: str, ts: str, rendered: Rendered) -> str:
        answer = self._client.chat_update(channel=channel, ts=ts, text=rendered.text, blocks=rendered.blocks)
        return f"{answer['channel']}:{answer['ts']}"

    def _attach(self, message: Message, ref: str) -> None:
        channel, _, ts = ref.partition(":")
        self._client.files_upload_v2(
            channel=channel,
            thread_ts=ts,
            file_uploads=[
                {"filename": a.filename, "title": a.filename, "content": a.content} for a in message.attachments
            ],
        )
        self._forget(message.id)

    # A report whose files failed is tried again; without this memory its text would be posted twice.
    def _ref_of(self, message: Message) -> str | None:
        with self._lock:
            return self._posted.get(message.id)

    def _remember(self, message_id: str, ref: str) -> None:
        with self._lock:
            self._posted[message_id] = ref
            while len(self._posted) > _REMEMBERED:
                self._posted.popitem(last=False)

    def _forget(self, message_id: str) -> None:
        with self._lock:
            self._posted.pop(message_id, None)
