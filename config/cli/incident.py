"""``tocsin incident``: look at incidents, and act on them in somebody's name."""

from typing import Annotated

import typer

from config.cli import incident_acts
from config.cli.base import As, IncidentId, command, group
from config.cli.context import Cli

app = group("Look at incidents and act on them")
incident_acts.add_to(app)


@command(app, "list", example="tocsin incident list --all")
def list_incidents(
    cli: Cli,
    everything: Annotated[bool, typer.Option("--all", help="Those that have ended, too")] = False,
    drills: Annotated[bool | None, typer.Option("--drills/--real", help="Drills only, or real ones only")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="At most so many")] = 100,
    as_: As = "",
) -> None:
    """List incidents, newest first

    A restricted incident shows its code name and nothing else unless --as names somebody who is in it.
    """
    from config.cli.house import house
    from config.cli.incident_lines import line_data, print_list

    with house(cli) as parts:
        viewer = parts.viewer(as_)
        lines = parts.views.incidents(viewer, open_only=not everything, drill=drills, limit=limit)
    if cli.json:
        cli.data([line_data(line) for line in lines])
    else:
        print_list(cli, lines)


@command(app, "show", example="tocsin incident show INC-2026-0001")
def show(cli: Cli, incident: IncidentId, as_: As = "") -> None:
    """Show one incident: state, people, pages"""
    from config.cli.house import house
    from config.cli.incident_lines import incident_data, print_incident, title
    from incident.service.redaction import may_see

    with house(cli) as parts:
        viewer = parts.viewer(as_)
        found = parts.views.incident(viewer, incident)
        if cli.json:
            cli.data(incident_data(found, viewer))
        elif may_see(found, viewer):
            print_incident(cli, parts, found)
        else:
            cli.say(f"{found.id}  {title(cli, cli.words(found.title), drill=found.drill is not None)}", style="bold")
            cli.say(cli.t("This incident is restricted. If you are in it, say who you are: --as PERSON"))


@command(app, "timeline", example="tocsin incident timeline INC-2026-0001 --lang en")
def timeline(cli: Cli, incident: IncidentId, as_: As = "") -> None:
    """Tell an incident's log, entry by entry"""
    from config.cli.house import house
    from config.cli.incident_lines import entry_data, print_timeline

    with house(cli) as parts:
        lines = parts.views.timeline(parts.viewer(as_), incident, cli.language)
    if cli.json:
        cli.data([entry_data(line) for line in lines])
    else:
        print_timeline(cli, lines)


@command(app, "tasks", example="tocsin incident tasks INC-2026-0001 --open")
def tasks(
    cli: Cli,
    incident: IncidentId,
    only_open: Annotated[bool, typer.Option("--open", help="Unfinished ones only")] = False,
    as_: As = "",
) -> None:
    """List an incident's tasks with owner and deadline"""
    from config.cli.house import house
    from config.cli.incident_lines import print_tasks, task_data

    with house(cli) as parts:
        found = parts.views.tasks(parts.viewer(as_), incident)
    lines = [line for line in found if not (only_open and line.task.finished)]
    if cli.json:
        cli.data([task_data(line) for line in lines])
    else:
        print_tasks(cli, lines)
