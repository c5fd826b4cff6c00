"""``slack:`` in tocsin.yaml. Kept apart so that reading settings does not load the Slack library."""

from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from incident.domain.said import said
from incident.yamlfile import Strict
from notifiers.base import DEFAULT_TIMEOUT


def _starts_with(prefix: str, name: str) -> AfterValidator:
    def check(value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith(prefix):
            raise ValueError(
                said(
                    "not a {name}: it starts with '{prefix}' — copy it again, see docs/slack.md",
                    name=name,
                    prefix=prefix,
                )
            )
        return value

    return AfterValidator(check)


BotToken = Annotated[SecretStr, _starts_with("xoxb-", "bot token")]
AppToken = Annotated[SecretStr, _starts_with("xapp-", "app-level token")]


class SlackSettings(Strict):
    """Tokens of the Slack app and how to reach Slack.

    With ``app_token`` buttons and commands arrive over Socket Mode (no public address needed); with
    ``signing_secret`` they arrive over HTTPS.
    """

    bot_token: BotToken
    app_token: AppToken | None = None
    signing_secret: SecretStr | None = Field(default=None, min_length=8)
    base_url: str = Field(default="https://slack.com/api/", pattern=r"^https?://.+/$")
    proxy: SecretStr | None = None
    timeout: int = Field(default=int(DEFAULT_TIMEOUT), ge=1, le=30)
