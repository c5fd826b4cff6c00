"""TLS towards the brokers, the same for every Kafka client."""

import ssl
from pathlib import Path

from incident.domain.errors import BadInput
from incident.domain.said import said
from incident.schema_faults import refusal
from incident.stream.settings import TlsSettings


def tls_context(tls: TlsSettings, home: Path) -> ssl.SSLContext:
    """The context for connections to brokers. Raises BadInput for files that can't be used."""
    try:
        context = ssl.create_default_context(cafile=str(home / tls.ca) if tls.ca else None)
        context.check_hostname = tls.check_hostname
        if tls.certificate:
            password = tls.key_password.get_secret_value() if tls.key_password else None
            context.load_cert_chain(home / tls.certificate, home / tls.key if tls.key else None, password)
    except (OSError, ssl.SSLError) as error:
        raise BadInput(
            said("stream.tls: {why}", why=refusal(error)[0]), remedy="name PEM files this user may read"
        ) from None
    return context
