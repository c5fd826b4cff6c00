"""Names of the closed vocabularies and of the reasons in the log, in English; ``report.po`` holds the Chinese."""

from incident.domain.crisis_sentences import CALL_REASONS
from incident.domain.words import Degree, Group, Phase, Scenario
from incident.i18n import Translate


def msg(text: str) -> str:
    """Marks an English text as one that has a translation; returns it unchanged."""
    return text


SCENARIOS: dict[str, str] = {
    Scenario.SYSTEM_OUTAGE: msg("System outage"),
    Scenario.COMPLAINT_SURGE: msg("Complaint surge"),
    Scenario.DATA_LEAK: msg("Data leak or security event"),
    Scenario.DISASTER: msg("Disaster or public-health event"),
    Scenario.OTHER: msg("Other incident"),
}
GROUPS: dict[str, str] = {
    Group.LEADERSHIP: msg("Leadership group"),
    Group.RESPONSE: msg("Response group"),
    Group.LOGISTICS: msg("Logistics group"),
}
PHASES: dict[str, str] = {
    Phase.ALARM: msg("Report and alarm"),
    Phase.ORDERS: msg("Orders"),
    Phase.RESPONSE: msg("Response measures"),
    Phase.LOGISTICS: msg("Logistics support"),
    Phase.CLEANUP: msg("Clean-up and review"),
    Phase.REPORT: msg("After-report"),
}
LEVELS: dict[int, str] = {
    1: msg("Level 1 (critical)"),
    2: msg("Level 2 (major)"),
    3: msg("Level 3 (serious)"),
    4: msg("Level 4 (minor)"),
}
DEGREES: dict[int, str] = {Degree.LOW: msg("low"), Degree.MEDIUM: msg("medium"), Degree.HIGH: msg("high")}
ROLES: dict[str, str] = {"head": msg("Head"), "deputy": msg("Deputy"), "member": msg("Member")}
STATUSES: dict[str, str] = {
    "open": msg("Open, not acknowledged"),
    "acknowledged": msg("Acknowledged, being worked on"),
    "mitigated": msg("Harm contained"),
    "resolved": msg("Recovered, not signed off"),
    "ended": msg("Ended"),
}
TASK_STATUSES: dict[str, str] = {
    "planned": msg("Not started"),
    "started": msg("In progress"),
    "done": msg("Done"),
    "waived": msg("Waived"),
}
PAGE_STATUSES: dict[str, str] = {
    "requested": msg("On its way"),
    "delivered": msg("Delivered"),
    "undeliverable": msg("Undeliverable"),
    "cancelled": msg("Cancelled"),
}
ANCHORS: dict[str, str] = {
    "began": msg("Began"),
    "detected": msg("Detected"),
    "opened": msg("Opened"),
    "acknowledged": msg("Acknowledged"),
    "mitigated": msg("Contained"),
    "recovered": msg("Recovered"),
    "ended": msg("Signed off"),
}
RELATIONS: dict[str, str] = {
    "caused_by": msg("caused by"),
    "causes": msg("the cause of"),
    "related": msg("related to"),
}
NOTE_KINDS: dict[str, str] = {
    "note": msg("Note: {text}"),
    "decision": msg("Decision: {text}"),
    "update": msg("Situation update: {text}"),
    "cause": msg("On the cause: {text}"),
    "process": msg("On the handling: {text}"),
    "after_care": msg("On after-care: {text}"),
    "handover": msg("Hand-over: {text}"),
    "override": msg("Ended although something was still open: {text}"),
}
CHANNELS: dict[str, str] = {
    "slack": "Slack",
    "teams": "Teams",
    "telegram": "Telegram",
    "discord": "Discord",
    "ntfy": "ntfy",
    "webhook": "Webhook",
    "feishu": msg("Feishu"),
    "dingtalk": msg("DingTalk"),
    "wecom": msg("WeCom"),
    "email": msg("e-mail"),
    "sms": msg("text message"),
    "phone": msg("phone"),
    "web": msg("the web page"),
    "link": msg("the link in the page"),
    "api": msg("the API"),
    "cli": msg("the command line"),
    "console": msg("the console"),
    "work": msg("starting to work on it"),
}
REASONS: dict[str, str] = {
    # calls: why a rung is tried, why a call or a page ended
    "alarm": msg("alarm"),
    "convene": msg("the group meets"),
    "opened": msg("call opened"),
    "no_answer": msg("no answer in time"),
    "undeliverable": msg("no page could be delivered"),
    "nobody_on_duty": msg("nobody on duty"),
    "last_resort": msg("everybody is asked again"),
    "ran_out": msg("nobody left to ask"),
    "superseded": msg("replaced by the next try"),
    "acknowledged": msg("somebody answered"),
    "incident_ended": msg("the incident ended"),
    "task_overdue": msg("a task is overdue"),
    "linked_incident": msg("the playbook calls for a linked incident"),
    "task_finished": msg("the task is finished"),
    "drill_stopped": msg("the drill was stopped"),
    "drill_ended": msg("the drill has ended"),
    "missed": msg("its date was missed"),
    "called_off": msg("called off"),
    # levels and signals
    "first": msg("it opened this incident"),
    "signals_worse": msg("signals show that it is getting worse"),
    "all_signals_cleared": msg("all signals have cleared"),
    "same_key": msg("same cause key"),
    "service_map": msg("services depend on each other"),
    "same_service": msg("the same service"),
    "shared_dependency": msg("services that stand on the same thing failed together"),
    "split": msg("split out by a person"),
    "storm": msg("many incidents of one kind at once"),
    "reported": msg("reported by a person"),
    "cleared": msg("back to normal"),
    "resolved": msg("reported as resolved"),
    "expired": msg("not sent again in time"),
    "silenced": msg("silenced"),
    "maintenance": msg("planned maintenance"),
    "inhibited_by_dependency": msg("an upstream service is down"),
    "duplicate": msg("known already"),
    "late_duplicate": msg("known already, arrived late"),
    "cleared_before_raised": msg("cleared before it was raised"),
    "drill_over": msg("the drill is over"),
    # how incidents hang together
    "by_person": msg("as a person sees it"),
    "same_time": msg("at the same time and place"),
    "complaints_after_outage": msg("complaints that follow an outage"),
    "outage_behind_complaints": msg("an outage behind the complaints"),
    # groups, audience, drills
    "convened": msg("sits in a group that was convened"),
    "real_incident": msg("a real incident opened"),
    # why a message did not go out
    "rate_limited": msg("the channel asked for a pause"),
    "unauthorized": msg("the channel refused the credentials"),
    "bad_address": msg("the address does not work"),
    "timeout": msg("the channel did not answer in time"),
    "unreachable": msg("the channel is unreachable"),
    "server_error": msg("fault on the channel's side"),
    "rejected": msg("the channel refused the message"),
    "not_configured": msg("the channel is not set up"),
    "no_address": msg("no address is known"),
    "no_drill_address": msg("not in the drill address book"),
    **CALL_REASONS,
}
REASONS_WITH_DETAIL: dict[str, str] = {
    "level": msg("called for at level {detail}"),
    "matrix": msg("the playbook's condition for this level holds: {detail}"),
    "real_incident": msg("a real incident opened: {detail}"),
    "service_map": msg("one service stands on the other: {detail}"),
    "shared_dependency": msg("both services stand on {detail}"),
}
"""Reasons that carry a detail after a space or a colon: ``level 2``, ``real_incident:INC-2026-0007``."""


def reason_text(reason: str, t: Translate) -> str:
    """A reason from the log in words. What a person wrote as the reason is shown as it stands."""
    if reason in REASONS:
        return t(REASONS[reason])
    code, _, detail = reason.replace(" ", ":", 1).partition(":")
    return t(REASONS_WITH_DETAIL[code]).format(detail=detail) if code in REASONS_WITH_DETAIL and detail else reason


def channel_text(via: str, t: Translate) -> str:
    """The name of a channel (a notifier's kind, or the place where somebody answered)."""
    return t(CHANNELS.get(via, via)) if via else t(msg("an unknown channel"))
