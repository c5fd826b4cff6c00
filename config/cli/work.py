"""``tocsin work``: a command node of a distributed installation."""

import sys

import typer

from config.cli.base import command
from config.cli.context import Cli


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    command(app, "work", example="tocsin work", data=False)(work)


def work(cli: Cli) -> None:
    """Work on what the detectors find: incidents, timers, pages

    Any number of these work on one PostgreSQL database.
    """
    from config.logs import set_up_logs
    from config.stream_meter import answering
    from config.streamside import Stream, StreamSide
    from config.wiring import build
    from config.work import WorkNode

    set_up_logs()
    settings = cli.settings
    stream = Stream.connect(settings)
    side = StreamSide.of(settings, stream, "work")
    node = WorkNode(build(settings, outside=side.intake), stream, side)
    cli.say(cli.t("Tocsin works; channels: {channels}").format(channels=", ".join(node.system.notifiers) or "—"))
    cli.say(cli.t("Stop with Ctrl-C."))
    sys.stdout.flush()
    with answering(settings.metrics):
        code = node.run()
    raise typer.Exit(code)
