"""``tocsin demo``: three recorded stories on a fast clock, from first event to report."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from config.cli.base import command
from config.cli.context import Cli

if TYPE_CHECKING:
    from rich.console import Console

    from config.demo.play import Opened

PAUSE_S = 0.22
"""Rest after each line: slow enough to read along, and about half a minute for the whole."""
WATCHER = "zhou-wei"
"""The centre's director: whoever tries the demo sees it with these eyes."""
ExitOption = Annotated[bool, typer.Option("--exit", help="End by itself instead of leaving the site up")]
FastOption = Annotated[bool, typer.Option("--fast", help="As fast as this machine can, without rests for reading")]
OutputOption = Annotated[Path, typer.Option("--output", metavar="DIR", help="Where reports and data go")]
PortOption = Annotated[int, typer.Option("--port", min=0, max=65535, help="Port of the site; 0 takes any free one")]


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    command(app, "demo", example="tocsin demo --exit", data=False)(demo)


def demo(
    cli: Cli,
    exit: ExitOption = False,
    fast: FastOption = False,
    output: OutputOption = Path("demo-output"),
    port: PortOption = 0,
) -> None:
    """Watch Tocsin at work: three recorded stories in half a minute

    Starts a whole Tocsin in a directory of its own, sends it an outage from real server metrics, a complaint surge
    from real counts and a made-up data leak, and lets scripted people answer, work and sign off. Needs no network.
    """
    import incident
    from config.demo.installation import prepare
    from config.demo.play import opened
    from config.logs import set_up_logs

    console = cli.console()
    file = prepare(output, cli.language)
    try:
        with (output / "tocsin.log").open("w", encoding="utf-8") as log:
            set_up_logs(log)
            with opened(file, cli.language, port) as running:
                took = cli.t("started in {seconds} s").format(seconds=f"{running.started_in:.1f}")
                console.print(f"Tocsin {incident.__version__} · {running.site.url} · {took}", style="bold")
                _watch(cli, console, running, pause=0.0 if fast else PAUSE_S, stays=not exit)
    except KeyboardInterrupt:
        cli.note(cli.t("Stopped before the end."), style="")
        raise typer.Exit(130) from None


def _watch(cli: Cli, console: "Console", running: "Opened", *, pause: float, stays: bool) -> None:
    from config.demo.play import play
    from config.demo.summary import Summary

    names = running.world.system.names
    people = [WATCHER, *(story.outsider for story in running.stories if story.outsider)] if stays else []
    doors = [(names.person(person), running.site.door(person)) for person in people]
    for _, link in doors[:1]:
        console.print(f"{cli.t('Watch it live in a browser:')} {link}", soft_wrap=True)
    ended = play(running, console, cli.language, lambda: time.sleep(pause) if pause else None)
    summary = Summary(console, cli.language)
    summary.stories(ended.outcomes)
    summary.next_steps(running.home, ended.entries, doors, stays=stays)
    if stays:
        _stay(running)


def _stay(running: "Opened") -> None:
    """Let the clock run at its normal speed, so that whoever looks around can act, too. Ends with Ctrl-C."""
    last = time.monotonic()
    try:
        while True:
            time.sleep(0.25)
            now = time.monotonic()
            running.world.clock.push(seconds=now - last)
            running.world.system.step()
            last = now
    except KeyboardInterrupt:
        return
