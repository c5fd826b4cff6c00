"""What people wrote and what signals said: the report's statements, facts, levels, evidence, follow-ups. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from incident.domain import events as e
from incident.domain.incident import Incident
from incident.domain.words import Text
from incident.report import model as m
from incident.report.names import Names


def statements(log: Sequence[e.Entry], names: Names, kind: str) -> tuple[m.Statement, ...]:
    """What was written under ``kind``: notes of that kind and, for cause, process and after-care, at recovery."""
    found = []
    for entry in log:
        text = ""
        if isinstance(entry.event, e.NoteAdded) and entry.event.kind == kind:
            text = entry.event.text
        elif isinstance(entry.event, e.IncidentResolved) and kind in {"cause", "process", "after_care"}:
            text = getattr(entry.event, kind)
        if text:
            found.append(m.Statement(text, names.actor(entry.actor), entry.occurred_at))
    return tuple(found)


def told(state: Incident, log: Sequence[e.Entry], names: Names) -> tuple[Text, ...]:
    """Who knew: people whom a page reached, the reporter, people let in, recipients of issued reports."""
    people = [p.person for p in state.pages.values() if p.delivered_at]
    people += [state.reported_by] if state.reported_by else []
    people += [x.event.person for x in log if isinstance(x.event, e.AudienceChanged) and x.event.added]
    people += [p for x in log if isinstance(x.event, e.ReportIssued) for p in x.event.recipients]
    return tuple(names.person(p) for p in dict.fromkeys(people))


def fact_rows(log: Sequence[e.Entry], names: Names) -> tuple[m.FactRow, ...]:
    """Facts as last set, in the order in which they became known."""
    found: dict[str, m.FactRow] = {}
    for x in log:
        if isinstance(x.event, e.FactSet):
            before = found.get(x.event.name)
            changes = before.changes + 1 if before else 1
            found[x.event.name] = m.FactRow(x.event.name, x.event.value, names.actor(x.actor), x.occurred_at, changes)
    return tuple(found.values())


def level_rows(log: Sequence[e.Entry], names: Names) -> tuple[m.LevelRow, ...]:
    """Every change of level, with its reason."""
    return tuple(
        m.LevelRow(x.occurred_at, x.event.old, x.event.new, x.event.reason, names.actor(x.actor))
        for x in log
        if isinstance(x.event, e.LevelChanged)
    )


def action_rows(state: Incident, log: Sequence[e.Entry], names: Names, now: datetime) -> tuple[m.ActionRow, ...]:
    """Improvements, open ones first and by day."""
    notes = {x.event.action_id: x.event.note for x in log if isinstance(x.event, e.ActionDone)}
    rows = [
        m.ActionRow(
            a.id, a.text, names.position(a.owner) if a.owner in names.positions else names.person(a.owner),
            a.due_at, a.done_at, notes.get(a.id, ""), a.done_at is None and a.due_at is not None and a.due_at < now,
        )
        for a in state.follow_ups.values()
    ]  # fmt: skip
    return tuple(sorted(rows, key=lambda r: (r.done_at is not None, r.due_at is None, r.due_at or now)))


def join_reasons(log: Sequence[e.Entry]) -> dict[str, str]:
    """Signal → why it joined, of those that people left here."""
    found = {one: x.event.why for x in log if isinstance(x.event, e.SignalsJoined) for one in x.event.signal_ids}
    gone = {one for x in log if isinstance(x.event, e.SignalsSplit) for one in x.event.signal_ids}
    return {one: why for one, why in found.items() if one not in gone}


def behind(reasons: Iterable[str]) -> tuple[str, ...]:
    """The services that explain why signals joined, the most often named first: where the fault probably lies."""
    pairs = (why.partition(":") for why in reasons)
    named = Counter(name for code, _, name in pairs if name and code in {"service_map", "shared_dependency"})
    return tuple(name for name, _ in named.most_common(3))


def signal_rows(log: Sequence[e.Entry]) -> tuple[m.SignalRow, ...]:
    """One row for each rule: the first signal's evidence, and how many signals there were in all."""
    joined: dict[str, list[tuple[datetime, e.SignalsJoined]]] = {}
    here = join_reasons(log)
    for x in log:
        if isinstance(x.event, e.SignalsJoined):
            left = tuple(one for one in x.event.signal_ids if one in here)
            if left:
                joined.setdefault(x.event.rule, []).append((x.occurred_at, replace(x.event, signal_ids=left)))
    return tuple(_signal(rule, events) for rule, events in joined.items())


def _signal(rule: str, joined: list[tuple[datetime, e.SignalsJoined]]) -> m.SignalRow:
    at, first = joined[0]
    evidence = first.evidence
    return m.SignalRow(
        rule=rule, title=first.title, raised_at=at, count=sum(len(ev.signal_ids) for _, ev in joined), why=first.why,
        expected=evidence.expected, seen=evidence.seen, unit=evidence.unit, unusual=evidence.unusual,
        since=evidence.since, window=evidence.window,
        contributors=tuple((c.name, c.share) for c in evidence.contributors), samples=evidence.samples,
        meaning=evidence.meaning,
    )  # fmt: skip


def suppressed_rows(log: Sequence[e.Entry]) -> tuple[m.SuppressedRow, ...]:
    """Signals that were held back: how many for which reason."""
    counts: dict[tuple[str, str], tuple[Text, int]] = {}
    for x in log:
        if isinstance(x.event, e.SignalsSuppressed):
            key = (x.event.rule, x.event.reason)
            before = counts[key][1] if key in counts else 0
            counts[key] = (x.event.title, before + len(x.event.signal_ids))
    return tuple(m.SuppressedRow(title, reason, count) for (_, reason), (title, count) in counts.items())


def link_rows(log: Sequence[e.Entry]) -> tuple[m.LinkRow, ...]:
    """How this incident stands to others, as last said."""
    found = {x.event.other: x.event for x in log if isinstance(x.event, e.IncidentLinked)}
    return tuple(m.LinkRow(ev.other, ev.relation, ev.reason) for ev in found.values())


def unknowns(report: m.Report) -> tuple[str, ...]:
    """Names of what a reader would look for and the log does not hold."""
    anchors = report.summary.anchors
    missing = {
        "cause": not report.cause,
        "process": not report.process,
        "after_care": not report.after_care,
        "plan": not report.provenance.plan_id,
        "facts": not report.facts,
        "evidence": bool(report.signals) and not any(s.window for s in report.signals),
        "acknowledged": "acknowledged" not in anchors,
        "mitigated": "mitigated" not in anchors,
        "recovered": "recovered" not in anchors,
        "signature": not report.final or (report.summary.ended_by is None and not report.drill),
        "actions": not report.actions,
        "log_hash": not report.provenance.head,
    }
    return tuple(name for name, is_missing in missing.items() if is_missing)
