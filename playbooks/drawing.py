"""Draws a forecast: a Gantt chart as SVG (print safe, readable in grey) and as Mermaid text."""

import math
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from incident.domain.roster import Roster
from incident.report.ending import phase_text
from playbooks.forecast import SHORTEST, Bar, Forecast

ROW = 22
_FONT = "Noto Sans CJK SC, Noto Sans, sans-serif"
LABEL = 330
PLOT = 760
HEAD = 46
_FILL = {"leadership": "#444", "response": "#777", "logistics": "#aaa"}
_PATTERN = {"unknown": "4 3"}


def mermaid(found: Forecast, roster: Roster, language: str) -> str:
    """A Mermaid ``gantt`` of the tasks, by phase."""
    zone = ZoneInfo(found.plan.timezone)
    lines = ["gantt", f"    title {_plain(found.plan.title.in_(language))}", "    dateFormat YYYY-MM-DDTHH:mm",
             "    axisFormat %m-%d %H:%M"]  # fmt: skip
    for phase in dict.fromkeys(bar.phase for bar in found.bars):
        lines.append(f"    section {_plain(phase_text(phase).in_(language))}")
        for number, bar in enumerate(found.bars):
            if bar.phase is phase:
                start, end = _span(bar)
                marks = "crit, " if bar.kind in {"decision", "legal"} else ""
                who = _plain(roster.title(bar.owner).in_(language))
                lines.append(
                    f"    {_plain(bar.title.in_(language))} · {who} :{marks}t{number}, "
                    f"{start.astimezone(zone):%Y-%m-%dT%H:%M}, {end.astimezone(zone):%Y-%m-%dT%H:%M}"
                )
    return "\n".join(lines) + "\n"


def gantt_svg(found: Forecast, roster: Roster, language: str) -> str:
    """An SVG of the tasks with a deadline, one row each, on a scale that keeps minutes and weeks both readable."""
    bars = [bar for bar in found.bars if bar.due is not None]
    height = HEAD + ROW * len(bars) + 30
    width = LABEL + PLOT + 20
    title = found.plan.title.in_(language)
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="{_FONT}" font-size="12" role="img">',
        f"<title>{_escape(title)}</title>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<text x="8" y="20" font-size="15" font-weight="bold">{_escape(title)}</text>',
        *_axis(found, bars, height),
    ]
    last = None
    for number, bar in enumerate(bars):
        y = HEAD + ROW * number
        if bar.phase is not last:
            parts.append(f'<line x1="0" x2="{width}" y1="{y}" y2="{y}" stroke="#bbb"/>')
            parts.append(f'<text x="8" y="{y + 15}" fill="#555">{_escape(phase_text(bar.phase).in_(language))}</text>')
            last = bar.phase
        parts.extend(_row(found, bar, roster, language, y))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _row(found: Forecast, bar: Bar, roster: Roster, language: str, y: int) -> list[str]:
    start, end = _span(bar)
    left, right = _x(found, start), max(_x(found, end), _x(found, start) + 3)
    dash = f' stroke-dasharray="{_PATTERN[bar.applies]}" fill-opacity="0.25"' if bar.applies in _PATTERN else ""
    local = end.astimezone(ZoneInfo(found.plan.timezone))
    label = bar.title.in_(language)
    label = label if len(label) <= 30 else label[:29] + "…"
    hint = f"{bar.title.in_(language)} · {roster.title(bar.owner).in_(language)} · {local:%Y-%m-%d %H:%M}"
    box = f'x="{left:.1f}" y="{y + 4}" width="{right - left:.1f}" height="{ROW - 8}"'
    return [
        f"<g><title>{_escape(hint)}</title>",
        f'<text x="{LABEL - 8}" y="{y + 15}" text-anchor="end">{_escape(label)}</text>',
        f'<rect {box} fill="{_FILL[bar.group.value]}" stroke="#222"{dash}/></g>',
    ]


def _axis(found: Forecast, bars: list[Bar], height: int) -> list[str]:
    parts = []
    latest = max((bar.due for bar in bars if bar.due), default=found.at)
    for minutes, text in _TICKS:
        at = found.at + timedelta(minutes=minutes)
        if at <= latest:
            x = _x(found, at)
            parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{HEAD - 6}" y2="{height - 20}" stroke="#ddd"/>')
            parts.append(f'<text x="{x:.1f}" y="{HEAD - 10}" text-anchor="middle" fill="#555">{text}</text>')
    return parts


_TICKS = ((0, "0"), (15, "15m"), (30, "30m"), (60, "1h"), (120, "2h"), (240, "4h"), (480, "8h"), (1440, "1d"),
          (2880, "2d"), (7200, "5d"), (14400, "10d"), (43200, "30d"))  # fmt: skip


def _x(found: Forecast, at: datetime) -> float:
    """The first minutes and the last weeks share the width: the scale is the fourth root of time."""
    last = max((bar.due for bar in found.bars if bar.due), default=found.at)
    whole = max((last - found.at) / timedelta(minutes=1), 1.0)
    minutes = max((at - found.at) / timedelta(minutes=1), 0.0)
    return LABEL + PLOT * math.pow(minutes / whole, 0.25)


def _span(bar: Bar) -> tuple[datetime, datetime]:
    end = bar.due or bar.start + SHORTEST
    return min(bar.start, end - SHORTEST), end


def _plain(text: str) -> str:
    """Without the signs that Mermaid reads as its own."""
    return " ".join(text.replace(":", " ").replace("：", " ").replace(";", ",").replace("#", " ").split())


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
