"""The report's numbers, from the folded incident and its log. Pure; what cannot be told is unknown, never 0."""

from collections.abc import Sequence
from datetime import datetime

from incident.domain import events as e
from incident.domain.incident import Incident, PageStatus
from incident.report.model import Metric, TaskRow

SPANS = (
    ("mttd", "began", "detected"),
    ("mtta", "opened", "acknowledged"),
    ("declare", "detected", "declared"),
    ("command", "opened", "led"),
    ("notice", "opened", "notice"),
    ("mttm", "detected", "mitigated"),
    ("mttr", "detected", "recovered"),
    ("duration", "opened", "ended"),
)
"""Metric → from which moment to which. The definitions printed beside them are in ``labels.py``."""


def metrics(incident: Incident, entries: Sequence[e.Entry], tasks: Sequence[TaskRow]) -> tuple[Metric, ...]:
    """All metrics, in the order in which they are printed."""
    times = {**incident.anchors, **_further_moments(entries, tasks)}
    spans = [_span(key, times.get(start), times.get(end), incident.ended) for key, start, end in SPANS]
    return (*spans, *_pages(incident), _acting(entries, incident), *_tasks(tasks))


def _further_moments(entries: Sequence[e.Entry], tasks: Sequence[TaskRow]) -> dict[str, datetime]:
    """When the plan was activated, when a group was first led, when the first announcement was made."""
    found: dict[str, datetime] = {}
    for entry in entries:
        if isinstance(entry.event, e.PlaybookActivated):
            found.setdefault("declared", entry.occurred_at)
        elif isinstance(entry.event, e.PositionAssumed):
            found.setdefault("led", entry.occurred_at)
    said = [t.finished_at for t in tasks if t.kind == "comms" and t.status == "done" and t.finished_at]
    return {**found, "notice": min(said)} if said else found


def _span(key: str, start: datetime | None, end: datetime | None, ended: bool) -> Metric:
    if start is None or end is None:
        return Metric(key, "seconds", None, unknown="not_recorded" if ended else "not_yet")
    seconds = (end - start).total_seconds()
    if seconds < 0:
        return Metric(key, "seconds", None, unknown="contradictory")
    return Metric(key, "seconds", seconds)


def _pages(incident: Incident) -> tuple[Metric, ...]:
    pages = list(incident.pages.values())
    settled = {PageStatus.DELIVERED, PageStatus.UNDELIVERABLE}
    tried = {p.person for p in pages if p.status in settled}
    reached = {p.person for p in pages if p.status is PageStatus.DELIVERED}
    delivered = sum(p.status is PageStatus.DELIVERED for p in pages)
    return (
        Metric("pages", "count", len(pages)),
        Metric("delivered", "count", delivered, of=len(pages)),
        Metric("reached", "share", len(reached), of=len(tried))
        if tried
        else Metric("reached", "share", None, unknown="not_recorded" if incident.ended else "not_yet"),
    )


def _acting(entries: Sequence[e.Entry], incident: Incident) -> Metric:
    """Time in which a group was led by somebody other than its head, until the incident ended or the last entry."""
    until = incident.anchors.get("ended") or max((x.occurred_at for x in entries), default=None)
    seconds = 0.0
    since: dict[str, datetime] = {}
    for entry in entries:
        if isinstance(entry.event, e.PositionAssumed):
            before = since.pop(entry.event.group, None)
            seconds += (entry.occurred_at - before).total_seconds() if before else 0
            if entry.event.acting:
                since[entry.event.group] = entry.occurred_at
    seconds += sum((until - start).total_seconds() for start in since.values() if until)
    return Metric("acting", "seconds", max(0.0, seconds))


def _tasks(tasks: Sequence[TaskRow]) -> tuple[Metric, ...]:
    def count(*verdicts: str) -> float:
        return sum(t.verdict in verdicts for t in tasks)

    dated = [t for t in tasks if t.verdict in {"on_time", "late", "overdue"}]
    on_time = (
        Metric("on_time", "share", count("on_time"), of=len(dated))
        if dated
        else Metric("on_time", "share", None, unknown="not_recorded")
    )
    return (
        on_time,
        Metric("late", "count", count("late", "overdue"), of=len(tasks)),
        Metric("waived", "count", count("waived"), of=len(tasks)),
        Metric("unfinished", "count", count("open", "overdue"), of=len(tasks)),
    )
