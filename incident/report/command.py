"""What the log tells about command: deadlines, messages, orders, meetings, roll calls, materials, care. Pure."""

from collections.abc import Sequence
from datetime import datetime

from incident.domain import crisis_events as x
from incident.domain.crisis_clocks import clock_board
from incident.domain.crisis_parts import RollCall
from incident.domain.crisis_views import care_counts, roll_status
from incident.domain.events import Entry
from incident.domain.incident import Incident
from incident.domain.words import Text
from incident.report import model_command as m
from incident.report.names import Names

MOST = 0.95
"""The share of a shift whose answers make a roll call as good as complete."""


def command_record(state: Incident, log: Sequence[Entry], names: Names, now: datetime) -> m.CommandRecord:
    """How the incident was commanded, at ``now``."""
    if state.drill is not None:
        now = min(now, state.anchors.get("ended", now))
    care = care_counts(state)
    return m.CommandRecord(
        clocks=_clocks(state, names, now), messages=_messages(state, log, names), orders=_orders(state, names),
        meetings=_meetings(state, names), periods=_periods(log), handovers=_handovers(state, names),
        rollcalls=tuple(_roll(roll, log) for roll in state.crisis.rollcalls.values()),
        takings=_takings(state, log, names), care=care if care["offered"] else {},
    )  # fmt: skip


def _clocks(state: Incident, names: Names, now: datetime) -> tuple[m.ClockRow, ...]:
    found = []
    for line in clock_board(state, now):
        clock, terms = line.clock, line.clock.terms
        first = clock.filings[0] if clock.filings else None
        late = next((f.late_reason for f in clock.filings if f.late_reason), "")
        found.append(m.ClockRow(
            id=terms.id, title=terms.title, authority=terms.authority, article=terms.article, status=line.status,
            due_at=line.late_after, former=line.former, decision=clock.decision,
            decided_by=_person(names, clock.decided_by), decided_at=clock.decided_at, reason=clock.reason,
            filed_at=first.at if first else None, filed_by=_person(names, first.by) if first else None,
            receipt=", ".join(f.receipt for f in clock.filings if f.receipt), late_reason=late,
        ))  # fmt: skip
    return tuple(found)


def _messages(state: Incident, log: Sequence[Entry], names: Names) -> tuple[m.MessageRow, ...]:
    plan, seen, found = state.crisis.plan, set[str](), []
    for entry in log:
        ev = entry.event
        if not isinstance(ev, x.MessageReleased):
            continue
        line = plan.comms.line(ev.line) if plan else None
        first = line.first_within if line is not None and ev.line not in seen else None
        opened = state.anchors.get("opened")
        seen.add(ev.line)
        found.append(m.MessageRow(
            at=entry.occurred_at, audience=line.audience if line else Text.same(ev.line),
            channel=line.channel if line else "", stage=ev.stage, wording=ev.wording,
            approved_by=_person(names, ev.approved_by), auto=ev.auto, simulated=ev.simulated,
            due_at=opened + first if opened is not None and first is not None else None,
        ))  # fmt: skip
    return tuple(found)


def _orders(state: Incident, names: Names) -> tuple[m.OrderRow, ...]:
    return tuple(
        m.OrderRow(
            id=o.id, at=o.at, by=names.person(o.by), position=names.position(o.position), text=o.text, due_at=o.due_at,
            status=o.status, read_back_by=_person(names, o.read_back_by), words=o.words, done_at=o.done_at,
        )
        for o in state.crisis.orders.values()
    )  # fmt: skip


def _meetings(state: Incident, names: Names) -> tuple[m.MeetingRow, ...]:
    return tuple(
        m.MeetingRow(
            id=one.id, group=one.group.value, called_at=one.called_at, quorum=one.quorum, quorum_at=one.quorum_at,
            present=tuple(names.person(p) for p in one.present), excused=tuple(names.person(p) for p in one.excused),
            closed_at=one.closed_at, minutes=one.minutes,
        )
        for one in state.crisis.meetings.values()
    )  # fmt: skip


def _periods(log: Sequence[Entry]) -> tuple[m.PeriodRow, ...]:
    return tuple(
        m.PeriodRow(entry.event.period, entry.occurred_at, entry.event.texts, entry.event.until)
        for entry in log
        if isinstance(entry.event, x.ObjectivesSet)
    )


def _handovers(state: Incident, names: Names) -> tuple[m.HandoverRow, ...]:
    return tuple(
        m.HandoverRow(h.group.value, names.person(h.giver), names.person(h.receiver), h.at, h.signed_at, h.worries,
                      h.words)
        for h in state.crisis.handovers.values()
    )  # fmt: skip


def _roll(roll: RollCall, log: Sequence[Entry]) -> m.RollRow:
    answered, most_at = set[str](), None
    for entry in log:
        ev = entry.event
        if isinstance(ev, x.RollCallAnswered) and ev.rollcall_id == roll.id and ev.person in roll.people:
            answered.add(ev.person)
            if most_at is None and len(answered) >= MOST * len(roll.people):
                most_at = entry.occurred_at
    return m.RollRow(roll.shift, roll.started_at, len(roll.people), roll_status(roll).counts, most_at, roll.closed_at)


def _takings(state: Incident, log: Sequence[Entry], names: Names) -> tuple[m.TakingRow, ...]:
    reasons: dict[str, list[str]] = {}
    for entry in log:
        if isinstance(entry.event, x.MaterialExplained):
            reasons.setdefault(entry.event.taking_id, []).append(entry.event.reason)
    return tuple(
        m.TakingRow(t.item, t.at, names.person(t.person), t.count, t.returned, t.explained, t.out,
                    tuple(reasons.get(t.id, ())), names.item(t.item))
        for t in state.crisis.takings.values()
    )  # fmt: skip


def _person(names: Names, person_id: str) -> Text | None:
    return names.person(person_id) if person_id else None
