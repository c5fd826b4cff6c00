"""Typed facts: what people and machines tell, as text in the log and as a value in conditions.

A fact that nobody has told, or whose answer is "unknown", has no value: conditions then ask for it.
"""

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime

from incident.domain.errors import BadInput
from incident.domain.plan import VarPlan
from incident.domain.said import said

Value = bool | float | str | tuple[str, ...] | datetime

_YES = frozenset({"yes", "y", "true", "1", "是", "有", "对"})
_NO = frozenset({"no", "n", "false", "0", "否", "没有", "无", "不是"})
_UNKNOWN = frozenset({"", "unknown", "?", "未知", "不清楚", "不知道", "不确定"})
_SEPARATORS = re.compile(r"[,，、;；\n]")


def canonical(var: VarPlan, text: str) -> str:
    """The one way in which this answer is written to the log; empty takes the fact back.

    Raises BadInput that names the fact and what may be said.
    """
    given = text.strip()
    if not given:
        return ""
    if var.type in {"bool", "tribool"}:
        return _yes_or_no(var, given.lower())
    if var.type == "choice" and given not in var.options:
        raise BadInput(
            said("{name}: '{given}' is not one of the answers", name=var.name, given=given[:40]),
            remedy=said("say {names}", names=", ".join(var.options)),
        )
    if var.type in {"number", "datetime"}:
        return _measured(var, given)
    return given


def value_of(var: VarPlan, text: str) -> Value | None:
    """What a stored fact means in a condition; None while it is not known, or was stored as another type."""
    if not text or (var.type in {"bool", "tribool"} and text.strip().lower() in _UNKNOWN):
        return None
    try:
        return _READ[var.type](canonical(var, text))
    except (BadInput, ValueError):
        return None


def answers(var: VarPlan) -> tuple[str, ...]:
    """What may be said, for types with few answers; empty when anything may."""
    if var.type == "tribool":
        return ("yes", "no", "unknown")
    return ("yes", "no") if var.type == "bool" else var.options


def _yes_or_no(var: VarPlan, given: str) -> str:
    if given in _YES:
        return "yes"
    if given in _NO:
        return "no"
    if var.type == "tribool" and given in _UNKNOWN:
        return "unknown"
    raise BadInput(
        said("{name}: '{given}' is neither yes nor no", name=var.name, given=given[:40]),
        remedy=said("say {names}", names=", ".join(answers(var))),
    )


def _measured(var: VarPlan, given: str) -> str:
    try:
        if var.type == "number":
            return _finite(given)
        moment = datetime.fromisoformat(given)
    except (ValueError, OverflowError):
        example = "write digits, such as 12.5" if var.type == "number" else "write 2026-03-02T09:30+08:00"
        raise BadInput(
            said("{name}: '{given}' is no {type}", name=var.name, given=given[:40], type=var.type), remedy=example
        ) from None
    if moment.tzinfo is None:
        raise BadInput(said("{name}: the time has no zone", name=var.name), remedy="write 2026-03-02T09:30+08:00")
    return moment.astimezone(UTC).isoformat()


def _finite(text: str) -> str:
    if not math.isfinite(float(text)):
        raise ValueError(text)
    return text


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in _SEPARATORS.split(text) if part.strip())


_READ: dict[str, Callable[[str], Value]] = {
    "bool": lambda text: text == "yes",
    "tribool": lambda text: text == "yes",
    "number": float,
    "text": str,
    "choice": str,
    "list": _list,
    "datetime": datetime.fromisoformat,
}
