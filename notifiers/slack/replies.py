"""Answers to people in Slack: the changed message after an acknowledgement, and words only the clicker sees."""

import logging
from collections.abc import Callable
from datetime import datetime

from slack_sdk import WebClient
from slack_sdk.webhook import WebhookClient

from incident.domain.message import SendError
from incident.i18n import LANGUAGES, nearest, translator
from notifiers.refusals import from_status
from notifiers.slack.blocks import SECTION, acknowledged, escape
from notifiers.slack.errors import FAILURES, told
from notifiers.slack.interactions import ActionOutcome, Listing, Result, SlackAction
from notifiers.wording import on_clock

log = logging.getLogger(__name__)

_TEXTS = {
    Result.DONE: "Acknowledged by {by} at {at}",
    Result.ALREADY: "Already acknowledged by {by} at {at}",
    Result.NOTED: "Noted: {detail}",
    Result.REFUSED: "Not recorded: {detail}",
    Result.UNKNOWN_USER: "Not recorded: your Slack account is not in the duty roster. "
    "Use the link in the message, or ask the administrator to add you to people.yaml.",
    Result.FAILED: "NOT recorded: Tocsin could not save your answer. Use the link in the message or phone the lead.",
}
_HELP = "`/tocsin list` — open incidents\n`/tocsin ack ID` — acknowledge an incident\n`/tocsin help` — this help"

Failure = Callable[[SlackAction, SendError], None]


def log_failure(action: SlackAction, error: SendError) -> None:
    """The default record of an answer that did not reach Slack."""
    log.warning("slack_reply_failed incident=%s reason=%s", action.incident_id, error)


def said(outcome: ActionOutcome) -> str:
    """An outcome in words. Where the person's language can't be known, in both."""
    english = _TEXTS[outcome.result]
    if outcome.result in {Result.UNKNOWN_USER, Result.FAILED}:
        return _both(english)
    text = translator(nearest(outcome.language))(english)
    return text.format(by=outcome.by, at=_clock(outcome.at, outcome.timezone), detail=outcome.detail)


def listed(listing: Listing | None) -> str:
    """Open incidents as Slack text; None stands for a Slack user nobody knows."""
    if listing is None:
        return said(ActionOutcome(Result.UNKNOWN_USER))
    if not listing.lines:
        return translator(nearest(listing.language))("No open incidents.")
    return escape("\n".join(f"• {line}" for line in listing.lines), SECTION)


def help_text() -> str:
    """What ``/tocsin`` can do, in both languages."""
    return _both(_HELP)


class Responder:
    """Brings answers to Slack, best effort: what fails is reported to ``on_failure`` and never raised.

    The acknowledgement itself is safe in the log by then; a button that stays is a blemish, not a loss.
    """

    def __init__(self, client: WebClient, on_failure: Failure = log_failure) -> None:
        self._client = client
        self._on_failure = on_failure

    def answer(self, action: SlackAction, outcome: ActionOutcome) -> None:
        """Show the outcome: in the message itself when it is acknowledged, else to the clicker alone."""
        if outcome.result in {Result.DONE, Result.ALREADY} and action.blocks:
            self._replace(action, said(outcome))
        else:
            self._whisper(action, said(outcome))

    def _replace(self, action: SlackAction, line: str) -> None:
        blocks = acknowledged(action.blocks, line)
        text = f"{escape(line, 500)}\n{action.text}"[:SECTION]

        def edit() -> None:
            self._client.chat_update(channel=action.channel_id, ts=action.message_ts, text=text, blocks=blocks)

        self._first_that_works(
            action, lambda: self._respond(action, text=text, blocks=blocks, replace_original=True), edit
        )

    def _whisper(self, action: SlackAction, line: str) -> None:
        text = escape(line, SECTION)

        def post() -> None:
            self._client.chat_postEphemeral(channel=action.channel_id, user=action.user_id, text=text)

        self._first_that_works(
            action,
            lambda: self._respond(action, text=text, response_type="ephemeral", replace_original=False),
            post,
        )

    def _respond(self, action: SlackAction, **content: object) -> None:
        webhook = WebhookClient(
            action.response_url, timeout=self._client.timeout, proxy=self._client.proxy, retry_handlers=[]
        )
        answer = webhook.send_dict({name: value for name, value in content.items() if value is not None})
        if answer.status_code != 200:
            raise from_status(answer.status_code)

    def _first_that_works(self, action: SlackAction, *ways: Callable[[], None]) -> None:
        error = SendError("unreachable", permanent=False)
        for way in ways:
            try:
                way()
            except SendError as failed:
                error = failed
            except FAILURES as failed:
                error = told(failed)
            else:
                return
        self._on_failure(action, error)


def _both(english: str) -> str:
    return "\n\n".join(translator(language)(english) for language in LANGUAGES)


def _clock(at: datetime | None, timezone: str) -> str:
    return f"{on_clock(at, timezone):%H:%M:%S}" if at else "—"
