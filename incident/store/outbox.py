"""What is to go out: claimed by compare-and-set with a lease, so that no two workers hold the same row."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    RowMapping,
    Select,
    and_,
    bindparam,
    case,
    delete,
    func,
    literal_column,
    select,
    text,
    update,
)

from incident.domain.errors import NotFound
from incident.domain.said import said
from incident.service.records import OutboxRow
from incident.store.codec import decode, encode
from incident.store.columns import Moment
from incident.store.sql import chunks, clock, inserting
from incident.store.tables import outbox

# Literals, since an index on a part of the table serves only statements that spell its condition out.
_PENDING = outbox.c.state == literal_column("'pending'")
_SENDING = outbox.c.state == literal_column("'sending'")
_FREE = {"lease_until": None, "lease_token": ""}
SUPERSEDED = "superseded"
"""``last_reason`` of a row that was cancelled because a newer one says the same thing better."""


class Outbox:
    """``OutboxRepo`` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, rows: Sequence[OutboxRow]) -> None:
        """Insert; a pending row with the same ``key`` is replaced, keeping its ``ref`` if the new one has none."""
        if not rows:
            return
        self._connection.execute(_newest_wins(self._connection.dialect.name), [_values(row) for row in rows])

    def cancel_pages(self, page_ids: Sequence[str]) -> None:
        """Pending rows of these pages become cancelled; a row that is being sent is left to finish."""
        for piece in chunks(page_ids):
            self._cancel(outbox.c.page_id.in_(piece))

    def cancel_drill(self, incident_ids: Sequence[str]) -> int:
        """Pending drill rows of these incidents become cancelled; how many."""
        return sum(self._cancel(outbox.c.incident_id.in_(piece) & outbox.c.drill) for piece in chunks(incident_ids))

    def claim(self, now: datetime, lease: float, token: str, limit: int, *, orphans: bool = True) -> list[OutboxRow]:
        """Take at most ``limit`` rows for ``lease`` seconds: due ones, and (``orphans``) those whose lease ran out.

        The gravest level first, then the longest due. A row waits while one with the same key is being sent.
        Leases run by the database's clock where there are several nodes: a node with a wrong one does no harm.
        PostgreSQL skips rows that another worker is claiming right now; SQLite lets in one writer at a time anyway.
        """
        due, orphaned = _claimable(self._connection.dialect.name)
        # Two statements: with OR between them neither index would serve.
        found = [
            row
            for statement in ((orphaned, due) if orphans else (due,))
            for row in self._connection.execute(statement, {"now": now, "most": limit}).mappings()
        ]
        if not found:
            return []
        gravest = sorted(found, key=lambda row: (row["level"], row["due_at"], row["number"]))[:limit]
        held = {"state": "sending", "lease_until": clock(self._connection, now, lease), "lease_token": token}
        until: dict[str, datetime] = {}
        for piece in chunks(row["id"] for row in gravest):
            taken = update(outbox).where(outbox.c.id.in_(piece)).values(**held)
            until.update((row.id, row.lease_until) for row in self._connection.execute(
                taken.returning(outbox.c.id, outbox.c.lease_until)
            ))  # fmt: skip
        return [_row({**row, **held, "lease_until": until[row["id"]]}) for row in gravest]

    def extend(self, now: datetime, lease: float, token: str) -> int:
        """Hold what this token has for ``lease`` seconds from now; how many rows that is."""
        mine = update(outbox).where(_SENDING, outbox.c.lease_token == token)
        return self._connection.execute(mine.values(lease_until=clock(self._connection, now, lease))).rowcount

    def finish(self, row_id: str, token: str, *, state: str, ref: str = "", reason: str = "") -> bool:
        """The row is sent, failed or cancelled. False when the lease was lost meanwhile."""
        values = {"state": state, "last_reason": reason, **_FREE, **({"ref": ref} if ref else {})}
        return self._update_held(row_id, token, values)

    def again(
        self,
        row_id: str,
        token: str,
        *,
        due_at: datetime,
        contact_index: int,
        attempts: int,
        reason: str,
        ref: str = "",
    ) -> bool:
        """Back to pending for another try; cancelled as superseded when a newer row with its key waits already.

        False when the lease was lost.
        """
        mine = self._connection.execute(select(outbox.c.key, outbox.c.ref).where(_held(row_id, token))).one_or_none()
        if mine is None:
            return False
        newer = and_(_PENDING, outbox.c.key == mine.key)
        if self._connection.execute(select(outbox.c.id).where(newer)).first() is not None:
            heir = update(outbox).where(newer, outbox.c.ref == "").values(ref=ref or mine.ref)
            self._connection.execute(heir)
            return self.finish(row_id, token, state="cancelled", ref=ref, reason=SUPERSEDED)
        values = {"due_at": due_at, "contact_index": contact_index, "attempts": attempts, "last_reason": reason}
        return self._update_held(
            row_id, token, {**values, "state": "pending", **_FREE, **({"ref": ref} if ref else {})}
        )

    def get(self, row_id: str) -> OutboxRow:
        """Raises NotFound."""
        rows = self._read(select(outbox).where(outbox.c.id == row_id))
        if not rows:
            raise NotFound(said("There is no outgoing message {row}", row=row_id))
        return rows[0]

    def last_ref(self, key: str) -> str:
        """The newest receipt of a sent row with this key, empty when there is none."""
        sent = and_(outbox.c.key == key, outbox.c.state == "sent", outbox.c.ref != "")
        newest = select(outbox.c.ref).where(sent).order_by(outbox.c.number.desc()).limit(1)
        return self._connection.execute(newest).scalar_one_or_none() or ""

    def sent_pages(self, incident_id: str) -> list[OutboxRow]:
        """Pages of the incident that were delivered, oldest first."""
        sent = (outbox.c.incident_id == incident_id) & (outbox.c.kind == "page") & (outbox.c.state == "sent")
        return self._read(select(outbox).where(sent).order_by(outbox.c.number))

    def next_due(self) -> datetime | None:
        """When the next row can be claimed: the earliest ``due_at`` of a pending one or end of a lease."""
        pending = select(func.min(outbox.c.due_at)).where(_PENDING)
        leased = select(func.min(outbox.c.lease_until)).where(_SENDING)
        times = (self._connection.execute(statement).scalar_one() for statement in (pending, leased))
        return min((time for time in times if time is not None), default=None)

    def rows(self, limit: int = 100, incident_id: str | None = None) -> list[OutboxRow]:
        """Newest first; of one incident or of all."""
        statement = select(outbox)
        if incident_id is not None:
            statement = statement.where(outbox.c.incident_id == incident_id)
        return self._read(statement.order_by(outbox.c.number.desc()).limit(limit))

    def counts(self) -> dict[str, int]:
        """Rows by state."""
        by_state = select(outbox.c.state, func.count().label("number")).group_by(outbox.c.state)
        return {row.state: row.number for row in self._connection.execute(by_state)}

    def purge(self, before: datetime) -> int:
        """Forget finished rows made before that time; how many."""
        finished = outbox.c.state.in_(("sent", "failed", "cancelled"))
        return self._connection.execute(delete(outbox).where(finished, outbox.c.created_at < before)).rowcount

    def _cancel(self, condition: ColumnElement[bool]) -> int:
        return self._connection.execute(update(outbox).where(_PENDING, condition).values(state="cancelled")).rowcount

    def _update_held(self, row_id: str, token: str, values: Mapping[str, Any]) -> bool:
        changed = self._connection.execute(update(outbox).where(_held(row_id, token)).values(**values))
        return changed.rowcount == 1

    def _read(self, statement: Select[Any]) -> list[OutboxRow]:
        return [_row(row) for row in self._connection.execute(statement).mappings()]


