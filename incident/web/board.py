"""The incident list as people need it: gravest open ones first, each with who commands and what is due next."""

from dataclasses import dataclass
from datetime import datetime

from incident.domain.incident import Incident, Task
from incident.domain.words import Text
from incident.service.redaction import Viewer
from incident.service.views import IncidentLine, Views

MOST_DETAILED = 50
"""So many open incidents get command and deadline; beyond that the list is a flood and shows lines only."""


HIDDEN_LEVEL = 9
"""What an outsider can do nothing about stands after what anybody can."""


@dataclass(frozen=True, slots=True)
class Due:
    """The next thing due in an incident."""

    title: Text
    at: datetime


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the list with what is known beyond it."""

    line: IncidentLine
    commander: str = ""
    due: Due | None = None


def board(views: Views, viewer: Viewer, tab: str, limit: int = 100) -> list[Row]:
    """Rows of a tab: ``open``, ``all`` or ``drills``."""
    lines = views.incidents(viewer, open_only=tab == "open", drill={"all": False, "drills": True}.get(tab), limit=limit)
    rows = []
    for number, line in enumerate(sorted(lines, key=_urgency)):
        if line.hidden or line.ended_at is not None or number >= MOST_DETAILED:
            rows.append(Row(line))
            continue
        incident = views.incident(viewer, line.id)
        rows.append(Row(line, incident.commander, next_due(incident)))
    return rows


def next_due(incident: Incident) -> Due | None:
    """The earliest deadline of an unfinished task."""
    found = [(at, task) for task in incident.tasks.values() if (at := _deadline(incident, task))]
    if not found:
        return None
    at, task = min(found, key=lambda pair: pair[0])
    return Due(task.plan.title, at)


def _deadline(incident: Incident, task: Task) -> datetime | None:
    return None if task.finished else incident.due_of(task.plan)


def _urgency(line: IncidentLine) -> tuple[bool, bool, int, float]:
    """Open before ended, real before drill, gravest first, newest first."""
    opened = line.opened_at.timestamp() if line.opened_at else 0.0
    return (line.ended_at is not None, line.drill, line.level or HIDDEN_LEVEL, -opened)
