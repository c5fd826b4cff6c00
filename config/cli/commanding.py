"""``tocsin command``: the leadership's work: meetings, objectives, orders read back, hand-overs and their card."""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from config.cli.acting import At, Note, act, look
from config.cli.base import As, IncidentId, command, group
from config.cli.commanding_lines import card_data, print_card, print_handovers, print_meetings, print_orders
from config.cli.context import Cli
from incident.domain import crisis_commands as k
from incident.domain.words import Group

if TYPE_CHECKING:
    from datetime import datetime

app = group("Command: meetings, objectives, orders, hand-overs")

MeetingId = Annotated[str, typer.Argument(metavar="MEETING", help="Number of the meeting, like m1")]
OrderId = Annotated[str, typer.Argument(metavar="ORDER", help="Number of the order, like o1")]
Which = Annotated[Group, typer.Option("--group", help="Which group")]


@command(app, "card", example="tocsin command card INC-2026-0001 --as zhou-wei")
def card(cli: Cli, incident: IncidentId, as_: As = "") -> None:
    """Show the hand-over card: objectives, open decisions and orders, clocks, people, worries"""
    from config.cli.house import house
    from incident.domain.crisis_views import card as make

    with house(cli) as parts:
        found = look(parts, as_, incident)
        made = make(found, parts.clock.now())
        if cli.json:
            cli.data(card_data(made))
            return
        print_card(cli, found, made)


@command(app, "convene", example="tocsin command convene INC-2026-0001 --place 三号会议室 --at 14:30 --as zhou-wei")
def convene(
    cli: Cli,
    incident: IncidentId,
    which: Which = Group.LEADERSHIP,
    place: Annotated[str, typer.Option("--place", metavar="TEXT", help="Where it meets")] = "",
    quorum: Annotated[int, typer.Option("--quorum", min=0, max=100, help="Quorum; 0: as the playbook says")] = 0,
    at: Annotated[str, typer.Option("--at", metavar="TIME", help="When it begins, if not now")] = "",
    as_: As = "",
) -> None:  # fmt: skip
    """Call a group to a meeting; its people are paged until they answer"""
    begins = _ahead(cli, at)
    done = act(cli, as_, "", lambda by, _at: k.ConveneMeeting(
        incident_id=incident, by=by, group=which, place=place, quorum=quorum, starts_at=begins))  # fmt: skip
    print_meetings(cli, done)


@command(app, "attend", example="tocsin command attend INC-2026-0001 m1 chen-jing --as zhou-wei")
def attend(
    cli: Cli,
    incident: IncidentId,
    meeting: MeetingId,
    person: Annotated[list[str], typer.Argument(metavar="PERSON…", help="Who is there")],
    excused: Annotated[bool, typer.Option("--excused", help="They are not coming")] = False,
    as_: As = "",
) -> None:
    """Note who is there; with enough people the meeting has its quorum"""
    for one in person:
        done = act(cli, as_, "", lambda by, _at, one=one: k.MarkAttendance(  # type: ignore[misc]
            incident_id=incident, by=by, meeting_id=meeting, person=one, present=not excused))  # fmt: skip
    print_meetings(cli, done)


@command(app, "minutes", example='tocsin command minutes INC-2026-0001 m1 "Switch to the standby line" --as zhou-wei')
def minutes(
    cli: Cli,
    incident: IncidentId,
    meeting: MeetingId,
    text: Annotated[str, typer.Argument(help="What was decided")],
    as_: As = "",
) -> None:
    """Close a meeting with its minutes"""
    done = act(cli, as_, "", lambda by, _at: k.CloseMeeting(
        incident_id=incident, by=by, meeting_id=meeting, minutes=text))  # fmt: skip
    print_meetings(cli, done)


@command(
    app,
    "objectives",
    example='tocsin command objectives INC-2026-0001 "Hotline back by 16:00" --until 16:00 --as zhou-wei',
)
def objectives(
    cli: Cli,
    incident: IncidentId,
    text: Annotated[list[str], typer.Argument(metavar="TEXT…", help="One to five aims")],
    until: Annotated[str, typer.Option("--until", metavar="TIME", help="When they are looked at again")] = "",
    as_: As = "",
) -> None:
    """Set the objectives for the coming period"""
    end = _ahead(cli, until)
    done = act(cli, as_, "", lambda by, _at: k.SetObjectives(incident_id=incident, by=by, texts=tuple(text), until=end))
    if cli.json:
        cli.data({"period": done.crisis.period, "objectives": done.crisis.objectives,
                  "until": done.crisis.period_until})  # fmt: skip
        return
    cli.say(cli.t("Period {number}, until {until}").format(
        number=done.crisis.period, until=cli.time(done.crisis.period_until)), style="bold")  # fmt: skip
    for one in done.crisis.objectives:
        cli.say(f"  • {one}")


