"""What the ``data`` of each event type in the catalogue must look like, as structs that check quickly.

The JSON Schemas under ``schemas/`` say the same for people and other programs; a test keeps the two equal.
Fields that a schema does not name are welcome and kept: rules may use them.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Name = Annotated[str, Meta(min_length=1, max_length=200)]
LongText = Annotated[str, Meta(max_length=20_000)]
Seconds = Annotated[float, Meta(ge=0, le=31_536_000)]
Count = Annotated[int, Meta(ge=1, le=1_000_000_000)]


class Payload(msgspec.Struct, frozen=True):
    """Base of all payloads."""


class ContactOffered(Payload, frozen=True):
    """A customer tries to reach the centre."""

    contact_id: Name
    queue: Name
    channel: Name | None = None
    site: Name | None = None


class ContactAnswered(Payload, frozen=True):
    """An agent (or a bot that may finish the matter) took the contact."""

    contact_id: Name
    queue: Name
    waited_s: Seconds
    channel: Name | None = None
    site: Name | None = None


class ContactAbandoned(Payload, frozen=True):
    """The customer gave up before anybody answered."""

    contact_id: Name
    queue: Name
    waited_s: Seconds
    channel: Name | None = None
    site: Name | None = None


class ContactEnded(Payload, frozen=True):
    """The conversation is over."""

    contact_id: Name
    queue: Name
    talk_s: Seconds
    agent: Name | None = None
    channel: Name | None = None


class ComplaintReceived(Payload, frozen=True, rename={"klass": "class"}):
    """A complaint, or several counted together. Without a class it is sorted by its text."""

    klass: Literal["product_quality", "service_attitude", "service_process", "price", "other"] | None = None
    complaint_id: Name | None = None
    channel: Name | None = None
    text: LongText | None = None
    count: Count | None = None
    site: Name | None = None


class SurveyAnswered(Payload, frozen=True):
    """A customer rated the service."""

    score: Annotated[float, Meta(ge=0, le=100)]
    queue: Name | None = None


class RequestServed(Payload, frozen=True):
    """A system answered a request, or failed to; or several counted together."""

    service: Name
    ok: bool
    status: Annotated[int, Meta(ge=0, le=999)] | None = None
    duration_ms: Annotated[float, Meta(ge=0, le=86_400_000)] | None = None
    count: Count | None = None


class MetricSampled(Payload, frozen=True):
    """A measured value."""

    metric: Name
    value: float
    service: Name | None = None
    unit: Annotated[str, Meta(max_length=40)] | None = None


class Heartbeat(Payload, frozen=True):
    """A sign of life from a job or a site."""

    slug: Name
    status: Literal["ok", "fail"] = "ok"
    period_s: Annotated[float, Meta(gt=0, le=31_536_000)] | None = None


class ExportMade(Payload, frozen=True):
    """Somebody took customer records out of a system."""

    user: Name
    records: Annotated[int, Meta(ge=0, le=1_000_000_000_000)]
    destination: Annotated[str, Meta(max_length=1_000)] | None = None
    system: Name | None = None


class MessageSent(Payload, frozen=True):
    """An agent sent a text to a customer or a colleague."""

    agent: Name
    channel: Name
    text: LongText
    to: Annotated[str, Meta(max_length=400)] | None = None


class LoginMade(Payload, frozen=True):
    """Somebody logged in, or tried to."""

    user: Name
    ok: bool
    ip: Annotated[str, Meta(max_length=64)] | None = None


class AccessChanged(Payload, frozen=True):
    """Somebody's rights were changed."""

    user: Name
    change: Annotated[str, Meta(min_length=1, max_length=1_000)]


PAYLOADS: dict[str, type[Payload]] = {
    "contact.offered": ContactOffered,
    "contact.answered": ContactAnswered,
    "contact.abandoned": ContactAbandoned,
    "contact.ended": ContactEnded,
    "complaint.received": ComplaintReceived,
    "survey.answered": SurveyAnswered,
    "request.served": RequestServed,
    "metric.sampled": MetricSampled,
    "heartbeat": Heartbeat,
    "export.made": ExportMade,
    "message.sent": MessageSent,
    "login.made": LoginMade,
    "access.changed": AccessChanged,
}
"""The event catalogue: type → payload."""
