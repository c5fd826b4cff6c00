"""Deadlines in business days of a country, by the ``holidays`` calendars; pure.

China's calendar knows the weekend days that are worked to make up for a holiday, for the years whose arrangement the
State Council has published and the library has taken in.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays
from holidays.registry import EntityLoader

CLOSING = time(23, 59)
"""A deadline in business days ends with the day, local time."""


def known_country(code: str) -> bool:
    """Whether there is a calendar for this ISO 3166 code."""
    return code in EntityLoader.get_country_codes()  # list_supported_countries() would load them all


def add_business_days(start: datetime, days: int, country: str, timezone: str) -> datetime:
    """The end of the ``days``-th business day after ``start``'s own day (which is not counted), in UTC.

    ``start`` must be aware; ``timezone`` says which day it falls on.
    """
    zone = ZoneInfo(timezone)
    day, left = start.astimezone(zone).date(), days
    while left:
        day += timedelta(days=1)
        left -= works(day, country)
    return datetime.combine(day, CLOSING, zone).astimezone(UTC)


@lru_cache(maxsize=4096)
def works(day: date, country: str) -> bool:
    """Whether people work on this day in that country."""
    return bool(_calendar(country).is_working_day(day))


@lru_cache(maxsize=16)
def _calendar(country: str) -> holidays.HolidayBase:
    return holidays.country_holidays(country)
