"""What the notifiers carry: one message to one address, and what may go wrong with it.

Texts are already in the reader's language and have passed redaction; a notifier only gives them a form.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from incident.domain.errors import TocsinError


class MessageKind(StrEnum):
    """Why a message is sent."""

    PAGE = "page"  # somebody must answer
    NOTICE = "notice"  # for information, no answer needed
    BOARD = "board"  # the one shared message per incident, edited in place
    REPORT = "report"  # the report to management


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of a message: label and value, both in the reader's language."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Action:
    """Something the reader can do: ``id`` is ``ack``, ``open`` or ``judge``; ``url`` works without any app."""

    id: str
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a report."""

    filename: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one address.

    ``id`` is the outbox id: the same message tried again carries the same id:
    receivers can drop doubles by it.
    ``to`` is the address in the notifier's own terms (Slack user or channel id, mail address, URL).
    ``update`` is the receipt of the message to edit in place, when there is one. ``urgency`` is the level 1–4.
    ``trace`` is the trace id of what it is about; channels with headers pass it on.
    """

    id: str
    kind: MessageKind
    to: str
    language: str
    timezone: str
    incident_id: str
    page_id: str | None
    level: int
    drill: bool
    title: str
    body: str
    at: datetime
    facts: tuple[Fact, ...] = ()
    actions: tuple[Action, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    update: str | None = None
    trace: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof from the channel. ``ref`` is what is needed to edit the message later (``C123:1700000000.1``)."""

    ref: str = ""


class SendError(TocsinError):
    """A message did not go out.

    ``reason`` is one of ``rate_limited``, ``unauthorized``, ``bad_address``, ``timeout``,
    ``unreachable``, ``server_error``, ``rejected``, ``not_configured``. ``permanent``: the same message
    to the same address will never go out. ``retry_after`` is in seconds when the channel said so.
    The message text holds neither address nor secret.
    """

    def __init__(self, reason: str, detail: str = "", *, permanent: bool, retry_after: float | None = None) -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail
        self.permanent = permanent
        self.retry_after = retry_after
