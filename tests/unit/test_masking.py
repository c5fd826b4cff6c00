"""Every command there is: what a person can type into it is masked, whatever the field is called."""

from collections.abc import Iterator
from dataclasses import MISSING, fields
from datetime import UTC, datetime, timedelta
from enum import Enum
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

import pytest

from detectors.scan import mask, mask_private
from incident.domain import commands, crisis_commands
from incident.domain.commands import Command, ReportIncident
from incident.domain.crisis_commands import WriteDraft
from incident.domain.crisis_plan import ClockTerms
from incident.domain.words import Text
from incident.service.masking import Masks

NUMBER = "13812345678"
TYPED = f"customer {NUMBER}, identity card 11010519491231002X, password: Tr0ub4dor&3"
MASKS = Masks(mask, mask_private)
NAMED = {
    "Command": {"incident_id", "by"}, "ReportIncident": {"by", "drill"}, "Acknowledge": {"via"},
    "SetFact": {"fact"}, "StartTask": {"task_id"}, "CompleteTask": {"task_id"}, "WaiveTask": {"task_id"},
    "ReopenTask": {"task_id"}, "AmendAnchor": {"anchor"}, "AmendTask": {"owner"}, "LinkIncident": {"other", "relation"},
    "ChangeAudience": {"person"}, "OpenAction": {"owner"}, "CompleteAction": {"action_id"}, "SetAnchor": {"anchor"},
    "MarkAttendance": {"meeting_id", "person"}, "CloseMeeting": {"meeting_id"}, "GiveOrder": {"position"},
    "ReadBackOrder": {"order_id"}, "ConfirmOrder": {"order_id"}, "CarryOutOrder": {"order_id"},
    "OfferHandover": {"receiver"}, "SignHandover": {"handover_id"}, "ReportDuty": {"person"},
    "StartRollCall": {"people"}, "AnswerRollCall": {"rollcall_id", "person"}, "SendHelp": {"rollcall_id", "person"},
    "CloseRollCall": {"rollcall_id"}, "AnswerCare": {"offer_id"}, "WriteDraft": {"line", "stage"},
    "ApproveDraft": {"draft_id"}, "RejectDraft": {"draft_id"}, "TakeMaterial": {"item", "person"},
    "ReturnMaterial": {"taking_id"}, "ExplainMaterial": {"taking_id"}, "AnswerQuestion": {"question"},
    "DecideClock": {"clock_id"}, "FileClock": {"clock_id"}, "SplitSignals": {"signals", "into", "rules"},
}  # fmt: skip
"""The fields that name something of ours, by command. All others are free text: think before you add one here."""


def every_command() -> Iterator[type[Any]]:
    """All commands that people can give."""
    for module in (commands, crisis_commands):
        for found in vars(module).values():
            is_command = isinstance(found, type) and issubclass(found, (Command, ReportIncident))
            if is_command and found.__module__ == module.__name__ and found is not Command:
                yield found


def filled(command: type[Any]) -> Any:
    """One with something typed into every field that takes it."""
    hints = get_type_hints(command)
    return command(**{field.name: _typed(hints[field.name], field.default) for field in fields(command)})


def _typed(hint: Any, default: Any) -> Any:
    if isinstance(hint, UnionType):
        return _typed(next(one for one in get_args(hint) if one is not NoneType), default)
    if get_origin(hint) is tuple:
        return (_typed(get_args(hint)[0], MISSING),)
    if get_origin(hint) is dict:
        return {"name": _typed(get_args(hint)[1], MISSING)}
    made: dict[type, Any] = {
        str: TYPED, Text: Text(TYPED, TYPED), int: 1, bool: True, datetime: datetime(2026, 3, 2, tzinfo=UTC),
        timedelta: timedelta(1), ClockTerms: "the book's",
    }  # fmt: skip
    if hint in made:
        return made[hint]
    assert isinstance(hint, type), hint
    assert issubclass(hint, Enum), f"say in masking.py what of a {hint} is typed by people"
    return next(iter(hint))


@pytest.mark.parametrize("command", list(every_command()), ids=lambda command: command.__name__)
def test_what_is_typed_into_a_command_is_masked(command: type[Any]) -> None:
    """A new field is masked by itself; one that shall not be must be named above."""
    kept = MASKS.on(filled(command))
    named = NAMED["Command"] | NAMED.get(command.__name__, set())
    for field in fields(command):
        said = repr(getattr(kept, field.name))
        clear = [part for part in (NUMBER, "11010519491231002X", "Tr0ub4dor&3") if part in said]
        assert not clear or field.name in named, (command.__name__, field.name, clear)
    assert MASKS.on(kept) == kept


def test_a_message_to_the_public_may_say_where_to_call() -> None:
    """Landline, mailbox and address are ours; a mobile, an identity card or a secret is nobody's to publish."""
    words = f"Call 010-88886666 or write to help@centre.example. {TYPED}"
    draft = WriteDraft(incident_id="i", by="wu-hao", line="ivr", stage="first", wording=Text.same(words))
    kept = MASKS.on(draft).wording
    assert kept.zh == kept.en
    assert kept.en.startswith("Call 010-88886666 or write to help@centre.example. ")
    assert NUMBER not in kept.en
    assert "Tr0ub4dor" not in kept.en
