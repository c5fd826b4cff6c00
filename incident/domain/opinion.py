"""What people think of signals: was it worth being told?"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Usefulness(StrEnum):
    """What somebody thinks of a signal."""

    USEFUL = "useful"
    NOT_USEFUL = "not_useful"


@dataclass(frozen=True, slots=True)
class Opinion:
    """One person's verdict on one signal; a later one of the same person replaces it. ``via``: web, slack or cli."""

    rule: str
    signal: str
    person: str
    at: datetime
    verdict: Usefulness
    via: str = ""
