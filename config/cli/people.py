"""``tocsin people``: roll calls, the floor, duty hours and care."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from config.cli.acting import At, Note, act, look
from config.cli.base import As, IncidentId, command, group
from config.cli.context import Cli
from config.cli.naming import Naming
from incident.domain import crisis_commands as k

if TYPE_CHECKING:
    from incident.domain.crisis_views import Strain
    from incident.domain.incident import Incident

app = group("People in an incident: roll calls, the floor, duty hours, care")
rollcall = group("Ask who is safe, who can work, who needs help")
app.add_typer(rollcall, name="rollcall")

RollId = Annotated[str, typer.Argument(metavar="ROLLCALL", help="Number of the roll call, like r1")]
_COUNTS = ("safe", "can_work", "need_help", "away", "silent")
Who = Annotated[str, typer.Argument(metavar="PERSON", help="Id or name; a visitor's name will do")]


@command(
    rollcall,
    "start",
    example="tocsin people rollcall start INC-2026-0001 夜班 --person lin-xue --person xu-fang --as wu-hao",
)
def start(
    cli: Cli,
    incident: IncidentId,
    shift: Annotated[str, typer.Argument(help="Name of the shift")],
    person: Annotated[
        list[str] | None,
        typer.Option("--person", metavar="PERSON", help="Who is asked; without any, those on the floor"),
    ] = None,
    as_: As = "",
    at: At = "",
) -> None:
    """Start a roll call"""
    done = act(cli, as_, at, lambda by, when: k.StartRollCall(
        incident_id=incident, by=by, at=when, shift=shift, people=tuple(person or ())))  # fmt: skip
    _rolls(cli, done)


@command(rollcall, "answer", example="tocsin people rollcall answer INC-2026-0001 r1 lin-xue safe --as wu-hao")
def answer(
    cli: Cli,
    incident: IncidentId,
    roll: RollId,
    person: Who,
    said: Annotated[str, typer.Argument(metavar="safe|can_work|need_help|away", help="What is known")],
    as_: As = "",
    at: At = "",
) -> None:
    """Enter an answer, one's own or somebody else's"""
    done = act(cli, as_, at, lambda by, when: k.AnswerRollCall(
        incident_id=incident, by=by, at=when, rollcall_id=roll, person=person, answer=said))  # fmt: skip
    _rolls(cli, done)


@command(
    rollcall,
    "help",
    example='tocsin people rollcall help INC-2026-0001 r1 lin-xue --note "taken to hospital" --as tang-yu',
)
def send_help(cli: Cli, incident: IncidentId, roll: RollId, person: Who, note: Note = "", as_: As = "") -> None:
    """Note that help was sent to somebody"""
    done = act(cli, as_, "", lambda by, _at: k.SendHelp(
        incident_id=incident, by=by, rollcall_id=roll, person=person, note=note))  # fmt: skip
    _rolls(cli, done)


@command(rollcall, "close", example="tocsin people rollcall close INC-2026-0001 r1 --as wu-hao")
def close(cli: Cli, incident: IncidentId, roll: RollId, note: Note = "", as_: As = "") -> None:
    """Close a roll call: everyone is accounted for"""
    done = act(cli, as_, "", lambda by, _at: k.CloseRollCall(incident_id=incident, by=by, rollcall_id=roll, note=note))
    _rolls(cli, done)


@command(rollcall, "show", example="tocsin people rollcall show INC-2026-0001 --as wu-hao")
def show(cli: Cli, incident: IncidentId, as_: As = "") -> None:
    """Show the roll calls: numbers, and who has not been heard of"""
    from config.cli.house import house

    with house(cli) as parts:
        _rolls(cli, look(parts, as_, incident))


@command(app, "floor", example="tocsin people floor INC-2026-0001 lin-xue --place 3F --as wu-hao")
def floor(
    cli: Cli,
    incident: IncidentId,
    person: Who,
    left: Annotated[bool, typer.Option("--left", help="The person has gone")] = False,
    place: Annotated[str, typer.Option("--place", metavar="TEXT", help="Where on the floor")] = "",
    as_: As = "",
) -> None:
    """Mark who is on the floor"""
    done = act(cli, as_, "", lambda by, _at: k.MarkFloor(
        incident_id=incident, by=by, person=person, here=not left, place=place))  # fmt: skip
    if cli.json:
        cli.data(done.crisis.floor)
        return
    called = Naming(cli)
    rows = [(called.person(one), place) for one, place in done.crisis.floor.items()]
    cli.table(("Person", "Place"), rows, empty="Nobody is marked as on the floor")


@command(app, "duty", example="tocsin people duty INC-2026-0001 wu-hao break --as wu-hao")
def duty(
    cli: Cli,
    incident: IncidentId,
    person: Who,
    what: Annotated[str, typer.Argument(metavar="start|end|break", help="What is reported")],
    as_: As = "",
    at: At = "",
) -> None:
    """Report the start or end of somebody's duty, or a break"""
    done = act(cli, as_, at, lambda by, when: k.ReportDuty(
        incident_id=incident, by=by, at=when, person=person, what=what))  # fmt: skip
    _strain(cli, done)


