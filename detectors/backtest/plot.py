"""A back-test as a drawing: the series, what was labelled, and a lane of alarms per detector."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from math import isnan

from markupsafe import Markup

from detectors.backtest.compare import Outcome
from detectors.backtest.labels import Event
from detectors.backtest.rows import Row
from incident.report import svg

WIDTH, HEIGHT, LEFT, LANE = 900.0, 220.0, 90.0, 22.0
_COLUMNS = 800


def plot(
    title: str,
    rows: Sequence[Row],
    outcomes: Sequence[Outcome],
    events: Sequence[Event],
    t: Callable[[str], str],
) -> Markup:
    """An SVG; empty when fewer than two rows can be drawn. ``t`` translates."""
    points = [(row.at, row.value) for row in rows if not isnan(row.at) and not isnan(row.value)]
    if len(points) < 2:
        return Markup("")
    start, end = min(at for at, _ in points), max(at for at, _ in points)
    x = svg.Scale(start, end, LEFT, WIDTH - 12)
    y = svg.Scale(min(value for _, value in points), max(value for _, value in points), HEIGHT - 20, 24)
    drawn = [
        svg.box(x(event.start), 20, max(2.0, x(event.end) - x(event.start)), HEIGHT - 36, fill=svg.SHADE)
        for event in events
    ]
    drawn.append(_line(points, x, y))
    drawn += [svg.label(LEFT - 6, place, f"{value:.6g}", fill=svg.SOFT, anchor="end", size=11)
              for place, value in ((28, y.high), (HEIGHT - 20, y.low))]  # fmt: skip
    for lane, outcome in enumerate(outcomes):
        drawn += _lane(HEIGHT + lane * LANE + 8, outcome, x)
    bottom = HEIGHT + len(outcomes) * LANE + 22
    drawn.append(svg.label(LEFT, bottom, _day(start), fill=svg.SOFT, size=11))
    drawn.append(svg.label(WIDTH - 12, bottom, _day(end), fill=svg.SOFT, anchor="end", size=11))
    desc = "; ".join(
        t("{kind}: {count} alarms").format(kind=outcome.kind, count=len(outcome.alarms)) for outcome in outcomes
    )
    return svg.figure("backtest", title, desc, (WIDTH, bottom + 8), *drawn)


def _line(points: Sequence[tuple[float, float]], x: svg.Scale, y: svg.Scale) -> Markup:
    """Lowest and highest value of each column of pixels, so that a million rows stay a small file."""
    columns: dict[int, tuple[float, float]] = {}
    for at, value in points:
        column = int(x(at) / WIDTH * _COLUMNS)
        low, high = columns.get(column, (value, value))
        columns[column] = (min(low, value), max(high, value))
    places = [
        (column / _COLUMNS * WIDTH, y(value))
        for column, pair in sorted(columns.items())
        for value in dict.fromkeys(pair)
    ]
    return svg.element("polyline", points=" ".join(f"{a:.1f},{b:.1f}" for a, b in places), fill="none",
                       stroke=svg.ACCENT, stroke_width=1)  # fmt: skip


def _lane(top: float, outcome: Outcome, x: svg.Scale) -> list[Markup]:
    drawn = [svg.label(LEFT - 6, top + 4, outcome.kind, anchor="end"), svg.line(LEFT, top, WIDTH - 12, top)]
    marks = ((x(at), top) for at in outcome.alarms)
    return drawn + [
        svg.element("path", d=f"M{place:.1f},{middle - 6:.1f}l5,10h-10z", fill=svg.BAD) for place, middle in marks
    ]


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")
