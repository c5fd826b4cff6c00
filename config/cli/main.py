"""The program ``tocsin``: the tree of commands, and how every run ends."""

import sys
from typing import Annotated

import typer

from config.cli import (
    backtest,
    clock,
    commanding,
    comms,
    complaints,
    demo,
    detect,
    doctor,
    drill,
    incident,
    init,
    material,
    oncall,
    people,
    playbook,
    quiet,
    report,
    scan,
    send,
    serve,
    signals,
    token,
    up,
    upkeep,
    watch,
    work,
)
from config.cli.base import PIPE_CLOSED, ConfigOption, LangOption, Root, quiet_pipe

INTERRUPTED = 130
app = typer.Typer(
    name="tocsin", cls=Root, no_args_is_help=True, add_completion=False, rich_markup_mode=None,
    pretty_exceptions_enable=False, help="Incident and crisis command for call centres",
    epilog="tocsin init && tocsin up",
)  # fmt: skip


@app.callback()
def root(
    ctx: typer.Context,
    config: ConfigOption = None,
    lang: LangOption = None,
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit")] = False,
) -> None:
    ctx.obj.config = config
    if version:
        import incident as house

        typer.echo(f"tocsin {house.__version__}")
        raise typer.Exit


for _part in (init, up, serve, detect, work, demo, send, backtest, scan, signals, doctor):
    _part.add_to(app)
upkeep.add_version(app)
GROUPS = {
    "incident": incident.app,
    "oncall": oncall.app,
    "playbook": playbook.app,
    "drill": drill.app,
    "command": commanding.app,
    "clock": clock.app,
    "comms": comms.app,
    "complaints": complaints.app,
    "material": material.app,
    "people": people.app,
    "report": report.app,
    "silence": quiet.silence,
    "maintenance": quiet.maintenance,
    "signal": signals.signal,
    "page": watch.page,
    "deadletter": watch.deadletter,
    "token": token.app,
    "audit": upkeep.audit,
    "db": upkeep.db,
}
for _name, _group in GROUPS.items():
    app.add_typer(_group, name=_name)


def main() -> None:
    """Run the command line of this process. Exits with 0 (done), 1 (a problem), 2 (wrong use), 130 or 141 (stopped)."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that can't show Chinese shows ? and nothing breaks
    code = 0
    try:
        app(prog_name="tocsin")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except KeyboardInterrupt:
        code = INTERRUPTED
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        quiet_pipe()
        code = PIPE_CLOSED
    sys.exit(code)


if __name__ == "__main__":
    main()
