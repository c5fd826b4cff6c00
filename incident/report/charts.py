"""The report's charts as SVG: pure functions of a report and a reader; empty when there is nothing to draw.

Forms differ by shape as well as by colour, so that they read in grey and on paper.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from markupsafe import Markup

from incident.report import svg
from incident.report.labels import METRICS, VERDICTS
from incident.report.model import Metric, Report, SignalRow, TaskRow
from incident.report.reader import Reader
from incident.report.words import msg

WIDTH = 760.0
RIGHT = WIDTH - 12


def task_bars(report: Report, reader: Reader) -> Markup:
    """Planned against actual: how much of the time allowed each task took. The deadline is the 100 % line."""
    tasks = [t for t in report.tasks if t.due_at and t.planned_from and t.late_by is not None]
    if not tasks:
        return Markup("")
    t = reader.t
    left, top, row = 232.0, 34.0, 26.0
    shares = [_share(task, report.built_at) for task in tasks]
    scale = svg.Scale(0, max(1.25, min(2.5, max(shares) * 1.05)), left, RIGHT - 150)
    bottom = top + row * len(tasks)
    drawn = [
        svg.line(scale(s / 4), top - 4, scale(s / 4), bottom, stroke=svg.LINE) for s in range(int(scale.high * 4) + 1)
    ]
    drawn += [
        svg.label(scale(s), top - 10, f"{s:.0%}", fill=svg.SOFT, anchor="middle", size=11)
        for s in (0, 0.5, 1, 1.5, 2, 2.5)
        if s <= scale.high and s != 1
    ]
    for index, (task, share) in enumerate(zip(tasks, shares, strict=True)):
        drawn += _task_bar(task, share, top + index * row, scale, left, reader)
    drawn.append(svg.line(scale(1), top - 6, scale(1), bottom, stroke=svg.INK, width=1.6))
    drawn.append(svg.label(scale(1), top - 10, t(msg("deadline")), anchor="middle", size=11))
    late = sum(1 for task in tasks if task.verdict in {"late", "overdue"})
    desc = t(
        msg("{count} tasks with a deadline; {late} of them late. Each bar is the time taken, in % of the time allowed.")
    )
    return svg.figure("chart-tasks", t(msg("Tasks: planned against actual")),
                      desc.format(count=len(tasks), late=late), (WIDTH, bottom + 8), *drawn)  # fmt: skip


def _task_bar(task: TaskRow, share: float, y: float, scale: svg.Scale, left: float, reader: Reader) -> list[Markup]:
    late = task.verdict in {"late", "overdue"}
    end = scale(share)
    bar = svg.box(left, y + 5, end - left, 14, fill=svg.BAD if late else svg.ACCENT)
    if task.verdict in {"waived", "open"}:
        bar = svg.box(left + 0.5, y + 5.5, end - left, 13, fill=svg.PAPER, stroke=svg.SOFT)
    words = reader.t(VERDICTS[task.verdict])
    if late and task.late_by:
        words = f"{words} {reader.duration(task.late_by)}"
    drawn = [
        svg.label(left - 8, y + 16, svg.fit(reader.text(task.title), left - 12), anchor="end"),
        bar,
        svg.label(RIGHT - 142, y + 16, svg.fit(words, 150), fill=svg.BAD if late else svg.SOFT, size=11.5),
    ]
    if share > scale.high:
        drawn.append(svg.shape([(end, y + 4), (end + 8, y + 12), (end, y + 20)], fill=svg.BAD, stroke=svg.BAD))
    return drawn


def _share(task: TaskRow, now: datetime) -> float:
    """Time taken by time allowed; a deadline of nothing counts as used up."""
    if task.due_at is None or task.planned_from is None:
        return 0.0
    allowed = (task.due_at - task.planned_from).total_seconds()
    used = ((task.finished_at or now) - task.planned_from).total_seconds()
    return max(0.0, used / allowed) if allowed > 0 else 9.9 if used > 0 else 1.0


def response_bars(report: Report, reader: Reader) -> Markup:
    """The response times side by side, on one scale."""
    spans = [x for x in report.metrics if x.kind == "seconds" and x.value is not None and x.key in _RESPONSE]
    if not spans:
        return Markup("")
    t = reader.t
    left, row = 232.0, 26.0
    longest = max(x.value or 0.0 for x in spans)
    scale = svg.Scale(0, longest, left, RIGHT - 110)
    drawn: list[Markup] = [svg.line(left, 4, left, 8 + row * len(spans), stroke=svg.SOFT)]
    for index, metric in enumerate(spans):
        drawn += _response_bar(metric, 6 + index * row, scale, left, reader)
    desc = "; ".join(f"{t(METRICS[x.key][0])}: {reader.duration(x.value or 0)}" for x in spans)
    return svg.figure("chart-response", t(msg("Response times")), desc, (WIDTH, 14 + row * len(spans)), *drawn)


_RESPONSE = {"mttd", "mtta", "declare", "command", "notice", "mttm", "mttr"}


def _response_bar(metric: Metric, y: float, scale: svg.Scale, left: float, reader: Reader) -> list[Markup]:
    seconds = metric.value or 0.0
    end = max(scale(seconds), left + 1.5)
    return [
        svg.label(left - 8, y + 16, svg.fit(reader.t(METRICS[metric.key][0]), left - 12), anchor="end"),
        svg.box(left, y + 5, end - left, 14, fill=svg.ACCENT),
        svg.label(end + 7, y + 16, reader.duration(seconds)),
    ]


def signal_window(signal: SignalRow, number: int, reader: Reader) -> Markup:
    """The values a detector saw, with what it expected and when it raised. Empty without at least two values."""
    points = sorted(p for p in signal.window if all(abs(v) < 1e15 for v in p))
    if len(points) < 2:
        return Markup("")
    t = reader.t
    expected = _number(signal.expected)
    values = [v for _, v in points] + ([expected] if expected is not None else [])
    ticks = svg.number_ticks(max(values))
    low = min(0.0, *values)
    left, top, bottom = 54.0, 24.0, 176.0
    first, last = points[0][0], max(points[-1][0], signal.raised_at.timestamp())
    x, y = svg.Scale(first, last, left, RIGHT), svg.Scale(low, ticks[-1], bottom, top)
    drawn = [svg.line(left, y(v), RIGHT, y(v)) for v in ticks]
    drawn += [svg.label(left - 7, y(v) + 4, f"{v:g}{signal.unit}", fill=svg.SOFT, anchor="end", size=11) for v in ticks]
    drawn += time_axis(reader, _moment(first, signal), _moment(last, signal), x, bottom)
    if expected is not None:
        drawn.append(svg.line(left, y(expected), RIGHT, y(expected), stroke=svg.INK, width=1.4, dash="6 4"))
        words = t(msg("expected {value}")).format(value=signal.expected)
        drawn.append(svg.label(left + 6, y(expected) - 6, words, size=11))
    drawn.append(svg.path([(x(at), y(v)) for at, v in points], stroke=svg.ACCENT))
    at = x(signal.raised_at.timestamp())
    drawn.append(svg.line(at, top - 8, at, bottom, stroke=svg.BAD, width=1.4))
    raised = t(msg("raised {time}")).format(time=reader.clock(signal.raised_at))
    side = "end" if at > WIDTH / 2 else "start"
    drawn.append(svg.label(at + (-6 if side == "end" else 6), top - 2, raised, fill=svg.BAD, anchor=side, size=11))
    desc = t(msg("Expected {expected}, seen {seen}.")).format(
        expected=signal.expected or t(msg("unknown")), seen=signal.seen or t(msg("unknown"))
    )
    return svg.figure(f"chart-signal-{number}", reader.text(signal.title), desc, (WIDTH, bottom + 26), *drawn)


def time_axis(reader: Reader, start: datetime, end: datetime, x: svg.Scale, y: float) -> list[Markup]:
    """A time axis at height ``y``, in the reader's zone; midnight shows the date."""
    drawn = [svg.line(x.start, y, x.end, y, stroke=svg.SOFT)]
    for tick in svg.time_ticks(start, end, reader.zone):
        place = x(tick.timestamp())
        drawn.append(svg.line(place, y, place, y + 4, stroke=svg.SOFT))
        local = tick.astimezone(reader.zone)
        text = f"{local:%m-%d}" if (local.hour, local.minute) == (0, 0) else f"{local:%H:%M}"
        drawn.append(svg.label(place, y + 17, text, fill=svg.SOFT, anchor="middle", size=11))
    return drawn


def _moment(epoch: float, signal: SignalRow) -> datetime:
    return signal.raised_at + timedelta(seconds=max(-3e9, min(3e9, epoch - signal.raised_at.timestamp())))


def _number(text: str) -> float | None:
    """The first number in a text such as ``≤ 3%``; None when there is none."""
    found = re.search(r"-?\d+(?:\.\d+)?", text.replace(",", ""))
    return float(found.group()) if found and len(found.group()) < 15 else None


def dodge(places: Sequence[float], gap: float, rows: int) -> list[int]:
    """A row for each place (ascending) so that places nearer than ``gap`` don't share one, as far as rows last."""
    last = [float("-inf")] * rows
    found = []
    for place in places:
        row = next((r for r in range(rows) if place - last[r] >= gap), min(range(rows), key=lambda r: last[r]))
        last[row] = place
        found.append(row)
    return found
