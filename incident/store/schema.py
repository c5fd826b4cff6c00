"""The schema's version: bringing a database up to date, and refusing to work on one that isn't."""

import os
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, inspect, select, text

from incident.domain.errors import BadInput, Unavailable
from incident.domain.said import said
from incident.schema_faults import refusal
from incident.store.faults import not_set_up
from incident.store.sql import upsert
from incident.store.tables import key_values

MIGRATIONS = Path(__file__).parent / "migrations"
HEAD = "0003"
"""The revision this version works with; a test holds it against the scripts."""
OLDEST = "schema_oldest"
"""Key under which the database says which revision a version must know at least to work on it: while nodes are
exchanged one after the other, the older ones go on with tables that were only added to."""

_UPGRADE_LOCK = 0x70C5_1A
"""Any number, the same for all nodes: PostgreSQL's advisory lock for upgrades."""


def upgrade(engine: Engine, where: str) -> None:
    """Create the tables or bring them up to date, in one transaction; may be run by several nodes at once.

    Raises BadInput when the database was written by a newer version, Unavailable when it can't be reached.
    """
    if engine.dialect.name == "sqlite":
        _create_file(Path(engine.url.database or ""))
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            # Readers and the writer don't wait for each other in this mode. It is remembered in the file.
            connection.connection.cursor().execute("PRAGMA journal_mode = WAL")
        with connection.begin():
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _UPGRADE_LOCK})
            found = _revision(connection)
            if found == HEAD or _expanded(connection, found):
                return
            if not _scripts().upgrade(connection, MIGRATIONS):
                raise _too_new(where)
            _put_oldest(connection, _scripts().oldest(MIGRATIONS))


def require_current(connection: Connection, where: str) -> None:
    """Raises BadInput unless the database has the revision this version works with, or a newer one that only adds."""
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    if found == HEAD or _expanded(connection, found):
        return
    raise not_set_up(where) if found is None or found in _scripts().known(MIGRATIONS) else _too_new(where)


def _expanded(connection: Connection, found: str | None) -> bool:
    """Whether a newer version made the tables and says that this one can work on them."""
    if found is None or found <= HEAD:
        return False
    oldest = connection.execute(select(key_values.c.value).where(key_values.c.name == OLDEST)).scalar_one_or_none()
    return oldest is not None and oldest <= HEAD


def _put_oldest(connection: Connection, oldest: str) -> None:
    upsert(connection, key_values, [{"name": OLDEST, "value": oldest}], ["name"])


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def _scripts() -> Any:
    """Alembic, loaded only when there is something to do: every start would pay for it otherwise."""
    return import_module("incident.store.migrate")


def _create_file(path: Path) -> None:
    if not path.parent.is_dir():
        raise BadInput(
            said("The folder {folder} does not exist", folder=path.parent.absolute()),
            remedy="create it, or change the path",
        )
    try:
        # Readable by its owner alone: it holds names, telephone numbers and what went wrong.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise Unavailable(
            said("The database file {path} can't be opened: {why}", path=path.absolute(), why=refusal(error)[0]),
            remedy="check that the file and its folder belong to the user Tocsin runs as",
        ) from error


def _too_new(where: str) -> BadInput:
    return BadInput(
        said("The database {where} was written by a newer version of Tocsin", where=where),
        remedy="run that version or a newer one, or restore the backup made before the upgrade",
    )
