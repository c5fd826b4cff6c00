"""From an incident's log to its report: a fold, at the end or at any moment before. Pure.

The report is language-neutral; ``render`` gives it a language, a time zone and a form.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec

from incident.domain import events as e
from incident.domain.errors import BadInput
from incident.domain.incident import Incident, fold
from incident.domain.plan import ANCHORS
from incident.domain.said import said
from incident.domain.words import Group, Text
from incident.report import model as m
from incident.report.command import command_record
from incident.report.gather import (
    action_rows,
    fact_rows,
    level_rows,
    link_rows,
    signal_rows,
    statements,
    suppressed_rows,
    told,
    unknowns,
)  # fmt: skip
from incident.report.measure import metrics
from incident.report.names import Names, both
from incident.report.people import call_rows, group_rows
from incident.report.tasks import phase_rows, task_rows
from incident.report.timeline import LATE_AFTER, lines
from incident.report.words import ANCHORS as ANCHOR_NAMES

__all__ = ["Names", "build", "from_json", "to_json"]


def build(entries: Iterable[e.Entry], now: datetime, names: Names) -> m.Report:
    """The report of the incident whose whole log is ``entries``, as it stands at ``now`` (aware, UTC).

    Raises BadInput when the log does not start with the opening of an incident.
    """
    log = tuple(entries)
    if not log or not isinstance(log[0].event, e.IncidentOpened):
        raise BadInput("log: does not begin with the opening of an incident", remedy="give the log from entry 1 on")
    state = fold(log)
    tasks = task_rows(state, log, names, now)
    timeline = _timeline(log, names, state)
    report = m.Report(
        built_at=now, final=state.ended, summary=_summary(state, log, names), moments=_moments(state, log, timeline),
        cause=statements(log, names, "cause"), process=statements(log, names, "process"),
        after_care=statements(log, names, "after_care"), told=told(state, log, names), facts=fact_rows(log, names),
        levels=level_rows(log, names), groups=group_rows(state, log, names), calls=call_rows(state, log, names),
        phases=phase_rows(state, log, tasks), tasks=tasks, decisions=statements(log, names, "decision"),
        updates=statements(log, names, "update"), handovers=statements(log, names, "handover"),
        overrides=statements(log, names, "override"), metrics=metrics(state, log, tasks),
        actions=action_rows(state, log, names, now), signals=signal_rows(log), suppressed=suppressed_rows(log),
        links=link_rows(log), timeline=timeline, unknowns=(), provenance=_provenance(state, log),
        command=command_record(state, log, names, now),
    )  # fmt: skip
    return replace(report, unknowns=unknowns(report))


def to_json(report: m.Report) -> dict[str, Any]:
    """The report as plain JSON data; times are ISO 8601 with offset."""
    plain: dict[str, Any] = msgspec.to_builtins(report)
    return plain


def from_json(data: dict[str, Any]) -> m.Report:
    """The report from ``to_json``'s data. Raises BadInput when it is something else."""
    if data.get("schema") != m.SCHEMA:
        raise BadInput(
            said("schema: is not '{schema}'", schema=m.SCHEMA), remedy="give the data of a report that Tocsin made"
        )
    try:
        return msgspec.convert(data, m.Report)
    except msgspec.ValidationError as error:
        raise BadInput(
            said("report: {error}", error=error), remedy="give the data of a report that Tocsin made"
        ) from error


def _summary(s: Incident, log: Sequence[e.Entry], names: Names) -> m.Summary:
    levels = [s.level, *(lv for x in log if isinstance(x.event, e.LevelChanged) for lv in (x.event.old, x.event.new))]
    ended = next((x.event for x in reversed(log) if isinstance(x.event, e.IncidentEnded)), None)
    stopped = next((x.event for x in reversed(log) if isinstance(x.event, e.DrillStopped)), None)
    commander = s.leads.get(Group.LEADERSHIP) or s.commander
    return m.Summary(
        incident_id=s.id, scenario=s.scenario.value, title=s.title, code_name=s.code_name, description=s.description,
        status=s.status.value, level=s.level, worst_level=min(levels), impact=int(s.impact), urgency=int(s.urgency),
        anchors={a: s.anchors[a] for a in ANCHORS if a in s.anchors},
        commander=names.person(commander) if commander else None,
        reported_by=names.person(s.reported_by) if s.reported_by else None,
        ended_by=names.person(s.ended_by) if s.ended and s.ended_by else None,
        statement=ended.statement if ended and s.ended else "", drill=s.drill,
        drill_stopped=stopped.reason if stopped else "", restricted=s.restricted, labels=dict(sorted(s.labels.items())),
    )  # fmt: skip


def _timeline(log: Sequence[e.Entry], names: Names, state: Incident) -> tuple[m.TimelineRow, ...]:
    """All entries in the order in which things happened; what was entered late stands where it belongs."""
    rows = (
        m.TimelineRow(zh.seq, zh.occurred_at, zh.recorded_at, Text(zh=zh.actor, en=en.actor), zh.kind,
                      Text(zh=zh.text, en=en.text), zh.late, _group_of(x, state))
        for x, zh, en in zip(log, lines(log, names, "zh-CN"), lines(log, names, "en"), strict=True)
    )  # fmt: skip
    return tuple(sorted(rows, key=lambda row: (row.occurred_at, row.seq)))


def _group_of(entry: e.Entry, state: Incident) -> str:
    """The group an entry belongs to, by its task, its position or its person; empty when it came from outside."""
    event = entry.event
    if isinstance(event, e.GroupConvened | e.PositionAssumed):
        return event.group.value
    if isinstance(event, e.TaskStarted | e.TaskDone | e.TaskWaived | e.TaskReopened | e.TaskOverdue):
        task = state.tasks.get(event.task_id)
        return task.plan.group.value if task else ""
    position = getattr(event, "position", "")
    person = getattr(event, "person", "") or entry.actor.removeprefix("person:")
    held = (seat.group.value for seat in state.seats if seat.position == position)
    sits = (seat.group.value for seat in state.seats if seat.person == person)
    return next(held, next(sits, ""))


_TURNS = {"level", "milestone"}


def _moments(state: Incident, log: Sequence[e.Entry], timeline: Sequence[m.TimelineRow]) -> tuple[m.Moment, ...]:
    """What a manager reads first: began, detected, and the entries that mark a turn."""
    found = [m.Moment(state.anchors[a], _anchor(a)) for a in ("began", "detected") if a in state.anchors]
    leads = {x.seq for x in log if isinstance(x.event, e.PositionAssumed | e.PlaybookActivated)}
    found += [m.Moment(r.occurred_at, r.text) for r in timeline if r.kind in _TURNS or r.seq in {1, *leads}]
    return tuple(sorted(found, key=lambda moment: moment.at))


def _anchor(name: str) -> Text:
    return both(lambda t: t(ANCHOR_NAMES[name]))


def _provenance(state: Incident, log: Sequence[e.Entry]) -> m.Provenance:
    plan = state.plan
    late = sum(x.recorded_at - x.occurred_at >= LATE_AFTER for x in log)
    return m.Provenance(
        plan_id=plan.id if plan else "", plan_version=plan.version if plan else "", plan_hash=plan.hash if plan else "",
        plan_title=plan.title if plan else None, plan_source=plan.source if plan else (), entries=len(log),
        head=log[-1].hash, last_recorded_at=log[-1].recorded_at, late_entries=late,
    )  # fmt: skip
