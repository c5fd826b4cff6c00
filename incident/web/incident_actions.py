"""The buttons and forms of an incident's page. Each is one command of the desk; the page is shown again afterwards."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from incident.domain import commands as c
from incident.domain.errors import BadInput, NotFound
from incident.domain.said import said
from incident.domain.words import Group, Phase
from incident.web.bounded import BoundedRoute
from incident.web.forms import Form, SignedForm, local_time, whole
from incident.web.gate import Browser, Parts, Reader

_SIGNAL = "signal:"
router = APIRouter(route_class=BoundedRoute, include_in_schema=False)


@router.post("/incidents/{incident_id}/{name}")
def act(incident_id: str, name: str, reader: Browser, form: SignedForm, parts: Parts) -> Response:
    """Carry out the command ``name``. Raises NotFound for a name that is none."""
    by = reader.actor()
    make = COMMANDS.get(name)
    if make is None:
        raise NotFound("there is no such command", remedy="use the buttons of the incident's page")
    given = make(form, reader)
    command: Callable[..., c.Command] = given.pop("command")
    link_to = given.get("other")
    if link_to:
        parts.views.incident(reader.viewer, link_to)  # raises NotFound: nothing links to what is not there
    done = parts.desk.do(command(incident_id=incident_id, by=by, at=_at(form, reader), **given))
    return RedirectResponse(f"/incidents/{done.id}{_ANCHORS.get(name, '')}", 303)


def _at(form: Form, reader: Reader) -> datetime | None:
    return local_time(form["at"], reader, "at")


def _fields(command: type[c.Command], *names: str) -> Callable[[Form, Reader], dict[str, Any]]:
    """A command whose fields are texts of the form."""
    return lambda form, _reader: {"command": command, **{name: form[name] for name in names}}


def _ack(_form: Form, _reader: Reader) -> dict[str, Any]:
    return {"command": c.Acknowledge, "via": "web"}


def _level(form: Form, _reader: Reader) -> dict[str, Any]:
    return {"command": c.ChangeLevel, "level": whole(form["level"], "level", 1, 4), "reason": form["reason"]}


def _note(form: Form, _reader: Reader) -> dict[str, Any]:
    return {"command": c.AddNote, "text": form["text"], "kind": form["kind"] or "note"}


def _fact(form: Form, reader: Reader) -> dict[str, Any]:
    moment = local_time(form["moment"], reader, "moment")
    return {"command": c.SetFact, "fact": form["fact"], "value": moment.isoformat() if moment else form["value"]}


def _lead(form: Form, _reader: Reader) -> dict[str, Any]:
    try:
        group = Group(form["group"])
    except ValueError:
        raise BadInput("group: choose one", remedy=said("one of {names}", names=", ".join(Group))) from None
    return {"command": c.TakeLead, "group": group, "note": form["note"]}


def _audience(form: Form, _reader: Reader) -> dict[str, Any]:
    add = form["add"] != "no"
    return {"command": c.ChangeAudience, "person": form["person"], "add": add, "reason": form["reason"]}


def _split(form: Form, _reader: Reader) -> dict[str, Any]:
    chosen = tuple(name.removeprefix(_SIGNAL) for name in form if name.startswith(_SIGNAL))
    return {"command": c.SplitSignals, "signals": chosen, "reason": form["reason"]}


def _action(form: Form, reader: Reader) -> dict[str, Any]:
    due_at = local_time(form["due_at"], reader, "due_at")
    return {"command": c.OpenAction, "text": form["text"], "owner": form["owner"] or reader.person, "due_at": due_at}


def _done(form: Form, _reader: Reader) -> dict[str, Any]:
    proofs = (form["proof"].strip(),) if form["proof"].strip() else ()
    given = {"task_id": form["task_id"], "note": form["note"], "choice": form["choice"]}
    return {"command": c.CompleteTask, "proofs": proofs, **given}


def _amend_time(form: Form, reader: Reader) -> dict[str, Any]:
    to = local_time(form["to"], reader, "to")
    if to is None:
        raise BadInput("to: is empty", remedy="give the time at which it happened")
    return {"command": c.AmendAnchor, "anchor": form["anchor"], "to": to, "reason": form["reason"]}


def _amend_task(form: Form, reader: Reader) -> dict[str, Any]:
    phase = form["phase"]
    if phase and phase not in {known.value for known in Phase}:
        raise BadInput("phase: choose one", remedy=said("one of {names}", names=", ".join(Phase)))
    texts = {name: form[name] for name in ("task_id", "reason", "title", "owner")}
    return {"command": c.AmendTask, "phase": Phase(phase) if phase else None,
            "due_at": local_time(form["due_at"], reader, "due_at"), **texts}  # fmt: skip


COMMANDS: dict[str, Callable[[Form, Reader], dict[str, Any]]] = {
    c.Acknowledge.name: _ack,
    c.Escalate.name: _fields(c.Escalate, "reason"),
    c.ChangeLevel.name: _level,
    c.AddNote.name: _note,
    c.SetFact.name: _fact,
    c.TakeLead.name: _lead,
    c.StartTask.name: _fields(c.StartTask, "task_id"),
    c.CompleteTask.name: _done,
    c.WaiveTask.name: _fields(c.WaiveTask, "task_id", "reason"),
    c.ReopenTask.name: _fields(c.ReopenTask, "task_id", "reason"),
    c.AmendAnchor.name: _amend_time,
    c.AmendTask.name: _amend_task,
    c.LinkIncident.name: _fields(c.LinkIncident, "other", "relation"),
    c.SplitSignals.name: _split,
    c.ChangeAudience.name: _audience,
    c.Mitigate.name: _fields(c.Mitigate, "note"),
    c.Resolve.name: _fields(c.Resolve, "cause", "process", "after_care"),
    c.End.name: _fields(c.End, "statement", "override"),
    c.Reopen.name: _fields(c.Reopen, "reason"),
    c.OpenAction.name: _action,
    c.CompleteAction.name: _fields(c.CompleteAction, "action_id", "note"),
}
"""Command name → what a form says of it. A test keeps it complete."""
_TASKS, _TIMELINE = "#tasks", "#timeline"
_ANCHORS = {
    "start": _TASKS,
    "done": _TASKS,
    "waive": _TASKS,
    "reopen-task": _TASKS,
    "amend-task": _TASKS,
    "note": _TIMELINE,
    "fact": "#facts",
    "lead": "#people",
    "audience": "#people",
    "escalate": "#calls",
    "action": "#actions",
    "action-done": "#actions",
}
