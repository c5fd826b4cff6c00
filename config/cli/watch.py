"""``tocsin page`` and ``tocsin deadletter``: what went out, and what could not be taken."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from config.cli.base import As, command, group
from config.cli.context import Cli
from incident.web.error_words import letter_reason

if TYPE_CHECKING:
    from incident.service.records import DeadRow

page = group("Messages: what was sent, what waits")
deadletter = group("What could not be taken, and why")
Limit = Annotated[int, typer.Option("--limit", min=1, max=10_000, help="At most so many")]
Numbers = Annotated[list[int], typer.Argument(metavar="NUMBER…", help="Numbers of tocsin deadletter list")]


@command(page, "list", example="tocsin page list --as zhou-wei")
def pages(cli: Cli, limit: Limit = 50, as_: As = "") -> None:
    """List messages, newest first, and what became of them"""
    from config.cli.house import house
    from incident.report.words import channel_text, reason_text

    with house(cli) as parts:
        found = parts.views.pages(parts.viewer(as_), limit)
        names = parts.names
    if cli.json:
        cli.data([
            {"id": r.id, "kind": r.kind, "incident": r.incident_id, "person": r.person, "page": r.page_id,
             "state": r.state, "via": r.contacts[r.contact_index][0] if r.contacts else None, "drill": r.drill,
             "attempts": r.attempts, "reason": r.last_reason or None, "created_at": r.created_at, "due_at": r.due_at}
            for r in found
        ])  # fmt: skip
        return
    rows = (
        (
            cli.time(r.created_at, seconds=True), cli.t(KINDS.get(r.kind, r.kind)), r.incident_id or "—",
            cli.words(names.person(r.person)) if r.person else "—",
            channel_text(r.contacts[r.contact_index][0], cli.t) if r.contacts else "—",
            cli.t(STATES.get(r.state, r.state)), reason_text(r.last_reason, cli.t) if r.last_reason else "",
        )
        for r in found
    )  # fmt: skip
    cli.table(("Made", "Kind", "Incident", "Recipient", "Channel", "State", "Reason"), rows, empty="No messages.")


KINDS = {
    "page": "page to a person",
    "page_update": "page, answered",
    "notice": "notice",
    "board": "board",
    "report": "report sent",
}
STATES = {"pending": "waiting", "sending": "being sent", "sent": "sent", "failed": "failed", "cancelled": "cancelled"}


@command(deadletter, "list", example="tocsin deadletter list")
def letters(cli: Cli, limit: Limit = 50) -> None:
    """List what could not be taken, newest first"""
    from config.cli.house import house

    with house(cli) as parts:
        found = parts.views.dead_letters(limit)
    if cli.json:
        cli.data([letter_data(row) for row in found])
        return
    rows = (
        (r.number, cli.time(r.received_at, seconds=True), r.origin, r.reason_code, letter_reason(r.reason, cli.t))
        for r in found
    )
    cli.table(("No.", "Received", "Origin", "Code", "Why"), rows, empty="Nothing was refused.")


@command(deadletter, "show", example="tocsin deadletter show 17")
def letter(cli: Cli, number: Annotated[int, typer.Argument(help="Number of tocsin deadletter list")]) -> None:
    """Show one, with its body; personal data in it is masked"""
    from config.cli.house import house

    with house(cli) as parts, parts.database.reading() as store:
        row = store.dead.get(number)
    if cli.json:
        cli.data(letter_data(row) | {"body": row.body})
        return
    cli.facts((
        ("No.", row.number), ("Received", cli.time(row.received_at, seconds=True)), ("Origin", row.origin),
        ("Place", row.index), ("Code", row.reason_code), ("Why", letter_reason(row.reason, cli.t)),
        ("State", row.state),
    ))  # fmt: skip
    cli.say()
    cli.say(row.body)


@command(deadletter, "drop", example="tocsin deadletter drop 17 18")
def drop(cli: Cli, numbers: Numbers) -> None:
    """Put them aside: seen, nothing to be done"""
    from config.cli.house import house

    with house(cli) as parts, parts.database.unit() as store:
        for number in numbers:
            store.dead.get(number)  # raises NotFound before anything is changed
            store.dead.set_state(number, "dropped")
        store.commit()
    if cli.json:
        cli.data({"dropped": numbers})
    else:
        cli.say(cli.t("Dropped: {count}").format(count=len(numbers)))


@command(deadletter, "retry", example="tocsin deadletter retry 17 18")
def retry(cli: Cli, numbers: Numbers) -> None:
    """Work on them once more, when the cause is mended

    Only what was accepted and could not be worked on is kept for this. What was refused at the door was not accepted:
    its sender sends it again.
    """
    from config.again import try_again
    from config.cli.house import house

    with house(cli) as parts:
        try_again(cli.settings, parts.database, numbers, parts.clock.now())
    if cli.json:
        cli.data({"retried": numbers})
    else:
        cli.say(cli.t("Put back: {count}. They are worked on at once if Tocsin runs.").format(count=len(numbers)))


def letter_data(row: "DeadRow") -> dict[str, Any]:
    """A dead letter for programs, without its body."""
    return {
        "number": row.number, "origin": row.origin, "index": row.index, "reason_code": row.reason_code,
        "reason": row.reason, "received_at": row.received_at, "attempts": row.attempts, "state": row.state,
        "retriable": bool(row.item),
    }  # fmt: skip
