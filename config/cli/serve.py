"""``tocsin serve``: the site and the API of a distributed installation; facts go to Kafka."""

import sys
from typing import Annotated

import typer

from config.cli.base import command
from config.cli.context import Cli


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    command(app, "serve", example="tocsin serve --port 8421", data=False)(serve)


def serve(
    cli: Cli,
    host: Annotated[str, typer.Option("--host", metavar="ADDRESS", help="Listen here instead of 127.0.0.1")] = "",
    port: Annotated[int | None, typer.Option("--port", min=0, max=65535, help="Port; 0 takes any free one")] = None,
) -> None:
    """Run the site and the API; facts go to Kafka

    A distributed installation has any number of these, of "tocsin detect" and of "tocsin work". A fact is answered
    with 202 once the brokers have it.
    """
    from config.cli.links import site_url
    from config.cli.up import companions
    from config.logs import set_up_logs
    from config.serve import Process, listen
    from config.settings import Listen
    from config.streamside import Stream, StreamSide
    from config.wiring import build

    set_up_logs()
    settings = cli.settings
    asked = Listen(host=host or settings.listen.host, port=settings.listen.port if port is None else port)
    with listen(asked.host, asked.port) as socket:
        real = Listen(host=asked.host, port=socket.getsockname()[1])
        side = StreamSide.of(settings, Stream.connect(settings, patient=True), "serve")
        system = build(settings.model_copy(update={"listen": real}), outside=side.intake)
        process = Process(system, (side, *companions(system, works=False)), works=False)
        cli.say(cli.t("Tocsin serves {url}").format(url=site_url(system.settings)), style="bold")
        cli.say(cli.t("Stop with Ctrl-C."))
        sys.stdout.flush()
        code = process.run(socket)
    raise typer.Exit(code)
