"""What PostgreSQL's errors mean to the caller."""

import psycopg

from incident.domain.errors import BadInput, Conflict, TocsinError, Unavailable
from incident.domain.said import said
from incident.store.faults import RETRY, not_set_up

_LOST_RACES = {"40001", "40P01", "55P03"}  # serialization failure, deadlock, lock not available
_NO_SUCH_TABLE = "42P01"
_READ_ONLY = "25006"
_ENCRYPTION = ("certificate", "SSL", "no encryption")


def translate(where: str, error: psycopg.Error) -> TocsinError | None:
    """The error to raise instead of the driver's, None to let it pass."""
    if isinstance(error, psycopg.IntegrityError):
        return Conflict("Somebody else wrote the same thing first", remedy=RETRY)
    if error.sqlstate in _LOST_RACES:
        return Conflict("Somebody else changed the same rows first", remedy=RETRY)
    if error.sqlstate == _NO_SUCH_TABLE:
        return not_set_up(where)
    if isinstance(error, psycopg.DataError):
        return BadInput("A value does not fit the database", remedy="look for control characters or huge numbers")
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError) or error.sqlstate == _READ_ONLY:
        return _away(where, error)
    return None


def _away(where: str, error: psycopg.Error) -> Unavailable:
    if error.sqlstate is None and any(word in str(error) for word in _ENCRYPTION):
        return Unavailable(
            said("The database {where} and this side don't agree on encryption", where=where),
            remedy="check sslmode and sslrootcert in the database's URL, see docs/operate.md",
        )
    return Unavailable(
        said("The database {where} can't be reached or takes no writes", where=where),
        remedy="check that PostgreSQL runs there, and the name and password in the settings",
    )
