"""Meetings, orders, hand-overs and the card as the command line tells them."""

from typing import TYPE_CHECKING, Any

from config.cli.context import Cli
from config.cli.naming import Naming
from config.cli.people import hours, strain_data

if TYPE_CHECKING:
    from collections.abc import Iterable

    from incident.domain.crisis_views import Card
    from incident.domain.incident import Incident


def print_meetings(cli: Cli, incident: "Incident") -> None:
    """All meetings with their quorum."""
    found = list(incident.crisis.meetings.values())
    if cli.json:
        cli.data([{
            "meeting": m.id, "group": m.group, "place": m.place, "starts_at": m.starts_at, "quorum": m.quorum,
            "present": m.present, "excused": m.excused, "quorum_at": m.quorum_at, "closed_at": m.closed_at,
            "minutes": m.minutes,
        } for m in found])  # fmt: skip
        return
    called = Naming(cli)
    cli.table(
        ("Meeting", "Begins", "Place", "Quorum", "Present", "Quorum since", "Minutes"),
        [(m.id, cli.time(m.starts_at), m.place, m.quorum, called.people(m.present), cli.time(m.quorum_at), m.minutes)
         for m in found],
        empty="No meeting was called",
    )  # fmt: skip


def print_orders(cli: Cli, incident: "Incident") -> None:
    """All orders with their receipts."""
    found = list(incident.crisis.orders.values())
    if cli.json:
        cli.data([{
            "order": o.id, "text": o.text, "position": o.position, "by": o.by, "at": o.at, "due_at": o.due_at,
            "status": o.status, "read_back_by": o.read_back_by, "words": o.words, "done_at": o.done_at,
        } for o in found])  # fmt: skip
        return
    states = {
        "given": cli.t("not read back"), "read_back": cli.t("read back"), "confirmed": cli.t("confirmed"),
        "done": cli.t("carried out"),
    }  # fmt: skip
    called = Naming(cli)
    cli.table(
        ("Order", "For", "What", "Due", "State", "Read back"),
        [(o.id, called.position(o.position), o.text, cli.time(o.due_at), states[o.status],
          f"{called.person(o.read_back_by)} {o.words}".strip()) for o in found],
        empty="No order was given",
    )  # fmt: skip


def print_handovers(cli: Cli, incident: "Incident") -> None:
    """All hand-overs with both signatures."""
    found = list(incident.crisis.handovers.values())
    if cli.json:
        cli.data([{
            "handover": h.id, "group": h.group, "giver": h.giver, "receiver": h.receiver, "at": h.at,
            "worries": h.worries, "signed_at": h.signed_at, "words": h.words,
        } for h in found])  # fmt: skip
        return
    called = Naming(cli)
    cli.table(
        ("Hand-over", "Group", "Handed over by", "Taken over by", "Since", "Signed", "In the receiver's words"),
        [(h.id, _group(cli, h.group), called.person(h.giver), called.person(h.receiver), cli.time(h.at),
          cli.time(h.signed_at), h.words) for h in found],
        empty="Nothing was handed over",
    )  # fmt: skip


def print_card(cli: Cli, incident: "Incident", card: "Card") -> None:
    """The hand-over card, warnings first."""
    called = Naming(cli)
    people = {*card.leaders.values(), *(s.leader for s in card.spans), *(s.person for s in card.strain)}
    who = {one: called.name(one) for one in people | {d.person for d in card.doubles}}
    cli.say(f"{incident.id}  {cli.words(incident.title)}", style="bold")
    for warning in _warnings(cli, card, who):
        cli.say(f"! {warning}", style="red")
    colon = cli.t("{a}: {b}")
    titles = {task.plan.id: cli.words(task.plan.title) for task in incident.tasks.values()}
    cli.facts((
        (cli.t("Leaders"), _list(colon.format(a=_group(cli, g), b=who[p]) for g, p in card.leaders.items())),
        (cli.t("Objectives"), _list(card.objectives)),
        (cli.t("Period"), f"{card.period} → {cli.time(card.until)}" if card.period else ""),
        (cli.t("Open decisions"), _list(titles.get(one, one) for one in card.decisions)),
        (cli.t("Open orders"), _list(f"{o.id} {called.position(o.position)}: {o.text}" for o in card.orders)),
        (cli.t("Clocks"), _list(f"{cli.words(c.clock.terms.title)} {cli.time(c.late_after)}" for c in card.clocks)),
        (cli.t("Out of the store"),
         _list(f"{t.id} {called.item(t.item)} × {t.out}: {called.person(t.person)}" for t in card.out)),
        (cli.t("Not accounted for"), card.unaccounted or ""), (cli.t("Need help"), card.in_need or ""),
        (cli.t("Worries"), _list(card.worries)),
    ))  # fmt: skip


def _list(items: "Iterable[str]") -> str:
    """One on a line: the card is read aloud."""
    return "\n".join(items)


def card_data(card: "Card") -> dict[str, Any]:
    """The card for programs."""
    return {
        "objectives": card.objectives, "period": card.period, "until": card.until, "decisions": card.decisions,
        "orders": [{"order": o.id, "position": o.position, "text": o.text, "status": o.status} for o in card.orders],
        "clocks": [{"clock": c.clock.terms.id, "status": c.status, "late_after": c.late_after} for c in card.clocks],
        "leaders": {group.value: person for group, person in card.leaders.items()},
        "strain": [strain_data(one) for one in card.strain],
        "doubles": [{"person": one.person, "places": one.places} for one in card.doubles],
        "spans": [{"group": s.group, "leader": s.leader, "people": s.people, "limit": s.limit, "too_wide": s.too_wide}
                  for s in card.spans],
        "out": [{"taking": t.id, "item": t.item, "out": t.out, "person": t.person} for t in card.out],
        "unaccounted": card.unaccounted, "in_need": card.in_need, "worries": card.worries,
    }  # fmt: skip


def _warnings(cli: Cli, card: "Card", who: dict[str, str]) -> list[str]:
    from incident.domain.crisis_sentences import PLACES

    twice = cli.t("{person} is needed in two critical places: {places}")
    wide = cli.t("{group}: {count} people for one lead, more than {limit}: name sub-leaders")
    tired = {"relieve": cli.t("{person} must be relieved, on duty for {time}"),
             "rest": cli.t("{person} needs a break, on duty for {time}")}  # fmt: skip
    return [
        *(twice.format(person=who[d.person], places=cli.t(", ").join(cli.t(PLACES.get(p, p)) for p in d.places))
          for d in card.doubles),
        *(wide.format(group=_group(cli, s.group), count=s.people, limit=s.limit) for s in card.spans if s.too_wide),
        *(tired[s.advice].format(person=who[s.person], time=hours(s.on_duty)) for s in card.strain),
    ]  # fmt: skip


def _group(cli: Cli, group: str) -> str:
    from incident.report.words import GROUPS

    return cli.t(GROUPS[group])
