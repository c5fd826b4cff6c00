"""How long a server wants to be left alone."""

from datetime import UTC, datetime

import pytest

from notifiers.refusals import seconds

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("30", 30.0),
        (" 0 ", 0.0),
        ("Mon, 02 Mar 2026 01:31:00 GMT", 60.0),
        ("Mon, 02 Mar 2026 01:31:00 -0000", 60.0),
        ("Mon, 02 Mar 2026 01:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("٣", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, expected: float | None) -> None:
    """Both forms of the header are read; nonsense is no wait at all."""
    assert seconds(header, now=lambda: NOW) == expected
