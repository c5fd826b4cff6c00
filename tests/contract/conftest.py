"""Databases for contract tests: the same test on SQLite (always) and on PostgreSQL (marked ``integration``)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from incident.store.tables import metadata
from incident.store.uow import Database
from tests.fixtures.kafka import Cluster, running_kafka
from tests.fixtures.postgres import PostgresServer, running_postgres
from tests.fixtures.sqlite import lay_database

BOTH = ["sqlite", pytest.param("postgres", marks=pytest.mark.integration)]


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A server with Tocsin's tables."""
    with running_postgres() as server:
        database = Database(server.url)
        database.upgrade()
        database.close()
        yield server


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database with empty tables."""
    if request.param == "sqlite":
        path = tmp_path / "tocsin.db"
        lay_database(path)
        return f"sqlite:///{path}"
    server: PostgresServer = request.getfixturevalue("postgres")
    server.psql(f"TRUNCATE {', '.join(metadata.tables)} RESTART IDENTITY")
    return server.url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database with empty tables."""
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def kafka() -> Iterator[Cluster]:
    """One broker; tests use topics of their own."""
    with running_kafka() as cluster:
        yield cluster
