"""What can't wait, across all pages of an incident: people first, then deadlines, then what waits for an answer."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from incident.domain.crisis_clocks import clock_board
from incident.domain.crisis_decide import may_sign
from incident.domain.crisis_views import comms_board, strain
from incident.domain.incident import Incident
from incident.domain.plan import VarPlan
from incident.domain.work import open_at_work
from incident.report.words import msg
from incident.web.gate import Reader

SHOWN = 5
"""So many are shown on top; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Urgent:
    """One thing to see to: where, in the reader's words, until when. ``grave``: somebody is in danger or it is late."""

    page: str
    anchor: str
    text: str
    at: datetime | None = None
    grave: bool = False
    count: int = 1


def urgent(incident: Incident, reader: Reader) -> list[Urgent]:
    """All of them, the gravest first."""
    if incident.ended:
        found = list(_clocks(incident, reader))
    else:
        found = [
            *_people(incident, reader), *_clocks(incident, reader), *_messages(incident, reader),
            *_orders(incident, reader), *_handovers(incident, reader), *_tired(incident, reader),
        ]  # fmt: skip
    return sorted(found, key=lambda one: not one.grave)


def wanted_facts(incident: Incident) -> list[VarPlan]:
    """Facts that open tasks, gates and criteria wait for and nobody has told, in the plan's order."""
    if incident.plan is None or incident.ended:
        return []
    asked = {name for task in open_at_work(incident) for name in task.asks}
    asked |= {name for what, c in incident.conditions.items() if not what.startswith("task:") for name in c.asks}
    return [var for var in incident.plan.vars if var.name in asked]


def _people(incident: Incident, reader: Reader) -> Iterator[Urgent]:
    t = reader.translate
    for roll in incident.crisis.rollcalls.values():
        if roll.closed_at is not None:
            continue
        if roll.in_need:
            said = t(msg("Need help, nobody sent yet: {count}")).format(count=len(roll.in_need))
            yield Urgent("people", "rollcalls", said, grave=True, count=len(roll.in_need))
        if roll.silent:
            said = t(msg("No answer to the roll call: {count}")).format(count=len(roll.silent))
            yield Urgent("people", "rollcalls", said, roll.answer_by, reader.now > roll.answer_by, len(roll.silent))


def _clocks(incident: Incident, reader: Reader) -> Iterator[Urgent]:
    for line in clock_board(incident, reader.now):
        title = line.clock.terms.title.in_(reader.language)
        if line.status in {"overdue", "due_soon"}:
            yield Urgent("clocks", f"clock-{line.clock.terms.id}", title, line.late_after, line.status == "overdue")
        elif line.asks_reason:
            said = reader.translate(msg("{clock}: say why it was late")).format(clock=title)
            yield Urgent("clocks", f"clock-{line.clock.terms.id}", said)


def _messages(incident: Incident, reader: Reader) -> Iterator[Urgent]:
    t = reader.translate
    for line in comms_board(incident, reader.now):
        who, place = line.line.audience.in_(reader.language), f"line-{line.line.id}"
        if line.overdue:
            yield Urgent("messages", place, t(msg("Message to: {who}")).format(who=who), line.due_at, grave=True)
        elif line.expired:
            yield Urgent("messages", place, t(msg("What stands outside is out of date: {who}")).format(who=who))
        if line.waiting and may_sign(incident, reader.person, line.line.approver, line.line.backup):
            yield Urgent("messages", place, t(msg("Waits for your approval: {who}")).format(who=who))


def _orders(incident: Incident, reader: Reader) -> Iterator[Urgent]:
    t = reader.translate
    for order in incident.crisis.orders.values():
        late = order.due_at is not None and reader.now > order.due_at and order.status != "done"
        if order.status == "given" and may_sign(incident, reader.person, order.position):
            said = t(msg("Read back the order: {text}")).format(text=order.text)
        elif order.status == "read_back" and order.by == reader.person:
            said = t(msg("Was it understood? {text}")).format(text=order.text)
        elif late:
            said = t(msg("Order not carried out yet: {text}")).format(text=order.text)
        else:
            continue
        yield Urgent("command", "orders", said, order.due_at, late)


def _handovers(incident: Incident, reader: Reader) -> Iterator[Urgent]:
    for one in incident.crisis.handovers.values():
        if one.signed_at is None and one.receiver == reader.person and incident.leads.get(one.group) == one.giver:
            said = reader.translate(msg("You are to take over: read the card and sign"))
            yield Urgent("command", f"handover-{one.id}", said, grave=True)


def _tired(incident: Incident, reader: Reader) -> Iterator[Urgent]:
    tired = [one for one in strain(incident, reader.now) if one.advice == "relieve"]
    if tired:
        said = reader.translate(msg("On duty too long, to be relieved: {count}")).format(count=len(tired))
        yield Urgent("people", "strain", said, count=len(tired))
