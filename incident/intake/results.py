"""What becomes of each item of a request: taken, or rejected for one of a closed set of reasons."""

from dataclasses import dataclass
from enum import StrEnum

from incident.domain.signal import Signal
from incident.i18n import Translate
from incident.intake.event import Event

Item = Event | Signal
"""What leaves the intake: a raw fact for the detectors, or another monitor's verdict."""

KEEP_BYTES = 16_384
"""How much of a rejected body is kept for the dead-letter store."""


class Reason(StrEnum):
    """Why an item was rejected. Values are stored and used as metric labels; they never change."""

    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    TOO_DEEP = "too_deep"
    BAD_ENCODING = "bad_encoding"
    MEDIA_TYPE = "media_type"
    NOT_JSON = "not_json"
    BAD_SHAPE = "bad_shape"
    BAD_ATTRIBUTE = "bad_attribute"
    BAD_TIME = "bad_time"
    TIME_IN_FUTURE = "time_in_future"
    TIME_TOO_OLD = "time_too_old"
    BAD_DATA = "bad_data"
    BAD_LABELS = "bad_labels"
    DRILL_NOT_ALLOWED = "drill_not_allowed"
    NOT_MAPPED = "not_mapped"


SENTENCES: dict[Reason, str] = {
    Reason.TOO_LARGE: "Larger than allowed; send smaller pieces",
    Reason.TOO_MANY: "More items than allowed in one request; split it",
    Reason.TOO_DEEP: "Nested too deeply; flatten the data",
    Reason.BAD_ENCODING: "The content encoding can't be undone; send gzip, deflate or plain bytes",
    Reason.MEDIA_TYPE: "This content type is not taken; see the documentation for those that are",
    Reason.NOT_JSON: "Not valid JSON in UTF-8",
    Reason.BAD_SHAPE: "Valid JSON, but not of the expected shape",
    Reason.BAD_ATTRIBUTE: "A required attribute is missing or not valid",
    Reason.BAD_TIME: "The time is not an RFC 3339 timestamp with a zone",
    Reason.TIME_IN_FUTURE: "The time lies too far in the future; check the sender's clock",
    Reason.TIME_TOO_OLD: "The time lies before the year 2000; check the sender's clock",
    Reason.BAD_DATA: "The data does not fit the event type",
    Reason.BAD_LABELS: "The labels are not valid",
    Reason.DRILL_NOT_ALLOWED: "Marked as a drill, but this sender may not run drills",
    Reason.NOT_MAPPED: "The webhook mapping could not read this item",
}
"""Every reason in plain English; the Chinese is in the catalogue ``locale/zh_CN/intake.po``."""


@dataclass(frozen=True, slots=True)
class Ok:
    """Item number ``index`` of the request was taken."""

    index: int
    item: Item


@dataclass(frozen=True, slots=True)
class Rejected:
    """Item number ``index`` was not taken.

    ``detail`` names the place (``$.data.count``) and never a value; ``body`` is the item as it came, capped.
    """

    index: int
    reason: Reason
    detail: str = ""
    body: bytes = b""

    def explain(self, _: Translate) -> str:
        """One readable sentence in the reader's language."""
        sentence = _(SENTENCES[self.reason])
        return f"{sentence} ({self.detail})" if self.detail else sentence


def retold(kept: str, _: Translate) -> str:
    """A reason as it was kept, which is in English, in the reader's language; one made elsewhere as it stands."""
    sentence = next((one for one in SENTENCES.values() if kept == one or kept.startswith(f"{one} (")), "")
    return f"{_(sentence)}{kept.removeprefix(sentence)}" if sentence else kept


Result = Ok | Rejected


class BadItem(ValueError):
    """Raised inside the parsers for one item; becomes a ``Rejected``."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail

    def at(self, index: int, body: bytes) -> Rejected:
        """The rejection of item ``index``, whose bytes were ``body``."""
        return Rejected(index, self.reason, self.detail, bytes(body[:KEEP_BYTES]))
