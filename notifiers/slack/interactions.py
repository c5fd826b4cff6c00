"""What people do in Slack, read from Slack's payloads: button presses and ``/tocsin`` commands.

Payload shapes: docs.slack.dev/reference/interaction-payloads/block_actions-payload and
docs.slack.dev/interactivity/implementing-slash-commands.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qs

from slack_sdk.signature import SignatureVerifier

from incident.domain.errors import BadInput
from incident.domain.said import said
from notifiers.slack.blocks import ACK, JUDGE, VERDICTS

_LONGEST_ID = 128


@dataclass(frozen=True, slots=True)
class SlackAction:
    """Somebody pressed a button (or typed ``/tocsin ack ID``: then ``page_id`` and the message are absent).

    ``action`` is ``ack``, ``useful`` or ``not_useful``.

    ``trigger_at`` is when Slack saw it. ``response_url`` is good for five answers within 30 minutes.
    ``channel_id``, ``message_ts``, ``text`` and ``blocks`` are the message that carried the button.
    """

    action: str
    incident_id: str
    page_id: str | None
    user_id: str
    user_name: str
    response_url: str
    trigger_at: datetime
    channel_id: str = ""
    message_ts: str = ""
    text: str = ""
    blocks: tuple[Mapping[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class SlackCommand:
    """``/tocsin VERB ARGUMENT``."""

    verb: str
    argument: str
    user_id: str
    user_name: str
    response_url: str


class Result(StrEnum):
    """What became of an action."""

    DONE = "done"
    NOTED = "noted"  # a verdict was kept; ``detail`` says on what
    ALREADY = "already"  # somebody did it before; ``by`` says who
    REFUSED = "refused"  # may not, or makes no sense any more; ``detail`` says why
    UNKNOWN_USER = "unknown_user"  # the Slack user is nobody in the roster
    FAILED = "failed"  # could not be recorded


@dataclass(frozen=True, slots=True)
class ActionOutcome:
    """The answer to an action. ``by`` is a name to show; ``detail`` is in ``language`` and redacted."""

    result: Result
    language: str = "zh-CN"
    by: str = ""
    at: datetime | None = None
    timezone: str = "Asia/Shanghai"
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """The answer to ``/tocsin list``: open incidents, one redacted line each, in the asker's language."""

    language: str
    lines: tuple[str, ...]


def genuine(verifier: SignatureVerifier, body: bytes, headers: Mapping[str, str]) -> bool:
    """Whether a request was signed by Slack within the last five minutes."""
    try:
        return bool(verifier.is_valid_request(body, dict(headers)))
    except (ValueError, TypeError):  # a timestamp that is no number, a body or signature that is not text
        return False


def form_of(body: bytes) -> dict[str, str]:
    """A form body as a dict, first value of each field. Raises BadInput."""
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=100)
    except ValueError:
        raise BadInput("Slack request: not a form") from None
    return {name: values[0] for name, values in fields.items()}


def payload_of(form: Mapping[str, str]) -> dict[str, Any]:
    """The JSON object in an interaction's ``payload`` field. Raises BadInput."""
    return _object(form.get("payload", ""), "payload")


def parse_action(payload: Mapping[str, Any]) -> SlackAction | None:
    """The acknowledgement or verdict in an interaction payload; None when it holds nothing to act on (a link button).

    Raises BadInput when the payload is not what Slack sends.
    """
    if payload.get("type") != "block_actions":
        return None
    try:
        pressed = next((a for a in payload["actions"] if a.get("action_id") in {ACK, JUDGE}), None)
        return _action(payload, pressed) if pressed is not None else None
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError):
        raise BadInput("Slack block_actions payload: a field is missing or of the wrong type") from None


def parse_command(form: Mapping[str, str]) -> SlackCommand:
    """A slash command's form. No text means ``help``. Raises BadInput when the sender is missing."""
    user = form.get("user_id", "")
    if not user:
        raise BadInput("Slack command: user_id: is missing")
    verb, _, rest = form.get("text", "").strip().partition(" ")
    return SlackCommand(
        verb=verb.lower() or "help",
        argument=rest.strip()[:_LONGEST_ID],
        user_id=user,
        user_name=form.get("user_name", ""),
        response_url=form.get("response_url", ""),
    )


def _action(payload: Mapping[str, Any], pressed: Mapping[str, Any]) -> SlackAction:
    judged = pressed["action_id"] == JUDGE
    value = _object(pressed["selected_option"]["value"] if judged else pressed["value"], "actions.value")
    message = payload.get("message") or {}
    user = payload["user"]
    page = value.get("page")
    return SlackAction(
        action=_verdict(value["verdict"]) if judged else ACK,
        incident_id=_id(value["incident"]),
        page_id=None if page is None else _id(page),
        user_id=_id(user["id"]),
        user_name=str(user.get("username") or user.get("name") or ""),
        response_url=str(payload.get("response_url") or ""),
        trigger_at=datetime.fromtimestamp(float(pressed["action_ts"]), UTC),
        channel_id=str((payload.get("channel") or {}).get("id", "")),
        message_ts=str(message.get("ts", "")),
        text=str(message.get("text", "")),
        blocks=tuple(dict(block) for block in message.get("blocks", ())),
    )


def _verdict(value: object) -> str:
    if value not in VERDICTS:
        raise ValueError
    return str(value)


def _id(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_ID:
        raise ValueError
    return value


def _object(text: str, field: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise BadInput(said("Slack request: {field}: not a JSON object", field=field))
    return found
