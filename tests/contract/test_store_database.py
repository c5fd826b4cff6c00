"""Opening, upgrading and watching a database, and what is said when it can't be used."""

import sqlite3
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from incident.domain.errors import BadInput, Conflict, Unavailable
from incident.store import schema
from incident.store.engine import open_engine, parse
from incident.store.tables import metadata
from incident.store.uow import Database
from tests.contract.store_sample import NOW, event


@pytest.fixture
def new(tmp_path: Path) -> Path:
    """A path where no file is yet."""
    return tmp_path / "new.db"


def test_the_scripts_make_the_tables_the_code_expects(database_url: str) -> None:
    """No table, column or index differs."""
    engine = open_engine(parse(database_url))
    with engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata)
    engine.dispose()
    assert found == []


def test_the_code_works_with_the_newest_script() -> None:
    """Whoever adds a script raises the number."""
    assert ScriptDirectory(str(schema.MIGRATIONS)).get_current_head() == schema.HEAD


def test_upgrading_twice_or_at_once_does_no_harm(database_url: str) -> None:
    """Nodes may start together."""
    databases = [Database(database_url) for _ in range(3)]
    nodes = [threading.Thread(target=database.upgrade) for database in databases]
    for node in nodes:
        node.start()
    for node in nodes:
        node.join()
    with databases[0].unit() as store:
        assert store.inbox.add([event(1)], NOW) == 1
    for database in databases:
        database.close()


def test_a_new_file_is_for_its_owner_only_and_safe_against_power_cuts(new: Path) -> None:
    """Mode 0600, write-ahead log, full synchronisation, overwritten on erasure."""
    database = Database(f"sqlite:///{new}")
    database.upgrade()
    with database.unit() as store:
        connection = store._connection  # type: ignore[attr-defined] # behind the ports
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "secure_delete", "foreign_keys")
        }
    database.close()
    assert stat.S_IMODE(new.stat().st_mode) == 0o600
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "foreign_keys": 1}


def test_a_change_by_anybody_is_noticed(database: Database) -> None:
    """By this process or by another; without one nothing changes on SQLite."""
    before = database.data_version()
    with database.unit() as store:
        store.keys.put("a", "1")
        store.commit()
    after = database.data_version()
    assert before != after
    other = Database(database_url_of(database))
    with other.unit() as store:
        store.keys.put("a", "2")
        store.commit()
    other.close()
    assert database.data_version() != after


def database_url_of(database: Database) -> str:
    """The URL a database was opened with."""
    return database._engine.url.render_as_string(hide_password=False)


def test_a_reader_sees_one_state_and_waits_for_no_writer(database: Database) -> None:
    """While somebody writes, the reader's view stands still."""
    with database.unit() as writer:
        writer.keys.put("a", "1")
        with database.reading() as reader:
            assert reader.keys.get("a") is None
            writer.commit()
            assert reader.keys.get("a") is None
    with database.reading() as reader:
        assert reader.keys.get("a") == "1"


def test_what_failed_half_way_is_rolled_back(database: Database) -> None:
    """An error in the middle leaves nothing, and the database usable."""

    def fail() -> None:
        with database.unit() as store:
            store.keys.put("a", "1")
            _ = 1 / 0

    with pytest.raises(ZeroDivisionError):
        fail()
    with database.unit() as store:
        assert store.keys.get("a") is None


def test_a_closed_database_opens_again(database: Database) -> None:
    """After a fork, or for a reload."""
    database.data_version()
    database.close()
    with database.reading() as store:
        assert store.keys.get("a") is None


@pytest.mark.parametrize(
    "url",
    ["", "nonsense", "sqlite://", "sqlite:///:memory:", "sqlite://host/file.db", "mysql://root:geheim@host/db"],
)
def test_a_url_that_cannot_work_is_refused_with_an_example(url: str) -> None:
    """Without showing a password."""
    with pytest.raises(BadInput, match="write sqlite:///path/to") as refused:
        Database(url)
    assert "geheim" not in str(refused.value)


def test_messages_name_the_server_without_the_password() -> None:
    """The name is for messages and logs."""
    assert Database("postgresql://tocsin:geheim@db.example/tocsin").name == (
        "postgresql+psycopg://tocsin:***@db.example/tocsin"
    )


def test_a_database_that_was_never_set_up_says_how(new: Path) -> None:
    """No file, an empty file, a file of somebody else's."""
    for prepare in (lambda: None, new.touch, lambda: _sql(new, "CREATE TABLE other (a)")):
        prepare()
        database = Database(f"sqlite:///{new}")
        with pytest.raises(BadInput, match=r"new\.db is not set up .* run `tocsin db upgrade`"), database.unit():
            pass
        database.close()


