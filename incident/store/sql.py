"""Small pieces every repository uses."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Executable, Table, func, literal
from sqlalchemy.dialects import postgresql, sqlite

from incident.store.columns import Moment

T = TypeVar("T")

CHUNK = 500
"""Values in one IN list: stays below every database's limit and keeps few distinct statements in the cache."""


def insert(connection: Connection, table: Table) -> "sqlite.Insert | postgresql.Insert":
    """An INSERT that knows ON CONFLICT; both databases spell it the same."""
    return inserting(connection.dialect.name, table)


def inserting(dialect: str, table: Table) -> "sqlite.Insert | postgresql.Insert":
    """The same by the dialect's name, for statements that are made once and kept."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def upsert(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> None:
    """Insert ``rows`` or replace those with the same ``keys``."""
    if rows:
        connection.execute(_upsert(connection.dialect.name, table, tuple(rows[0]), tuple(keys)), list(rows))


@cache
def _upsert(dialect: str, table: Table, names: tuple[str, ...], keys: tuple[str, ...]) -> Executable:
    # Made once: naming the columns of the row that was in the way costs more than running the statement.
    statement = inserting(dialect, table)
    changed = {name: statement.excluded[name] for name in names if name not in keys}
    return statement.on_conflict_do_update(index_elements=list(keys), set_=changed)


def clock(connection: Connection, now: datetime, plus: float = 0.0) -> ColumnElement[datetime]:
    """What leases run by, ``plus`` seconds: the database's clock where nodes share it, else the one process's ``now``.

    Two nodes whose clocks differ must agree on when a lease is over.
    """
    if connection.dialect.name == "postgresql":
        return func.clock_timestamp() + timedelta(seconds=plus)
    return literal(now + timedelta(seconds=plus), Moment)


def chunks(items: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """``items`` in lists of at most ``size``."""
    rest = iter(items)
    while piece := list(islice(rest, size)):
        yield piece
