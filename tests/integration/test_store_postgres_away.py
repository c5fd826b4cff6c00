"""PostgreSQL goes away and comes back."""

import pytest

from incident.domain.errors import Unavailable
from incident.store.uow import Database
from tests.fixtures.postgres import running_postgres


@pytest.mark.integration
def test_it_says_so_when_the_server_goes_away_and_goes_on_when_connections_were_only_cut() -> None:
    """A cut connection is replaced unnoticed before the next unit; a stopped server is Unavailable."""
    with running_postgres() as server:
        database = Database(server.url)
        database.upgrade()
        with database.unit() as store:
            store.keys.put("a", "1")
            store.commit()
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tocsin'"
        server.psql(cut)
        with database.unit() as store:
            assert store.keys.get("a") == "1"

        def write_and_lose() -> None:
            with database.unit() as store:
                store.keys.put("a", "2")
                server.psql(cut)
                store.commit()

        with pytest.raises(Unavailable, match="can't be reached"):
            write_and_lose()
        with database.reading() as store:
            assert store.keys.get("a") == "1"
        server.stop()
        with pytest.raises(Unavailable, match="can't be reached"), database.unit():
            pass
        database.close()
