"""Headings, metric names with their definitions, and verdicts of the report, in English; ``report.po`` has Chinese."""

from incident.report.words import msg

METRICS: dict[str, tuple[str, str]] = {
    "mttd": (msg("Time to detect (MTTD)"), msg("From when it began until it was detected.")),
    "mtta": (
        msg("Time to acknowledge (MTTA)"),
        msg("From the opening of the incident until the first person answered."),
    ),
    "declare": (msg("Time to declare"), msg("From detection until the playbook was activated.")),
    "command": (msg("Time to command"), msg("From the opening until the first group had somebody in the lead.")),
    "notice": (msg("Time to first announcement"), msg("From the opening until the first communication task was done.")),
    "mttm": (
        msg("Time to contain (MTTM)"),
        msg("From detection until harm was contained; recovery counts when nothing earlier was recorded."),
    ),
    "mttr": (msg("Time to recover (MTTR)"), msg("From detection until the service was back. R stands for recover.")),
    "duration": (msg("Time to sign-off"), msg("From the opening until the incident was signed off.")),
    "pages": (
        msg("Pages"),
        msg("Messages to one person that ask for an answer, each counted once however often it was sent."),
    ),
    "delivered": (msg("Pages delivered"), msg("Pages that a channel confirmed, of all pages.")),
    "reached": (
        msg("Reachability"),
        msg("People with a page delivered, of all people whose pages weren't withdrawn before they could arrive."),
    ),
    "acting": (msg("Led by a stand-in"), msg("Time in which a group was led by somebody other than its head.")),
    "on_time": (
        msg("Tasks on time"),
        msg("Tasks done by their deadline, of those that are done or past it."),
    ),
    "late": (msg("Tasks late"), msg("Tasks done after their deadline or still open past it, of all tasks.")),
    "waived": (msg("Tasks waived"), msg("Tasks that somebody decided not to do, with a reason, of all tasks.")),
    "unfinished": (msg("Tasks unfinished"), msg("Tasks neither done nor waived, of all tasks.")),
}
"""Metric → name and definition."""

VERDICTS: dict[str, str] = {
    "on_time": msg("on time"),
    "late": msg("late by"),
    "done": msg("done, no deadline"),
    "waived": msg("waived"),
    "open": msg("open"),
    "overdue": msg("overdue by"),
}

TASK_KINDS: dict[str, str] = {
    "action": msg("Measure"),
    "decision": msg("Decision task"),
    "comms": msg("Communication"),
    "check": msg("Check"),
    "resource": msg("Materials"),
    "rollcall": msg("Roll call"),
    "legal": msg("Legal"),
}

NOT_KNOWN: dict[str, str] = {
    "not_yet": msg("not yet"),
    "not_recorded": msg("unknown: not recorded"),
    "contradictory": msg("unknown: the recorded times contradict each other"),
}

UNKNOWNS: dict[str, str] = {
    "cause": msg("Nobody has written down the cause yet."),
    "process": msg("Nobody has summed up the handling; what follows is what the log shows."),
    "after_care": msg("Nobody has written down the after-care yet."),
    "plan": msg("No playbook was activated: there is nothing planned to compare with."),
    "facts": msg("No figures on the impact were recorded."),
    "evidence": msg("No measurements came with the signals."),
    "acknowledged": msg("Nobody has acknowledged the incident."),
    "mitigated": msg("It isn't recorded when the harm was contained."),
    "recovered": msg("It isn't recorded when the service recovered."),
    "signature": msg("Nobody has signed this incident off."),
    "actions": msg("No improvement was agreed on."),
    "log_hash": msg("The log entries carry no hash: their integrity can't be shown."),
}