@command(app, "strain", example="tocsin people strain INC-2026-0001 --as tang-yu")
def strain(cli: Cli, incident: IncidentId, as_: As = "") -> None:
    """Show how long people have been on duty, and who must rest"""
    from config.cli.house import house

    with house(cli) as parts:
        _strain(cli, look(parts, as_, incident))


@command(app, "care", example="tocsin people care INC-2026-0001 --kind counsellor --as tang-yu")
def care(
    cli: Cli,
    incident: IncidentId,
    kind: Annotated[
        str, typer.Option("--kind", metavar="talk|rest|counsellor|leave", help="What was offered")
    ] = "talk",
    accepted: Annotated[str, typer.Option("--accepted", metavar="NUMBER", help="That earlier offer was accepted")] = "",
    declined: Annotated[str, typer.Option("--declined", metavar="NUMBER", help="That earlier offer was declined")] = "",
    as_: As = "",
) -> None:
    """Note an offer of care; no name is kept, only numbers"""
    from incident.domain.crisis_views import care_counts

    offer = accepted or declined
    if offer:
        done = act(cli, as_, "", lambda by, _at: k.AnswerCare(
            incident_id=incident, by=by, offer_id=offer, accepted=bool(accepted)))  # fmt: skip
    else:
        done = act(cli, as_, "", lambda by, _at: k.OfferCare(incident_id=incident, by=by, kind=kind))
    counts = care_counts(done)
    if cli.json:
        cli.data({**counts, "offer": offer or list(done.crisis.care)[-1]})
        return
    cli.say(cli.t("Offers of care: {offered}, accepted {accepted}, declined {declined}. This one: {id}").format(
        **counts, id=offer or list(done.crisis.care)[-1]))  # fmt: skip


def _rolls(cli: Cli, incident: "Incident") -> None:
    from incident.domain.crisis_views import roll_status

    found = [roll_status(roll) for roll in incident.crisis.rollcalls.values()]
    if cli.json:
        cli.data([{
            "rollcall": one.roll.id, "shift": one.roll.shift, "counts": one.counts, "silent": one.silent,
            "in_need": one.in_need, "answered": one.share, "closed_at": one.roll.closed_at,
        } for one in found])  # fmt: skip
        return
    called = Naming(cli)
    cli.table(
        ("Roll call", "Shift", "Safe", "Can work", "Need help", "Away", "No answer", "To look for"),
        [(one.roll.id, one.roll.shift, *(one.counts[name] for name in _COUNTS),
          called.people((*one.in_need, *one.silent))) for one in found],
        empty="No roll call was started",
    )  # fmt: skip


def _strain(cli: Cli, incident: "Incident") -> None:
    from incident.domain.crisis_views import strain as measure

    found = measure(incident, datetime.now(UTC))
    if cli.json:
        cli.data([strain_data(one) for one in found])
        return
    advice = {"relieve": cli.t("to be relieved"), "rest": cli.t("needs a break"), "": ""}
    called = Naming(cli)
    cli.table(
        ("Person", "On duty", "Without a break", "Advice"),
        [(called.person(one.person), hours(one.on_duty), hours(one.without_break), advice[one.advice])
         for one in found],
        empty="Nobody is on duty for this incident",
    )  # fmt: skip


def strain_data(one: "Strain") -> dict[str, Any]:
    """Somebody's time on duty for programs."""
    return {
        "person": one.person, "on_duty_s": one.on_duty.total_seconds(),
        "without_break_s": one.without_break.total_seconds(), "advice": one.advice,
    }  # fmt: skip


def hours(span: timedelta) -> str:
    """A length of time as hours and minutes."""
    minutes = int(span.total_seconds() // 60)
    return f"{minutes // 60}:{minutes % 60:02d}"
