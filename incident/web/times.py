"""Times as a page shows them: in the reader's zone, short where the day is clear, and how long ago."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_timedelta
from markupsafe import Markup

from incident.i18n import Translate
from incident.report.words import msg

_BABEL = {"zh-CN": "zh_CN", "en": "en"}


def zone_name(zone: ZoneInfo, now: datetime) -> str:
    """``UTC+8``, ``UTC−3:30``: the same in both languages, and never ambiguous as CST is."""
    offset = now.astimezone(zone).utcoffset() or timedelta()
    minutes = int(offset.total_seconds()) // 60
    sign = "−" if minutes < 0 else "+"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{sign}{hours}" + (f":{rest:02d}" if rest else "")


def clock_time(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """``14:07`` today, ``03-12 14:07`` this year, else with the year."""
    local, today = at.astimezone(zone), now.astimezone(zone)
    if local.date() == today.date():
        return f"{local:%H:%M}"
    return f"{local:%m-%d %H:%M}" if local.year == today.year else f"{local:%Y-%m-%d %H:%M}"


def relative(at: datetime, now: datetime, language: str) -> str:
    """``5 minutes ago``, ``in 3 hours``."""
    delta = at - now
    if abs(delta) < timedelta(seconds=5):
        delta = timedelta(seconds=-1)
    return format_timedelta(delta, add_direction=True, threshold=1.5, locale=_BABEL[language])


def duration(delta: timedelta, language: str) -> str:
    """``12 minutes``, always positive."""
    return format_timedelta(abs(delta), threshold=1.5, locale=_BABEL[language])


def when(at: datetime, now: datetime, zone: ZoneInfo) -> Markup:
    """A ``<time>`` with the clock time; the full date and zone are its tooltip."""
    full = f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S} {zone_name(zone, at)}"
    text = clock_time(at, now, zone)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(at.isoformat(), full, text)


def ago(at: datetime, now: datetime, zone: ZoneInfo, language: str) -> Markup:
    """A ``<time>`` that says how long ago or how soon; the script keeps it fresh."""
    full = f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S} {zone_name(zone, at)}"
    text = relative(at, now, language)
    return Markup('<time data-rel datetime="{}" title="{}">{}</time>').format(at.isoformat(), full, text)


def span(delta: timedelta, t: Translate) -> str:
    """``2 h 14 min``, ``3 d 4 h``: exact enough for a deadline, always positive."""
    minutes = abs(int(delta.total_seconds())) // 60
    hours, rest = divmod(minutes, 60)
    if hours >= 48:
        return t(msg("{d} d {h} h")).format(d=hours // 24, h=hours % 24)
    if hours and not rest:
        return t(msg("{n} h")).format(n=hours)
    return t(msg("{h} h {m} min")).format(h=hours, m=rest) if hours else t(msg("{m} min")).format(m=minutes)


def left(at: datetime, now: datetime, zone: ZoneInfo, t: Translate) -> Markup:
    """A ``<time>`` that says how far off it is, either way; the script keeps it fresh."""
    full = f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S} {zone_name(zone, at)}"
    return Markup('<time data-left datetime="{}" title="{}">{}</time>').format(at.isoformat(), full, span(at - now, t))
