"""``tocsin doctor``: is everything set up? Each finding says what to do about it."""

from typing import TYPE_CHECKING, Annotated

import typer

from config.cli.base import command
from config.cli.context import Cli

if TYPE_CHECKING:
    from config.finding import Finding

_MARKS = {"ok": ("✓", "green"), "warn": ("!", "yellow"), "fail": ("✗", "red")}


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    command(app, "doctor", example="tocsin doctor")(doctor)


def doctor(
    cli: Cli, fix: Annotated[bool, typer.Option("--fix", help="Create missing Kafka topics first")] = False
) -> None:
    """Examine the installation: files, database, brokers, disk, clocks, channels, people

    Changes nothing without --fix. Ends with 1 when something would keep Tocsin from working; mere warnings end with 0.
    """
    from config.doctor import examine

    if fix:
        from config.doctor_stream import mend

        mend(cli.settings)

    found = list(examine(cli.config_file))
    failed = any(one.state == "fail" for one in found)
    if cli.json:
        cli.data({"ok": not failed, "findings": [
            {"name": one.name, "state": one.state, "what": one.what, "remedy": one.remedy or None} for one in found
        ]})  # fmt: skip
    else:
        for one in found:
            _print(cli, one)
    if failed:
        raise typer.Exit(1)


def _print(cli: Cli, one: "Finding") -> None:
    from config.cli.sentences import in_language

    mark, style = _MARKS[one.state]
    what = cli.t(one.what).format(**one.values) if one.values else in_language(one.what, cli.t)
    cli.say(f"{mark} {cli.t(one.name)}: {what}", style=style)
    if one.remedy:
        cli.say(f"    → {in_language(one.remedy, cli.t)}")
