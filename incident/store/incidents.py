"""Incidents as they stand, beside the log: a snapshot of the fold, and the columns that lists and timers search."""

from datetime import datetime
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import Connection, Executable, Row, bindparam, func, select, update

from incident.domain.errors import Conflict, NotFound
from incident.domain.incident import Incident, Status, fold
from incident.domain.said import said
from incident.domain.suppression import OpenIncident
from incident.domain.words import Scenario
from incident.service.records import IncidentRow
from incident.store.codec import decode, encode, encode_fast, shape
from incident.store.log import Log
from incident.store.sql import insert, inserting
from incident.store.tables import counters, incidents

_LISTED = (
    "id", "scenario", "status", "level", "title_zh", "title_en", "code_name", "restricted", "drill",
    "opened_at", "ended_at", "updated_at", "audience",
)  # fmt: skip
_FACTS = ("id", "scenario", "correlation_key", "service", "site", "opened_at", "drill", "active", "status")

# Asked at every tick, so built once.
_STATE = select(incidents.c.shape, incidents.c.state).where(incidents.c.id == bindparam("here"))
_DUE = (
    select(incidents.c.id)
    .where(incidents.c.due_at <= bindparam("now"))
    .order_by(incidents.c.due_at)
    .limit(bindparam("most"))
)
_NEXT_DUE = select(func.min(incidents.c.due_at))


