"""People's verdicts on signals, and what they do to a rule: each moves its budget by a step that can be undone.

Nothing is learned in secret: how strict a rule is follows from the list of verdicts alone. Taking one back, or letting
it grow old, takes its step back.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from incident.domain.opinion import Opinion, Usefulness

MOST = 4.0
"""Halvings at most: sixteen times fewer alarms. Whoever wants fewer should switch the rule off and know it."""
STEP, BACK = 0.5, 0.25
KEPT = timedelta(days=90)
"""Time after which a verdict has had its say."""


def current(opinions: Iterable[Opinion], now: datetime) -> list[Opinion]:
    """Those that count: the latest per person and signal, not older than ``KEPT``, oldest first."""
    latest: dict[tuple[str, str], Opinion] = {}
    for one in sorted(opinions, key=lambda opinion: opinion.at):
        latest[one.signal, one.person] = one
    return [one for one in sorted(latest.values(), key=lambda opinion: opinion.at) if now - KEPT <= one.at <= now]


def stricter(opinions: Iterable[Opinion], now: datetime) -> dict[str, float]:
    """Rule → halvings of its budget (see ``Allowance``). A signal counts once, by the majority of those who spoke."""
    by_signal: dict[tuple[str, str], int] = {}
    for one in current(opinions, now):
        voice = 1 if one.verdict is Usefulness.NOT_USEFUL else -1
        by_signal[one.rule, one.signal] = by_signal.get((one.rule, one.signal), 0) + voice
    halvings: dict[str, float] = {}
    for (rule, _), sum_ in by_signal.items():
        step = STEP if sum_ > 0 else -BACK if sum_ < 0 else 0.0
        halvings[rule] = min(MOST, max(0.0, halvings.get(rule, 0.0) + step))
    return halvings
