"""Short names that the pages of command use, in English; ``command.po`` holds the Chinese."""

from incident.report.words import msg

ADVICE: dict[str, str] = {"relieve": msg("to be relieved"), "rest": msg("needs a break")}

STOCK_STATES: dict[str, str] = {
    "ready": msg("ready"),
    "overdue": msg("check overdue"),
    "faulty": msg("out of order"),
    "below_par": msg("too few"),
    "expired": msg("expired"),
    "expiring": msg("expires soon"),
    "unchecked": msg("never checked"),
}

DUE_STAGES: dict[str, str] = {
    "first": msg("First message due"),
    "update": msg("Next update due"),
    "clear": msg("All-clear due"),
}

FIELD_NAMES: dict[str, str] = {
    "services": msg("What is hit (services)"),
    "instead": msg("What people can do instead"),
    "hotline": msg("Number of the dedicated line"),
    "contact": msg("Whom to contact"),
    "doing": msg("What we are doing"),
    "done": msg("What has been done"),
    "eta": msg("When it is expected back"),
    "harm": msg("Possible consequences"),
    "instruction": msg("Instruction"),
    "known": msg("What is known"),
    "legal": msg("Advice of counsel"),
    "measures": msg("Measures"),
    "need": msg("What is needed"),
    "people": msg("People concerned"),
    "situation": msg("Situation"),
    "themes": msg("What the complaints are about"),
    "unknown": msg("What is not known"),
    "until": msg("Until when"),
    "what": msg("Which data or matter"),
    "next_update": msg("time of the next update"),
    "since": msg("time it began"),
    "centre": msg("name of the centre"),
}
"""Fields of the shipped messages; a field of the user's own is shown by its id."""
