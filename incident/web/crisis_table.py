"""What can be done about command, section by section: the same table makes the pages' forms and the API's calls."""

from collections.abc import Callable
from dataclasses import MISSING, Field, fields
from datetime import datetime
from typing import Any, get_type_hints

from incident.domain import crisis_commands as k
from incident.domain.commands import Command
from incident.domain.errors import BadInput
from incident.domain.said import said
from incident.domain.words import Group
from incident.web.forms import Form, local_time, whole
from incident.web.gate import Reader

MOST_PIECES = 100_000
ACTIONS: dict[tuple[str, str], type[Command]] = {
    ("clocks", "answer"): k.AnswerQuestion,
    ("clocks", "anchor"): k.SetAnchor,
    ("clocks", "decide"): k.DecideClock,
    ("clocks", "file"): k.FileClock,
    ("clocks", "start"): k.StartClock,
    ("messages", "draft"): k.WriteDraft,
    ("messages", "approve"): k.ApproveDraft,
    ("messages", "reject"): k.RejectDraft,
    ("command", "convene"): k.ConveneMeeting,
    ("command", "attend"): k.MarkAttendance,
    ("command", "close-meeting"): k.CloseMeeting,
    ("command", "objectives"): k.SetObjectives,
    ("command", "order"): k.GiveOrder,
    ("command", "read-back"): k.ReadBackOrder,
    ("command", "confirm-order"): k.ConfirmOrder,
    ("command", "order-done"): k.CarryOutOrder,
    ("command", "hand-over"): k.OfferHandover,
    ("command", "take-over"): k.SignHandover,
    ("rollcalls", "start"): k.StartRollCall,
    ("rollcalls", "answer"): k.AnswerRollCall,
    ("rollcalls", "help"): k.SendHelp,
    ("rollcalls", "close"): k.CloseRollCall,
    ("people", "duty"): k.ReportDuty,
    ("people", "floor"): k.MarkFloor,
    ("people", "care"): k.OfferCare,
    ("people", "care-answer"): k.AnswerCare,
    ("materials", "take"): k.TakeMaterial,
    ("materials", "return"): k.ReturnMaterial,
    ("materials", "explain"): k.ExplainMaterial,
}
"""(section, action) → command. A test keeps it complete."""
GIVEN = {"incident_id", "by", "at"}


def given_by(command: type[Command], form: Form, reader: Reader) -> dict[str, Any]:
    """A command's own fields out of a form; one that the form doesn't have keeps its default. Raises BadInput."""
    hints = get_type_hints(command)
    found: dict[str, Any] = {}
    for field in fields(command):
        if field.name in GIVEN or (field.name not in form and field.default is not MISSING):
            continue
        found[field.name] = _value(field, hints[field.name], form[field.name], reader)
    return found


def _value(field: "Field[Any]", hint: Any, text: str, reader: Reader) -> Any:
    if hint is datetime:
        moment = local_time(text, reader, field.name)
        if moment is None:
            raise BadInput(said("{name}: is empty", name=field.name), remedy="give the time at which it happened")
        return moment
    read = _READ.get(hint)
    return read(text, field.name, reader) if read else text


def _group(text: str, _name: str, _reader: Reader) -> Group:
    try:
        return Group(text)
    except ValueError:
        raise BadInput("group: choose one", remedy=said("one of {names}", names=", ".join(Group))) from None


def _lines(text: str, _name: str, _reader: Reader) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


_READ: dict[Any, Callable[[str, str, Reader], Any]] = {
    bool: lambda text, _name, _reader: text != "no",
    int: lambda text, name, _reader: whole(text or "0", name, 0, MOST_PIECES),
    Group: _group,
    datetime | None: lambda text, name, reader: local_time(text, reader, name),
    tuple[str, ...]: _lines,
}
