"""Slack's way back: buttons and commands become commands of the domain, in the name of the person who pressed."""

from dataclasses import dataclass

from fastapi import APIRouter

from config.wiring import System
from incident.domain.commands import Acknowledge
from incident.domain.errors import BadInput, NotAllowed, NotFound
from incident.domain.incident import Incident
from incident.domain.opinion import Usefulness
from incident.domain.roster import Person, Roster
from incident.i18n import translator
from incident.report.words import STATUSES, msg
from incident.service.redaction import Viewer, drill_mark
from incident.service.views import IncidentLine
from incident.web.parts import Check
from notifiers.slack.blocks import ACK, VERDICTS
from notifiers.slack.desk import SlackDesk
from notifiers.slack.interactions import ActionOutcome, Listing, Result, SlackAction
from notifiers.slack.notifier import web_client
from notifiers.slack.replies import Responder
from notifiers.slack.settings import SlackSettings
from notifiers.slack.socket import SlackSocket
from notifiers.slack.web import slack_router

MOST_LISTED = 20


@dataclass(frozen=True, slots=True)
class SlackSide:
    """What of Slack runs beside the site: routes for HTTPS, a connection for Socket Mode, or both."""

    routers: tuple[APIRouter, ...] = ()
    socket: SlackSocket | None = None

    def start(self) -> None:
        """Begin to listen; returns at once."""
        if self.socket is not None:
            self.socket.start()

    def close(self) -> None:
        """Stop listening."""
        if self.socket is not None:
            self.socket.close()

    def checks(self) -> tuple[Check, ...]:
        """Whether buttons are heard; nothing to check without Socket Mode."""
        if self.socket is None:
            return ()
        return (Check("slack", not self.socket.stale, "no live connection to Slack" if self.socket.stale else ""),)


def slack_side(system: System) -> SlackSide:
    """Slack's side of a system; an empty one where Slack isn't set up."""
    settings = system.settings.notifier_settings().get("slack")
    if not isinstance(settings, SlackSettings):
        return SlackSide()
    glue = Glue(system)
    desk = SlackDesk(glue.on_action, glue.on_list, Responder(web_client(settings)), system.clock.now)
    return SlackSide(
        routers=(slack_router(settings.signing_secret, desk),) if settings.signing_secret else (),
        socket=SlackSocket(settings, desk) if settings.app_token else None,
    )


def person_of(roster: Roster, user_id: str) -> Person | None:
    """The person with this Slack user id among their addresses."""
    for person in roster.people.values():
        if any(c.via == "slack" and c.to == user_id for c in (*person.contacts, *person.drill_contacts)):
            return person
    return None


@dataclass(frozen=True, slots=True)
class Glue:
    """The two questions Slack asks."""

    system: System

    def on_action(self, action: SlackAction) -> ActionOutcome:
        """Acknowledge or judge in the presser's name. Raises Conflict or Unavailable when it could not be recorded."""
        person = person_of(self.system.rules.roster, action.user_id)
        if person is None:
            return ActionOutcome(Result.UNKNOWN_USER)
        if action.action != ACK:
            return self._judge(action, person)
        desk = self.system.desk
        try:
            with self.system.database.reading() as store:
                before = store.incidents.get(action.incident_id)
            after = desk.do(Acknowledge(incident_id=before.id, by=person.id, via="slack"))
        except (NotAllowed, NotFound):
            # The same words for both: an outsider must not learn which restricted incidents there are.
            return self._refused(person, msg("there is no such incident, or you are not in it"))
        if after.version != before.version:
            return self._outcome(Result.DONE, person, after, person.id)
        if not after.acknowledged:
            return self._refused(person, msg("the incident has ended"))
        return self._outcome(Result.ALREADY, person, after, _answered_by(after))

    def _judge(self, action: SlackAction, person: Person) -> ActionOutcome:
        """Keep what somebody thinks of the signal that opened the incident."""
        try:
            with self.system.database.reading() as store:
                found = min(store.signals.of_incident(action.incident_id), key=lambda s: s.first_at, default=None)
            first = found.signal.id if found is not None else ""
            opinion = self.system.desk.judge(first, person.id, Usefulness(action.action), "slack")
        except (NotAllowed, NotFound, BadInput):
            return self._refused(person, msg("there is no such signal, or you may not know of it"))
        told = translator(person.language)(VERDICTS[opinion.verdict])
        return ActionOutcome(Result.NOTED, person.language, detail=f"{opinion.rule} – {told}")

    def on_list(self, user_id: str) -> Listing | None:
        """Open incidents as this Slack user may see them; None for somebody unknown."""
        person = person_of(self.system.rules.roster, user_id)
        if person is None:
            return None
        lines = self.system.views.incidents(Viewer(person.id, "responder"), open_only=True, limit=MOST_LISTED)
        return Listing(person.language, tuple(_listed(line, person.language) for line in lines))

    def _outcome(self, result: Result, person: Person, incident: Incident, by: str) -> ActionOutcome:
        at = self.system.clock.now() if result is Result.DONE else incident.anchors.get("acknowledged")
        name = self.system.names.person(by).in_(person.language)
        return ActionOutcome(result, person.language, by=name, at=at, timezone=person.timezone)

    @staticmethod
    def _refused(person: Person, why: str) -> ActionOutcome:
        return ActionOutcome(Result.REFUSED, person.language, detail=translator(person.language)(why))


def _answered_by(incident: Incident) -> str:
    return next((call.answered_by for call in incident.calls.values() if call.answered_by), incident.commander)


def _listed(line: IncidentLine, language: str) -> str:
    title = drill_mark(line.title.in_(language), drill=line.drill, language=language)
    if line.hidden:
        return f"{line.id} {title}"
    return f"{line.id} · {line.level} · {title} · {translator(language)(STATUSES[line.status])}"
