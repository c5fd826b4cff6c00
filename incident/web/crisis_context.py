"""What each page of command shows: folds of the incident's state for one reader at one moment."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup

from incident.domain.crisis_clocks import NOT_ADVICE, ClockLine, clock_board
from incident.domain.crisis_decide import limits, may_sign
from incident.domain.crisis_parts import Draft
from incident.domain.crisis_plan import CLOCK_ANCHORS, FALLBACKS
from incident.domain.crisis_sentences import PLACES
from incident.domain.crisis_views import (
    Card,
    LineStatus,
    RollStatus,
    card,
    care_counts,
    comms_board,
    out,
    roll_status,
    strain,
)  # fmt: skip
from incident.domain.incident import Incident
from incident.domain.roster import Person, Position
from incident.domain.words import Group, Text
from incident.report.crisis_words import STAGES, anchor_text, limits_text
from incident.web.crisis_wording import FIELD_NAMES
from incident.web.gate import Reader
from incident.web.parts import WebParts
from incident.web.urgent import Urgent, urgent

_GAP = re.compile(r"\{\{\s*(\w+)[^}]*\}\}")
LISTED = 60
"""So many people of a roll call get buttons of their own; beyond that there is a field."""


@dataclass(frozen=True, slots=True)
class Tab:
    """A page of the incident. ``count`` is what waits there, ``grave`` tells that something is late or in danger."""

    name: str
    count: int
    grave: bool


@dataclass(frozen=True, slots=True)
class Anchor:
    """A fact with a time that clocks count from; ``instead`` is what stands in for it while it is not known."""

    name: str
    at: datetime | None
    instead: str


def tabs(incident: Incident, reader: Reader) -> list[Tab]:
    """The incident's pages with what waits on each."""
    waiting = urgent(incident, reader)
    return [_tab(name, [one for one in waiting if one.page == name])
            for name in ("", "clocks", "messages", "command", "people", "materials")]  # fmt: skip


def _tab(name: str, found: list[Urgent]) -> Tab:
    return Tab(name, sum(one.count for one in found), any(one.grave for one in found))


def clocks(parts: WebParts, incident: Incident, reader: Reader) -> dict[str, Any]:
    """The clock wall: open clocks by due time, settled ones last."""
    board = clock_board(incident, reader.now)
    book = parts.crisis.clock_book()
    offered = [terms for name, terms in book.items() if name not in incident.crisis.clocks]
    known = {**book, **{name: clock.terms for name, clock in incident.crisis.clocks.items()}}

    def called(clock_id: str) -> str:
        return known[clock_id].title.in_(reader.language) if clock_id in known else clock_id

    def anchor_of(name: str) -> str:
        kind, _, clock_id = name.partition(":")
        return anchor_text(f"{kind}:{called(clock_id)}" if clock_id else name, reader.translate)

    return {
        "board": board,
        "not_advice": NOT_ADVICE,
        "anchors": _anchors(incident, board),
        "all_anchors": CLOCK_ANCHORS,
        "anchor_of": anchor_of,
        "limits_of": lambda terms: limits_text(terms, reader.translate, called),
        "holder": lambda position: holder(parts, incident, position, reader.now),
        "may_waive": lambda terms: may_sign(incident, reader.person, terms.owner, terms.backup),
        "book_choices": [(one.id, f"{one.jurisdiction} · {one.title.in_(reader.language)}") for one in offered],
        "positions": _positions(parts),
    }


def messages(parts: WebParts, incident: Incident, reader: Reader) -> dict[str, Any]:
    """Lines of communication, what is late first; then all that went out."""
    plan = incident.crisis.plan
    board = sorted(comms_board(incident, reader.now), key=_line_urgency)
    drafts = incident.crisis.drafts.values()
    return {
        "board": board,
        "stages": STAGES,
        "may_approve": lambda line: may_sign(incident, reader.person, line.approver, line.backup),
        "holder": lambda position: holder(parts, incident, position, reader.now),
        "past": sorted((d for d in drafts if d.status != "draft"), key=_last, reverse=True),
        "never_say": plan.comms.never_say if plan else (),
        "gaps": lambda template: _gaps(template, reader),
        "audience": {line.id: line.audience for line in plan.comms.lines} if plan else {},
    }


