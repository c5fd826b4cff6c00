"""Words of the playbook file that carry a rule of their own: ids, anchors, fact names, deadlines, conditions."""

import difflib
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, StringConstraints, WithJsonSchema

from incident.domain.plan import ANCHORS
from incident.domain.said import Said, said
from incident.service.roster_file import parse_duration
from playbooks.condition import MAX_CHARACTERS

_ID = r"[a-z][a-z0-9]*([_-][a-z0-9]+)*"
_BUSINESS_DAYS = re.compile(r"(\d{1,3})bd")


def _id(value: str) -> str:
    if not re.fullmatch(_ID, value):
        raise ValueError(
            said("'{value}' is no id — use small letters and digits, with - or _ between words", value=value)
        )
    return value


def _name(value: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", value):
        raise ValueError(said("'{value}' can't name a fact — use small letters, digits and _", value=value))
    return value


def _span(value: Any) -> "Span":
    match = _BUSINESS_DAYS.fullmatch(value) if isinstance(value, str) else None
    if match and int(match[1]):
        return Span(days=int(match[1]))
    return value if isinstance(value, Span) else Span(time=parse_duration(value))


@dataclass(frozen=True, slots=True)
class Span:
    """Until a deadline: clock time, or ``days`` business days of the playbook's calendar."""

    time: timedelta | None = None
    days: int = 0


Id = Annotated[
    str,
    StringConstraints(max_length=60),
    AfterValidator(_id),
    WithJsonSchema({"type": "string", "pattern": f"^{_ID}$"}),
]
"""Names a task, a position, a group's seat …"""

FactName = Annotated[
    str, StringConstraints(max_length=60), AfterValidator(_name),
    WithJsonSchema({"type": "string", "pattern": "^[a-z][a-z0-9_]*$"}),
]  # fmt: skip
"""Names a fact; conditions use it as a word."""

Anchor = Annotated[str, StringConstraints(max_length=60), WithJsonSchema({"type": "string", "examples": list(ANCHORS)})]
"""A fact with a time: one of the anchors every incident has, or one the playbook declares; ``lint`` checks it."""

Deadline = Annotated[
    Span,
    BeforeValidator(_span),
    WithJsonSchema({"type": "string", "pattern": r"^\d{1,5}(s|m|h|d|bd)$", "examples": ["30m", "4h", "10bd"]}),
]
"""A length of time up to a deadline; ``bd`` are business days."""

When = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_CHARACTERS),
    WithJsonSchema({"type": "string", "maxLength": MAX_CHARACTERS, "examples": ["affected_pct >= 50 && !drill"]}),
]
"""A condition in CEL; ``playbooks.condition`` tells what may be written."""


def unknown_anchor(value: str, declared: tuple[str, ...]) -> Said | None:
    """What to do about an anchor that does not exist; None for one that does."""
    known = (*ANCHORS, *declared)
    if value in known:
        return None
    close = difflib.get_close_matches(value, known, n=1)
    return (
        said("did you mean '{name}'?", name=close[0]) if close else said("use one of {names}", names=", ".join(known))
    )
