"""Durations and moments as people type them on a command line."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from config.cli.context import Cli

_PART = re.compile(r"(\d+(?:\.\d+)?)(s|m|h|d|w)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
LONGEST = timedelta(days=3660)


def duration(cli: Cli, text: str) -> timedelta:
    """``30m``, ``2h``, ``1d12h``. Ends with exit code 2 for anything else."""
    compact = text.replace(" ", "").lower()
    parts = _PART.findall(compact)
    if not parts or _PART.sub("", compact):
        cli.misuse("'{text}' is not a duration; write it like 30m, 2h or 1d", text=text)
    seconds = sum(float(number) * _SECONDS[unit] for number, unit in parts)
    if not 0 < seconds <= LONGEST.total_seconds():
        cli.misuse("'{text}' is not a duration; write it like 30m, 2h or 1d", text=text)
    return timedelta(seconds=seconds)


def moment(cli: Cli, text: str, zone: ZoneInfo) -> datetime | None:
    """``2026-03-01 14:05``, ``14:05`` (today) or ISO 8601 with an offset, in ``zone`` unless it says; None for empty.

    Ends with exit code 2 for anything else.
    """
    if not text.strip():
        return None
    full = f"{datetime.now(zone):%Y-%m-%d} {text}" if re.fullmatch(r"\d{1,2}:\d{2}(:\d{2})?", text.strip()) else text
    try:
        found = datetime.fromisoformat(full.strip())
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        cli.misuse("'{text}' is not a time; write it like 2026-03-01T14:05 or 14:05", text=text)
