"""What scripted people write and sign in a fast drill: messages for lines that are due, reports for clocks that run.

In a drill all of it is marked and only simulated.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from drills.schema import Script
from incident.domain.commands import Command
from incident.domain.crisis_clocks import clock_board
from incident.domain.crisis_commands import ApproveDraft, DecideClock, FileClock
from incident.domain.crisis_views import LineStatus, comms_board
from incident.domain.errors import BadInput
from incident.domain.incident import Incident
from incident.domain.words import Text
from playbooks.command import CENTRE
from playbooks.comms.run import draft

SOON = timedelta(days=1)
"""Nobody writes the summary that is due in a month while the drill runs."""
WORDS = Text("演练内容", "drill text")
RECEIPT = Text("演练回执", "drill receipt")
NOT_NEEDED = Text("按问题的回答，无需报告", "by the answers no report is required")

Move = tuple[tuple[str, str, str], datetime, Command]
Find = Callable[..., str]
Vary = Callable[..., timedelta]


def messages(incident: Incident, script: Script, find: Find, vary: Vary, now: datetime) -> Iterator[Move]:
    """Owners write what is due, before it is due where they can; approvers read it and let it out."""
    for status in comms_board(incident, now):
        yield from _written(incident, status, script, find, vary, now)
        for waiting in status.waiting:
            approver = find(incident, status.line.approver, status.line.backup)
            wait = script.answers(status.line.approver)
            if approver and wait is not None:
                at = waiting.at + vary(wait, "approve", approver, waiting.id)
                approve = ApproveDraft(incident_id=incident.id, by=approver, draft_id=waiting.id)
                yield (incident.id, "approve", waiting.id), at, approve


def _written(
    incident: Incident, status: LineStatus, script: Script, find: Find, vary: Vary, now: datetime
) -> Iterator[Move]:
    line, takes = status.line, script.writes(status.line.id)
    writer = find(incident, line.owner, line.approver)
    if not status.due or status.due_at is None or status.waiting or takes is None or not writer:
        return
    spent = vary(takes, "write", writer, line.id, status.due)
    at = now + spent if status.due != "update" else max(now, status.due_at - spent)
    fields = dict.fromkeys(line.templates[status.due].fields, WORDS)
    zone = incident.plan.timezone if incident.plan else "Asia/Shanghai"
    try:
        write = draft(incident, line.id, status.due, fields, at, by=writer, centre=CENTRE, timezone=zone)
    except BadInput:
        return  # a line without a text for this stage: nothing to write
    yield (incident.id, "write", f"{line.id}:{status.due}:{status.due_at.isoformat()}"), at, write


def reports(incident: Incident, script: Script, find: Find, vary: Vary, now: datetime, language: str) -> Iterator[Move]:
    """Whoever owns a clock that runs makes the report, or signs that none is needed when the answers say so."""
    for line in clock_board(incident, now):
        terms, takes = line.clock.terms, script.files(line.clock.terms.id)
        owner = find(incident, terms.owner, terms.backup)
        if line.clock.settled or line.due_at is None or takes is None or not owner or line.due_at - now > SOON:
            continue
        at = now + vary(takes, "file", owner, terms.id)
        done: Command = FileClock(
            incident_id=incident.id, by=owner, clock_id=terms.id, receipt=RECEIPT.in_(language),
            late_reason=WORDS.in_(language) if line.late_after is not None and at > line.late_after else "",
        )  # fmt: skip
        if line.applies == "no":
            done = DecideClock(
                incident_id=incident.id, by=owner, clock_id=terms.id, decision="not_required",
                reason=NOT_NEEDED.in_(language),
            )  # fmt: skip
        yield (incident.id, "file", terms.id), at, done
