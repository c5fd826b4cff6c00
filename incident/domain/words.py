"""The closed vocabularies of the trade. Values are what is stored and sent; they never change."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum


@dataclass(frozen=True, slots=True)
class Text:
    """A text a person reads, in both languages. ``en`` may stand for both when only one was given."""

    zh: str
    en: str

    def in_(self, language: str) -> str:
        """The text for a reader of ``language`` (``zh-CN`` or ``en``)."""
        return self.zh if language.startswith("zh") else self.en

    @classmethod
    def same(cls, text: str) -> "Text":
        """A text that reads the same in both languages (a host name, a foreign alert's own words)."""
        return cls(zh=text, en=text)


class Scenario(StrEnum):
    """The five scenarios of the emergency plan (P2)."""

    SYSTEM_OUTAGE = "system-outage"
    COMPLAINT_SURGE = "complaint-surge"
    DATA_LEAK = "data-leak"
    DISASTER = "disaster"
    OTHER = "other"


class Group(StrEnum):
    """The three groups of the emergency plan (P3)."""

    LEADERSHIP = "leadership"
    RESPONSE = "response"
    LOGISTICS = "logistics"


class Phase(StrEnum):
    """The six phases of the emergency plan (P4), in order."""

    ALARM = "alarm"
    ORDERS = "orders"
    RESPONSE = "response"
    LOGISTICS = "logistics"
    CLEANUP = "cleanup"
    REPORT = "report"


class Degree(IntEnum):
    """How much: used for impact (how many are hit) and urgency (how fast it grows worse)."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3


LEVELS = (1, 2, 3, 4)
"""Incident levels: 1 is the gravest (GB/T 20986 counts the same way)."""


def level_of(impact: Degree, urgency: Degree) -> int:
    """Impact × urgency → level 1 (gravest) to 4, by the sum of both: 6 → 1, 5 → 2, 4 → 3, less → 4."""
    return max(1, min(4, 7 - int(impact) - int(urgency)))
