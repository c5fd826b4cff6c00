"""Where button presses and commands are dealt with, the same for HTTPS and Socket Mode."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from incident.domain.errors import TocsinError
from notifiers.refusals import utc_now
from notifiers.slack.blocks import ACK
from notifiers.slack.interactions import (
    ActionOutcome,
    Listing,
    Result,
    SlackAction,
    SlackCommand,
    parse_action,
    parse_command,
)
from notifiers.slack.replies import Responder, help_text, listed, said

OnAction = Callable[[SlackAction], ActionOutcome]
OnList = Callable[[str], Listing | None]


@dataclass(frozen=True, slots=True)
class Handled:
    """``accepted``: tell Slack it arrived. ``follow_up``: the visible answer, to be run after that."""

    accepted: bool
    follow_up: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class SlackDesk:
    """Hands actions to the incident service and its outcome to the responder.

    ``on_action`` must have stored the action when it returns; it is called again for the same press when Slack
    repeats itself, and must then say ALREADY or DONE alike. ``on_list`` takes a Slack user id and gives None
    for somebody unknown.
    """

    on_action: OnAction
    on_list: OnList
    responder: Responder
    now: Callable[[], datetime] = utc_now

    def interact(self, payload: Mapping[str, Any]) -> Handled:
        """Deal with an interaction payload. Raises BadInput when it is malformed."""
        action = parse_action(payload)
        if action is None:
            return Handled(accepted=True)
        try:
            outcome = self.on_action(action)
        except TocsinError as error:
            failed = ActionOutcome(Result.FAILED)
            # Not accepted makes Slack itself warn the clicker, even if our own words don't reach them.
            return Handled(error.permanent, partial(self.responder.answer, action, failed))
        return Handled(True, partial(self.responder.answer, action, outcome))

    def command(self, form: Mapping[str, str]) -> dict[str, str]:
        """The answer to a slash command, seen by the sender only. Raises BadInput when it is malformed."""
        command = parse_command(form)
        try:
            text = self._reply(command)
        except TocsinError:
            text = said(ActionOutcome(Result.FAILED))
        return {"response_type": "ephemeral", "text": text}

    def _reply(self, command: SlackCommand) -> str:
        if command.verb == "list":
            return listed(self.on_list(command.user_id))
        if command.verb == ACK and command.argument:
            return said(self.on_action(self._typed(command)))
        return help_text()

    def _typed(self, command: SlackCommand) -> SlackAction:
        return SlackAction(
            action=ACK,
            incident_id=command.argument,
            page_id=None,
            user_id=command.user_id,
            user_name=command.user_name,
            response_url=command.response_url,
            trigger_at=self.now(),
        )