class Incidents:
    """``IncidentRepo`` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._log = Log(connection)

    def new_id(self, now: datetime, *, drill: bool) -> str:
        """``INC-2026-0001`` or ``DRL-2026-0001``, counting up; a number is never given twice."""
        prefix = f"{'DRL' if drill else 'INC'}-{now.year:04d}"
        statement = insert(self._connection, counters).values(name=prefix, value=1)
        counted = statement.on_conflict_do_update(index_elements=["name"], set_={"value": counters.c.value + 1})
        number = self._connection.execute(counted.returning(counters.c.value)).scalar_one()
        return f"{prefix}-{number:04d}"

    def get(self, incident_id: str) -> Incident:
        """The newest state: the snapshot, then the entries after it; all entries when the snapshot is of an older form.

        Raises NotFound. The state is the caller's own.
        """
        row = self._connection.execute(_STATE, {"here": incident_id}).one_or_none()
        start = _snapshot(row) if row else None
        entries = self._log.entries(incident_id, after=start.version if start else 0)
        if start is None and not entries:
            raise NotFound(said("There is no incident {incident}", incident=incident_id), remedy="check the number")
        return fold(entries, start)

    def save(self, incident: Incident, *, due_at: datetime | None, head: str, updated_at: datetime) -> None:
        """Keep the state beside the log. Raises Conflict when a newer version is kept already."""
        row = {**_columns(incident), "head": head, "updated_at": updated_at, "due_at": due_at}
        statement = _replacing(self._connection.dialect.name, tuple(row))
        if self._connection.execute(statement, row).first() is None:
            raise Conflict(
                said("A newer state of {incident} is kept already", incident=incident.id),
                remedy="load it again and retry",
            )

    def set_due(self, incident_id: str, due_at: datetime | None) -> None:
        """Change only when ``tick`` must look at it again; None: not by itself. Raises NotFound."""
        here = update(incidents).where(incidents.c.id == incident_id).values(due_at=due_at)
        if not self._connection.execute(here).rowcount:
            raise NotFound(said("There is no incident {incident}", incident=incident_id), remedy="check the number")

    def verify(self, incident_id: str) -> str | None:
        """None when the state kept beside the log, and each column made from it, is what the log gives.

        Otherwise one line that names the first that differs. The log itself must have been found whole.
        """
        row = self._connection.execute(select(incidents).where(incidents.c.id == incident_id)).one_or_none()
        if row is None:
            return f"{incident_id}: the state kept beside the log is missing"
        told = fold(entry for entry in self._log.entries(incident_id) if entry.seq <= row.version)
        made = _columns(told)
        if row.shape == made["shape"] and _snapshot(row) != told:
            return f"{incident_id}: the state kept beside the log is not what the log gives"
        for name in made.keys() - {"shape", "state"}:
            if getattr(row, name) != made[name]:
                return f"{incident_id}: the state kept beside the log is not what the log gives ({name})"
        return None

    def due(self, now: datetime, limit: int) -> list[str]:
        """Incidents that ``tick`` must look at, the longest due first."""
        return list(self._connection.execute(_DUE, {"now": now, "most": limit}).scalars())

    def next_due(self) -> datetime | None:
        """When the next incident is due, None when none waits for anything."""
        earliest: datetime | None = self._connection.execute(_NEXT_DUE).scalar_one()
        return earliest

    def open_facts(self) -> list[OpenIncident]:
        """All that have not ended, oldest first. ``active``: a signal still stands, or people opened it by hand."""
        statement = (
            select(*(incidents.c[name] for name in _FACTS))
            .where(incidents.c.is_open)
            .order_by(incidents.c.opened_at, incidents.c.id)
        )
        return [
            OpenIncident(
                id=row.id,
                scenario=Scenario(row.scenario),
                correlation_key=row.correlation_key,
                service=row.service,
                site=row.site,
                opened_at=row.opened_at,
                drill=row.drill,
                active=row.active,
                resolved=row.status == Status.RESOLVED.value,
            )
            for row in self._connection.execute(statement)
        ]

    def rows(
        self, *, status: str | None = None, drill: bool | None = None, open_only: bool = False, limit: int = 100
    ) -> list[IncidentRow]:
        """Lines of the incident list, newest first."""
        statement = select(*(incidents.c[name] for name in _LISTED))
        if status is not None:
            statement = statement.where(incidents.c.status == status)
        if drill is not None:
            statement = statement.where(incidents.c.drill.is_not(None) if drill else incidents.c.drill.is_(None))
        if open_only:
            statement = statement.where(incidents.c.is_open)
        newest = statement.order_by(incidents.c.opened_at.desc(), incidents.c.id.desc()).limit(limit)
        return [_line(row) for row in self._connection.execute(newest)]


@cache
def _replacing(dialect: str, names: tuple[str, ...]) -> Executable:
    statement = inserting(dialect, incidents)
    changed = {name: statement.excluded[name] for name in names if name != "id"}
    not_newer = incidents.c.version <= statement.excluded.version
    replacing = statement.on_conflict_do_update(index_elements=["id"], set_=changed, where=not_newer)
    return replacing.returning(incidents.c.id)


def _columns(incident: Incident) -> dict[str, Any]:
    return {
        "id": incident.id,
        "version": incident.version,
        "is_open": not incident.ended,
        "scenario": incident.scenario.value,
        "status": incident.status.value,
        "level": incident.level,
        "title_zh": incident.title.zh,
        "title_en": incident.title.en,
        "code_name": incident.code_name,
        "restricted": incident.restricted,
        "drill": incident.drill,
        "correlation_key": incident.correlation_key,
        "service": incident.labels.get("service", ""),
        "site": incident.labels.get("site", ""),
        "active": incident.signals_active > 0 or incident.signals_joined == 0,
        "audience": encode(incident.audience),
        "opened_at": incident.anchors["opened"],
        "ended_at": incident.anchors.get("ended"),
        "shape": shape(),
        "state": encode_fast(incident),
    }


def _snapshot(row: Row[*tuple[Any, ...]]) -> Incident | None:
    if row.shape != shape():
        return None
    try:
        return decode(row.state, Incident)
    except msgspec.DecodeError:
        return None  # the log tells it anew; `audit verify` judges the log


def _line(row: Row[*tuple[Any, ...]]) -> IncidentRow:
    values = dict(row._mapping)  # noqa: SLF001 -- SQLAlchemy's public name for a row as a mapping
    return IncidentRow(**{**values, "audience": decode(values["audience"], tuple[str, ...])})
