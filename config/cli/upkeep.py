"""``tocsin audit``, ``db`` and ``version``: looking after an installation."""

from collections.abc import Iterable, Iterator

import typer

from config.cli.base import command, group
from config.cli.context import Cli

audit = group("Prove that the log is as it was written")
db = group("The database")


@command(audit, "verify", example="tocsin audit verify --json")
def verify(cli: Cli) -> None:
    """Check every incident's log, entry by entry, against its chain of hashes

    Names the first broken entry of each log, and any state kept beside a whole log that is not what the log gives.
    Ends with 1 when there is one.
    """
    from config.cli.house import house

    with house(cli) as parts, parts.database.reading() as store:
        streams = list(store.log.streams())
        broken = [
            fault
            for stream in _watched(cli, streams)
            if (fault := store.log.verify(stream) or store.incidents.verify(stream))
        ]
    if cli.json:
        cli.data({"ok": not broken, "streams": len(streams), "broken": broken})
    elif not broken:
        cli.say(
            cli.t("{count} logs checked: every entry is as it was written.").format(count=len(streams)), style="green"
        )
    else:
        for fault in broken:
            cli.note(fault, style="red")
        told = cli.t("Broken: {broken} of {count} logs. Restore them from a backup and find out who had access.")
        cli.note(told.format(broken=len(broken), count=len(streams)))
    if broken:
        raise typer.Exit(1)


@command(db, "upgrade", example="tocsin db upgrade")
def upgrade(cli: Cli) -> None:
    """Create the database's tables, or bring them up to date

    Make a backup first. "tocsin up" does this by itself.
    """
    from config.cli.house import house

    with house(cli, create=True) as parts:
        name = parts.database.name
    if cli.json:
        cli.data({"database": name, "current": True})
    else:
        cli.say(cli.t("Up to date: {database}").format(database=name))


def add_version(app: typer.Typer) -> None:
    """Register ``tocsin version``."""

    @command(app, "version", example="tocsin version --json")
    def version(cli: Cli) -> None:
        """Print the version"""
        import platform

        import incident

        if cli.json:
            cli.data({"tocsin": incident.__version__, "python": platform.python_version()})
        else:
            typer.echo(f"tocsin {incident.__version__}")


def _watched(cli: Cli, streams: Iterable[str]) -> Iterator[str]:
    console = cli.console(error=True)
    if cli.json or not console.is_terminal:
        yield from streams
        return
    from rich.progress import track

    yield from track(list(streams), description="", console=console, transient=True)
