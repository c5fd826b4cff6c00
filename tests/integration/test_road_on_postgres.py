"""The stories of the road and of paging once more, on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from incident.store.tables import metadata
from incident.store.uow import Database
from tests.fixtures.postgres import PostgresServer, running_postgres
from tests.harness import Stage
from tests.stories.test_paging_stories import *  # noqa: F403 - the stories themselves are what is wanted
from tests.stories.test_road_stories import *  # noqa: F403

pytestmark = pytest.mark.integration


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresServer]:
    """A PostgreSQL of this run's own."""
    with running_postgres() as found:
        database = Database(found.url)
        database.upgrade()
        database.close()
        yield found


@pytest.fixture
def stage(tmp_path: Path, server: PostgresServer) -> Iterator[Stage]:
    """A house on PostgreSQL with empty tables."""
    names = ", ".join(table.name for table in metadata.sorted_tables)
    server.psql(f"TRUNCATE {names} CASCADE")
    found = Stage(tmp_path, database=server.url)
    yield found
    found.system.close()
