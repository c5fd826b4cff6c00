"""Slack's own error words told as SendErrors (docs.slack.dev/reference/methods/chat.postMessage#errors)."""

import re
from http.client import HTTPException
from urllib.error import URLError

from slack_sdk.errors import SlackApiError, SlackClientError

from incident.domain.message import SendError
from notifiers.refusals import from_status, seconds

_PERMANENT = {
    "invalid_auth": "unauthorized",
    "not_authed": "unauthorized",
    "account_inactive": "unauthorized",
    "token_revoked": "unauthorized",
    "token_expired": "unauthorized",
    "missing_scope": "unauthorized",
    "no_permission": "unauthorized",
    "access_denied": "unauthorized",
    "not_allowed_token_type": "unauthorized",
    "ekm_access_denied": "unauthorized",
    "org_login_required": "unauthorized",
    "two_factor_setup_required": "unauthorized",
    "team_access_not_granted": "unauthorized",
    "enterprise_is_restricted": "unauthorized",
    "channel_not_found": "bad_address",
    "is_archived": "bad_address",
    "not_in_channel": "bad_address",
    "user_not_found": "bad_address",
    "users_not_found": "bad_address",
    "user_disabled": "bad_address",
    "user_not_visible": "bad_address",
    "cannot_dm_bot": "bad_address",
    "messages_tab_disabled": "bad_address",
    "restricted_action": "bad_address",
    "restricted_action_read_only_channel": "bad_address",
    "is_inactive": "bad_address",
    "channel_is_archived": "bad_address",
    "no_text": "rejected",
    "msg_too_long": "rejected",
    "msg_blocks_too_long": "rejected",
    "invalid_blocks": "rejected",
    "invalid_blocks_format": "rejected",
    "invalid_arguments": "rejected",
    "invalid_arg_name": "rejected",
    "invalid_metadata_format": "rejected",
    "message_limit_exceeded": "rejected",
    "file_upload_size_restricted": "rejected",
}
_RATE_LIMITED = frozenset({"ratelimited", "rate_limited"})
GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
"""The message to edit is no more: the board is posted anew."""

FAILURES = (SlackClientError, OSError, HTTPException, ValueError, AttributeError)
"""What a call into the Slack library may raise. The last two: a proxy's answer that is not a JSON object."""


def code(error: BaseException) -> str:
    """Slack's error word, or an empty string when there is none that is safe to repeat."""
    data = error.response.data if isinstance(error, SlackApiError) else None
    found = data.get("error") if isinstance(data, dict) else None
    # Where an answer is not JSON the library puts the whole page into this field.
    return found if isinstance(found, str) and re.fullmatch(r"[a-z_]{1,64}", found) else ""


def told(error: BaseException) -> SendError:
    """Any of ``FAILURES`` as a SendError, without address, text or token."""
    if isinstance(error, SlackApiError):
        return _answer(error)
    cause = error.reason if isinstance(error, URLError) else error
    if isinstance(cause, TimeoutError):
        return SendError("timeout", "no answer in time", permanent=False)
    if isinstance(error, OSError | HTTPException):
        return SendError("unreachable", type(cause).__name__, permanent=False)
    return SendError("server_error", "not an answer of the Slack API", permanent=False)


def _answer(error: SlackApiError) -> SendError:
    wait = error.response.headers.get("Retry-After")
    if error.response.status_code != 200:
        return from_status(error.response.status_code, wait)
    word = code(error)
    if word in _RATE_LIMITED:
        return SendError("rate_limited", word, permanent=False, retry_after=seconds(wait))
    if word in _PERMANENT:
        return SendError(_PERMANENT[word], word, permanent=True)
    # internal_error, fatal_error, service_unavailable … and words Slack may add: worth another try.
    return SendError("server_error", word, permanent=False)