@cache
def _claimable(dialect: str) -> tuple[Select[Any], Select[Any]]:
    """Rows that are due and rows whose lease ran out, ``most`` at ``now``; built once, as every tick asks for them."""
    twin = outbox.alias("twin")
    blocked = select(twin.c.id).where(twin.c.key == outbox.c.key, twin.c.state == literal_column("'sending'")).exists()
    now = bindparam("now", type_=Moment)
    due = _PENDING & (outbox.c.due_at <= now) & ~blocked
    orphaned = _SENDING & (outbox.c.lease_until <= (func.clock_timestamp() if dialect == "postgresql" else now))
    return _locking(due), _locking(orphaned)


def _locking(condition: ColumnElement[bool]) -> Select[Any]:
    order = outbox.c.level, outbox.c.due_at, outbox.c.number
    rows = select(outbox).where(condition).order_by(*order).limit(bindparam("most"))
    return rows.with_for_update(skip_locked=True, of=outbox)


@cache
def _newest_wins(dialect: str) -> Executable:
    statement = inserting(dialect, outbox)
    new = statement.excluded
    changed: dict[str, Any] = {name: new[name] for name in OutboxRow.__dataclass_fields__ if name != "key"}
    changed["ref"] = case((new.ref == "", outbox.c.ref), else_=new.ref)
    return statement.on_conflict_do_update(
        index_elements=["key"], index_where=text("state = 'pending'"), set_=changed
    )  # fmt: skip


def _held(row_id: str, token: str) -> ColumnElement[bool]:
    return and_(outbox.c.id == row_id, _SENDING, outbox.c.lease_token == token)


def _values(row: OutboxRow) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in OutboxRow.__dataclass_fields__}
    return {**values, "contacts": encode(row.contacts), "payload": encode(row.payload)}


def _row(values: Mapping[str, Any] | RowMapping) -> OutboxRow:
    fields = {name: values[name] for name in OutboxRow.__dataclass_fields__}
    contacts = decode(values["contacts"], tuple[tuple[str, str], ...])
    return OutboxRow(**{**fields, "contacts": contacts, "payload": decode(values["payload"], dict[str, Any])})
