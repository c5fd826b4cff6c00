"""Silences and maintenance windows."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from incident.domain.errors import NotFound
from incident.domain.said import said
from incident.domain.suppression import Maintenance, Matcher, Silence
from incident.store.codec import decode, encode
from incident.store.tables import signals, silences


class Silences:
    """``SilenceRepo`` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def silences(self, now: datetime) -> list[Silence]:
        """Those that have not ended, also those that have not begun."""
        return [
            Silence(row.id, decode(row.about, tuple[Matcher, ...]), row.starts_at, row.ends_at, row.by, row.reason)
            for row in self._read("silence", now)
        ]

    def windows(self, now: datetime) -> list[Maintenance]:
        """Those that have not ended, also those that have not begun."""
        return [
            Maintenance(row.id, decode(row.about, tuple[str, ...]), row.starts_at, row.ends_at, row.by, row.reason)
            for row in self._read("window", now)
        ]

    def add_silence(self, silence: Silence) -> None:
        """Raises Conflict when the id is taken."""
        self._add("silence", silence, encode(silence.matchers))

    def add_window(self, window: Maintenance) -> None:
        """Raises Conflict when the id is taken."""
        self._add("window", window, encode(window.services))

    def end(self, silence_or_window_id: str, now: datetime) -> None:
        """End it now and have every suppressed signal that still stands looked at again. Raises NotFound."""
        running = (silences.c.id == silence_or_window_id) & (silences.c.ends_at > now)
        if not self._connection.execute(update(silences).where(running).values(ends_at=now)).rowcount:
            raise NotFound(
                said(
                    "No silence or maintenance window {id} is in force or to come",
                    id=silence_or_window_id,
                )
            )
        held_back = (signals.c.state == "raised") & (signals.c.suppressed != "")
        self._connection.execute(update(signals).where(held_back).values(look_again_at=now))

    def _add(self, kind: str, quiet: Silence | Maintenance, about: str) -> None:
        values = {
            "id": quiet.id,
            "kind": kind,
            "starts_at": quiet.starts_at,
            "ends_at": quiet.ends_at,
            "by": quiet.by,
            "reason": quiet.reason,
            "about": about,
        }
        self._connection.execute(insert(silences), values)

    def _read(self, kind: str, now: datetime) -> list[Row[*tuple[Any, ...]]]:
        holding = (silences.c.kind == kind) & (silences.c.ends_at > now)
        found = self._connection.execute(select(silences).where(holding).order_by(silences.c.starts_at, silences.c.id))
        return list(found)
