"""Writes drafts from templates, and lets time do what it may: call people, let drafts expire, send a holding line.

Only a holding line goes out by itself, because it was approved beforehand. Pure; ``now`` is an argument.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from incident.domain import crisis_events as x
from incident.domain import events as e
from incident.domain.crisis_calls import call, close
from incident.domain.crisis_commands import WriteDraft
from incident.domain.crisis_outward import cadence_of, release
from incident.domain.crisis_plan import Line
from incident.domain.crisis_views import next_message
from incident.domain.errors import BadInput
from incident.domain.incident import Incident
from incident.domain.said import reason, said
from incident.domain.words import Text
from incident.service.redaction import drill_mark
from playbooks.comms.template import Refused, Value, render


def draft(
    incident: Incident,
    line_id: str,
    stage: str,
    fields: Mapping[str, Text],
    now: datetime,
    *,
    by: str,
    centre: Text,
    timezone: str = "Asia/Shanghai",
) -> WriteDraft:
    """The command that puts a text before its approver. ``fields`` hold each value in both languages.

    Raises BadInput for an unknown line or stage, a missing field, or a text that can't be filled in.
    """
    line = incident.crisis.plan.comms.line(line_id) if incident.crisis.plan else None
    if line is None:
        known = incident.crisis.plan.comms.lines if incident.crisis.plan else ()
        remedy = said("one of {names}", names=", ".join(one.id for one in known) or said("none"))
        raise BadInput(said("line: '{line}' is unknown", line=line_id), remedy=remedy)
    template = line.templates.get(stage)
    if template is None:
        raise BadInput(
            said("stage: '{stage}' has no text", stage=stage),
            remedy=said("one of {names}", names=", ".join(line.templates)),
        )
    given = given_fields(incident, line, now, centre, timezone)
    values = {**given, **{name: value for name, value in fields.items() if name in template.fields}}
    wording = marked(incident, fill(template.text, values))
    kept = {name: f"{value.zh} / {value.en}" if value.zh != value.en else value.zh for name, value in fields.items()}
    return WriteDraft(incident_id=incident.id, by=by, line=line_id, stage=stage, wording=wording, fields=kept)


def fill(text: Text, values: Mapping[str, Text]) -> Text:
    """Both languages of a template, filled in. Raises BadInput that names the language and the fault."""
    done: dict[str, str] = {}
    for language, source in (("zh", text.zh), ("en", text.en)):
        chosen: dict[str, Value] = {name: value.in_(language) for name, value in values.items()}
        try:
            done[language] = render(source, chosen)
        except Refused as refused:
            raise BadInput(
                said("text ({language}): {refused}", language=language, refused=reason(refused)),
                remedy="fill in the fields it needs",
            ) from None
    return Text(zh=done["zh"], en=done["en"])


def marked(incident: Incident, text: Text) -> Text:
    """The text with the drill mark in front when it belongs to a drill."""
    drill = incident.drill is not None
    return Text(
        zh=drill_mark(text.zh, drill=drill, language="zh-CN"), en=drill_mark(text.en, drill=drill, language="en")
    )


def given_fields(incident: Incident, line: Line, now: datetime, centre: Text, timezone: str) -> dict[str, Text]:
    """What every template may use: when the next word comes, since when it has been going on, our name."""
    zone = ZoneInfo(timezone)
    here = now.astimezone(zone)

    def told(moment: datetime) -> Text:
        local = moment.astimezone(zone)
        clock = f"{local:%H:%M}"
        return (
            Text.same(clock)
            if local.date() == here.date()
            else Text(f"{local.month} 月 {local.day} 日 {clock}", f"{clock} on {local:%d %b}")
        )

    return {
        "next_update": told(now + (cadence_of(incident, line) or timedelta(hours=1))),
        "since": told(incident.anchors.get("began", now)),
        "centre": centre,
    }


def advance(incident: Incident, now: datetime, centre: Text, timezone: str = "Asia/Shanghai") -> list[e.DomainEvent]:
    """What has become due by ``now`` and is not in the log yet."""
    plan = incident.crisis.plan
    if plan is None or incident.ended:
        return []
    found = list(_expire(incident, now))
    for line in plan.comms.lines:
        stage, due_at = next_message(incident, line)
        if due_at is None:
            continue
        if line.holding is not None and _hold_at(incident, line, stage, due_at) <= now:
            found.append(_hold(incident, line, now, centre, timezone))
        else:
            found.extend(_late(incident, line, stage, due_at, now))
    return found


def next_due(incident: Incident) -> datetime | None:
    """The earliest instant at which ``advance`` has something to say."""
    plan = incident.crisis.plan
    if plan is None or incident.ended:
        return None
    moments = [d.expires_at for d in incident.crisis.drafts.values() if d.status == "draft" and d.expires_at]
    for line in plan.comms.lines:
        stage, at = next_message(incident, line)
        if at is None:
            continue
        if (hold_at := _hold_at(incident, line, stage, at)) != _NEVER:
            moments.append(hold_at)
        if not _called(incident, line, at):
            moments.append(at)
    return min(moments, default=None)


_NEVER = datetime.max.replace(tzinfo=ZoneInfo("UTC"))


def _expire(incident: Incident, now: datetime) -> Iterator[e.DomainEvent]:
    for one in incident.crisis.drafts.values():
        if one.status == "draft" and one.expires_at is not None and one.expires_at <= now:
            yield x.DraftExpired(one.id)
            yield from close(incident, f"comms:{one.id}:", "draft_expired")


def _hold_at(incident: Incident, line: Line, stage: str, due_at: datetime) -> datetime:
    """When the holding line goes out: a first draft waits too long for its approver, or the first message is late."""
    state = incident.crisis.lines.get(line.id)
    if line.hold_after is None or stage != "first" or (state and state.released_at):
        return _NEVER
    waiting = [d.at for d in incident.crisis.drafts.values() if d.line == line.id and d.status == "draft"]
    return min([due_at, *(at + line.hold_after for at in waiting)])


def _hold(incident: Incident, line: Line, now: datetime, centre: Text, timezone: str) -> e.DomainEvent:
    given = given_fields(incident, line, now, centre, timezone)
    wording = marked(incident, fill(line.holding or Text.same(""), given))
    number = sum(1 for draft_id in incident.crisis.drafts if draft_id.startswith(f"auto:{line.id}:")) + 1
    return release(incident, line, f"auto:{line.id}:{number}", "holding", wording, now, auto=True)


def _late(incident: Incident, line: Line, stage: str, due_at: datetime, now: datetime) -> Iterator[e.DomainEvent]:
    if now < due_at or _called(incident, line, due_at):
        return
    yield x.MessageOverdue(line.id, stage, due_at)
    yield from close(incident, f"line:{line.id}:", "superseded")
    number = sum(1 for call_id in incident.calls if call_id.startswith(f"line:{line.id}:")) + 1
    yield from call(incident, f"line:{line.id}:{number}", "message_overdue", line.owner, line.approver)


def _called(incident: Incident, line: Line, due_at: datetime) -> bool:
    state = incident.crisis.lines.get(line.id)
    return state is not None and due_at in state.called_for
