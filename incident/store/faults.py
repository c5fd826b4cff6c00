"""What a database's error means to the caller."""

import sqlite3
from importlib import import_module

from sqlalchemy.engine import ExceptionContext

from incident.domain.errors import BadInput, Conflict, TocsinError, Unavailable
from incident.domain.said import said

RETRY = "load again and retry"


def translate(where: str, context: ExceptionContext) -> TocsinError | None:
    """The error to raise instead of the driver's, None to let it pass. ``where`` names the database without secrets.

    The driver's own words are not repeated: they may hold values from a row. They stay on ``__cause__``.
    """
    if context.is_pre_ping:
        return None
    error = context.original_exception
    if isinstance(error, sqlite3.Error):
        return sqlite_fault(where, error)
    if type(error).__module__.startswith("psycopg"):
        # Loaded where PostgreSQL is in use: its driver takes a tenth of a second that SQLite need not pay.
        found: TocsinError | None = import_module("incident.store.faults_postgres").translate(where, error)
        return found
    return None


def not_set_up(where: str) -> BadInput:
    """The database has no tables, or old ones."""
    return BadInput(
        said("The database {where} is not set up for this version", where=where), remedy="run `tocsin db upgrade`"
    )


def damaged(where: str) -> Unavailable:
    """The file is there and is not what it should be."""
    return Unavailable(
        said("The file {where} is damaged or not a Tocsin database", where=where),
        remedy="check the path in the settings; restore the file from a backup",
    )


def sqlite_fault(where: str, error: sqlite3.Error) -> TocsinError | None:
    """What an error of SQLite's driver means; None when it means a fault of ours."""
    code = getattr(error, "sqlite_errorcode", None)
    match code & 0xFF if code is not None else None:  # the low byte is the kind, the rest the details
        case sqlite3.SQLITE_CONSTRAINT:
            found: TocsinError = Conflict("Somebody else wrote the same thing first", remedy=RETRY)
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            found = Conflict(said("The database {where} is busy with another writer", where=where), remedy=RETRY)
        case sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_CORRUPT:
            found = damaged(where)
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM | sqlite3.SQLITE_READONLY:
            remedy = "check that the file and its folder belong to the user Tocsin runs as"
            found = Unavailable(said("The database {where} can't be opened for writing", where=where), remedy=remedy)
        case sqlite3.SQLITE_FULL | sqlite3.SQLITE_IOERR:
            remedy = "free space or replace the disk"
            found = Unavailable(said("The disk with {where} is full or failing", where=where), remedy=remedy)
        case sqlite3.SQLITE_ERROR if "no such table" in str(error) or "no such column" in str(error):
            found = not_set_up(where)
        case _:
            return None
    return found
