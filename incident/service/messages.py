"""From an outbox row and the incident's newest state to a finished message, in the reader's language and zone.

Everything passes ``redaction.face`` here: a reader who may not see the incident gets its code name and nothing else.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from incident.domain.incident import Incident, Status
from incident.domain.message import Action, Attachment, Fact, Message, MessageKind
from incident.domain.roster import Person, Roster
from incident.domain.signal import Evidence
from incident.i18n import Translate, translator
from incident.report.findings import part_text
from incident.report.sparkline import sparkline
from incident.report.words import msg
from incident.service.links import AckClaim, Links
from incident.service.places import place_of
from incident.service.records import OutboxRow
from incident.service.redaction import PUBLIC, Viewer, drill_mark, face, may_see
from incident.service.rollcalls import ROLL
from incident.service.subjects import REASONS, subject

_KINDS = {
    "page": MessageKind.PAGE,
    "page_update": MessageKind.PAGE,
    "notice": MessageKind.NOTICE,
    "board": MessageKind.BOARD,
    "report": MessageKind.REPORT,
}
_STATUS = {
    Status.OPEN: msg("Open – nobody has answered yet"),
    Status.ACKNOWLEDGED: msg("Acknowledged"),
    Status.MITIGATED: msg("Mitigated"),
    Status.RESOLVED: msg("Resolved"),
    Status.ENDED: msg("Ended"),
}
SHARED = frozenset({"console"})
"""Channels that others read as well, whoever is addressed: restricted incidents show their code name there."""
Attach = Callable[[str, str, str], tuple[Attachment, ...]]
"""Report id, language and timezone → the files that go with the report."""


@dataclass(frozen=True, slots=True)
class Composer:
    """Writes messages. ``language`` and ``timezone`` are for shared channels; people have their own."""

    roster: Roster
    links: Links
    attach: Attach
    language: str = "zh-CN"
    timezone: str = "Asia/Shanghai"

    def compose(self, row: OutboxRow, incident: Incident, now: datetime) -> Message:
        """The message for the contact that is to be tried now."""
        person = self.roster.people.get(row.person or "")
        language = person.language if person else self.language
        zone = person.timezone if person else self.timezone
        via, to = row.contacts[row.contact_index]
        reader = Viewer(person.id) if person else PUBLIC
        viewer = PUBLIC if via in SHARED else reader
        _ = translator(language)
        shown = face(incident, viewer)
        title = _title(incident, shown.title.in_(language), shown.hidden, _)
        hidden = shown.hidden
        # Whoever is called is told so on a shared screen too; what it is about they read where they sign in.
        called = row.kind in {"page", "page_update"} and may_see(incident, reader)
        facts = () if hidden else self._facts(row, incident, _, language, ZoneInfo(zone))
        return Message(
            id=row.id,
            kind=_KINDS[row.kind],
            to=to,
            language=language,
            timezone=zone,
            incident_id=incident.id,
            page_id=row.page_id,
            level=4 if hidden else incident.level,
            drill=incident.drill is not None,
            title=drill_mark(title, drill=incident.drill is not None, language=language),
            body=_body(row, incident, self.roster, _, language, hidden=hidden and not called),
            at=now,
            facts=facts,
            actions=self._actions(row, incident, person, _, now, hidden=hidden),
            attachments=self._attachments(row, incident, viewer, language, zone),
            update=row.ref or None,
            trace=incident.trace,
        )

    def _facts(
        self, row: OutboxRow, incident: Incident, _: Translate, language: str, zone: ZoneInfo
    ) -> tuple[Fact, ...]:
        found = [Fact(_("Incident"), incident.id), Fact(_("Level"), str(incident.level))]
        found.append(Fact(_("Status"), _(_STATUS[incident.status])))
        evidence = incident.evidence
        if evidence.seen:
            seen = evidence.reading
            found.append(Fact(_("Seen"), _("{seen} (expected {expected})").format(seen=seen, expected=evidence.expected)
                              if evidence.expected else seen))  # fmt: skip
        found += _proof(evidence, _, language)
        began = incident.anchors["began"].astimezone(zone)
        found.append(Fact(_("Since"), f"{began:%m-%d %H:%M} {began.tzname()}"))
        if service := incident.labels.get("service"):
            found.append(Fact(_("Service"), service))
        if incident.commander:
            found.append(Fact(_("In command"), self._name(incident.commander, language)))
        if row.kind == "board" and incident.tasks:
            done = sum(1 for task in incident.tasks.values() if task.finished)
            found.append(Fact(_("Tasks"), f"{done}/{len(incident.tasks)}"))
        elif row.kind == "page":
            about = subject(incident, str(row.payload.get("call", "")), zone)
            if about is not None:
                found.append(Fact(_("Matter"), about.in_(language)))
            else:
                found.extend(self._first_task(row, incident, _, language, zone))
        return tuple(found)

    def _first_task(
        self, row: OutboxRow, incident: Incident, _: Translate, language: str, zone: ZoneInfo
    ) -> list[Fact]:
        wanted = row.payload.get("task")
        position = row.payload.get("position")
        for task in incident.tasks.values():
            if task.plan.id == wanted or (not wanted and task.plan.owner == position and incident.ready(task)):
                due = incident.due_of(task.plan)
                when = f" – {_('due')} {due.astimezone(zone):%H:%M}" if due else ""
                return [Fact(_("Your task"), f"{task.plan.title.in_(language)}{when}")]
        return []

    def _actions(
        self, row: OutboxRow, incident: Incident, person: Person | None, _: Translate, now: datetime, *, hidden: bool
    ) -> tuple[Action, ...]:
        if row.kind == "report":
            return (Action("open", _("Read the report"), self.links.report(str(row.payload["report"]))),)
        place = "" if hidden else place_of(incident, row.page_id)
        opening = Action("open", _("Open the incident"), self.links.incident(incident.id) + place)
        judging = self._judging(row, incident, person, _)
        if row.kind == "page" and person is not None and row.page_id:
            claim = AckClaim(incident.id, row.page_id, person.id)
            return (Action("ack", _("Acknowledge"), self.links.ack(claim, now)), opening, *judging)
        roll = row.payload.get("roll")
        if roll and person is not None and not hidden:
            claim = AckClaim(incident.id, f"{ROLL}{roll}", person.id)
            return (Action("answer", _("Answer the roll call"), self.links.roll(claim, now)), opening)
        return (opening, *judging)

    def _judging(self, row: OutboxRow, incident: Incident, person: Person | None, _: Translate) -> tuple[Action, ...]:
        """Whether the signal was worth telling: asked of those who may know of it, never in a drill."""
        viewer = Viewer(person.id) if person else PUBLIC
        asks = row.kind in {"page", "page_update", "board"} and incident.drill is None and incident.signals_joined
        if not asks or not may_see(incident, viewer):
            return ()
        return (Action("judge", _("Was the signal worth telling?"), f"{self.links.incident(incident.id)}#signals"),)

    def _attachments(
        self, row: OutboxRow, incident: Incident, viewer: Viewer, language: str, zone: str
    ) -> tuple[Attachment, ...]:
        if row.kind != "report" or not may_see(incident, viewer):
            return ()
        return self.attach(str(row.payload["report"]), language, zone)

    def _name(self, person_id: str, language: str) -> str:
        person = self.roster.people.get(person_id)
        return person.name.in_(language) if person else person_id


def _proof(evidence: Evidence, _: Translate, language: str) -> list[Fact]:
    """How unusual it is, how it went, and where it comes from: what there is of it."""
    top = ", ".join(f"{part_text(one.name, _)} {one.share:.0%}" for one in evidence.contributors[:3])
    facts = (
        Fact(_("How unusual"), evidence.how_unusual(language)),
        Fact(_("Window"), sparkline([value for _at, value in evidence.window])),
        Fact(_("Where it comes from"), top),
    )
    return [fact for fact in facts if fact.value]


def _title(incident: Incident, title: str, hidden: bool, _: Translate) -> str:
    if hidden:
        return title
    return _("Level {level}: {title}").format(level=incident.level, title=title)


def _body(row: OutboxRow, incident: Incident, roster: Roster, _: Translate, language: str, *, hidden: bool) -> str:
    if hidden:
        return _("A restricted incident. Its lead can let you in.")
    if row.kind == "page":
        why = _PAGE_REASONS.get(str(row.payload.get("reason")), _PAGE_REASONS["alarm"])
        title = roster.title(str(row.payload.get("position", ""))).in_(language)
        minutes = int(incident.plan.paging.ack_within.total_seconds() // 60) if incident.plan else 5
        tail = _("You are asked as {position}. Without an answer in {minutes} min the next person is called.")
        return f"{_(why)} {tail.format(position=title, minutes=minutes)}"
    if row.kind == "page_update":
        person = roster.people.get(incident.commander)
        return _("Answered by {name}. You need not do anything.").format(
            name=person.name.in_(language) if person else incident.commander
        )
    if row.kind == "report":
        return _("The report on this incident is ready: cause, process and after-care.")
    if row.kind == "notice":
        return _notice(row, _, language)
    return _(_STATUS[incident.status])


def _notice(row: OutboxRow, _: Translate, language: str) -> str:
    """A notice in words of its own, such as a drill's inject, or one of the usual ones."""
    said = row.payload.get("text")
    if isinstance(said, dict):
        return str(said.get("zh" if language.startswith("zh") else "en", ""))
    return _(_NOTICES.get(str(row.payload.get("what")), msg("For your information.")))


_PAGE_REASONS = {
    "alarm": msg("An incident has opened and needs you."),
    "convene": msg("Your group is called to this incident."),
    "task_overdue": msg("A task is overdue."),
    **REASONS,
}
_NOTICES = {
    "stand_down": msg("The incident is resolved. Stand down; the clean-up tasks remain."),
    "rollcall": msg("Roll call: are you safe? Answer with one press, also when all is well."),
    "drill_stopped": msg("The drill is over: it was stopped. Nothing here was real. Return to normal work."),
}
