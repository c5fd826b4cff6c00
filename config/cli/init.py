"""``tocsin init``: configuration files that work as they are."""

from pathlib import Path
from typing import Annotated

import typer

from config.cli.base import command
from config.cli.context import Cli
from incident.domain.said import said

FILES = ("tocsin.yaml", "people.yaml", "detectors.yaml", "services.yaml")
IGNORE = "# The data of Tocsin: the database holds names and telephone numbers.\ntocsin-data/\n"


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    command(app, "init", example="tocsin init my-centre")(init)


def init(
    cli: Cli,
    directory: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="Where to write them", show_default=False)
    ] = Path(),
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there already")] = False,
) -> None:
    """Write commented configuration files that work as they are"""
    from incident.domain.errors import BadInput

    there = [name for name in FILES if (directory / name).exists()]
    if there and not force:
        raise BadInput(
            said("{folder}: {names} already there", folder=directory, names=", ".join(there)),
            remedy="choose another directory, or replace them: --force",
        )
    directory.mkdir(parents=True, exist_ok=True)
    defaults = Path(__file__).parents[1] / "defaults"
    for name in FILES:
        _write(directory / name, (defaults / name).read_text("utf-8"), cli)
    ignore = directory / ".gitignore"
    if not ignore.exists():
        ignore.write_text(IGNORE, "utf-8")
    _told(cli, directory)


def _write(path: Path, text: str, cli: Cli) -> None:
    if path.name == "tocsin.yaml":
        text = text.replace("language: zh-CN ", f"language: {cli.language} ".ljust(16), 1)
    path.write_text(text, "utf-8")


def _told(cli: Cli, directory: Path) -> None:
    if cli.json:
        cli.data({"directory": str(directory.resolve()), "files": list(FILES)})
        return
    cli.say(cli.t("Written to {directory}: {files}").format(directory=directory.resolve(), files=", ".join(FILES)))
    cli.say(cli.t("Next:"))
    steps = [] if directory == Path() else [(f"cd {directory}", "")]
    steps += [
        ("tocsin up", "start, and open the link it prints"),
        ("tocsin oncall check", "after putting your own people into people.yaml"),
        ("tocsin doctor", "is everything set up?"),
    ]
    for line, what in steps:
        cli.say(f"  {line}" + (f"    # {cli.t(what)}" if what else ""))
