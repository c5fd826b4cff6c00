"""``tocsin up``: the whole system in one process."""

import gc
import sys
import webbrowser
from contextlib import nullcontext
from typing import TYPE_CHECKING, Annotated

import typer

from config.cli.base import command
from config.cli.context import Cli

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from config.serve import Companion
    from config.settings import BaseTocsinSettings
    from config.wiring import System


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    command(app, "up", example="tocsin up --port 8421", data=False)(up)


def up(
    cli: Cli,
    host: Annotated[str, typer.Option("--host", metavar="ADDRESS", help="Listen here instead of 127.0.0.1")] = "",
    port: Annotated[int | None, typer.Option("--port", min=0, max=65535, help="Port; 0 takes any free one")] = None,
    browser: Annotated[bool, typer.Option("--open/--no-open", help="Open the site in a browser")] = True,
) -> None:
    """Start Tocsin here: site, intake, detectors, paging

    Runs until Ctrl-C. Without a tocsin.yaml in this directory the shipped defaults are used. Prints a link that signs
    you in once.
    """
    gc.disable()  # what is loaded from here on stays for good: looking for garbage in it costs a fifth of the start
    from config.logs import set_up_logs
    from config.serve import Process, listen
    from config.settings import Listen
    from config.wiring import build

    set_up_logs()
    settings = cli.settings
    asked = Listen(host=host or settings.listen.host, port=settings.listen.port if port is None else port)
    with _alone(settings), listen(asked.host, asked.port) as socket:
        real = Listen(host=asked.host, port=socket.getsockname()[1])
        system = build(settings.model_copy(update={"listen": real}))
        process = Process(system, companions(system))
        gc.freeze()
        gc.enable()
        link = _welcome(cli, system)
        if browser and sys.stdout.isatty() and _has_screen():
            webbrowser.open(link)
        code = process.run(socket)
        if process.crash:
            cli.note(cli.t("Stopped by a fault inside Tocsin; the log above says more. Nothing accepted is lost."))
    raise typer.Exit(code)


def _alone(settings: "BaseTocsinSettings") -> "AbstractContextManager[None]":
    """SQLite is for one process; on PostgreSQL there may be any number of nodes, which agree there on who does what."""
    from config.serve import only_instance

    return nullcontext() if settings.shared else only_instance(settings.path(settings.data))


def first_admin(system: "System") -> str:
    """Who gets the first key: whoever holds the first management position, else the first person there is."""
    roster, now = system.rules.roster, system.clock.now()
    holders = (person.id for position in roster.management for person in roster.holders(position, now))
    return next(holders, next(iter(roster.people)))


def companions(system: "System", *, works: bool = True) -> "tuple[Companion, ...]":
    """Slack's way back and, where the work is done, the probes; loaded only where they are set up."""
    found: list[Companion] = []
    if "slack" in system.notifiers:
        from config.slackside import slack_side

        found.append(slack_side(system))
    if works and system.settings.path(system.settings.probes).exists():
        from config.probing import prober_of

        if (prober := prober_of(system)) is not None:
            found.append(prober)
    return tuple(found)


def _welcome(cli: Cli, system: "System") -> str:
    import incident
    from config.cli.links import site_url
    from incident.service.access import login_link

    person, url = first_admin(system), site_url(system.settings)
    with system.database.unit() as store:
        links = [login_link(store, system.clock.now(), base_url=url, person=person) for _ in range(2)]
        store.commit()
    _warn(cli, system)
    cli.say(f"Tocsin {incident.__version__} · {url}", style="bold")
    cli.say(
        cli.t("{rules} detection rules, {playbooks} playbooks; channels: {channels}").format(
            rules=len(system.detectors), playbooks=len(system.playbooks), channels=", ".join(system.notifiers) or "—"
        )
    )
    cli.say(
        cli.t("Sign in as {person} (works once, for an hour):").format(person=cli.words(system.names.person(person)))
    )
    cli.say(f"  {links[0]}")
    cli.say(cli.t("Stop with Ctrl-C."))
    sys.stdout.flush()
    return links[1]


def _warn(cli: Cli, system: "System") -> None:
    for warning in (*_own_warnings(cli, system.settings), *system.warnings):
        cli.note(f"{cli.t('Mind')}: {warning}")


def _own_warnings(cli: Cli, settings: "BaseTocsinSettings") -> list[str]:
    from config.cli.links import is_local

    found = []
    if cli.config_file is None:
        found.append(cli.t("no tocsin.yaml here: shipped defaults are in use. Write your own with: tocsin init"))
    if not is_local(settings.listen.host) and not settings.base_url:
        found.append(cli.t("listening beyond this machine without base_url: links in messages won't work for others"))
    if not is_local(settings.listen.host) and not settings.base_url.startswith("https://"):
        found.append(cli.t("people sign in over plain HTTP: put a proxy with HTTPS in front and set base_url"))
    return found


def _has_screen() -> bool:
    import os

    return sys.platform in {"darwin", "win32"} or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
