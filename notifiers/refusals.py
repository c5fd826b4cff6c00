"""HTTP answers told as SendErrors, the same way for every channel that speaks HTTP."""

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from incident.domain.message import SendError

_UNAUTHORIZED = frozenset({401, 403, 407})
_NO_SUCH_ADDRESS = frozenset({404, 410})


def utc_now() -> datetime:
    """The wall clock, aware, in UTC."""
    return datetime.now(UTC)


def from_status(status: int, retry_after: str | None = None, *, now: Callable[[], datetime] = utc_now) -> SendError:
    """The error for an HTTP answer that is not a success; ``retry_after`` is that header's value.

    Temporary: 408, 425, 429 and 5xx. Everything else will be answered alike next time.
    """
    wait = seconds(retry_after, now=now)
    detail = f"HTTP {status}"
    if status == 429:
        return SendError("rate_limited", detail, permanent=False, retry_after=wait)
    if status in {408, 425}:
        return SendError("timeout", detail, permanent=False, retry_after=wait)
    if status >= 500:
        return SendError("server_error", detail, permanent=False, retry_after=wait)
    if status in _UNAUTHORIZED:
        return SendError("unauthorized", detail, permanent=True)
    if status in _NO_SUCH_ADDRESS:
        return SendError("bad_address", detail, permanent=True)
    return SendError("rejected", detail, permanent=True)


def seconds(retry_after: str | None, *, now: Callable[[], datetime] = utc_now) -> float | None:
    """A ``Retry-After`` header (RFC 9110 §10.2.3: seconds or a date) in seconds from now; None if unreadable."""
    if retry_after is None:
        return None
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - now()).total_seconds())
