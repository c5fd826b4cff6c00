"""``tocsin silence`` and ``tocsin maintenance``: signals that somebody does not want to hear of, and why."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from config.cli.base import As, command, group
from config.cli.context import Cli

if TYPE_CHECKING:
    from incident.domain.suppression import Maintenance, Silence

silence = group("Hold signals back for a time, for a reason")
maintenance = group("Announce planned work on services")
For = Annotated[str, typer.Option("--for", metavar="TIME", help="How long: 30m, 2h, 1d")]
From = Annotated[str, typer.Option("--from", metavar="TIME", help="When it begins, if not now")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why")]
QuietId = Annotated[str, typer.Argument(metavar="ID", help="Id of the silence or maintenance window")]


@command(
    silence, "add", example='tocsin silence add service=ivr --for 2h --reason "known, supplier is on it" --as he-jun'
)
def add(
    cli: Cli,
    matchers: Annotated[
        list[str], typer.Argument(metavar="MATCHER…", help='Conditions: service=ivr queue!=vip rule=~"abandon.*"')
    ],
    lasts: For,
    reason: Reason,
    starts: From = "",
    as_: As = "",
) -> None:
    """Hold back signals that match every condition

    Labels of the signal, and: rule, scenario.
    """
    from config.cli.house import house
    from config.cli.when import duration, moment
    from incident.web.matchers import parse_matchers

    with house(cli) as parts:
        by = parts.actor(cli, as_)
        made = parts.desk.silence(
            parse_matchers("\n".join(matchers)), by=by, reason=reason, lasts=duration(cli, lasts),
            starts_at=moment(cli, starts, cli.zone),
        )  # fmt: skip
    _made(cli, made)


@command(
    maintenance,
    "add",
    example='tocsin maintenance add crm database --for 4h --from 23:00 --reason "upgrade" --as wang-lei',
)
def add_window(
    cli: Cli,
    services: Annotated[list[str], typer.Argument(metavar="SERVICE…", help="Ids of services.yaml")],
    lasts: For,
    reason: Reason,
    starts: From = "",
    as_: As = "",
) -> None:
    """Announce planned work: signals of these services open no incident meanwhile"""
    from config.cli.house import house
    from config.cli.when import duration, moment

    with house(cli) as parts:
        by = parts.actor(cli, as_)
        made = parts.desk.maintenance(
            tuple(services), by=by, reason=reason, lasts=duration(cli, lasts), starts_at=moment(cli, starts, cli.zone)
        )
    _made(cli, made)


def list_quiet(cli: Cli) -> None:
    """List silences and maintenance windows in force or to come"""
    from config.cli.house import house

    with house(cli) as parts:
        now = parts.clock.now()
        with parts.database.reading() as store:
            found: list[Silence | Maintenance] = [*store.silences.silences(now), *store.silences.windows(now)]
        people = {one.by: cli.words(parts.names.person(one.by)) for one in found}
    if cli.json:
        cli.data([quiet_data(one) for one in found])
        return
    rows = (
        (one.id, _about(one), cli.time(one.starts_at), cli.time(one.ends_at), people[one.by], one.reason)
        for one in found
    )
    cli.table(("Id", "About", "Starts", "Ends", "By", "Reason"), rows, empty="Nothing is held back.")


def end(cli: Cli, quiet: QuietId) -> None:
    """End a silence or maintenance window now; what it held back is looked at again"""
    from config.cli.house import house

    with house(cli) as parts:
        parts.desk.end_silence(quiet)
    if cli.json:
        cli.data({"id": quiet, "ended": True})
    else:
        cli.say(cli.t("Ended: {id}").format(id=quiet))


for _app, _name in ((silence, "silence"), (maintenance, "maintenance")):
    command(_app, "list", example=f"tocsin {_name} list")(list_quiet)
    command(_app, "end", example=f"tocsin {_name} end {'sil' if _app is silence else 'mnt'}-1a2b3c4d")(end)


def quiet_data(one: "Silence | Maintenance") -> dict[str, Any]:
    """A silence or maintenance window for programs."""
    from incident.domain.suppression import Silence

    held = isinstance(one, Silence)
    about = [f"{m.label}{m.op}{m.value}" for m in one.matchers] if isinstance(one, Silence) else list(one.services)
    return {
        "id": one.id, "kind": "silence" if held else "maintenance", "about": about,
        "starts_at": one.starts_at, "ends_at": one.ends_at, "by": one.by, "reason": one.reason,
    }  # fmt: skip


def _about(one: "Silence | Maintenance") -> str:
    return ", ".join(quiet_data(one)["about"])


def _made(cli: Cli, one: "Silence | Maintenance") -> None:
    if cli.json:
        cli.data(quiet_data(one))
    else:
        cli.say(cli.t("{id}: {about}, from {start} to {end}").format(
            id=one.id, about=_about(one), start=cli.time(one.starts_at), end=cli.time(one.ends_at)
        ))  # fmt: skip
