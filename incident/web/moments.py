"""Times as callers give them, taken only where every zone and every sum of them can still be written."""

from datetime import datetime

from incident.domain.errors import BadInput
from incident.domain.said import said

FIRST_YEAR, LAST_YEAR = 2000, 2199


def sensible(at: datetime, name: str) -> datetime:
    """``at`` itself. Raises BadInput outside the years 2000 to 2199.

    Python's calendar ends in the years 1 and 9999: a time at its edge that was kept once could not be shown in the
    zones beyond it, nor could anything be added to it.
    """
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise BadInput(
            said(
                "{name}: not a year from {first} to {last}",
                name=name,
                first=FIRST_YEAR,
                last=LAST_YEAR,
            ),
            remedy="e.g. 2026-03-12T14:07",
        )
    return at
