"""Names of what command works with: clocks, messages, orders, people; ``command.po`` has the Chinese."""

from collections.abc import Callable

from incident.domain.crisis_plan import ClockTerms, Limit
from incident.domain.crisis_sentences import ANCHOR_WORDS, CARE_KINDS, ROLL_ANSWERS, STAGES, YES_NO
from incident.i18n import Translate
from incident.report.words import msg

__all__ = ["ANCHOR_WORDS", "CARE_KINDS", "ROLL_ANSWERS", "STAGES", "YES_NO"]

CLOCK_STATES: dict[str, str] = {
    "overdue": msg("overdue"),
    "due_soon": msg("due soon"),
    "running": msg("running"),
    "waiting": msg("not counting yet"),
    "filed": msg("reported"),
    "filed_late": msg("reported late"),
    "not_required": msg("signed: not required"),
}
DECISIONS: dict[str, str] = {
    "required": msg("a report is required"),
    "not_required": msg("no report is required"),
    "unknown": msg("not decided: it keeps ticking"),
}
CONFIDENCE: dict[str, str] = {"high": msg("high"), "medium": msg("medium"), "low": msg("low")}
CHANNELS: dict[str, str] = {
    "ivr": msg("Recorded announcement"),
    "agent_card": msg("Card for agents"),
    "chat": msg("Chat"),
    "sms": msg("Text messages"),
    "brief": msg("Briefing for management"),
    "press": msg("Press statement"),
    "notice": msg("Internal notice"),
}
PARTS: dict[str, str] = {
    "public_relations": msg("Public relations"),
    "reassurance": msg("Reassuring customers"),
    "adjustment": msg("Business adjustments"),
    "inside": msg("Inside the house"),
}
DRAFT_STATES: dict[str, str] = {
    "draft": msg("waits for approval"),
    "released": msg("is out"),
    "rejected": msg("was sent back"),
    "expired": msg("has expired"),
}
ORDER_STATES: dict[str, str] = {
    "given": msg("not read back yet"),
    "read_back": msg("read back, not confirmed"),
    "confirmed": msg("confirmed"),
    "done": msg("carried out"),
}
ROLL_COUNTS: dict[str, str] = {
    "safe": msg("Safe"),
    "can_work": msg("Can work"),
    "need_help": msg("Need help"),
    "away": msg("Away"),
    "silent": msg("No answer"),
}
CARE_STATES: dict[str, str] = {"offered": msg("offered"), "accepted": msg("accepted"), "declined": msg("declined")}
RETURNED: dict[str, str] = {"good": msg("in good order"), "broken": msg("broken"), "empty": msg("empty")}

_UNITS: dict[str, str] = {
    "elapsed": msg("{n} min after: {anchor}"),
    "days": msg("{n} days after: {anchor}"),
    "business_days": msg("{n} business days after: {anchor}"),
    "months": msg("{n} months after: {anchor}"),
    "immediate": msg("at once after: {anchor}"),
}


def anchor_text(name: str, t: Translate) -> str:
    """A fact with a time in words; a filing (``filed:CLOCK``, ``clock:CLOCK``) is named by its clock."""
    kind, _, clock = name.partition(":")
    if clock and kind in {"filed", "clock"}:
        return t(msg("“{clock}” was filed")).format(clock=clock)
    return t(ANCHOR_WORDS.get(name, name))


def limits_text(terms: ClockTerms, t: Translate, called: Callable[[str], str] = str) -> str:
    """How the deadline is counted: ``4 h after: became aware``. ``called`` gives another clock's title."""
    return t(msg("; ")).join(_limit(limit, t, called) for limit in terms.limits)


def _limit(limit: Limit, t: Translate, called: Callable[[str], str]) -> str:
    start = anchor_text(f"filed:{called(limit.after)}" if limit.after else limit.anchor, t)
    hours = limit.unit == "elapsed" and limit.amount % 60 == 0
    shape = t(msg("{n} h after: {anchor}")) if hours else t(_UNITS[limit.unit])
    return shape.format(n=limit.amount // 60 if hours else limit.amount, anchor=start)
