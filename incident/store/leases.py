"""Duties that one node at a time has: a row each, taken by compare-and-set, with a fence that only grows."""

import math
from datetime import UTC, datetime

from sqlalchemy import Connection, bindparam, case, or_, select, text, true, update

from incident.service.records import Fenced, Lease, LeaseRow
from incident.store.engine import session_name
from incident.store.sql import clock, insert
from incident.store.tables import leases

NOBODY = ""
_END_SESSIONS = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE application_name = :name AND usename = current_user AND pid <> pg_backend_pid()"
)
_HELD = (
    select(leases.c.fence)
    .where(leases.c.duty == bindparam("mine"), leases.c.fence == bindparam("since"))
    .with_for_update(read=True)
)
_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)


class Leases:
    """``LeaseRepo`` on one transaction.

    On PostgreSQL a lease runs by the server's clock. SQLite has one process, which the data directory's lock sees to:
    whoever asks there has the duty from that instant, for good, and whoever had it before is fenced off.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._shared = connection.dialect.name == "postgresql"

    def take(self, duty: str, owner: str, lasts: float) -> Lease | None:
        """Take the duty, or hold it for ``lasts`` seconds more; None while another node has it.

        A node whose lease ran out may be frozen in the middle of a transaction: its sessions are ended, and with them
        the locks it holds.
        """
        if self._shared and not self._free_for(duty, owner):
            return None
        statement = insert(self._connection, leases).values(
            duty=duty, owner=owner, until=clock(self._connection, _NO_TIME, lasts), fence=1
        )
        new = statement.excluded
        free = or_(leases.c.owner == new.owner, leases.c.until <= clock(self._connection, _NO_TIME))
        taken = statement.on_conflict_do_update(
            index_elements=["duty"],
            set_={
                "owner": new.owner,
                "until": new.until,
                "fence": case((leases.c.owner == new.owner, leases.c.fence), else_=leases.c.fence + 1),
            },
            where=free if self._shared else true(),
        )
        fence = self._connection.execute(taken.returning(leases.c.fence)).scalar_one_or_none()
        return Lease(duty, owner, fence, lasts if self._shared else math.inf) if fence is not None else None

    def require(self, lease: Lease) -> None:
        """Raises Fenced when somebody else has had the duty since. Nobody can take it before this transaction ends."""
        if self._connection.execute(_HELD, {"mine": lease.duty, "since": lease.fence}).first() is None:
            raise Fenced(lease.duty)

    def release(self, lease: Lease) -> None:
        """Give it back, so that another node need not wait for its end. Does nothing when it is lost already."""
        mine = update(leases).where(leases.c.duty == lease.duty, leases.c.fence == lease.fence)
        self._connection.execute(mine.values(owner=NOBODY, until=clock(self._connection, _NO_TIME)))

    def rows(self) -> list[LeaseRow]:
        """Every duty that was ever taken: who has it, whether the lease still holds, and its fence."""
        holds = (leases.c.until > clock(self._connection, _NO_TIME)) if self._shared else true()
        found = self._connection.execute(select(leases, holds.label("holds")).order_by(leases.c.duty))
        return [LeaseRow(row.duty, row.owner, row.fence, bool(row.holds)) for row in found]

    def _free_for(self, duty: str, owner: str) -> bool:
        over = (leases.c.until <= clock(self._connection, _NO_TIME)).label("over")
        row = self._connection.execute(select(leases.c.owner, over).where(leases.c.duty == duty)).one_or_none()
        if row is None or row.owner in {NOBODY, owner}:
            return True
        if row.over:
            self._connection.execute(_END_SESSIONS, {"name": session_name(row.owner)})
        return bool(row.over)
