"""The programme on paper: dates to come, scenarios by quarter, quarters without a drill. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Event

from drills.loader import Loaded
from drills.programme import Turn, turns
from drills.wording import marked
from incident.domain.words import Scenario
from incident.i18n import translator
from incident.report.words import SCENARIOS

YEAR = timedelta(days=365)
Quarter = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Outlook:
    """The twelve months from ``start``. ``grid`` counts drills by scenario and quarter, ``empty`` are the quarters
    without any: the emergency plan asks for one in each (P6.1)."""

    start: datetime
    turns: tuple[Turn, ...]
    quarters: tuple[Quarter, ...]
    grid: dict[Scenario, dict[Quarter, int]]
    empty: tuple[Quarter, ...]


def outlook(drills: Iterable[Loaded], now: datetime, zone: ZoneInfo) -> Outlook:
    """The next twelve months of the programme, quarters counted in ``zone``."""
    quarters = _quarters(now.astimezone(zone))
    ahead = turns(drills, now, _end_of(quarters[-1], zone))
    found = tuple(turn for turn in ahead if turn.at < now + YEAR)
    grid = {scenario: dict.fromkeys(quarters, 0) for scenario in Scenario}
    for turn in ahead:
        quarter = quarter_of(turn.at.astimezone(zone))
        if quarter in quarters:
            grid[turn.drill.spec.scenario][quarter] += 1
    empty = tuple(q for q in quarters if not any(row[q] for row in grid.values()))
    return Outlook(now, found, quarters, grid, empty)


def quarter_of(local: datetime) -> Quarter:
    """Year and quarter, 1 to 4."""
    return local.year, (local.month - 1) // 3 + 1


def _quarters(local: datetime) -> tuple[Quarter, ...]:
    """The next four whole quarters: what is left of the running one may hold none although it had its drill."""
    year, quarter = quarter_of(local)
    first = year * 4 + quarter
    return tuple(((first + n) // 4, (first + n) % 4 + 1) for n in range(4))


def _end_of(quarter: Quarter, zone: ZoneInfo) -> datetime:
    year, number = quarter
    return datetime(year + number // 4, number % 4 * 3 + 1, 1, tzinfo=zone)


def ics(found: Sequence[Turn], language: str, made_at: datetime) -> bytes:
    """The dates as an iCalendar file (RFC 5545). Unannounced drills are in it too: it is for those who plan them."""
    t = translator(language)
    calendar = Calendar()
    calendar.add("prodid", "-//Tocsin//Drills//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", t("Drills"))
    for turn in found:
        spec = turn.drill.spec
        event = Event()
        event.add("uid", f"{turn.run_id}@tocsin")
        event.add("dtstamp", made_at.astimezone(UTC))
        event.add("dtstart", turn.at.astimezone(UTC))
        event.add("dtend", (turn.at + spec.length).astimezone(UTC))
        event.add("summary", marked(spec.title.text.in_(language), language))
        event.add("description", "\n".join(o.title.text.in_(language) for o in spec.objectives))
        event.add("categories", [t(SCENARIOS[spec.scenario])])
        if turn.announced_at is not None:
            alarm = Alarm()
            alarm.add("action", "DISPLAY")
            alarm.add("description", marked(spec.title.text.in_(language), language))
            alarm.add("trigger", turn.announced_at - turn.at)
            event.add_component(alarm)
        calendar.add_component(event)
    found_bytes: bytes = calendar.to_ical()
    return found_bytes
