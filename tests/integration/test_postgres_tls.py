"""PostgreSQL by encrypted connections only."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from config.settings import load_settings
from config.wiring import build
from incident.domain.errors import Unavailable
from incident.store.uow import Database
from notifiers.testing import RecordingNotifier
from tests.fixtures.kafka import free_ports
from tests.fixtures.postgres import PostgresServer, Tls, running_postgres

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Who vouches for the server."""
    return trustme.CA()


@pytest.fixture(scope="module")
def server(authority: trustme.CA) -> Iterator[PostgresServer]:
    """A server with a certificate for 127.0.0.1 that refuses plain connections."""
    issued = authority.issue_cert("127.0.0.1")
    (port,) = free_ports(1)
    tls = Tls(issued.cert_chain_pems[0].bytes(), issued.private_key_pem.bytes(), port)
    with running_postgres(tls=tls) as found:
        yield found


def url(server: PostgresServer, **query: object) -> str:
    """The server over the network."""
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    return f"postgresql+psycopg://tocsin@127.0.0.1:{server.port}/tocsin?{asked}"


def test_the_whole_system_runs_on_a_connection_whose_server_is_proven(
    server: PostgresServer, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``sslmode=verify-full`` in the URL; every session is encrypted."""
    monkeypatch.chdir(tmp_path)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    asked = url(server, sslmode="verify-full", sslrootcert=tmp_path / "ca.pem")
    settings = load_settings(None, database=asked, data=tmp_path)
    system = build(settings, notifiers={"console": RecordingNotifier()}, sending_threads=0)
    assert system.step() == 0
    with system.database.reading() as store:
        ours = (
            "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name ~ 'tocsin'"
        )
        assert store._connection.exec_driver_sql(ours).scalar_one() is True  # type: ignore[attr-defined] # behind the port
    system.close()


def test_a_server_that_is_somebody_else_gets_nothing(server: PostgresServer, tmp_path: Path) -> None:
    """Another authority, or no encryption at all: refused on one side or the other, with where to look."""
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "other.pem"))
    for query in ({"sslmode": "verify-full", "sslrootcert": tmp_path / "other.pem"}, {"sslmode": "disable"}):
        database = Database(url(server, **query))
        with pytest.raises(Unavailable, match="don't agree on encryption — check sslmode and sslrootcert"):
            database.upgrade()
        database.close()