def test_a_file_is_set_up_when_first_used_if_so_wished(new: Path) -> None:
    """In a folder that isn't there yet, too; a server never is."""
    path = new.parent / "data" / "new.db"
    database = Database(f"sqlite:///{path}", upgrades=True)
    with database.reading() as store:
        assert store.incidents.rows(limit=1) == []
    database.close()
    _sql(path, "UPDATE alembic_version SET version_num = '9999'")
    _sql(path, "UPDATE key_values SET value = '9999' WHERE name = 'schema_oldest'")
    database = Database(f"sqlite:///{path}", upgrades=True)
    with pytest.raises(BadInput, match="newer version of Tocsin"), database.reading():
        pass
    database.close()


def test_a_database_of_a_newer_version_is_left_alone(new: Path) -> None:
    """Neither used nor upgraded; one of an older version wants the upgrade."""
    database = Database(f"sqlite:///{new}")
    database.upgrade()
    database.close()
    _sql(new, "UPDATE alembic_version SET version_num = '9999'")
    _sql(new, "UPDATE key_values SET value = '9999' WHERE name = 'schema_oldest'")
    with pytest.raises(BadInput, match="newer version of Tocsin"), database.unit():
        pass
    with pytest.raises(BadInput, match="newer version of Tocsin"):
        database.upgrade()
    _sql(new, "DELETE FROM alembic_version")
    with pytest.raises(BadInput, match="run `tocsin db upgrade`"), database.unit():
        pass
    database.close()


def _scribble(path: Path) -> None:
    path.write_bytes(b"this is a letter, not a database. " * 400)


def _tear(path: Path) -> None:
    database = Database(f"sqlite:///{path}")
    database.upgrade()
    database.close()
    content = path.read_bytes()
    path.write_bytes(content[:100] + b"\xff" * (len(content) - 100))


@pytest.mark.parametrize("damage", [_scribble, _tear])
def test_a_damaged_file_is_named_with_what_to_do(new: Path, damage: Callable[[Path], None]) -> None:
    """Not a database at all, or torn."""
    damage(new)
    database = Database(f"sqlite:///{new}")
    with pytest.raises(Unavailable, match=r"new\.db is damaged or not a Tocsin database — .*backup"), database.unit():
        pass
    database.close()


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    """A typing error in the settings is found at once."""
    with pytest.raises(BadInput, match="there does not exist — create it"):
        Database(f"sqlite:///{tmp_path}/there/new.db").upgrade()


def test_a_path_that_is_a_folder_is_refused(tmp_path: Path) -> None:
    """So is one without permission."""
    with pytest.raises(Unavailable, match="can't be opened"):
        Database(f"sqlite:///{tmp_path}").upgrade()


def test_a_writer_that_another_process_keeps_waiting_is_told_to_retry(new: Path) -> None:
    """A conflict, since trying again is what helps."""
    database = Database(f"sqlite:///{new}")
    database.upgrade()
    holder = sqlite3.connect(new, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with database.reading() as store:
        store._connection.exec_driver_sql("PRAGMA busy_timeout = 0")  # type: ignore[attr-defined] # the test has no ten seconds
    with pytest.raises(Conflict, match=r"new\.db is busy"), database.unit():
        pass
    holder.close()
    database.close()


def test_a_server_that_is_away_is_named(tmp_path: Path) -> None:
    """Unavailable, and what to check."""
    database = Database(f"postgresql://tocsin:geheim@/tocsin?host={tmp_path}")
    with pytest.raises(Unavailable, match="can't be reached") as away, database.unit():
        pass
    assert "geheim" not in str(away.value)
    with pytest.raises(Unavailable):
        database.upgrade()
    with pytest.raises(Unavailable):
        database.data_version()


def _sql(path: Path, statement: str) -> None:
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_only_what_may_pass_waits_for_no_disk(database: Database) -> None:
    """A claim is committed unsynced, or rolled back; what is written next, also after a failure, is synced."""

    def setting() -> object:
        with database.unit() as store:
            asked = "PRAGMA synchronous" if sqlite else "SHOW synchronous_commit"
            return store._connection.exec_driver_sql(asked).scalar_one()  # type: ignore[attr-defined] # behind the ports

    sqlite = database.name.endswith(".db")
    usual = 2 if sqlite else "on"
    assert setting() == usual
    with database.passing() as store:
        store.keys.put("kept", "1")
        store.commit()
    assert setting() == usual
    with database.passing() as store:
        store.keys.put("left", "1")
    with pytest.raises(ZeroDivisionError), database.passing():
        raise ZeroDivisionError
    assert setting() == usual
    with database.reading() as store:
        assert (store.keys.get("kept"), store.keys.get("left")) == ("1", None)


def test_a_connection_that_could_not_be_set_back_is_not_used_again(new: Path) -> None:
    """Whoever gets it next would believe that a commit is on the disk."""
    database = Database(f"sqlite:///{new}", upgrades=True)

    def failing() -> None:
        raise Unavailable("the disk is failing")

    with pytest.raises(Unavailable, match="failing"), database.passing() as store:
        store._connection.rollback = failing  # type: ignore[attr-defined] # behind the ports
    with database.unit() as store:
        connection = store._connection  # type: ignore[attr-defined] # behind the ports
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
    database.close()
