"""Commands in, events out. Pure: the state, the command and ``now`` decide; doing it twice changes nothing."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from incident.domain import commands as c
from incident.domain import decide_tasks as tasks
from incident.domain import events as e
from incident.domain import trace
from incident.domain.calls import answer, escalate
from incident.domain.crisis_outward import CRISIS_AFTER_END, CRISIS_DECIDE
from incident.domain.decide_tasks import holds, required
from incident.domain.errors import BadInput, NotAllowed
from incident.domain.events_playbook import IncidentCalled
from incident.domain.incident import Incident, Status
from incident.domain.said import said
from incident.domain.signal import Signal
from incident.domain.words import LEVELS, Degree, Scenario, Text, level_of
from incident.domain.work import blockers, condition_holds

__all__ = [
    "admitted", "blockers", "clear_signals", "decide", "join_signals", "open_by_plan", "open_by_report",
    "open_by_signal", "reassess",
]  # fmt: skip

BREADTH = 20
"""So many active signals say that more is hit than any one of them knew: impact rises one degree."""
CLOCK_SKEW = timedelta(minutes=1)
MAX_TEXT = 10_000


def decide(incident: Incident, command: c.Command, now: datetime) -> list[e.DomainEvent]:
    """The events that ``command`` causes; none when it was carried out before.

    Raises BadInput for what makes no sense, NotAllowed for a restricted incident's outsiders.
    """
    admitted(incident, command)
    if command.at is not None and command.at > now + CLOCK_SKEW:
        raise BadInput("at: lies in the future", remedy="give the time at which it happened")
    for name in ("text", "reason", "note", "statement", "cause", "process", "after_care", "value"):
        if len(getattr(command, name, "")) > MAX_TEXT:
            raise BadInput(said("{name}: longer than {most} characters", name=name, most=MAX_TEXT), remedy="shorten it")
    if incident.ended and not isinstance(command, (*_AFTER_END, c.Reopen)):
        if isinstance(command, c.Acknowledge | c.End | c.Resolve):
            return []
        raise BadInput(said("{incident} has ended", incident=incident.id), remedy="reopen it first")
    return _DECIDE[type(command)](incident, command, now)


def admitted(incident: Incident, command: c.Command) -> None:
    """Raises NotAllowed for a restricted incident's outsiders."""
    if incident.restricted and command.by not in incident.audience and not command.by.startswith("system"):
        raise NotAllowed(
            said("{incident} is restricted", incident=incident.id), remedy="ask the incident's lead to let you in"
        )


def open_by_report(command: c.ReportIncident, incident_id: str, code_name: str, now: datetime) -> e.IncidentOpened:
    """The first entry of an incident that a person reported."""
    if not command.title.strip():
        raise BadInput("title: is empty", remedy="say in one line what happened")
    if len(command.title) > 200 or len(command.description) > MAX_TEXT:
        raise BadInput(
            "title or description: too long", remedy=said("at most 200 and {most} characters", most=MAX_TEXT)
        )
    at = command.at or now
    if at > now + CLOCK_SKEW:
        raise BadInput("at: lies in the future", remedy="give the time at which it began")
    return e.IncidentOpened(
        incident_id=incident_id, scenario=command.scenario, title=Text.same(command.title.strip()),
        level=level_of(command.impact, command.urgency), impact=command.impact, urgency=command.urgency,
        correlation_key=f"report={incident_id}", began_at=at, detected_at=now, labels=dict(command.labels),
        restricted=command.restricted or command.scenario is Scenario.DATA_LEAK, code_name=code_name,
        drill=command.drill, reported_by=command.by, description=command.description,
        trace=trace.made_of(incident_id),
    )  # fmt: skip


def open_by_plan(
    parent: Incident, called: IncidentCalled, incident_id: str, code_name: str, now: datetime
) -> e.IncidentOpened:
    """The first entry of an incident that another one's playbook called for. It is a drill if that one is."""
    title = parent.title if not parent.restricted else Text.same(parent.code_name)
    return e.IncidentOpened(
        incident_id=incident_id, scenario=called.scenario, title=title, level=parent.level, impact=parent.impact,
        urgency=parent.urgency, correlation_key=f"incident={parent.id}|{called.rule}", began_at=now, detected_at=now,
        labels=dict(parent.labels), restricted=parent.restricted or called.scenario is Scenario.DATA_LEAK,
        code_name=code_name, drill=parent.drill, trace=parent.trace,
    )  # fmt: skip


def open_by_signal(signal: Signal, incident_id: str, code_name: str, now: datetime) -> e.IncidentOpened:
    """The first entry of an incident that a signal opened."""
    began = min(signal.evidence.since or signal.at, now)
    return e.IncidentOpened(
        incident_id=incident_id, scenario=signal.scenario, title=signal.title,
        level=level_of(signal.impact, signal.urgency), impact=signal.impact, urgency=signal.urgency,
        correlation_key=signal.correlation_key, began_at=began, detected_at=min(signal.at, now),
        labels=dict(signal.labels), restricted=signal.restricted or signal.scenario is Scenario.DATA_LEAK,
        code_name=code_name, drill=signal.drill, trace=signal.trace or trace.made_of(signal.id),
    )  # fmt: skip


