"""The shipped fake fails when told to, in order, and then works."""

import pytest

from incident.domain.message import SendError
from notifiers.testing import RecordingNotifier, sample


def test_it_fails_as_told_and_then_sends() -> None:
    """Two failures in their order, then success; all three attempts are on record."""
    limited = SendError("rate_limited", permanent=False, retry_after=3)
    refused = SendError("rejected", permanent=True)
    fake = RecordingNotifier(failures=[limited])
    fake.fail_next(refused)
    for expected in (limited, refused):
        with pytest.raises(SendError) as caught:
            fake.send(sample())
        assert caught.value is expected
    assert fake.send(sample()).ref == "recording:1"
    assert (len(fake.attempts), len(fake.sent)) == (3, 1)


def test_an_edit_keeps_its_receipt() -> None:
    """As with a real channel, editing does not make a new message."""
    assert RecordingNotifier().send(sample(update="C1:1.1")).ref == "C1:1.1"
