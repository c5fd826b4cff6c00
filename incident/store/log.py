"""The append-only, hash-chained log."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Integer,
    LargeBinary,
    Text,
    bindparam,
    cast,
    func,
    insert,
    literal,
    select,
    union,
    update,
)

from incident.domain.errors import Conflict
from incident.domain.events import DomainEvent, Entry
from incident.domain.said import said
from incident.store.codec import chain, decode_event, encode_event
from incident.store.columns import iso
from incident.store.tables import incidents, key_values, log_entries, log_streams

_HASHED = ("stream", "seq", "type", "actor", "occurred_at", "recorded_at", "body")

_ENTRIES = (
    select(log_entries)
    .where(log_entries.c.stream == bindparam("here"), log_entries.c.seq > bindparam("after"))
    .order_by(log_entries.c.seq)
)
_HEAD = select(log_streams.c.version, log_streams.c.head).where(log_streams.c.stream == bindparam("here"))


class Log:
    """``LogRepo`` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def append(
        self,
        stream: str,
        events: Sequence[DomainEvent],
        *,
        actor: str,
        occurred_at: datetime,
        recorded_at: datetime,
        expected: int,
    ) -> list[Entry]:
        """Append ``events`` after entry number ``expected`` and return them as entries, hashes filled in.

        Raises Conflict when the stream doesn't end there: load again and decide again.
        """
        if not events:
            return []
        entries, rows, previous = [], [], self._head(stream, expected)
        times = iso(occurred_at), iso(recorded_at)
        for seq, event in enumerate(events, expected + 1):
            kind, body = encode_event(event)
            fields = (stream, str(seq), kind, actor, *times, body)
            previous = chain(previous, tuple(field.encode() for field in fields))
            rows.append({**dict(zip(_HASHED, fields, strict=True)), "seq": seq, "hash": previous})
            entries.append(Entry(stream, seq, event, actor, occurred_at, recorded_at, previous))
        self._move_head(stream, expected, entries[-1])
        self._connection.execute(insert(log_entries), rows)
        return entries

    def entries(self, stream: str, after: int = 0) -> list[Entry]:
        """The entries of a stream with a number above ``after``, in order. Raises BadInput for an unreadable one."""
        found = self._connection.execute(_ENTRIES, {"here": stream, "after": after})
        return [
            Entry(
                row.stream,
                row.seq,
                decode_event(row.type, row.body, f"{row.stream} entry {row.seq}"),
                row.actor,
                datetime.fromisoformat(row.occurred_at),
                datetime.fromisoformat(row.recorded_at),
                row.hash,
            )
            for row in found
        ]

    def streams(self) -> Iterator[str]:
        """Every stream there is, or that an incident says there must be, in the order of their names."""
        names = union(select(log_streams.c.stream), select(incidents.c.id)).order_by("stream")
        yield from self._connection.execute(names).scalars()

    def behind(self, marker: str, limit: int) -> list[tuple[str, int]]:
        """Streams that grew beyond the number kept under ``marker`` and their name, and that number."""
        reached = func.coalesce(cast(func.nullif(key_values.c.value, ""), Integer), 0)
        kept = key_values.c.name == literal(marker) + log_streams.c.stream
        found = self._connection.execute(
            select(log_streams.c.stream, reached)
            .select_from(log_streams.outerjoin(key_values, kept))
            .where(log_streams.c.version > reached)
            .order_by(log_streams.c.stream)
            .limit(limit)
        )
        return [(stream, number) for stream, number in found]

    def verify(self, stream: str) -> str | None:
        """None when every entry has the content it was written with and the chain ends where it must.

        Otherwise one line: ``INC-2026-0001 entry 17 (TaskDone, 2026-…): content does not match its hash``. Reads the
        columns as bytes, so that damage which can't even be decoded is named too.
        """
        raw = [self._raw(log_entries.c[name]) for name in (*_HASHED, "hash")]
        rows = self._connection.execute(
            select(*raw).where(log_entries.c.stream == stream).order_by(log_entries.c.seq)
        )  # fmt: skip
        previous, last = "", 0
        for row in rows:
            fields = [_bytes(value) for value in row]
            expected = chain(previous, tuple(fields[:-1]))
            if fields[1] != b"%d" % (last + 1):
                return f"{stream}: entry {last + 1} is missing; the next one is {_named(fields)}"
            if expected.encode() != fields[-1]:
                return f"{stream} entry {_named(fields)}: content does not match its hash"
            previous, last = expected, last + 1
        return self._verify_end(stream, last, previous)

    def _head(self, stream: str, expected: int) -> str:
        row = self._connection.execute(_HEAD, {"here": stream}).one_or_none()
        version = row.version if row else 0
        if version != expected:
            raise Conflict(
                said(
                    "{stream} has {version} entries, not {expected}: somebody else was first",
                    stream=stream,
                    version=version,
                    expected=expected,
                ),
                remedy="load it again and retry",
            )
        return row.head if row else ""

    def _move_head(self, stream: str, expected: int, last: Entry) -> None:
        """Only one of several writers gets past this row; a new stream's race is lost on its primary key."""
        new = {"version": last.seq, "head": last.hash}
        if expected == 0:
            self._connection.execute(insert(log_streams), {"stream": stream, **new})
            return
        moved = self._connection.execute(
            update(log_streams)
            .where(log_streams.c.stream == stream, log_streams.c.version == expected)
            .values(**new)
        )  # fmt: skip
        if moved.rowcount != 1:
            raise Conflict(
                said("Somebody else wrote to {stream} first", stream=stream), remedy="load it again and retry"
            )

    def _verify_end(self, stream: str, last: int, head: str) -> str | None:
        for table, key, who in (
            (log_streams, log_streams.c.stream, "the log"),
            (incidents, incidents.c.id, "the incident"),
        ):
            ends = self._end(table.c.version, table.c.head, key == stream)
            if ends is None and table is log_streams:
                return f"{stream}: the log does not know this stream"
            if ends is not None and (ends[0] != b"%d" % last or ends[1] != head.encode()):
                told = ends[0].decode(errors="replace")
                return f"{stream}: the chain ends at entry {last}, but {who} at entry {told}, or with another hash"
        return None

    def _end(self, version: Column[Any], head: Column[Any], here: ColumnElement[bool]) -> tuple[bytes, bytes] | None:
        row = self._connection.execute(
            select(self._raw(version), self._raw(head)).where(here)
        ).one_or_none()  # fmt: skip
        return (_bytes(row[0]), _bytes(row[1])) if row else None

    def _raw(self, column: Column[Any]) -> ColumnElement[Any]:
        # SQLite keeps whatever bytes it was given and fails to hand invalid UTF-8 out as text; PostgreSQL checks.
        return cast(column, Text if self._connection.dialect.name == "postgresql" else LargeBinary)


def _bytes(value: str | bytes | None) -> bytes:
    return value.encode() if isinstance(value, str) else bytes(value or b"")


def _named(fields: Sequence[bytes]) -> str:
    seq, kind, occurred_at = (fields[i].decode(errors="replace") for i in (1, 2, 4))
    return f"{seq} ({kind}, {occurred_at})"
