"""``tocsin token``: keys for programs and sign-in links for people. Secrets are shown once and stored nowhere."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated

import typer

from config.cli.base import command, group
from config.cli.context import Cli
from incident.domain.said import said

app = group("Keys for programs, sign-in links for people")


class Role(StrEnum):
    """What a key may do, from most to least."""

    ADMIN = "admin"
    RESPONDER = "responder"
    VIEWER = "viewer"
    INTAKE = "intake"


RoleOption = Annotated[Role, typer.Option("--role", help="What it may do")]


@command(app, "create", example="tocsin token create --name prometheus --role intake --days 365")
def create(
    cli: Cli,
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="What it is for")],
    role: RoleOption,
    person: Annotated[str, typer.Option("--person", metavar="PERSON", help="Who acts by it; needed to act")] = "",
    days: Annotated[
        int | None, typer.Option("--days", min=1, max=3650, help="How long it holds", show_default=False)
    ] = None,
    drill: Annotated[bool, typer.Option("--drill", help="It may send drill events")] = False,
) -> None:
    """Make a key for a program and print it, this once

    intake sends events; viewer reads; responder acts in the name of --person; admin may do everything.
    """
    from config.cli.house import house
    from incident.service.access import create_token

    lasts = timedelta(days=days) if days else None
    with house(cli, create=True) as parts:
        holder = parts.person(person).id if person else ""
        with parts.database.unit() as store:
            secret = create_token(
                store, parts.clock.now(), name=name, role=role.value, person=holder, lasts=lasts, may_drill=drill
            )
            store.commit()
    if cli.json:
        cli.data({"name": name, "role": role.value, "person": holder or None, "token": secret})
        return
    typer.echo(secret)
    cli.note(cli.t("Keep it now: it is stored nowhere and not shown again."), style="")


@command(app, "login", example="tocsin token login zhou-wei --role admin")
def login(
    cli: Cli,
    person: Annotated[str, typer.Argument(help="Who signs in: an id of people.yaml")],
    role: RoleOption = Role.RESPONDER,
) -> None:
    """Make a new one-time sign-in link for somebody"""
    from config.cli.house import house
    from config.cli.links import site_url
    from incident.service.access import LOGIN_FOR, login_link

    with house(cli, create=True) as parts:
        who, now = parts.person(person).id, parts.clock.now()
        with parts.database.unit() as store:
            link = login_link(store, now, base_url=site_url(parts.settings), person=who, role=role.value)
            store.commit()
    if cli.json:
        cli.data({"person": who, "role": role.value, "link": link, "expires_at": now + LOGIN_FOR})
        return
    typer.echo(link)
    cli.note(cli.t("It works once, until {time}.").format(time=cli.time(now + LOGIN_FOR)), style="")


@command(app, "list", example="tocsin token list")
def list_tokens(
    cli: Cli,
    everything: Annotated[bool, typer.Option("--all", help="Sessions, links and ended ones, too")] = False,
) -> None:
    """List keys, without their secrets"""
    from config.cli.house import house

    with house(cli) as parts:
        with parts.database.reading() as store:
            rows = store.tokens.rows()
        now = parts.clock.now()
    states = {True: "valid", False: "ended"}
    found = [
        (token, token.revoked_at is None and (token.expires_at is None or token.expires_at > now)) for token in rows
    ]
    shown = [(token, valid) for token, valid in found if everything or (valid and token.kind == "api")]
    if cli.json:
        cli.data([
            {"name": t.name, "kind": t.kind, "role": t.role, "person": t.person or None, "drill": t.may_drill,
             "created_at": t.created_at, "expires_at": t.expires_at, "revoked_at": t.revoked_at, "valid": valid}
            for t, valid in shown
        ])  # fmt: skip
        return
    lines = (
        (t.name, t.kind, t.role, t.person or "—", cli.time(t.created_at), cli.time(t.expires_at), cli.t(states[valid]))
        for t, valid in shown
    )
    cli.table(("Name", "Kind", "Role", "Person", "Made", "Valid until", "State"), lines, empty="No keys.")


@command(app, "revoke", example="tocsin token revoke prometheus")
def revoke(cli: Cli, name: Annotated[str, typer.Argument(help="Name of the key")]) -> None:
    """Revoke every key of that name, at once"""
    from config.cli.house import house
    from incident.domain.errors import NotFound

    with house(cli) as parts, parts.database.unit() as store:
        count = store.tokens.revoke(name, parts.clock.now())
        store.commit()
    if not count:
        raise NotFound(said("There is no valid key '{name}'", name=name), remedy="see: tocsin token list")
    if cli.json:
        cli.data({"name": name, "revoked": count})
    else:
        cli.say(cli.t("Revoked: {count}").format(count=count))
