"""Carries out what a form or a program asks of command: one command, in the name of whoever asks."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from incident.domain.crisis_commands import StartClock, WriteDraft
from incident.domain.crisis_words import Slip, slips
from incident.domain.errors import BadInput, NotFound
from incident.domain.incident import Incident
from incident.domain.said import said
from incident.domain.words import Text
from incident.web.crisis_table import ACTIONS, given_by
from incident.web.forms import Form, local_time
from incident.web.gate import Reader
from incident.web.parts import WebParts


class Unsayable(BadInput):
    """A message says what must not be said; ``hits`` are the phrases, ``wording`` the text as it would go out."""

    def __init__(self, hits: tuple[Slip, ...], wording: Text) -> None:
        faults = tuple(f"“{hit.words}”: {hit.why.zh} / {hit.why.en}" for hit in hits)
        what = said("must not be said: {words}", words="; ".join(faults))
        super().__init__(what, remedy="say it in other words", faults=faults)
        self.hits = hits
        self.wording = wording


def submit(parts: WebParts, reader: Reader, incident: Incident, section: str, action: str, form: Form) -> Incident:
    """What a form of the pages asks for; the incident afterwards. Raises NotFound for an action that is none."""
    command = ACTIONS.get((section, action))
    if command is None:
        raise NotFound("there is no such command", remedy="use the buttons of the incident's page")
    by = reader.actor()
    if command is WriteDraft:
        return parts.desk.do(draft_of(parts, incident, form["line"], form["stage"], _fields(form), by))
    if command is StartClock:
        return parts.desk.do(clock_of(parts, incident, form["clock"], form["owner"], form["backup"], by))
    at = local_time(form["at"], reader, "at")
    return parts.desk.do(command(incident_id=incident.id, by=by, at=at, **given_by(command, _picked(form), reader)))


def draft_of(
    parts: WebParts, incident: Incident, line: str, stage: str, values: Mapping[str, Text], by: str
) -> WriteDraft:
    """The command that puts a text before its approver. Raises BadInput, as Unsayable when it says too much."""
    if parts.crisis.draft is None:
        raise BadInput(
            said("line: '{line}' is unknown", line=line), remedy="no messages are planned in this installation"
        )
    write = parts.crisis.draft(incident, line, stage, values, parts.clock.now(), by=by)
    phrases = incident.crisis.plan.comms.never_say if incident.crisis.plan else ()
    hits = tuple(dict.fromkeys((*slips(write.wording.zh, phrases), *slips(write.wording.en, phrases))))
    if hits:
        raise Unsayable(hits, write.wording)
    return write


def clock_of(parts: WebParts, incident: Incident, clock: str, owner: str, backup: str, by: str) -> StartClock:
    """The command that puts a clock of the book on the wall. Raises BadInput for one the book doesn't have."""
    terms = parts.crisis.clock_book().get(clock)
    if terms is None:
        raise BadInput(said("clock: '{clock}' is not in the clock book", clock=clock), remedy="choose one of the list")
    unknown = [position for position in (owner, backup) if position not in parts.desk.rules.roster.positions]
    if unknown:
        raise BadInput(
            said("owner: nobody knows the position '{unknown}'", unknown=unknown[0]), remedy="choose one of the list"
        )
    return StartClock(incident_id=incident.id, by=by, terms=replace(terms, owner=owner, backup=backup))


def _fields(form: Form) -> dict[str, Text]:
    """``f-NAME`` holds a value, ``e-NAME`` the English one if it differs."""
    named = {name[2:]: value.strip() for name, value in form.items() if name.startswith("f-")}
    return {name: Text(zh=value, en=form[f"e-{name}"].strip() or value) for name, value in named.items()}


def _picked(form: Form) -> Form:
    """A button that names a person and what they answered: ``pick`` is ``PERSON ANSWER``."""
    person, _, answer = form["pick"].rpartition(" ")
    picked: dict[str, Any] = {"person": person, "answer": answer} if person else {}
    return Form({**form, **picked})
