"""Which days are worked: weekends, public holidays, and the days moved to make up for them."""

from datetime import UTC, date, datetime
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from holidays import HolidayBase

WORKING, OFF = 0, 1


@lru_cache(maxsize=16)
def _country(code: str) -> "HolidayBase":
    # Loading the library means loading three hundred countries: not before the first day is asked for.
    found: HolidayBase = import_module("holidays").country_holidays(code)
    return found


_SURE = frozenset({"", "CN", "HK", "TW", "SG", "US", "GB", "DE", "FR", "JP"})


def check_country(code: str) -> None:
    """Raises NotImplementedError for a country nobody knows the holidays of; the usual ones aren't even looked up."""
    if code not in _SURE:
        _country(code)


class Calendar:
    """Local days of a time zone and, when a country is given (``CN``), its public holidays."""

    def __init__(self, timezone: str, country: str = "") -> None:
        self._zone = ZoneInfo(timezone)
        self._country = country

    def local(self, at: float) -> datetime:
        """Local time of an epoch second."""
        return datetime.fromtimestamp(at, UTC).astimezone(self._zone)

    def midnight(self, day: date) -> float:
        """Epoch second at which a local day begins."""
        return datetime(day.year, day.month, day.day, tzinfo=self._zone).timestamp()

    def kind(self, day: date) -> int:
        """WORKING or OFF."""
        if self._country:
            return WORKING if _country(self._country).is_working_day(day) else OFF
        return OFF if day.weekday() >= 5 else WORKING

    def like(self, day: date) -> int:
        """The weekday a day behaves like: a holiday like a Sunday (6), a made-up working day like a Friday (4)."""
        weekday, kind = day.weekday(), self.kind(day)
        if kind == OFF and weekday < 5:
            return 6
        return 4 if kind == WORKING and weekday >= 5 else weekday