@command(
    app, "order", example='tocsin command order INC-2026-0001 tech_support "Switch lines" --due 14:45 --as zhou-wei'
)
def order(
    cli: Cli,
    incident: IncidentId,
    position: Annotated[str, typer.Argument(metavar="POSITION", help="Who is to do it")],
    text: Annotated[str, typer.Argument(help="What is to be done")],
    due: Annotated[str, typer.Option("--due", metavar="TIME", help="Until when")] = "",
    as_: As = "",
) -> None:
    """Give an order; the position is paged, and must read it back"""
    from config.cli.house import house

    with house(cli) as parts:
        parts.position(position)
    until = _ahead(cli, due)
    done = act(cli, as_, "", lambda by, _at: k.GiveOrder(
        incident_id=incident, by=by, text=text, position=position, due_at=until))  # fmt: skip
    print_orders(cli, done)


@command(app, "readback", example='tocsin command readback INC-2026-0001 o1 "Switch to the standby line" --as he-jun')
def readback(
    cli: Cli,
    incident: IncidentId,
    number: OrderId,
    words: Annotated[str, typer.Argument(help="The order in your own words")],
    as_: As = "",
) -> None:
    """Read an order back: the receipt"""
    done = act(cli, as_, "", lambda by, _at: k.ReadBackOrder(
        incident_id=incident, by=by, order_id=number, words=words))  # fmt: skip
    print_orders(cli, done)


@command(app, "confirm", example="tocsin command confirm INC-2026-0001 o1 --as zhou-wei")
def confirm(
    cli: Cli,
    incident: IncidentId,
    number: OrderId,
    wrong: Annotated[bool, typer.Option("--wrong", help="It was not what was meant; say so in --note")] = False,
    note: Note = "",
    as_: As = "",
) -> None:
    """Confirm a read-back, or have it read back again"""
    done = act(cli, as_, "", lambda by, _at: k.ConfirmOrder(
        incident_id=incident, by=by, order_id=number, right=not wrong, note=note))  # fmt: skip
    print_orders(cli, done)


@command(app, "done", example="tocsin command done INC-2026-0001 o1 --as he-jun")
def finish(cli: Cli, incident: IncidentId, number: OrderId, note: Note = "", as_: As = "", at: At = "") -> None:
    """Report that an order was carried out"""
    done = act(cli, as_, at, lambda by, when: k.CarryOutOrder(
        incident_id=incident, by=by, at=when, order_id=number, note=note))  # fmt: skip
    print_orders(cli, done)


@command(
    app,
    "handover",
    example='tocsin command handover INC-2026-0001 wu-hao --group response --worry "vendor is silent" --as huang-li',
)
def handover(
    cli: Cli,
    incident: IncidentId,
    receiver: Annotated[str, typer.Argument(metavar="PERSON", help="Who takes over")],
    which: Which = Group.LEADERSHIP,
    worry: Annotated[list[str] | None, typer.Option("--worry", metavar="TEXT", help="What worries you")] = None,
    as_: As = "",
) -> None:
    """Hand a group over: sign the card; the receiver signs with takeover"""
    from config.cli.house import house

    with house(cli) as parts:
        parts.person(receiver)
    done = act(cli, as_, "", lambda by, _at: k.OfferHandover(
        incident_id=incident, by=by, group=which, receiver=receiver, worries=tuple(worry or ())))  # fmt: skip
    print_handovers(cli, done)


@command(app, "takeover", example='tocsin command takeover INC-2026-0001 h1 "Hotline down, vendor silent" --as wu-hao')
def takeover(
    cli: Cli,
    incident: IncidentId,
    number: Annotated[str, typer.Argument(metavar="HANDOVER", help="Number of the hand-over, like h1")],
    words: Annotated[str, typer.Argument(help="How things stand, in your own words")],
    as_: As = "",
) -> None:
    """Take over: sign the card, saying in your own words how things stand"""
    done = act(cli, as_, "", lambda by, _at: k.SignHandover(
        incident_id=incident, by=by, handover_id=number, words=words))  # fmt: skip
    print_handovers(cli, done)


def _ahead(cli: Cli, text: str) -> "datetime | None":
    """A time to come: 14:30 means the next one."""
    from datetime import UTC, datetime

    from config.cli.when import moment

    found = moment(cli, text, cli.zone)
    short = len(text) <= len("14:30")
    return found + timedelta(days=1) if found and short and found < datetime.now(UTC) - timedelta(minutes=1) else found
