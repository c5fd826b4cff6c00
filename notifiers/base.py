"""What every notifier promises.

A notifier gives a ready-made message the form its channel wants, sends it once and says what became of it.
It neither waits, nor tries again, nor remembers: all of that is the dispatcher's work.
"""

from typing import Protocol

from incident.domain.message import Message, Receipt

DEFAULT_TIMEOUT = 5.0
"""Seconds a channel may take before the attempt counts as failed; long enough for a slow mail relay."""


class Notifier(Protocol):
    """One channel. Synchronous, safe to use from several threads, bounded by a timeout on every call."""

    kind: str

    def send(self, message: Message) -> Receipt:
        """Send one message. Raises SendError; never sleeps and never tries twice."""

    def close(self) -> None:
        """Give connections back. Closing twice is harmless."""
