"""The swim-lane chart: who did what when, in three groups and outside, over the phases. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from incident.domain.words import Group
from incident.report import svg
from incident.report.charts import RIGHT, WIDTH, dodge, time_axis
from incident.report.model import GroupRow, Report
from incident.report.reader import Reader
from incident.report.words import ANCHORS, GROUPS, PHASES, msg

_LEFT, _LANE, _TOP = 122.0, 54.0, 62.0
_ROWS, _GAP = 3, 11.0


@dataclass(frozen=True, slots=True)
class Mark:
    """One sign in a lane: ``form`` is on_time, late, waived, decision, page, failure, signal or level."""

    at: datetime
    lane: str
    form: str


FORMS = {
    "on_time": msg("task done in time"),
    "late": msg("task late"),
    "waived": msg("task waived"),
    "decision": msg("decision"),
    "page": msg("page"),
    "failure": msg("nobody reached"),
    "signal": msg("signal"),
    "level": msg("level changed"),
}


def swim_lanes(report: Report, reader: Reader) -> Markup:
    """The incident on one time axis; cut off when a long clean-up would squeeze the hours that mattered."""
    start, end = _span(report)
    x = svg.Scale(start.timestamp(), end.timestamp(), _LEFT, RIGHT)
    names = [*Group, "outside"]
    bottom = _TOP + _LANE * len(names)
    marks = [mark for mark in _marks(report) if start <= mark.at <= end]
    drawn = [*_phases(report, reader, x, bottom, end)]
    for index, name in enumerate(names):
        y = _TOP + index * _LANE
        title = reader.t(GROUPS[name] if name in GROUPS else msg("Outside"))
        drawn += [svg.line(0, y, RIGHT, y), svg.label(0, y + 30, svg.fit(title, _LEFT - 6))]
        drawn += _leads(next((g for g in report.groups if g.group == name), None), x, y, end, reader)
        drawn += _lane_marks([m for m in marks if m.lane == name], x, y)
    drawn += [*_anchors(report, reader, x, bottom, end), *time_axis(reader, start, end, x, bottom)]
    drawn += _legend({m.form for m in marks}, bottom + 42, reader)
    desc = reader.t(msg("From {start} to {end}: {count} marks in the lanes of the three groups and outside.")).format(
        start=reader.moment(start), end=reader.moment(end), count=len(marks)
    )
    title = reader.t(msg("Course of events by group"))
    return svg.figure("chart-lanes", title, desc, (WIDTH, bottom + 52), *drawn)


def cut_off(report: Report) -> datetime | None:
    """Where the chart ends although the log goes on, None when it shows everything."""
    end = _span(report)[1]
    return end if any(row.occurred_at > end for row in report.timeline) else None


def _span(report: Report) -> tuple[datetime, datetime]:
    moments = [*report.summary.anchors.values(), *(r.occurred_at for r in report.timeline)]
    if not report.final:
        moments.append(report.built_at)
    acted = [r.occurred_at for r in report.timeline] or moments
    start, end = min(moments), max(moments)
    opened = report.summary.anchors.get("opened", min(acted))
    settled = report.summary.anchors.get("recovered") or report.summary.anchors.get("mitigated")
    if settled and settled > opened and end - opened > 2.5 * (settled - opened):
        end = opened + 1.4 * (settled - opened)
    if end > opened and opened - start > 2 * (end - opened):
        start = opened - 0.5 * (end - opened)
    return start, end


def _marks(report: Report) -> list[Mark]:
    forms = {"decision": "decision", "page": "page", "failure": "failure"}
    found = [
        Mark(r.occurred_at, r.group or "outside", forms[r.kind]) for r in report.timeline if r.kind in forms
    ]  # fmt: skip
    found += [Mark(s.raised_at, "outside", "signal") for s in report.signals]
    found += [Mark(lv.at, "outside", "level") for lv in report.levels]
    verdicts = {"on_time": "on_time", "done": "on_time", "late": "late", "waived": "waived"}
    found += [
        Mark(t.finished_at, t.group, verdicts[t.verdict])
        for t in report.tasks
        if t.finished_at and t.verdict in verdicts
    ]
    return sorted(found, key=lambda m: m.at)


def _lane_marks(marks: Sequence[Mark], x: svg.Scale, y: float) -> list[Markup]:
    places = [x(m.at.timestamp()) for m in marks]
    rows = dodge(places, _GAP, _ROWS)
    return [draw(m.form, place, y + 10 + row * 12) for m, place, row in zip(marks, places, rows, strict=True)]


def draw(form: str, x: float, y: float) -> Markup:
    """One sign, about 9 wide, at its middle."""
    if form == "decision":
        return svg.shape([(x, y - 6), (x + 6, y), (x, y + 6), (x - 6, y)], fill=svg.INK, stroke=svg.INK)
    if form == "signal":
        return svg.shape([(x, y - 5), (x + 5, y + 4), (x - 5, y + 4)], fill=svg.BAD, stroke=svg.BAD)
    if form == "level":
        return svg.box(x - 4, y - 4, 8, 8, fill=svg.INK, radius=0)
    if form == "page":
        return svg.line(x, y - 5, x, y + 5, stroke=svg.ACCENT, width=2)
    if form == "failure":
        cross = (svg.line(x - 4, y - 4, x + 4, y + 4, stroke=svg.BAD, width=2),
                 svg.line(x - 4, y + 4, x + 4, y - 4, stroke=svg.BAD, width=2))  # fmt: skip
        return Markup("").join(cross)
    fill = {"on_time": svg.ACCENT, "late": svg.BAD}.get(form, svg.PAPER)
    ring = svg.element("circle", cx=x, cy=y, r=4.5, fill=fill, stroke=svg.SOFT, class_=f"c-{_CLASS[form]}")
    return ring + svg.line(x - 4.5, y, x + 4.5, y, stroke=svg.PAPER, width=2) if form == "late" else ring


_CLASS = {"on_time": "accent", "late": "bad", "waived": "paper"}


def _leads(group: GroupRow | None, x: svg.Scale, y: float, end: datetime, reader: Reader) -> list[Markup]:
    """The thin bar at a lane's foot: who led the group; dashed while somebody acted for the head."""
    drawn: list[Markup] = []
    for lead in group.leads if group else ():
        left, right = x(lead.since.timestamp()), x((lead.until or end).timestamp())
        dash = "5 3" if lead.acting else None
        drawn.append(svg.line(left, y + _LANE - 4, right, y + _LANE - 4, stroke=svg.ACCENT, width=3, dash=dash))
        drawn.append(
            svg.label(left + 2, y + _LANE - 8, svg.fit(reader.text(lead.person), right - left - 2, 11), size=11)
        )
    return drawn


