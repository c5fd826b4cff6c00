"""What people type is masked before it is kept: every command passes here on its way to the log.

A field is free text unless it is named here, so that a field nobody has thought of is masked too.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import Enum
from typing import Any, TypeVar

from incident.domain.commands import AmendTask, Command, ReportIncident
from incident.domain.crisis_commands import MarkFloor, StartClock, WriteDraft
from incident.domain.words import Text

NAMES = frozenset({
    "incident_id", "by", "via", "at", "drill", "other", "relation", "person", "people", "receiver", "position", "owner",
    "task_id", "action_id", "meeting_id", "order_id", "handover_id", "rollcall_id", "offer_id", "draft_id", "taking_id",
    "clock_id", "line", "stage", "item", "anchor", "fact", "question", "signals", "into", "rules",
})  # fmt: skip
"""Fields that hold the name of a person or thing of ours, by which it is found; whatever else they say is refused."""
TYPED: dict[type, frozenset[str]] = {AmendTask: frozenset({"task_id"}), MarkFloor: frozenset({"person"})}
"""Where such a field may hold a new name: a task's, a visitor's."""
BOOKS: dict[type, frozenset[str]] = {StartClock: frozenset({"terms"})}
"""Fields that are copied from our own books."""

C = TypeVar("C", bound=Command | ReportIncident)
Mask = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Masks:
    """How a text is masked: one for the log, and one for words to the public, which tell people where to call."""

    text: Mask = str
    public: Mask = str

    def on(self, command: C) -> C:
        """The command as it may be kept."""
        mask = self.public if isinstance(command, WriteDraft) else self.text
        return replace(command, **{name: _masked(getattr(command, name), mask) for name in free_text(command)})


def free_text(command: Command | ReportIncident) -> tuple[str, ...]:
    """The fields of a command that may say anything."""
    kind = type(command)
    known = (NAMES - TYPED.get(kind, frozenset())) | BOOKS.get(kind, frozenset())
    return tuple(field.name for field in fields(command) if field.name not in known)


def _masked(value: Any, mask: Mask) -> Any:
    if isinstance(value, Enum | bool | int | float | datetime) or value is None:
        return value
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, Text):
        return Text(mask(value.zh), mask(value.en))
    if isinstance(value, tuple):
        return tuple(_masked(item, mask) for item in value)
    if isinstance(value, Mapping):
        return {name: _masked(item, mask) for name, item in value.items()}
    raise TypeError(f"nobody has said how to mask a {type(value).__name__}")
