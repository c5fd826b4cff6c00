"""What people think of signals."""

from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from incident.domain.opinion import Opinion, Usefulness
from incident.store.sql import upsert
from incident.store.tables import opinions

_MARK = select(func.count(), func.max(opinions.c.at))


class Opinions:
    """``OpinionRepo`` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, opinion: Opinion) -> None:
        """Keep it; an earlier one of the same person on the same signal is replaced."""
        row = {
            "signal": opinion.signal,
            "person": opinion.person,
            "rule": opinion.rule,
            "verdict": opinion.verdict.value,
            "via": opinion.via,
            "at": opinion.at,
        }
        upsert(self._connection, opinions, [row], ["signal", "person"])

    def remove(self, signal: str, person: str) -> bool:
        """Take it back; False when there is none."""
        mine = (opinions.c.signal == signal) & (opinions.c.person == person)
        return bool(self._connection.execute(delete(opinions).where(mine)).rowcount)

    def rows(self) -> list[Opinion]:
        """All, oldest first."""
        found = select(opinions).order_by(opinions.c.at, opinions.c.signal, opinions.c.person)
        return [
            Opinion(row.rule, row.signal, row.person, row.at, Usefulness(row.verdict), row.via)
            for row in self._connection.execute(found)
        ]

    def mark(self) -> str:
        """How many there are, and the time of the latest: every change moves one of them."""
        count, latest = self._connection.execute(_MARK).one()
        return f"{count} {latest}"

    def purge(self, before: datetime) -> int:
        """Forget those given before that time."""
        return self._connection.execute(delete(opinions).where(opinions.c.at < before)).rowcount
