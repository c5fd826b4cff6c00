"""The evidence of a signal as a small drawing: what was seen, and the line it should have kept to."""

import re

from markupsafe import Markup

from incident.domain.signal import Evidence

WIDTH, HEIGHT, EDGE = 320.0, 72.0, 4.0


def evidence_chart(evidence: Evidence, label: str) -> Markup:
    """An SVG whose style comes from the style sheet; empty when there are not two values to draw."""
    window = evidence.window
    if len(window) < 2:
        return Markup("")
    expected = _number(evidence.expected)
    values = [value for _, value in window] + ([expected] if expected is not None else [])
    low, high = min(0.0, *values), max(values)
    first, last = window[0][0], window[-1][0]

    def x(at: float) -> float:
        return EDGE + (at - first) / ((last - first) or 1.0) * (WIDTH - 2 * EDGE)

    def y(value: float) -> float:
        return HEIGHT - EDGE - (value - low) / ((high - low) or 1.0) * (HEIGHT - 2 * EDGE)

    line = " ".join(f"{x(at):.1f},{y(value):.1f}" for at, value in window)
    area = f"{x(first):.1f},{y(low):.1f} {line} {x(last):.1f},{y(low):.1f}"
    parts = [Markup('<polygon class="area" points="{}"/>').format(area)]
    if evidence.since is not None and first < evidence.since.timestamp() <= last:
        parts.append(_line("since", x(evidence.since.timestamp()), 0.0, x(evidence.since.timestamp()), HEIGHT))
    if expected is not None:
        parts.append(_line("expected", EDGE, y(expected), WIDTH - EDGE, y(expected)))
    parts.append(Markup('<polyline class="seen" points="{}"/>').format(line))
    parts.append(Markup('<circle class="now" cx="{:.1f}" cy="{:.1f}" r="3.5"/>').format(x(last), y(window[-1][1])))
    return Markup('<svg class="chart" viewBox="0 0 {:.0f} {:.0f}" role="img" aria-label="{}">{}</svg>').format(
        WIDTH, HEIGHT, label, Markup("").join(parts)
    )


def _line(kind: str, x1: float, y1: float, x2: float, y2: float) -> Markup:
    return Markup('<line class="{}" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"/>').format(kind, x1, y1, x2, y2)


def _number(text: str) -> float | None:
    """The first number in a text such as ``≤ 3%``; None when there is none."""
    found = re.search(r"-?\d+(?:\.\d+)?", text.replace(",", ""))
    return float(found.group()) if found else None
