"""All notifiers Tocsin ships. A new one is its own file and one line in ``KINDS``.

The factory is named by a dotted path, so that a channel's library is loaded only where that channel is in use.
"""

from collections.abc import Callable
from importlib import import_module
from typing import cast

from incident.yamlfile import Strict
from notifiers.base import Notifier
from notifiers.console import ConsoleSettings
from notifiers.settings import MailSettings, WebhookSettings
from notifiers.slack.settings import SlackSettings

KINDS: dict[str, tuple[type[Strict], str]] = {
    "slack": (SlackSettings, "notifiers.slack.notifier:SlackNotifier"),
    "email": (MailSettings, "notifiers.mail:MailNotifier"),
    "webhook": (WebhookSettings, "notifiers.webhook:WebhookNotifier"),
    "console": (ConsoleSettings, "notifiers.console:ConsoleNotifier"),
}


def build(kind: str, settings: Strict) -> Notifier:
    """The notifier of a kind in ``KINDS``. Nothing is connected until the first message."""
    module, _, name = KINDS[kind][1].partition(":")
    factory = cast("Callable[[Strict], Notifier]", getattr(import_module(module), name))
    return factory(settings)
