"""What a page of a commanded crisis is about: a sentence for each reason, and the order, clock, message or meeting."""

from zoneinfo import ZoneInfo

from incident.domain.incident import Incident
from incident.domain.words import Text
from incident.report.words import msg

MAX_QUOTE = 200

REASONS: dict[str, str] = {
    "meeting": msg("Your group is called to a meeting."),
    "meeting_short": msg("The meeting you are called to has no quorum yet."),
    "order": msg("You have an order. Read it back."),
    "order_unread": msg("An order of yours was not read back yet."),
    "order_late": msg("An order of yours is not carried out in time."),
    "handover": msg("You are to take over. Read the card and sign it."),
    "handover_waits": msg("A hand-over is not signed yet. Somebody must lead."),
    "period_over": msg("The time for the objectives is over. Set new ones."),
    "strain": msg("People have been on duty for too long. Relieve them."),
    "approval_wanted": msg("A message waits for your approval."),
    "message_overdue": msg("A message to those affected is late."),
    "clock_due_soon": msg("A reporting deadline runs out soon. Decide, or report."),
    "clock_overdue": msg("A reporting deadline has passed. Decide, or report, and say why it is late."),
    "rollcall_silent": msg("People have not answered the roll call. Look for them."),
    "help_needed": msg("Somebody needs help."),
    "linked_incident": msg("A linked incident is called for."),
}
"""Why somebody is paged besides the alarm, its group and tasks."""


def subject(incident: Incident, call_id: str, zone: ZoneInfo) -> Text | None:
    """What the call is about, in both languages; None when the reason says it all."""
    kind, _, rest = call_id.partition(":")
    about = rest.partition(":")[0]
    crisis = incident.crisis
    said = [crisis.orders[about].text] if kind == "order" and about in crisis.orders else []
    if kind == "handover" and about in crisis.handovers:
        said = [" / ".join(crisis.handovers[about].worries)]
    if said:
        return Text.same(" · ".join(part for part in (about, said[0][:MAX_QUOTE]) if part))
    if kind == "meeting" and about in crisis.meetings:
        meeting = crisis.meetings[about]
        parts = (about, f"{meeting.starts_at.astimezone(zone):%H:%M}", meeting.place)
        return Text.same(" · ".join(part for part in parts if part))
    if kind == "clock" and about in crisis.clocks:
        return crisis.clocks[about].terms.title
    if kind == "comms" and about in crisis.drafts:
        text = crisis.drafts[about].text
        return Text(f"{about} · {text.zh[:MAX_QUOTE]}", f"{about} · {text.en[:MAX_QUOTE]}")
    if kind == "line" and crisis.plan and (line := crisis.plan.comms.line(about)):
        return line.audience
    return Text.same(crisis.rollcalls[about].shift) if kind == "rollcall" and about in crisis.rollcalls else None
