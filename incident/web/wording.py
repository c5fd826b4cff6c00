"""Short names that badges use, in English; ``web.po`` holds the Chinese. Longer ones are in the report room."""

from incident.report.words import msg

LEVEL_NAMES: dict[int, str] = {1: msg("Critical"), 2: msg("Major"), 3: msg("Serious"), 4: msg("Minor")}
STATUS_NAMES: dict[str, str] = {
    "open": msg("Unanswered"),
    "acknowledged": msg("Being handled"),
    "mitigated": msg("Under control"),
    "resolved": msg("Restored"),
    "ended": msg("Closed"),
}
DELIVERY_STATES: dict[str, str] = {
    "pending": msg("Waiting to be sent"),
    "sending": msg("Being sent"),
    "sent": msg("Sent"),
    "failed": msg("Failed"),
    "cancelled": msg("Withdrawn"),
}
LINE_KINDS: dict[str, str] = {
    "incident": msg("Incident"),
    "signal": msg("Signals"),
    "level": msg("Level"),
    "plan": msg("Plan"),
    "people": msg("People"),
    "task": msg("Tasks"),
    "overdue": msg("Overdue"),
    "call": msg("Calls"),
    "page": msg("Pages"),
    "delivery": msg("Deliveries"),
    "failure": msg("Failures"),
    "note": msg("Notes"),
    "decision": msg("Decisions"),
    "milestone": msg("Milestones"),
    "action": msg("Improvements"),
    "condition": msg("Conditions read"),
}
