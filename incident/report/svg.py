"""Small pieces for drawing SVG: elements that escape what they hold, scales that never divide by zero, fitted text."""

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

INK, SOFT, LINE, PAPER = "#1c2b2d", "#566366", "#c9d1d2", "#ffffff"
ACCENT, BAND, SHADE, BAD = "#0b6b6f", "#eef2f2", "#dde6e6", "#b3261e"
FONT = "system-ui,-apple-system,'Segoe UI','PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif"

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Scale:
    """Maps ``low``…``high`` to ``start``…``end``; what lies outside is moved to the nearer edge."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """The place of ``value``; the start when low and high are the same."""
        span = self.high - self.low
        share = (value - self.low) / span if span > 0 else 0.0
        return round(self.start + min(1.0, max(0.0, share)) * (self.end - self.start), 1)


def element(tag: str, *children: str, **attributes: object) -> Markup:
    """An element. Children that are not Markup are escaped; ``_`` in attribute names stands for ``-``."""
    shown = Markup("").join(
        Markup(' {}="{}"').format(_RENAMED.get(name, name.replace("_", "-")), _plain(value))
        for name, value in attributes.items()
        if value is not None
    )
    inner = Markup("").join(escape(child) for child in children)
    return Markup("<{tag}{shown}>{inner}</{tag}>").format(tag=tag, shown=shown, inner=inner)


_RENAMED = {"class_": "class"}


def figure(ident: str, title: str, desc: str, size: Point, *children: str) -> Markup:
    """A whole drawing that says in words what it shows. ``ident`` makes its ids unique on the page."""
    width, height = size
    return element(
        "svg",
        element("title", title, id=f"{ident}-title"),
        element("desc", desc, id=f"{ident}-desc"),
        *children,
        xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {width:g} {height:g}", width=width, height=height,
        role="img", aria_labelledby=f"{ident}-title {ident}-desc", font_family=FONT, font_size="12", class_="chart",
    )  # fmt: skip


def label(x: float, y: float, text: str, *, fill: str = INK, anchor: str = "start", size: float = 12) -> Markup:
    """Text at a place; ``anchor`` is start, middle or end."""
    return element("text", text, x=x, y=y, fill=fill, class_=_ink(fill), text_anchor=anchor, font_size=size)


def line(
    x1: float, y1: float, x2: float, y2: float, *, stroke: str = LINE, width: float = 1, dash: str | None = None
) -> Markup:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=stroke, stroke_width=width, stroke_dasharray=dash,
                   class_=_stroke(stroke))  # fmt: skip


def box(
    x: float, y: float, width: float, height: float, *, fill: str, stroke: str | None = None, radius: float = 2
) -> Markup:
    """A rectangle; negative widths become 0."""
    return element("rect", x=x, y=y, width=round(max(0.0, width), 1), height=height, rx=radius, fill=fill,
                   stroke=stroke, class_=_ink(fill))  # fmt: skip


def shape(points: Sequence[Point], *, fill: str, stroke: str = INK) -> Markup:
    """A closed shape."""
    return element("polygon", points=_points(points), fill=fill, stroke=stroke, class_=_ink(fill))


def path(points: Sequence[Point], *, stroke: str) -> Markup:
    """An open line through points."""
    return element(
        "polyline", points=_points(points), fill="none", stroke=stroke, stroke_width="1.6", class_=_stroke(stroke)
    )


def width_of(text: str, size: float = 12) -> float:
    """About how wide a text is; Chinese characters are as wide as they are high."""
    return sum(size if unicodedata.east_asian_width(ch) in "WF" else size * 0.56 for ch in text)


def fit(text: str, width: float, size: float = 12) -> str:
    """The text, shortened with an ellipsis so that it is no wider than ``width``; empty when nothing fits."""
    if width_of(text, size) <= width:
        return text
    while text and width_of(text + "…", size) > width:
        text = text[:-1]
    return f"{text.rstrip()}…" if text else ""


_STEPS = (60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400)


def time_ticks(start: datetime, end: datetime, zone: ZoneInfo, most: int = 8) -> list[datetime]:
    """Round moments (in ``zone``) between two moments, at most about ``most``."""
    span = max(0.0, (end - start).total_seconds())
    step = next((s for s in _STEPS if span / s <= most), 86_400 * math.ceil(span / 86_400 / most) or 86_400)
    shift = start.astimezone(zone).utcoffset()
    offset = shift.total_seconds() if shift else 0.0
    first = math.ceil((start.timestamp() + offset) / step) * step - offset
    count = int((end.timestamp() - first) // step) + 1
    return [datetime.fromtimestamp(first + i * step, UTC) for i in range(max(0, min(count, 4 * most)))]


def number_ticks(high: float, most: int = 5) -> list[float]:
    """Round numbers from 0 to at least ``high``."""
    if not math.isfinite(high) or high < 1e-300:
        return [0.0, 1.0]
    rough = high / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(f * power for f in (1, 2, 5, 10) if f * power >= rough)
    return [step * i for i in range(math.ceil(high / step - 1e-9) + 1)]


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _points(points: Sequence[Point]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in points)


_NAMES = {
    INK: "ink",
    SOFT: "soft",
    LINE: "rule",
    PAPER: "paper",
    ACCENT: "accent",
    BAND: "band",
    SHADE: "shade",
    BAD: "bad",
}


def _ink(colour: str) -> str | None:
    """The class by which a style sheet may repaint the shape (for a dark screen)."""
    name = _NAMES.get(colour)
    return f"c-{name}" if name else None


def _stroke(colour: str) -> str | None:
    name = _NAMES.get(colour)
    return f"s-{name}" if name else None
