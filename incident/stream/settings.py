"""``stream:`` in tocsin.yaml: the brokers, how to sign in there, and the topics."""

from datetime import timedelta
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr

from incident.service.roster_file import Duration
from incident.yamlfile import Strict


class SaslSettings(Strict):
    """How the brokers know us."""

    mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    username: str = Field(min_length=1)
    password: SecretStr


class TlsSettings(Strict):
    """Files in PEM. Without ``ca`` the system's authorities count; ``certificate`` and ``key`` are for mutual TLS."""

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    key_password: SecretStr | None = None
    check_hostname: bool = True


class TopicSettings(Strict):
    """One topic. ``compact`` keeps the newest message of every key beyond ``retention``."""

    partitions: int = Field(default=1, ge=1, le=1000)
    retention: Duration = timedelta(days=30)
    compact: bool = False


class EventsTopic(TopicSettings):
    """Raw facts: as many detector workers can share the work as there are partitions."""

    partitions: int = Field(default=8, ge=1, le=1000)
    retention: Duration = timedelta(days=7)


class SignalsTopic(TopicSettings):
    """Verdicts. One partition: they are rare, and one order makes correlation exact."""

    partitions: Literal[1] = 1


class IncidentsTopic(TopicSettings):
    """What happens to incidents, for other systems."""

    retention: Duration = timedelta(days=365)


class DeadLetterTopic(TopicSettings):
    """What could not be taken."""

    retention: Duration = timedelta(days=90)


class TopicsSettings(Strict):
    """The topics others may see; those between detector workers follow from ``events``."""

    events: EventsTopic = EventsTopic()
    signals: SignalsTopic = SignalsTopic()
    incidents: IncidentsTopic = IncidentsTopic()
    deadletter: DeadLetterTopic = DeadLetterTopic()


class StreamSettings(Strict):
    """``brokers`` are ``host:port``. ``prefix`` begins every topic's and group's name.

    ``replication``: copies of each topic, the brokers' number but at most three when not given. ``linger_ms``: how
    long the intake waits for more events to share a message. ``lateness``: events so far behind the newest of their
    partition are put aside. ``checkpoint_ms``: how often detectors save their state. ``max_keys``: states per rule
    and partition. ``spool_mb``: how much a node keeps on its disk (in the data directory) while the brokers are away.
    ``session_timeout_s``: after so long without a sign of life a detector worker's partitions go to others; never less
    than the brokers' ``group.min.session.timeout.ms``.
    """

    brokers: tuple[str, ...] = Field(min_length=1)
    prefix: str = Field(default="tocsin", pattern=r"^[a-zA-Z0-9][a-zA-Z0-9._-]{0,99}$")
    sasl: SaslSettings | None = None
    tls: TlsSettings | None = None
    topics: TopicsSettings = TopicsSettings()
    replication: int | None = Field(default=None, ge=1, le=9)
    linger_ms: float = Field(default=5.0, ge=0, le=1000)
    lateness: Duration = timedelta(days=1)
    checkpoint_ms: float = Field(default=200.0, ge=10, le=10_000)
    max_keys: int = Field(default=20_000, ge=1)
    spool_mb: int = Field(default=512, ge=1)
    session_timeout_s: float = Field(default=2.5, ge=1)

    @property
    def protocol(self) -> str:
        """Kafka's name for how we talk to the brokers."""
        return ("SASL_" if self.sasl else "") + ("SSL" if self.tls else "PLAINTEXT")
