"""``tocsin oncall``: who is on duty, when, and whether anybody would be missing."""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from config.cli.base import command, group
from config.cli.context import Cli
from incident.domain.said import said

if TYPE_CHECKING:
    from datetime import datetime

    from config.cli.house import House

app = group("Who is on duty, and when")
Days = Annotated[int, typer.Option("--days", min=1, max=366, help="How many days ahead")]


@command(app, "who", example='tocsin oncall who shift_lead --at "2026-03-01 22:00"')
def who(
    cli: Cli,
    position: Annotated[
        str, typer.Argument(metavar="[POSITION]", help="One position; all without", show_default=False)
    ] = "",
    at: Annotated[str, typer.Option("--at", metavar="TIME", help="At this time instead of now")] = "",
) -> None:
    """Say who holds a position, first to be called first"""
    from config.cli.house import house
    from config.cli.when import moment

    with house(cli) as parts:
        when = moment(cli, at, cli.zone) or parts.clock.now()
        wanted = [_position(parts, position)] if position else list(parts.roster.positions)
        holders = {name: parts.roster.holders(name, when) for name in wanted}
        if cli.json:
            cli.data([
                {"position": name, "title": parts.roster.title(name), "at": when,
                 "people": [{"id": person.id, "name": person.name} for person in found]}
                for name, found in holders.items()
            ])  # fmt: skip
            return
        rows = (
            (name, cli.words(parts.roster.title(name)), ", ".join(cli.words(p.name) for p in found) or cli.t("nobody"))
            for name, found in holders.items()
        )
        cli.table(("Position", "Title", "On duty, first to be called first"), rows, empty="No positions.")


@command(app, "schedule", example="tocsin oncall schedule tech_support --days 28")
def schedule(
    cli: Cli,
    position: Annotated[
        str, typer.Argument(metavar="[POSITION]", help="One position; all without", show_default=False)
    ] = "",
    days: Days = 7,
) -> None:
    """Show who is called first for each position, shift by shift"""
    from config.cli.house import house
    from playbooks.schedule import shifts

    with house(cli) as parts:
        start = parts.clock.now()
        wanted = [_position(parts, position)] if position else list(parts.roster.positions)
        found = [
            (name, *shift) for name in wanted for shift in shifts(parts.roster, name, start, start + timedelta(days))
        ]
        if cli.json:
            cli.data([{"position": n, "person": p, "from": since, "to": until} for n, p, since, until in found])
            return
        rows = (
            (cli.words(parts.roster.title(n)), cli.words(parts.names.person(p)), cli.time(since), cli.time(until))
            for n, p, since, until in found
        )
        cli.table(("Position", "Person", "Starts", "Ends"), rows, empty="Nobody is on duty.")


@command(app, "check", example="tocsin oncall check --days 90")
def check(cli: Cli, days: Days = 30) -> None:
    """Find gaps: positions with nobody, people who can't be reached

    Ends with 1 when something was found.
    """
    from config.cli.house import house

    with house(cli) as parts:
        found = findings(cli, parts, parts.clock.now(), timedelta(days))
    if cli.json:
        cli.data({"ok": not found, "findings": found})
    elif not found:
        cli.say(cli.t("All positions are held for the next {days} days.").format(days=days), style="green")
    else:
        for line in found:
            cli.say(f"• {line}")
    if found:
        raise typer.Exit(1)


def findings(cli: Cli, parts: "House", start: "datetime", ahead: timedelta) -> list[str]:
    """What would go wrong on duty, one readable line each."""
    from config.cli.sentences import in_language
    from incident.domain.errors import BadInput
    from playbooks.schedule import gaps

    found = [
        cli.t("{position}: nobody from {start} to {end}").format(
            position=cli.words(parts.roster.title(gap.position)), start=cli.time(gap.start), end=cli.time(gap.end)
        )
        for gap in gaps(parts.roster, start, start + ahead)
    ]
    found += [in_language(warning, cli.t) for warning in parts.roster_file.warnings]
    try:
        parts.playbooks  # noqa: B018 - reading them holds their positions against the roster
    except BadInput as error:
        found += [in_language(fault, cli.t) for fault in error.told]
    return found


def _position(parts: "House", name: str) -> str:
    import difflib

    from incident.domain.errors import BadInput

    if name not in parts.roster.positions:
        close = difflib.get_close_matches(name, parts.roster.positions, n=1)
        remedy = said("did you mean '{name}'?", name=close[0]) if close else "positions are listed in people.yaml"
        raise BadInput(said("unknown position '{name}'", name=name), remedy=remedy)
    return name
