"""``email:`` and ``webhook:`` in tocsin.yaml. Kept apart so that reading settings loads no mail or HTTP library."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from incident.yamlfile import Strict
from notifiers.base import DEFAULT_TIMEOUT


class MailSettings(Strict):
    """``email:`` in tocsin.yaml — the mail server and how to log in. ``sender`` is the From address."""

    host: str = Field(min_length=1)
    port: int | None = Field(default=None, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    sender: str = Field(pattern=r"^[^\s<>@]+@[^\s<>@]+$")
    sender_name: str = "Tocsin"
    username: str | None = None
    password: SecretStr | None = None
    ca_file: Path | None = None
    timeout: float = Field(default=DEFAULT_TIMEOUT, gt=0, le=60)

    @model_validator(mode="after")
    def _login_is_whole_and_hidden(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password belong together — set both or neither")
        if self.password is not None and self.security == "none":
            raise ValueError("a password would cross the network in the clear — set security to starttls or tls")
        return self


class WebhookSettings(Strict):
    """``webhook:`` in tocsin.yaml — the URL is each message's address; all receivers share the secret."""

    secret: SecretStr = Field(min_length=16)
    timeout: float = Field(default=DEFAULT_TIMEOUT, gt=0, le=60)
    proxy: SecretStr | None = None
    ca_file: Path | None = None