def _phases(report: Report, reader: Reader, x: svg.Scale, bottom: float, end: datetime) -> list[Markup]:
    drawn: list[Markup] = []
    entered = sorted((p for p in report.phases if p.entered_at), key=lambda p: p.entered_at or end)
    for index, phase in enumerate(entered):
        left, right = x((phase.entered_at or end).timestamp()), x((phase.left_at or end).timestamp())
        if right - left < 0.5:
            continue
        fill = svg.BAND if index % 2 else svg.SHADE
        drawn.append(svg.box(left, _TOP - 18, right - left, bottom - _TOP + 18, fill=fill, radius=0))
        drawn.append(svg.label(left + 3, _TOP - 6, _phase_name(phase.phase, right - left - 5, reader), size=11))
    return drawn


def _phase_name(phase: str, width: float, reader: Reader) -> str:
    """The phase's number and name, or the number alone where the name would not fit."""
    number = str(list(PHASES).index(phase) + 1)
    name = f"{number} {reader.t(PHASES[phase])}"
    return name if svg.width_of(name, 11) <= width else number if width > 4 else ""


def _anchors(report: Report, reader: Reader, x: svg.Scale, bottom: float, end: datetime) -> list[Markup]:
    """The key moments as lines through all lanes, their names above in two rows."""
    drawn: list[Markup] = []
    free = [0.0, 0.0]
    low = x.low
    for name, at in sorted(report.summary.anchors.items(), key=lambda item: item[1]):
        if at > end or at.timestamp() < low:
            continue
        text = f"{reader.t(ANCHORS[name])} {reader.clock(at)}"
        width = svg.width_of(text, 11)
        place = x(at.timestamp())
        left = min(max(place - 2, 0.0), RIGHT - width)
        row = next((r for r in (0, 1) if left >= free[r]), None)
        drawn.append(svg.line(place, 30 if row is None else 18 + row * 14, place, bottom, stroke=svg.INK, dash="2 3"))
        if row is not None:
            free[row] = left + width + 8
            drawn.append(svg.label(left, 14 + row * 14, text, size=11))
    return drawn


def _legend(forms: set[str], y: float, reader: Reader) -> list[Markup]:
    drawn: list[Markup] = []
    place = 6.0
    for form, name in FORMS.items():
        if form in forms:
            text = reader.t(name)
            drawn += [draw(form, place, y - 4), svg.label(place + 10, y, text, fill=svg.SOFT, size=11)]
            place += 28 + svg.width_of(text, 11)
    return drawn
