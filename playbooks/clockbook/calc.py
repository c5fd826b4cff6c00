"""When a clock runs out. Pure arithmetic on terms, facts with a time and filings; all results are UTC.

Hours are elapsed time. Days, business days and months are counted on the authority's wall clock, so that daylight
saving moves none of them; a month ends on the same day of the next month, or on its last one.
"""

from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from incident.domain.crisis_parts import Clock
from incident.domain.crisis_plan import FALLBACKS, ClockTerms, Limit
from playbooks.business import add_business_days


@dataclass(frozen=True, slots=True)
class Due:
    """When a clock runs out and why: ``anchor`` is the fact it counts from, or ``filed:ID`` for an earlier report."""

    anchor: str
    anchor_at: datetime
    due_at: datetime


def due(terms: ClockTerms, anchors: Mapping[str, datetime], clocks: Mapping[str, Clock]) -> Due | None:
    """The earliest limit that can be counted by now; None while none can."""
    found: list[Due] = []
    for limit in terms.limits:
        start = _start(limit, anchors, clocks)
        if start is None:
            continue
        name, at = start
        end = after(limit, at, terms)
        decisive = anchors.get(limit.unless_later) if limit.unless_later else None
        if decisive is None or decisive <= end:
            found.append(Due(name, at, end))
    return min(found, key=lambda one: one.due_at, default=None)


def after(limit: Limit, start: datetime, terms: ClockTerms) -> datetime:
    """``start`` (aware) plus a limit, by the authority's clock and calendar."""
    match limit.unit:
        case "immediate":
            return start.astimezone(UTC)
        case "elapsed":
            return start.astimezone(UTC) + timedelta(minutes=limit.amount)
        case "business_days":
            end = add_business_days(start, limit.amount, terms.calendar, terms.timezone)
        case "months":
            end = add_months(start, limit.amount, terms.timezone)
        case _:
            local = start.astimezone(ZoneInfo(terms.timezone))
            end = (local + timedelta(days=limit.amount)).astimezone(UTC)
    return _closing(end, terms) if terms.day_ends else end


def add_months(start: datetime, months: int, timezone: str) -> datetime:
    """The same wall-clock time ``months`` later; 31 January plus one month is the last day of February."""
    local = start.astimezone(ZoneInfo(timezone))
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    day = min(local.day, monthrange(year, month + 1)[1])
    return local.replace(year=year, month=month + 1, day=day).astimezone(UTC)


def expected(terms: ClockTerms, anchors: Mapping[str, datetime], clocks: Mapping[str, Clock]) -> datetime | None:
    """When a chained clock would run out if the report before it were made at its last moment; else its due time.

    For planning only; None when even that is unknown.
    """
    now = due(terms, anchors, clocks)
    if now is not None:
        return now.due_at
    ends = list(_projected(terms, clocks))
    return min(ends, default=None)


def _projected(terms: ClockTerms, clocks: Mapping[str, Clock]) -> Iterator[datetime]:
    for limit in terms.limits:
        before = clocks.get(limit.after)
        if before is not None and before.due_at is not None:
            yield after(limit, before.due_at, terms)


def _start(
    limit: Limit, anchors: Mapping[str, datetime], clocks: Mapping[str, Clock]
) -> tuple[str, datetime] | None:  # fmt: skip
    if limit.after:
        before = clocks.get(limit.after)
        if before is None or not before.filings:
            return None
        return f"filed:{limit.after}", before.filings[-1 if limit.latest else 0].at
    for name in (limit.anchor, *FALLBACKS.get(limit.anchor, ())):
        if name in anchors:
            return name, anchors[name]
    return None


def _closing(end: datetime, terms: ClockTerms) -> datetime:
    zone = ZoneInfo(terms.timezone)
    return datetime.combine(end.astimezone(zone).date(), time.fromisoformat(terms.day_ends), zone).astimezone(UTC)
