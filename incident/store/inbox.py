"""The durable inbox, the dead letters, and the detectors' memory."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, RowMapping, bindparam, delete, func, select, update
from sqlalchemy import insert as plain_insert

from incident.domain.errors import NotFound
from incident.domain.said import said
from incident.domain.signal import Signal
from incident.intake.event import Event
from incident.service.records import DeadRow, InboxRow
from incident.store.codec import decode_item, encode_item
from incident.store.columns import storable
from incident.store.sql import chunks, insert, upsert
from incident.store.tables import dead_letters, detector_states, inbox

_WAITING = (
    select(inbox.c.number, inbox.c.body, inbox.c.received_at)
    .where(inbox.c.body.is_not(None))
    .order_by(inbox.c.number)
    .limit(bindparam("most"))
)


class Inbox:
    """``InboxRepo`` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, items: Sequence[Event | Signal], now: datetime) -> int:
        """Keep ``items``; an Event whose source and id are known already is left out. How many were kept."""
        if not items:
            return 0
        statement = insert(self._connection, inbox).on_conflict_do_nothing(index_elements=["source", "event_id"])
        # RETURNING makes SQLAlchemy send many rows in one statement, and is the only count both drivers agree on.
        kept = self._connection.execute(statement.returning(inbox.c.number), [_row(item, now) for item in items])
        return len(kept.all())

    def again(self, item: Event | Signal, now: datetime) -> None:
        """Put back something that was worked on in vain. An Event takes its old place, so that it stays one."""
        if self.add([item], now) == 0 and isinstance(item, Event):
            mine = (inbox.c.source == storable(item.source)) & (inbox.c.event_id == storable(item.id))
            self._connection.execute(update(inbox).where(mine).values(body=encode_item(item)))

    def pending(self, limit: int) -> list[InboxRow]:
        """What was not worked on yet, in the order it came.

        A row that can't be read (written by another version, or damaged) becomes a dead letter without its body, so
        that it holds up nobody.
        """
        readable = []
        for number, body, received_at in self._connection.execute(_WAITING, {"most": limit}).all():
            try:
                readable.append(InboxRow(number, decode_item(body), received_at))
            except msgspec.DecodeError:
                self._give_up(number, received_at)
        return readable

    def done(self, numbers: Sequence[int]) -> None:
        """Work on them is finished: bodies are erased; Events stay by source and id, Signals go."""
        for piece in chunks(numbers):
            these = inbox.c.number.in_(piece)
            self._connection.execute(delete(inbox).where(these, inbox.c.source.is_(None)))
            self._connection.execute(update(inbox).where(these).values(body=None))

    def count(self) -> int:
        """How many wait."""
        waiting = select(func.count()).select_from(inbox).where(inbox.c.body.is_not(None))
        return self._connection.execute(waiting).scalar_one()

    def purge(self, before: datetime) -> int:
        """Forget finished rows received before that time; how many."""
        old = delete(inbox).where(inbox.c.body.is_(None), inbox.c.received_at < before)
        return self._connection.execute(old).rowcount

    def _give_up(self, number: int, received_at: datetime) -> None:
        letter = DeadRow(
            number=0,
            origin="inbox",
            index=number,
            reason_code="unreadable",
            reason=f"Inbox row {number} can't be read by this version",
            body="",
            received_at=received_at,
        )
        DeadLetters(self._connection).add([letter])
        self.done([number])


class DeadLetters:
    """``DeadRepo`` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, rows: Sequence[DeadRow]) -> None:
        """Keep them under new numbers."""
        if rows:
            self._connection.execute(plain_insert(dead_letters), [_letter(row) for row in rows])

    def rows(self, limit: int = 100, state: str = "dead") -> list[DeadRow]:
        """Those in that state, newest first."""
        here = select(dead_letters).where(dead_letters.c.state == state)
        found = self._connection.execute(here.order_by(dead_letters.c.number.desc()).limit(limit))
        return [_dead(row) for row in found.mappings()]

    def get(self, number: int) -> DeadRow:
        """Raises NotFound."""
        row = self._connection.execute(select(dead_letters).where(dead_letters.c.number == number)).mappings().first()
        if row is None:
            raise NotFound(said("There is no dead letter {number}", number=number))
        return _dead(row)

    def set_state(self, number: int, state: str) -> None:
        """dead, retried or dropped; a retry counts as an attempt. The item goes: somebody has decided.

        Raises NotFound.
        """
        changed = self._connection.execute(
            update(dead_letters)
            .where(dead_letters.c.number == number)
            .values(state=state, attempts=dead_letters.c.attempts + (1 if state == "retried" else 0), item=None)
        )
        if not changed.rowcount:
            raise NotFound(said("There is no dead letter {number}", number=number))

    def count(self) -> int:
        """How many are dead (neither retried nor dropped)."""
        dead = select(func.count()).select_from(dead_letters).where(dead_letters.c.state == "dead")
        return self._connection.execute(dead).scalar_one()

    def purge(self, before: datetime) -> int:
        """Forget all received before that time; how many."""
        return self._connection.execute(delete(dead_letters).where(dead_letters.c.received_at < before)).rowcount


class DetectorStates:
    """``DetectorRepo`` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def load(self) -> dict[tuple[str, str], bytes]:
        """The state of every (rule, key)."""
        found = self._connection.execute(select(detector_states))
        return {(row.rule, row.key): row.state for row in found}

    def save(self, changed: Mapping[tuple[str, str], bytes]) -> None:
        """Insert or replace; an empty state is forgotten."""
        kept = [{"rule": r, "key": storable(k), "state": state} for (r, k), state in changed.items() if state]
        upsert(self._connection, detector_states, kept, ["rule", "key"])
        for (rule, key), state in changed.items():
            if not state:
                here = (detector_states.c.rule == rule) & (detector_states.c.key == storable(key))
                self._connection.execute(delete(detector_states).where(here))


def _row(item: Event | Signal, now: datetime) -> dict[str, Any]:
    source, event_id = (storable(item.source), storable(item.id)) if isinstance(item, Event) else (None, None)
    return {"source": source, "event_id": event_id, "received_at": now, "body": encode_item(item)}


def _letter(row: DeadRow) -> dict[str, Any]:
    fields = {name: getattr(row, name) for name in DeadRow.__dataclass_fields__ if name not in {"number", "item"}}
    values = {name: storable(value) if isinstance(value, str) else value for name, value in fields.items()}
    return {**values, "item": row.item or None}


def _dead(row: RowMapping) -> DeadRow:
    return DeadRow(**{**row, "item": bytes(row["item"] or b"")})
