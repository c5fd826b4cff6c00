"""Drill runs and issued reports."""

from typing import Any

from sqlalchemy import Connection, RowMapping, select

from incident.domain.errors import NotFound
from incident.domain.said import said
from incident.service.records import DrillRun, StoredReport
from incident.store.codec import decode, encode
from incident.store.sql import upsert
from incident.store.tables import drill_runs, reports


class DrillRuns:
    """``DrillRepo`` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def save(self, run: DrillRun) -> None:
        """Insert or replace."""
        values = {name: getattr(run, name) for name in DrillRun.__dataclass_fields__}
        upsert(self._connection, drill_runs, [{**values, "body": encode(run.body)}], ["id"])

    def get(self, run_id: str) -> DrillRun:
        """Raises NotFound."""
        row = self._connection.execute(select(drill_runs).where(drill_runs.c.id == run_id)).mappings().first()
        if row is None:
            raise NotFound(said("There is no drill run {run}", run=run_id))
        return _run(row)

    def rows(self, limit: int = 100) -> list[DrillRun]:
        """Newest first."""
        newest = select(drill_runs).order_by(drill_runs.c.started_at.desc(), drill_runs.c.id).limit(limit)
        return [_run(row) for row in self._connection.execute(newest).mappings()]

    def running(self) -> list[DrillRun]:
        """Those under way, oldest first."""
        under_way = select(drill_runs).where(drill_runs.c.state == "running").order_by(drill_runs.c.started_at)
        return [_run(row) for row in self._connection.execute(under_way).mappings()]


class Reports:
    """``ReportRepo`` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def save(self, report: StoredReport) -> None:
        """Insert or replace."""
        values = {name: getattr(report, name) for name in StoredReport.__dataclass_fields__}
        upsert(self._connection, reports, [{**values, "data": encode(report.data)}], ["id"])

    def get(self, report_id: str) -> StoredReport:
        """Raises NotFound."""
        row = self._connection.execute(select(reports).where(reports.c.id == report_id)).mappings().first()
        if row is None:
            raise NotFound(said("There is no report {report}", report=report_id))
        return _report(row)

    def rows(self, incident_id: str | None = None, limit: int = 100) -> list[StoredReport]:
        """Newest first; of one incident or of all."""
        statement = select(reports)
        if incident_id is not None:
            statement = statement.where(reports.c.incident_id == incident_id)
        newest = statement.order_by(reports.c.created_at.desc(), reports.c.id).limit(limit)
        return [_report(row) for row in self._connection.execute(newest).mappings()]


def _run(row: RowMapping) -> DrillRun:
    return DrillRun(**{**row, "body": decode(row["body"], dict[str, Any])})


def _report(row: RowMapping) -> StoredReport:
    return StoredReport(**{**row, "data": decode(row["data"], dict[str, Any])})