def join_signals(incident: Incident, signals: list[Signal], why: str) -> list[e.DomainEvent]:
    """Signals join: one entry for all of them, and a new level if they make matters worse."""
    first = max(signals, key=lambda s: (s.impact + s.urgency, s.impact))
    others = tuple(dict.fromkeys(s.rule for s in signals if s.rule != first.rule))[:20]
    joined = e.SignalsJoined(
        tuple(s.id for s in signals), why, first.rule, first.title, first.impact, first.urgency,
        dict(first.labels), first.evidence, others,
    )  # fmt: skip
    return [joined, *reassess(incident, signals, active=incident.signals_active + len(signals))]


def reassess(incident: Incident, signals: list[Signal], active: int) -> list[e.DomainEvent]:
    """The level after new facts: the worst of impact and urgency known, one degree more when very many are hit."""
    impact = max([incident.impact, *(s.impact for s in signals)])
    urgency = max([incident.urgency, *(s.urgency for s in signals)])
    if active >= BREADTH > incident.signals_active:
        impact = Degree(min(Degree.HIGH, impact + 1))
    level = level_of(impact, urgency)
    if level >= incident.level:
        return []
    return [e.LevelChanged(incident.level, level, impact, urgency, "signals_worse")]


def clear_signals(incident: Incident, signal_ids: tuple[str, ...], why: str) -> list[e.DomainEvent]:
    """Signals are gone. When all are, urgency falls, unless a person has set the level; never below the playbook's row.

    A leak is not over because nothing more is seen: what is out stays out, so its level is left to people.
    """
    found: list[e.DomainEvent] = [e.SignalsCleared(signal_ids, why)]
    return found if incident.signals_active > len(signal_ids) else [*found, *_quiet(incident)]


def _quiet(incident: Incident) -> list[e.DomainEvent]:
    found: list[e.DomainEvent] = [e.AllSignalsCleared()]
    planned = [n for n in LEVELS if condition_holds(incident, f"level:{n}")]
    level = min(level_of(incident.impact, Degree.LOW), *planned, max(LEVELS))
    fades = incident.scenario is not Scenario.DATA_LEAK and not incident.level_by_person and not incident.ended
    if fades and level > incident.level:
        found.append(e.LevelChanged(incident.level, level, incident.impact, Degree.LOW, "all_signals_cleared"))
    return found


def _ack(s: Incident, cmd: c.Acknowledge, _now: datetime) -> list[e.DomainEvent]:
    return answer(s, cmd.by, cmd.via)


def _escalate(s: Incident, cmd: c.Escalate, _now: datetime) -> list[e.DomainEvent]:
    return escalate(s, required("reason", cmd.reason))


def _level(s: Incident, cmd: c.ChangeLevel, _now: datetime) -> list[e.DomainEvent]:
    if cmd.level not in LEVELS:
        raise BadInput(said("level: {level} is not a level", level=cmd.level), remedy="give 1 (gravest) to 4")
    reason = required("reason", cmd.reason)
    if cmd.level == s.level and s.level_by_person:
        return []
    return [e.LevelChanged(s.level, cmd.level, s.impact, s.urgency, reason, by_person=True)]


def _note(_s: Incident, cmd: c.AddNote, _now: datetime) -> list[e.DomainEvent]:
    if cmd.kind not in {"note", "decision", "update", "cause", "after_care"}:
        raise BadInput(
            said("kind: '{kind}' is not a kind of note", kind=cmd.kind), remedy="give note, decision or update"
        )
    return [e.NoteAdded(required("text", cmd.text), cmd.kind)]


def _lead(s: Incident, cmd: c.TakeLead, _now: datetime) -> list[e.DomainEvent]:
    if s.leads.get(cmd.group) == cmd.by:
        return []
    seats = [seat for seat in s.seats if seat.group is cmd.group]
    head = next((seat for seat in seats if seat.role == "head"), None)
    if head is None:
        raise BadInput(
            said("group: {group} is not in this playbook", group=cmd.group.value),
            remedy="choose a group of the playbook",
        )
    found: list[e.DomainEvent] = [
        e.PositionAssumed(cmd.group, "head", head.position, cmd.by, acting=head.person != cmd.by)
    ]
    return [*found, e.NoteAdded(cmd.note, "handover")] if cmd.note else found


def _link(s: Incident, cmd: c.LinkIncident, _now: datetime) -> list[e.DomainEvent]:
    if cmd.relation not in {"caused_by", "causes", "related"}:
        raise BadInput(
            said("relation: '{relation}'", relation=cmd.relation), remedy="give caused_by, causes or related"
        )
    return [] if s.links.get(cmd.other) == cmd.relation else [e.IncidentLinked(cmd.other, cmd.relation, "by_person")]


