"""tocsin.yaml, overridden by TOCSIN_… variables. Every fault is reported at once with file, line and remedy."""

import os
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError, create_model
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from incident.domain.errors import BadInput
from incident.domain.said import Said, said
from incident.schema_faults import explain
from incident.service.roster_file import Duration, Zone
from incident.stream.settings import StreamSettings
from incident.yamlfile import Strict, YamlFile, complaint, parse, read
from notifiers.registry import KINDS

FILE = "tocsin.yaml"
PREFIX = "TOCSIN_"
DEFAULTS = Path(__file__).parent / "defaults"


class Listen(Strict):
    """Where ``tocsin up`` listens. 127.0.0.1 unless told otherwise."""

    host: str = "127.0.0.1"
    port: int = Field(default=8420, ge=0, le=65535)


class BoardSettings(Strict):
    """Where the one shared message per incident is posted; drills only where ``drill_channel`` says."""

    via: Literal["slack", "webhook", "console"] = "slack"
    channel: str
    drill_channel: str = ""


class HeartbeatSettings(Strict):
    """One address that may be pinged: ``/ping/{slug}``, with ``?key=`` unless the slug itself can't be guessed.

    ``period`` is the longest silence that is still normal; without it the rhythm is learned.
    """

    slug: str
    period: Duration | None = None
    key: SecretStr | None = None


class MetricsSettings(Strict):
    """Where ``tocsin detect`` and ``tocsin work`` answer Prometheus: nowhere without a port. Anybody who reaches it may
    read it; the site's own ``/metrics`` asks for a token.
    """

    host: str = "127.0.0.1"
    port: int | None = Field(default=None, ge=1, le=65535)


class IntakeSettings(Strict):
    """Secrets of webhooks by source, heartbeats that may be pinged, how long an alert holds without a resend."""

    webhook_secrets: dict[str, SecretStr] = Field(default_factory=dict)
    heartbeats: tuple[HeartbeatSettings, ...] = ()
    resolve_timeout_s: float = Field(default=300.0, ge=10)


class BaseTocsinSettings(BaseSettings):
    """All settings but the notifiers', which come from their registry. Paths are relative to tocsin.yaml."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True, env_ignore_empty=True
    )

    version: Literal["tocsin/v1"] = Field(default="tocsin/v1", alias="schema")
    language: Literal["zh-CN", "en"] = "zh-CN"
    timezone: Zone = "Asia/Shanghai"
    data: Path = Path("tocsin-data")
    database: SecretStr = SecretStr("")
    base_url: str = Field(default="", pattern=r"^(https?://.+)?$")
    listen: Listen = Listen()
    people: Path = Path("people.yaml")
    services: Path = Path("services.yaml")
    detectors: Path = Path("detectors.yaml")
    complaints: Path = Path("complaint-classes.json")
    playbooks: Path = Path("playbooks")
    webhooks: Path = Path("webhooks")
    drills: Path = Path("drills")
    probes: Path = Path("probes.yaml")
    board: BoardSettings | None = None
    intake: IntakeSettings = IntakeSettings()
    stream: StreamSettings | None = None
    metrics: MetricsSettings = MetricsSettings()
    home: Path = Field(default=Path(), exclude=True)

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource, dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:  # fmt: skip
        """Variables win over the file."""
        del settings_cls, dotenv_settings, file_secret_settings
        return env_settings, init_settings

    def path(self, relative: Path) -> Path:
        """A path of the settings as seen from the directory of tocsin.yaml."""
        return self.home / relative

    @property
    def own(self) -> Path | None:
        """Where the user's clock book, messages and store may lie; None without an installation."""
        return None if self.path(self.playbooks).is_relative_to(DEFAULTS) else self.home

    @property
    def database_url(self) -> str:
        """The database, SQLite in the data directory unless another is named. Holds a password: never print it."""
        return self.database.get_secret_value() or f"sqlite:///{self.path(self.data) / 'tocsin.db'}"

    @property
    def shared(self) -> bool:
        """Whether several nodes may work on the database."""
        return not self.database_url.startswith("sqlite")

    @property
    def public_url(self) -> str:
        """Where people reach this installation, without a slash at the end."""
        return (self.base_url or f"http://{self.listen.host}:{self.listen.port}").rstrip("/")

    def notifier_settings(self) -> dict[str, Strict]:
        """The configured notifiers' settings by kind."""
        found = {kind: getattr(self, kind, None) for kind in KINDS}
        return {kind: value for kind, value in found.items() if isinstance(value, Strict)}


_NOTIFIERS: dict[str, Any] = {kind: (model | None, None) for kind, (model, _) in KINDS.items()}
Settings = create_model("Settings", __base__=BaseTocsinSettings, **_NOTIFIERS)


def find(directory: Path | None = None) -> Path | None:
    """The tocsin.yaml to use: TOCSIN_CONFIG, or the one in ``directory`` (default: here); None when there is none."""
    named = os.environ.get(f"{PREFIX}CONFIG")
    if named:
        return Path(named)
    here = (directory or Path.cwd()) / FILE
    return here if here.exists() else None


def load_settings(path: Path | None, **overrides: Any) -> BaseTocsinSettings:
    """Settings of a file (None: the shipped defaults), then of the environment, then ``overrides``.

    Raises BadInput that lists every fault. Without a file the shipped people, services and detectors are used.
    """
    if path is None:
        file = parse((DEFAULTS / FILE).read_text("utf-8"), FILE)
        data = file.data | {n: DEFAULTS / f"{n}.yaml" for n in ("people", "services", "detectors")}
        # Without a tocsin.yaml the folder is not an installation: what lies about in it is not ours to read.
        data |= {n: DEFAULTS / n for n in ("playbooks", "webhooks", "drills")} | {"probes": DEFAULTS / "probes.yaml"}
        home = Path.cwd()
    else:
        file = read(path)
        data = file.data or {}
        home = path.resolve().parent
    if not isinstance(data, dict):
        raise BadInput.listing([file.fault((), said("is no table"), said("write 'name: value' lines"))])
    try:
        return Settings(**{**data, **overrides, "home": home})
    except ValidationError as error:
        raise _named(file, error) from None


def _of_variable(name: str, what: Said, remedy: Said) -> Said:
    if not remedy:
        return said("${variable}: {problem}", variable=name, problem=what)
    return said("${variable}: {problem} — {remedy}", variable=name, problem=what, remedy=remedy)


def _named(file: YamlFile, error: ValidationError) -> BadInput:
    """The faults, told of the variable instead of the line where a variable gave the value."""
    told = complaint(file, Settings, error)
    faults = []
    for item, line in zip(error.errors(include_input=False), told.faults, strict=True):
        variable = PREFIX + "__".join(str(part) for part in item["loc"]).upper()
        faults.append(_of_variable(variable, *explain(item)) if variable in os.environ else line)
    return BadInput.listing(faults)
