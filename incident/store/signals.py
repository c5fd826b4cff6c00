"""What is remembered of signals."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, delete, func, literal_column, select

from incident.domain.signal import Signal
from incident.intake.episodes import series_of
from incident.service.records import StoredSignal
from incident.store.codec import decode, encode_signal
from incident.store.sql import chunks, upsert
from incident.store.tables import signals

# A literal, since an index on a part of the table serves only statements that spell its condition out.
_RAISED = signals.c.state == literal_column("'raised'")
_HIDDEN = _RAISED & (signals.c.suppressed != "")
# Asked at every tick, so built once.
_RUN_OUT = (
    select(signals)
    .where(_RAISED, signals.c.ends_at <= bindparam("now"))
    .order_by(signals.c.ends_at)
    .limit(bindparam("most"))
)
_LOOK_AGAIN = (
    select(signals)
    .where(_HIDDEN, signals.c.look_again_at <= bindparam("now"))
    .order_by(signals.c.look_again_at)
    .limit(bindparam("most"))
)
_NEXT_END = select(func.min(signals.c.ends_at)).where(_RAISED)
_NEXT_LOOK = select(func.min(signals.c.look_again_at)).where(_HIDDEN)


class Signals:
    """``SignalRepo`` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, ids: Sequence[str]) -> dict[str, StoredSignal]:
        """Those of the ids that are known."""
        found: dict[str, StoredSignal] = {}
        for piece in chunks(dict.fromkeys(ids)):
            found.update({s.signal.id: s for s in self._read(select(signals).where(signals.c.id.in_(piece)))})
        return found

    def open_episodes(self, series: Sequence[str]) -> dict[str, StoredSignal]:
        """The raised signal of each series that has one; of several the one first seen last."""
        found: dict[str, StoredSignal] = {}
        for piece in chunks(dict.fromkeys(series)):
            oldest_first = select(signals).where(_RAISED, signals.c.series.in_(piece)).order_by(signals.c.first_at)
            found.update({series_of(stored.signal.id): stored for stored in self._read(oldest_first)})
        return found

    def save(self, signals_: Sequence[StoredSignal]) -> None:
        """Insert or replace by signal id; of two with one id the last stands."""
        rows = {stored.signal.id: _row(stored) for stored in signals_}
        upsert(self._connection, signals, list(rows.values()), ["id"])

    def run_out(self, now: datetime, limit: int) -> list[StoredSignal]:
        """Raised signals whose ``ends_at`` has passed, the earliest first."""
        return self._read(_RUN_OUT, {"now": now, "most": limit})

    def look_again(self, now: datetime, limit: int) -> list[StoredSignal]:
        """Raised, suppressed signals whose ``look_again_at`` has passed, the earliest first."""
        return self._read(_LOOK_AGAIN, {"now": now, "most": limit})

    def next_due(self) -> datetime | None:
        """The earliest ``ends_at`` of a raised or ``look_again_at`` of a raised and suppressed signal."""
        times = (self._connection.execute(statement).scalar_one() for statement in (_NEXT_END, _NEXT_LOOK))
        return min((time for time in times if time is not None), default=None)

    def of_incident(self, incident_id: str, limit: int = 200) -> list[StoredSignal]:
        """Signals that joined the incident, the latest first."""
        mine = select(signals).where(signals.c.incident_id == incident_id)
        return self._read(mine.order_by(signals.c.last_at.desc(), signals.c.id).limit(limit))

    def recent(self, limit: int = 200) -> list[StoredSignal]:
        """All signals, the latest first."""
        return self._read(select(signals).order_by(signals.c.last_at.desc(), signals.c.id).limit(limit))

    def told(self, since: datetime) -> list[tuple[str, datetime, str | None]]:
        """Rule, time and incident of every real signal first heard of since then, oldest first."""
        real = (signals.c.first_at >= since) & ~signals.c.drill
        found = select(signals.c.rule, signals.c.first_at, signals.c.incident_id).where(real)
        rows = self._connection.execute(found.order_by(signals.c.first_at, signals.c.id))
        return [(row.rule, row.first_at, row.incident_id) for row in rows]

    def purge(self, before: datetime) -> int:
        """Forget cleared signals last heard of before that time; how many."""
        old = delete(signals).where(signals.c.state == "cleared", signals.c.last_at < before)
        return self._connection.execute(old).rowcount

    def _read(self, statement: Select[Any], values: Mapping[str, Any] | None = None) -> list[StoredSignal]:
        return [_stored(row) for row in self._connection.execute(statement, values)]


def _row(stored: StoredSignal) -> dict[str, Any]:
    return {
        "id": stored.signal.id,
        "series": series_of(stored.signal.id),
        "state": stored.state,
        "incident_id": stored.incident_id,
        "suppressed": stored.suppressed,
        "suppressed_detail": stored.suppressed_detail,
        "first_at": stored.first_at,
        "last_at": stored.last_at,
        "cleared_at": stored.cleared_at,
        "ends_at": stored.ends_at,
        "look_again_at": stored.look_again_at,
        "body": encode_signal(stored.signal),
        "rule": stored.signal.rule,
        "drill": stored.signal.drill is not None,
    }


def _stored(row: Row[*tuple[Any, ...]]) -> StoredSignal:
    return StoredSignal(
        signal=decode(row.body, Signal),
        state=row.state,
        incident_id=row.incident_id,
        suppressed=row.suppressed,
        suppressed_detail=row.suppressed_detail,
        first_at=row.first_at,
        last_at=row.last_at,
        cleared_at=row.cleared_at,
        ends_at=row.ends_at,
        look_again_at=row.look_again_at,
    )
