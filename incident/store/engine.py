"""Engines: one URL, the same behaviour on SQLite and PostgreSQL."""

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import ArgumentError

from incident.domain.errors import BadInput
from incident.domain.said import as_said, said
from incident.store.faults import translate

BUSY_SECONDS = 10.0
READING = "tocsin_reading"
"""Execution option of a connection that will only read."""

_SESSION = (
    # A node that is frozen or cut off in the middle of a transaction must not hold its locks against the others for
    # ever (whoever takes over its duty ends its sessions at once), and must itself notice soon that the server is gone.
    "idle_in_transaction_session_timeout=30000",
    "lock_timeout=10000",
    "tcp_keepalives_idle=2",
    "tcp_keepalives_interval=1",
    "tcp_keepalives_count=2",
    "tcp_user_timeout=4000",
    "timezone=UTC",
)
_CLIENT = {
    "connect_timeout": 3,
    "keepalives": 1,
    "keepalives_idle": 2,
    "keepalives_interval": 1,
    "keepalives_count": 2,
    "tcp_user_timeout": 4000,
}
APPLICATION = "tocsin"
"""How PostgreSQL calls our sessions, followed by the node's name."""

_PRAGMAS = (
    f"busy_timeout = {int(BUSY_SECONDS * 1000)}",
    "synchronous = FULL",  # a commit is on the disk before anybody is told so, also when the power fails
    "foreign_keys = ON",
    "secure_delete = ON",  # erased bodies are overwritten, not only unlinked
    "journal_size_limit = 67108864",
)


def parse(url: str) -> URL:
    """The URL, with the driver filled in. Raises BadInput for a database Tocsin doesn't run on."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise _bad_url("it is not a URL") from error
    match parsed.get_backend_name():
        case "sqlite" if not parsed.database or parsed.database == ":memory:":
            raise _bad_url("a database in memory would forget everything")
        case "sqlite" if not parsed.host:
            return parsed.set(drivername="sqlite+pysqlite")
        case "postgresql" | "postgres":
            return parsed.set(drivername="postgresql+psycopg")
        case _:
            raise _bad_url("Tocsin runs on SQLite and PostgreSQL")


def name(url: URL) -> str:
    """How messages call the database: the file's path, or the URL without its password."""
    if url.get_backend_name() == "sqlite":
        return str(Path(url.database or "").absolute())
    return url.set(query={}).render_as_string(hide_password=True)


def open_engine(url: URL, node: str = "") -> Engine:
    """An engine that connects when first used. ``node`` tells others whose its sessions are."""
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, pool_size=8, max_overflow=24, connect_args={"timeout": BUSY_SECONDS})
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
    else:
        # What the URL says (sslmode, sslrootcert, connect_timeout …) wins over what is usual here.
        usual = {name: value for name, value in _CLIENT.items() if name not in url.query}
        options = " ".join((*(f"-c {each}" for each in _SESSION), str(url.query.get("options", ""))))
        args = {**usual, "options": options.strip(), "application_name": session_name(node)}
        engine = create_engine(url, pool_size=8, max_overflow=24, pool_pre_ping=True, connect_args=args)
    where = name(url)

    def explain(context: ExceptionContext) -> BaseException | None:
        return translate(where, context)

    event.listen(engine, "handle_error", explain, retval=True)
    return engine


def session_name(node: str) -> str:
    """The name of a node's sessions, as long as PostgreSQL takes it."""
    return f"{APPLICATION} {node}".strip()[:63]


def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
    # The driver must not begin transactions by itself: it would begin them without IMMEDIATE.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    # A write lock taken later, in the middle of a transaction that has read, can fail without a chance to wait.
    reading = connection.get_execution_options().get(READING, False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _bad_url(why: str) -> BadInput:
    return BadInput(
        said("The database URL can't be used: {why}", why=as_said(why)),
        remedy="write sqlite:///path/to/tocsin.db or postgresql+psycopg://user:password@host/database",
    )