def _split(s: Incident, cmd: c.SplitSignals, _now: datetime) -> list[e.DomainEvent]:
    reason = required("reason", cmd.reason)
    if not cmd.signals:
        raise BadInput("signals: none given", remedy="name those that are about something else")
    if len(cmd.signals) >= s.signals_joined:
        raise BadInput(
            said("{incident}: nothing would be left of it", incident=s.id),
            remedy="leave the signals it is about where they are",
        )
    found: list[e.DomainEvent] = [
        e.SignalsSplit(cmd.signals, cmd.into, reason, cmd.rules),
        e.IncidentLinked(cmd.into, "related", "split"),
    ]
    return found if s.signals_active > len(cmd.signals) else [*found, *_quiet(s)]


def _audience(s: Incident, cmd: c.ChangeAudience, _now: datetime) -> list[e.DomainEvent]:
    if (cmd.person in s.audience) is cmd.add:
        return []
    return [e.AudienceChanged(cmd.person, cmd.add, required("reason", cmd.reason))]


def _mitigate(s: Incident, cmd: c.Mitigate, _now: datetime) -> list[e.DomainEvent]:
    if s.status in {Status.MITIGATED, Status.RESOLVED}:
        return []
    return [*_implied_answer(s, cmd.by), e.IncidentMitigated(cmd.note)]


def _resolve(s: Incident, cmd: c.Resolve, _now: datetime) -> list[e.DomainEvent]:
    texts = (cmd.cause, cmd.process, cmd.after_care)
    if s.status is Status.RESOLVED and not any(texts):
        return []
    return [*_implied_answer(s, cmd.by), e.IncidentResolved(*texts)]


def _end(s: Incident, cmd: c.End, now: datetime) -> list[e.DomainEvent]:
    sign = s.plan.end.sign if s.plan else ""
    still_open = (*blockers(s, now), *([f"sign:{sign}"] if sign and not holds(s, cmd.by, sign) else []))
    if s.status is not Status.RESOLVED:
        raise BadInput(said("{incident} is not resolved yet", incident=s.id), remedy="resolve it first")
    if still_open and not cmd.override:
        raise BadInput(
            said("{incident} can't end: still open: {names}", incident=s.id, names=", ".join(still_open)),
            remedy="finish or waive these, or end it with a reason (--override)",
        )
    note: list[e.DomainEvent] = [e.NoteAdded(cmd.override, "override")] if still_open else []
    return [*note, e.IncidentEnded(cmd.by, cmd.statement)]


def _reopen(s: Incident, cmd: c.Reopen, _now: datetime) -> list[e.DomainEvent]:
    if s.status not in {Status.ENDED, Status.RESOLVED, Status.MITIGATED}:
        return []
    return [e.IncidentReopened(required("reason", cmd.reason))]


def _action(s: Incident, cmd: c.OpenAction, _now: datetime) -> list[e.DomainEvent]:
    return [e.ActionOpened(f"a{len(s.follow_ups) + 1}", required("text", cmd.text), cmd.owner, cmd.due_at)]


def _action_done(s: Incident, cmd: c.CompleteAction, _now: datetime) -> list[e.DomainEvent]:
    action = s.follow_ups.get(cmd.action_id)
    if action is None:
        raise BadInput(
            said("action: '{action}' is not there", action=cmd.action_id),
            remedy=said("one of {names}", names=", ".join(s.follow_ups) or said("none")),
        )
    return [] if action.done_at else [e.ActionDone(cmd.action_id, cmd.note)]


def _implied_answer(s: Incident, by: str) -> list[e.DomainEvent]:
    """Whoever works on an incident has answered."""
    return answer(s, by, "work") if any(call.open for call in s.calls.values()) or not s.acknowledged else []


_AFTER_END = (c.AddNote, c.OpenAction, c.CompleteAction, c.ChangeAudience, c.CompleteTask, c.StartTask, c.WaiveTask,
              c.LinkIncident, *CRISIS_AFTER_END)  # fmt: skip
"""What still makes sense once an incident has ended: the work of the report phase."""

_DECIDE: dict[type[c.Command], Callable[[Incident, Any, datetime], list[e.DomainEvent]]] = {
    c.Acknowledge: _ack,
    c.Escalate: _escalate,
    c.ChangeLevel: _level,
    c.AddNote: _note,
    c.SetFact: tasks.set_fact,
    c.TakeLead: _lead,
    c.StartTask: tasks.start,
    c.CompleteTask: tasks.complete,
    c.WaiveTask: tasks.waive,
    c.ReopenTask: tasks.reopen,
    c.AmendAnchor: tasks.amend_anchor,
    c.AmendTask: tasks.amend_plan,
    c.LinkIncident: _link,
    c.SplitSignals: _split,
    c.ChangeAudience: _audience,
    c.Mitigate: _mitigate,
    c.Resolve: _resolve,
    c.End: _end,
    c.Reopen: _reopen,
    c.OpenAction: _action,
    c.CompleteAction: _action_done,
    **CRISIS_DECIDE,
}
