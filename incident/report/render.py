"""A report in a form for people: HTML that also prints well, Markdown, and JSON. Reports use jinja2 only here."""

import base64
import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_eval_context, select_autoescape
from jinja2.nodes import EvalContext
from markupsafe import Markup

from incident.domain.crisis_clocks import NOT_ADVICE
from incident.domain.words import Phase
from incident.report import crisis_words, labels, lanes, words
from incident.report.build import to_json
from incident.report.charts import response_bars, signal_window, task_bars
from incident.report.findings import part_text, sample_text
from incident.report.model import Metric, Report
from incident.report.reader import Reader
from incident.report.words import channel_text, msg, reason_text

_TEMPLATES = Path(__file__).parent / "templates"


def render_html(report: Report, language: str, timezone: str, reader: str = "") -> str:
    """The report as one self-contained HTML page without scripts.

    ``language`` is ``zh-CN`` or ``en``, ``timezone`` an IANA name. ``reader`` is the name of the person whom this
    copy is for; it is printed on the page. Raises BadInput for an unknown time zone.
    """
    seen_by = Reader.of(language, timezone)
    return _environment().get_template("report.html.j2").render(
        **_context(report, seen_by), style=_style(), copy_for=reader, charts=_charts(report, seen_by)
    )  # fmt: skip


def render_markdown(report: Report, language: str, timezone: str, reader: str = "") -> str:
    """The report as Markdown with everything but the charts; what people wrote can't become markup."""
    seen_by = Reader.of(language, timezone)
    text = _environment().get_template("report.md.j2").render(**_context(report, seen_by), copy_for=reader)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def render_json(report: Report) -> bytes:
    """The report's data as JSON: UTF-8, indented, keys in the order of the model."""
    return msgspec.json.format(msgspec.json.encode(to_json(report)), indent=2)


def style_hash() -> str:
    """The page's style sheet as a Content-Security-Policy source (``sha256-…``), for a strict ``style-src``."""
    return f"sha256-{base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()}"


def title_of(report: Report, language: str) -> str:
    """The report's heading; a drill is marked."""
    title = report.summary.title.in_(language)
    if not report.drill:
        return title
    return f"【演练】{title}" if language.startswith("zh") else f"DRILL: {title}"


def _context(report: Report, reader: Reader) -> dict[str, Any]:
    t = reader.t

    def late_text(row: Any) -> str:
        verdict = t(labels.VERDICTS[row.verdict])
        return f"{verdict} {reader.duration(row.late_by)}" if row.verdict in {"late", "overdue"} else verdict

    def pair(pattern: str, first: str, second: str) -> str:
        return t(pattern).format(text=first, detail=second)

    return {
        "r": report, "s": report.summary, "t": t, "lang": reader.language, "title": title_of(report, reader.language),
        "text": reader.text, "moment": reader.moment, "second": reader.second, "clock": reader.clock,
        "day": reader.day, "stretch": reader.stretch, "pair": pair,
        "duration": reader.duration, "offset": reader.offset, "reason": lambda code: reason_text(code, t),
        "part": lambda name: part_text(name, t),
        "sample": lambda sample: sample_text(sample, t),
        "channel": lambda via: channel_text(via, t), "late_text": late_text, "metric": lambda m: _metric(m, reader),
        "metrics": {m.key: m for m in report.metrics}, "labels": labels, "words": words,
        "cw": crisis_words, "not_advice": NOT_ADVICE,
        "cleanup": [task for task in report.tasks if task.phase == Phase.CLEANUP.value],
        "cut_off": lanes.cut_off(report),
    }  # fmt: skip


def _charts(report: Report, reader: Reader) -> dict[str, Any]:
    return {
        "lanes": lanes.swim_lanes(report, reader),
        "tasks": task_bars(report, reader),
        "response": response_bars(report, reader),
        "signals": [signal_window(s, n, reader) for n, s in enumerate(report.signals, start=1)],
    }


def _metric(metric: Metric, reader: Reader) -> str:
    """A metric's value in words; why there is none, when there is none."""
    if metric.value is None:
        return reader.t(labels.NOT_KNOWN[metric.unknown])
    if metric.kind == "seconds":
        return reader.duration(metric.value)
    if metric.kind == "share" and metric.of:
        counts = reader.t(msg("{share} ({value} of {total})"))
        return counts.format(share=f"{metric.value / metric.of:.0%}", value=f"{metric.value:g}", total=f"{metric.of:g}")
    if metric.of is not None:
        return reader.t(msg("{value} of {total}")).format(value=f"{metric.value:g}", total=f"{metric.of:g}")
    return f"{metric.value:g}"


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=select_autoescape(("html.j2",)),
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=_finalize,
    )  # fmt: skip


@cache
def _style() -> str:
    return (_TEMPLATES / "report.css").read_text(encoding="utf-8")


_MARKDOWN = re.compile(r"([\\`*_\[\]|~])")


@pass_eval_context
def _finalize(context: EvalContext, value: object) -> object:
    """Outside HTML every value is escaped for Markdown: no markup, no HTML, no line that ends a table row."""
    if context.autoescape or not isinstance(value, str) or isinstance(value, Markup):
        return value
    plain = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"\s*\n\s*", "<br>", _MARKDOWN.sub(r"\\\1", plain).strip("\n"))
