"""What commands about a running incident have in common: their options, acting in somebody's name, looking."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from config.cli.context import Cli

if TYPE_CHECKING:
    from config.cli.house import House
    from incident.domain.commands import Command
    from incident.domain.incident import Incident

At = Annotated[
    str, typer.Option("--at", metavar="TIME", help="When it happened, if not now: 14:05 or 2026-03-01T14:05")
]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why")]
Note = Annotated[str, typer.Option("--note", metavar="TEXT", help="A few words for the log")]

Make = Callable[[str, "datetime | None"], "Command"]


def act(cli: Cli, as_: str, at: str, make: Make) -> "Incident":
    """Carry out what ``make`` makes of person and time; the incident as it stands afterwards."""
    from config.cli.house import house
    from config.cli.when import moment

    with house(cli) as parts:
        by = parts.actor(cli, as_)
        return parts.desk.do(make(by, moment(cli, at, cli.zone)))


def look(parts: "House", as_: str, incident: str) -> "Incident":
    """An incident as this person may see it. Raises NotAllowed when that is its code name alone, or NotFound."""
    from incident.domain.errors import NotAllowed
    from incident.service.redaction import may_see

    viewer = parts.viewer(as_)
    found = parts.views.incident(viewer, incident)
    if not may_see(found, viewer):
        raise NotAllowed(
            "This incident is restricted. If you are in it, say who you are: --as PERSON",
        )
    return found