def command(parts: WebParts, incident: Incident, reader: Reader) -> dict[str, Any]:
    """Orders, meetings, objectives, the hand-over card with its warnings."""
    crisis = incident.crisis
    shown = card(incident, reader.now)
    order = {"given": 0, "read_back": 1, "confirmed": 2, "done": 3}
    return {
        "card": shown,
        "warned": bool(shown.strain or shown.doubles or any(span.too_wide for span in shown.spans)),
        "orders": sorted(crisis.orders.values(), key=lambda o: (order[o.status], o.due_at or o.at)),
        "meetings": sorted(crisis.meetings.values(), key=lambda m: m.called_at, reverse=True),
        "expected": {group: _seated(incident, group) for group in Group},
        "groups": [g.group for g in incident.plan.groups] if incident.plan else [],
        "mine": lambda position: may_sign(incident, reader.person, position),
        "decisions": [incident.tasks[task].plan.title for task in shown.decisions],
        "place": lambda name: reader.translate(PLACES[name]),
        "hours": limits(incident),
        "holder": lambda position: holder(parts, incident, position, reader.now),
        "positions": _positions(parts),
        "people": _people(parts),
    }  # fmt: skip


def people(parts: WebParts, incident: Incident, reader: Reader) -> dict[str, Any]:
    """Roll calls (running ones first), the floor, duty hours, care."""
    rolls = [roll_status(roll) for roll in incident.crisis.rollcalls.values()]
    return {
        "rolls": sorted(rolls, key=lambda r: (r.roll.closed_at is not None, -r.roll.started_at.timestamp())),
        "listed": LISTED,
        "floor": sorted(incident.crisis.floor.items()),
        "strains": strain(incident, reader.now),
        "hours": limits(incident),
        "care": care_counts(incident),
        "open_care": [name for name, state in incident.crisis.care.items() if state == "offered"],
        "people": _people(parts),
    }  # fmt: skip


def materials(parts: WebParts, incident: Incident, _reader: Reader) -> dict[str, Any]:
    """What the playbook wants from the store, what is out, and what came back."""
    titles, takings = parts.crisis.materials.titles(), incident.crisis.takings.values()
    taken: dict[str, int] = {}
    for taking in takings:
        taken[taking.item] = taken.get(taking.item, 0) + taking.count
    needs = incident.crisis.plan.materials if incident.crisis.plan else ()
    return {
        "needs": [(need, taken.get(need.item, 0)) for need in needs],
        "out": out(incident),
        "back": [taking for taking in takings if not taking.out],
        "item": lambda item: titles.get(item, Text.same(item)),
        "titles": titles,
        "people": _people(parts),
    }


def _anchors(incident: Incident, board: Iterable[ClockLine]) -> list[Anchor]:
    counted = {limit.anchor for line in board for limit in line.clock.terms.limits}
    found = []
    for name in CLOCK_ANCHORS:
        if name in counted:
            instead = next((one for one in FALLBACKS.get(name, ()) if one in incident.anchors), "")
            found.append(Anchor(name, incident.anchors.get(name), instead))
    return found


def _gaps(template: str, reader: Reader) -> Markup:
    """A message with its gaps marked by what goes into them."""
    pieces = _GAP.split(template)
    shown = [Markup("<mark>{}</mark>").format(reader.translate(FIELD_NAMES.get(piece, piece))) if n % 2 else
             Markup("{}").format(piece) for n, piece in enumerate(pieces)]  # fmt: skip
    return Markup("").join(shown)


def _line_urgency(line: LineStatus) -> tuple[bool, bool, bool, float]:
    """Late ones, then drafts that wait, then by what is due next."""
    due = line.due_at.timestamp() if line.due_at else float("inf")
    return (not line.overdue, not line.waiting, not line.expired, due)


def _last(draft: Draft) -> datetime:
    return draft.released_at or draft.at


def holder(parts: WebParts, incident: Incident, position: str, now: datetime) -> str:
    """Who holds a position in this incident, else who is on duty in it; empty when nobody does."""
    seated = next((seat.person for seat in incident.seats if seat.position == position and seat.person), "")
    return seated or next((person.id for person in parts.desk.rules.roster.holders(position, now)), "")


def _seated(incident: Incident, group: Group) -> list[str]:
    seats = (seat.person for seat in incident.seats if seat.group is group and seat.person)
    return list(dict.fromkeys(seats))


def _positions(parts: WebParts) -> list[Position]:
    return list(parts.desk.rules.roster.positions.values())


def _people(parts: WebParts) -> list[Person]:
    return sorted(parts.desk.rules.roster.people.values(), key=lambda person: person.id)


__all__ = ["Card", "RollStatus", "clocks", "command", "materials", "messages", "people", "tabs"]
