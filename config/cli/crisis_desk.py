"""What the commands about clocks, messages, materials and people have in common."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from config.cli.context import Cli

if TYPE_CHECKING:
    from config.cli.house import House
    from incident.domain.commands import Command
    from incident.domain.incident import Incident
    from incident.service.desk import Desk
    from incident.service.ports import Store
    from playbooks.command import CommandPlanner

At = Annotated[
    str, typer.Option("--at", metavar="TIME", help="When it happened, if not now: 14:05 or 2026-03-01T14:05")
]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why")]
Note = Annotated[str, typer.Option("--note", metavar="TEXT", help="A few words for the log")]


def planner(parts: "House") -> "CommandPlanner":
    """The playbook engine with command around it, as the running system has it."""
    from playbooks.command import CommandPlanner, with_command

    found = parts.desk.rules.planner
    if isinstance(found, CommandPlanner):
        return found
    return with_command(found, parts.settings.home, timezone=parts.settings.timezone)


def desk(parts: "House") -> "Desk":
    """The desk that knows clocks, messages and roll calls."""
    from dataclasses import replace

    from incident.service.desk import Desk

    rules = replace(parts.desk.rules, planner=planner(parts))
    return Desk(parts.database.unit, rules, parts.clock, parts.names)


def adopt(parts: "House", incident: str) -> None:
    """Let an incident take up what is due, its plan for messages and clocks first."""
    from incident.service.session import Session

    found = desk(parts)

    def settle(store: "Store", now: datetime) -> None:
        session = Session(store.incidents.get(incident), found.rules, now)
        session.settle()
        session.save_due(store)

    found.transact(settle)


def act(cli: Cli, as_: str, at: str, make: "Callable[[str, datetime | None], Command]") -> "Incident":
    """Carry out what ``make`` makes of person and time; the incident as it stands afterwards."""
    from config.cli.house import house
    from config.cli.when import moment

    with house(cli) as parts:
        by = parts.actor(cli, as_)
        return desk(parts).do(make(by, moment(cli, at, cli.zone)))


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
