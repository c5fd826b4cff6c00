"""``tocsin material``: the emergency store: what is ready, what is out, checks."""

from typing import TYPE_CHECKING, Annotated

import typer

from config.cli.acting import Note, Reason, act
from config.cli.base import As, IncidentId, command, group
from config.cli.context import Cli
from config.cli.naming import Naming
from incident.domain import crisis_commands as k
from incident.domain.said import said

if TYPE_CHECKING:
    from config.cli.house import House
    from incident.domain.incident import Incident

app = group("Emergency materials: what is ready, what is out, checks")

ItemId = Annotated[str, typer.Argument(metavar="ITEM", help="Id of the item, see: tocsin material list")]
TakingId = Annotated[str, typer.Argument(metavar="TAKING", help="Number of the taking, like t1")]


@command(app, "list", example="tocsin material list")
def list_materials(cli: Cli) -> None:
    """List the store: par level, last count, what is out, what is due"""
    from config.cli.house import house
    from playbooks.materials import stock
    from playbooks.materials_watch import checks_of

    with house(cli) as parts:
        items = parts.planner.items
        with parts.database.reading() as store:
            checks = checks_of(store.detectors.load())
            running = [store.incidents.get(one.id) for one in store.incidents.open_facts()]
        lines = stock(items, checks, running, parts.clock.now())
    if cli.json:
        cli.data([{
            "item": line.item.id, "title": line.item.title, "par": line.item.par, "place": line.item.place,
            "custodian": line.item.custodian, "out": line.out, "available": line.available, "state": line.state,
            "checked_at": line.check.at if line.check else None, "check_due": line.check_due,
        } for line in lines])  # fmt: skip
        return
    states = {
        "ready": cli.t("ready"), "overdue": cli.t("check overdue"), "faulty": cli.t("out of order"),
        "below_par": cli.t("too few"), "expired": cli.t("expired"), "expiring": cli.t("expires soon"),
        "unchecked": cli.t("never checked"),
    }  # fmt: skip
    cli.table(
        ("Item", "What", "Must be", "There", "Out", "State", "Next check", "Place"),
        [(line.item.id, cli.words(line.item.title), line.item.par, "—" if line.available is None else line.available,
          line.out, states[line.state], cli.time(line.check_due), cli.words(line.item.place)) for line in lines],
        empty="Nothing is on the list of materials",
    )  # fmt: skip


@command(app, "check", example="tocsin material check radios --count 6 --as guo-qiang")
def check(
    cli: Cli,
    item: ItemId,
    count: Annotated[int, typer.Option("--count", min=0, max=1_000_000, help="How many were counted")],
    broken: Annotated[bool, typer.Option("--broken", help="The test failed")] = False,
    as_: As = "",
) -> None:
    """Record a readiness check; a running Tocsin notices it"""
    from uuid import uuid4

    from config.cli.house import house
    from incident.intake.event import Event
    from playbooks.materials_watch import CHECKED

    with house(cli) as parts:
        by = parts.actor(cli, as_)
        _known(parts, item)
        now = parts.clock.now()
        data = {"item": item, "count": count, "works": not broken, "by": by}
        fact = Event(id=uuid4().hex, source="tocsin/cli", type=CHECKED, time=now.timestamp(), data=data)
        with parts.database.unit() as store:
            store.inbox.add([fact], now)
            store.commit()
    if cli.json:
        cli.data(data)
    cli.say(cli.t("Noted: {item}, {count}").format(item=item, count=count))


@command(app, "take", example="tocsin material take INC-2026-0001 radios --count 4 --for wu-hao --as guo-qiang")
def take(
    cli: Cli,
    incident: IncidentId,
    item: ItemId,
    count: Annotated[int, typer.Option("--count", min=1, max=100_000, help="How many")],
    person: Annotated[str, typer.Option("--for", metavar="PERSON", help="Who gets them; you, if nobody is named")] = "",
    note: Note = "",
    as_: As = "",
) -> None:
    """Take pieces from the store for an incident"""
    from config.cli.house import house

    with house(cli) as parts:
        _known(parts, item)
    done = act(cli, as_, "", lambda by, _at: k.TakeMaterial(
        incident_id=incident, by=by, item=item, count=count, person=person or by, note=note))  # fmt: skip
    _told(cli, done)


@command(app, "return", example="tocsin material return INC-2026-0001 t1 --as wu-hao")
def give_back(
    cli: Cli,
    incident: IncidentId,
    taking: TakingId,
    count: Annotated[
        int, typer.Option("--count", min=0, max=100_000, help="How many; all that are out, if not said")
    ] = 0,
    condition: Annotated[
        str, typer.Option("--condition", metavar="good|broken|empty", help="How they came back")
    ] = "good",
    as_: As = "",
) -> None:
    """Bring pieces back"""
    done = act(cli, as_, "", lambda by, _at: k.ReturnMaterial(
        incident_id=incident, by=by, taking_id=taking, count=count, condition=condition))  # fmt: skip
    _told(cli, done)


@command(app, "explain", example='tocsin material explain INC-2026-0001 t1 --reason "used up" --as wu-hao')
def explain(
    cli: Cli,
    incident: IncidentId,
    taking: TakingId,
    reason: Reason,
    count: Annotated[
        int, typer.Option("--count", min=0, max=100_000, help="How many; all that are out, if not said")
    ] = 0,
    as_: As = "",
) -> None:
    """Say why pieces don't come back"""
    done = act(cli, as_, "", lambda by, _at: k.ExplainMaterial(
        incident_id=incident, by=by, taking_id=taking, count=count, reason=reason))  # fmt: skip
    _told(cli, done)


def _known(parts: "House", item: str) -> None:
    from incident.domain.errors import NotFound

    if item not in parts.planner.items:
        raise NotFound(said("There is no item '{item}'", item=item), remedy="see: tocsin material list")


def _told(cli: Cli, incident: "Incident") -> None:
    takings = incident.crisis.takings.values()
    if cli.json:
        cli.data(
            [{"taking": t.id, "item": t.item, "count": t.count, "person": t.person, "out": t.out} for t in takings]
        )
        return
    called = Naming(cli)
    cli.table(
        ("Taking", "Item", "Taken", "By whom", "Returned", "Explained", "Out"),
        [
            (t.id, called.item(t.item), t.count, called.person(t.person), t.returned, t.explained, t.out)
            for t in takings
        ],
        empty="Nothing was taken",
    )
