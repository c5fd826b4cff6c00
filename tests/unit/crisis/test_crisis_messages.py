"""Messages to those affected: who approves, what is due when, and what may go out by itself."""

from dataclasses import replace
from datetime import timedelta

import pytest

from incident.domain import crisis_commands as k
from incident.domain import crisis_events as x
from incident.domain import events as e
from incident.domain.crisis_plan import CommsPlan, Line, Phrase, Template
from incident.domain.crisis_views import comms_board, next_message
from incident.domain.errors import BadInput, NotAllowed
from incident.domain.incident import Incident
from incident.domain.words import Text
from playbooks.comms import run as comms
from tests.unit.crisis.crisis_cast import CRISIS, START, at, give, kinds, opened, tell

CENTRE = Text("安心客服", "Calm Centre")
LINE = Line(
    id="ivr", part="reassurance", audience=Text("来电者", "Callers"), channel="ivr", owner="shift_lead",
    approver="spokesperson", backup="ops",
    templates={
        "first": Template(
            Text("{{ services }}受影响，{{ next_update }}更新", "{{ services }} hit, news {{ next_update }}"),
            ("services",),
        ),
        "update": Template(Text("仍在处理", "Still at work")),
        "clear": Template(Text("已恢复", "All well")),
    },
    first_within=timedelta(minutes=10), cadence={2: timedelta(minutes=20)}, expires_in=timedelta(hours=1),
    hold_after=timedelta(minutes=3), holding=Text("处理中，{{ next_update }}更新", "At work, news {{ next_update }}"),
)  # fmt: skip
PLAN = replace(CRISIS, comms=CommsPlan((LINE,), (Phrase(("guarantee", "保证"), Text("不承诺", "no promises")),)))


def write(state: Incident, minutes: float, services: str = "IVR", stage: str = "first") -> str:
    """Somebody drafts a message; its number."""
    command = comms.draft(
        state, "ivr", stage, {"services": Text.same(services)} if stage == "first" else {}, at(minutes),
        by="shift_lead-1", centre=CENTRE,
    )  # fmt: skip
    give(state, command, minutes)
    return list(state.crisis.drafts)[-1]


def run(state: Incident, minutes: float) -> list[e.DomainEvent]:
    events = comms.advance(state, at(minutes), CENTRE)
    tell(state, *events, minutes=minutes)
    assert comms.advance(state, at(minutes), CENTRE) == []
    return events


def test_a_draft_calls_its_approver_and_goes_out_when_approved() -> None:
    """The approval closes the call, and says when the next word is due."""
    state = opened(PLAN)
    command = comms.draft(state, "ivr", "first", {"services": Text("热线", "Hotline")}, at(2), by="shift_lead-1",
                          centre=CENTRE)  # fmt: skip
    assert command.wording == Text("热线受影响，09:52更新", "Hotline hit, news 09:52")
    _, call = give(state, command, 2)
    assert isinstance(call, e.CallOpened)
    assert [step.positions for step in call.steps] == [("spokesperson",), ("ops",), ("director",)]
    out, *closed = give(state, k.ApproveDraft(incident_id="", by="spokesperson-1", draft_id="d1"), 4)
    assert isinstance(out, x.MessageReleased)
    assert (out.approved_by, out.next_update_at, out.expires_at) == ("spokesperson-1", at(24), at(64))
    assert kinds(closed) == ["CallClosed"]
    assert give(state, k.ApproveDraft(incident_id="", by="spokesperson-1", draft_id="d1"), 5) == []


def test_what_is_out_can_t_be_rejected() -> None:
    """Whoever tries is told; a draft that was rejected may be rejected again."""
    state = opened(PLAN)
    draft_id = write(state, 1)
    give(state, k.ApproveDraft(incident_id="", by="spokesperson-1", draft_id=draft_id), 2)
    reject = k.RejectDraft(incident_id="", by="spokesperson-1", draft_id=draft_id, reason="wrong hour")
    with pytest.raises(BadInput, match="d1 is released"):
        give(state, reject, 3)
    other = k.RejectDraft(incident_id="", by="spokesperson-1", draft_id=write(state, 4, "CRM"), reason="wrong hour")
    assert give(state, other, 5)
    assert give(state, other, 6) == []


def test_only_the_approver_or_the_lead_can_approve() -> None:
    """Not whoever wrote it, unless they hold the position."""
    state = opened(PLAN)
    draft_id = write(state, 1)
    with pytest.raises(NotAllowed, match="spokesperson"):
        give(state, k.ApproveDraft(incident_id="", by="shift_lead-1", draft_id=draft_id), 2)
    assert give(state, k.ApproveDraft(incident_id="", by="director-1", draft_id=draft_id), 2)


@pytest.mark.parametrize("services", ["IVR, we guarantee", "热线，我们 保证 恢复"])
def test_what_must_not_be_said_is_caught_before_it_is_drafted(services: str) -> None:
    """The phrase and the reason are named."""
    with pytest.raises(BadInput, match="no promises"):
        write(opened(PLAN), 1, services)


def test_a_required_field_must_be_filled_in() -> None:
    """By template and by hand alike."""
    state = opened(PLAN)
    with pytest.raises(BadInput, match="services"):
        comms.draft(state, "ivr", "first", {}, at(1), by="shift_lead-1", centre=CENTRE)
    with pytest.raises(BadInput, match="services"):
        give(state, k.WriteDraft(incident_id="", by="x", line="ivr", stage="first", wording=Text("甲", "a")))


def test_the_holding_line_goes_out_when_no_approver_answers_in_time() -> None:
    """Callers are not left in silence: three minutes after the draft, by itself, marked so."""
    state = opened(PLAN)
    write(state, 2)
    assert comms.next_due(state) == at(5)
    assert run(state, 4.9) == []
    (out,) = run(state, 5)
    assert isinstance(out, x.MessageReleased)
    assert (out.auto, out.stage, out.simulated) == (True, "holding", False)
    assert out.wording.en == "At work, news 09:55"
    assert state.crisis.drafts["d1"].status == "draft"


def test_the_holding_line_goes_out_when_the_first_message_is_late() -> None:
    """Even if nobody has drafted anything."""
    state = opened(PLAN)
    assert comms.next_due(state) == at(10)
    assert kinds(run(state, 10)) == ["MessageReleased"]


def test_without_a_holding_line_a_late_first_message_calls_people() -> None:
    """Nothing that was not approved goes out by itself."""
    bare = replace(LINE, holding=None, hold_after=None)
    state = opened(replace(PLAN, comms=CommsPlan((bare,))))
    late = run(state, 10)
    assert kinds(late) == ["MessageOverdue", "CallOpened"]
    assert run(state, 60) == []
    assert comms.next_due(state) is None


def test_a_late_update_calls_people_once_for_each_that_was_promised() -> None:
    """“Next update at” is a promise."""
    state = opened(PLAN)
    give(state, k.ApproveDraft(incident_id="", by="spokesperson-1", draft_id=write(state, 1)), 2)
    assert next_message(state, LINE) == ("update", at(22))
    assert comms_board(state, at(23))[0].overdue
    (overdue, call) = run(state, 22)
    assert isinstance(overdue, x.MessageOverdue)
    assert overdue.what == "update"
    assert isinstance(call, e.CallOpened)
    assert call.reason == "message_overdue"
    assert run(state, 200) == []


def test_once_recovered_the_all_clear_is_due_and_ends_the_line() -> None:
    """No more updates, one last word."""
    state = opened(PLAN)
    give(state, k.ApproveDraft(incident_id="", by="spokesperson-1", draft_id=write(state, 1)), 2)
    tell(state, e.IncidentResolved(), minutes=15)
    assert next_message(state, LINE) == ("clear", at(25))
    give(state, k.ApproveDraft(incident_id="", by="spokesperson-1", draft_id=write(state, 16, stage="clear")), 17)
    assert next_message(state, LINE) == ("", None)
    assert comms.next_due(state) is None


def test_a_draft_expires_with_its_facts() -> None:
    """An hour later it can't be approved any more; what stands outside is shown as out of date."""
    state = opened(PLAN)
    draft_id = write(state, 1)
    run(state, 10)
    assert "DraftExpired" in kinds(run(state, 61))
    with pytest.raises(BadInput, match="expired"):
        give(state, k.ApproveDraft(incident_id="", by="spokesperson-1", draft_id=draft_id), 62)
    assert comms_board(state, at(71))[0].expired


def test_a_new_draft_replaces_the_one_that_waits() -> None:
    """The approver sees the newest facts only."""
    state = opened(PLAN)
    write(state, 1, "IVR")
    write(state, 2, "IVR and chat")
    assert [d.status for d in state.crisis.drafts.values()] == ["rejected", "draft"]
    assert [c.open for c in state.calls.values()] == [False, True]


def test_a_drill_marks_every_text_and_simulates_sending() -> None:
    """Nobody can take it for real."""
    state = opened(PLAN, drill="D-1")
    write(state, 1)
    out, *_ = give(state, k.ApproveDraft(incident_id="", by="spokesperson-1", draft_id="d1"), 2)
    assert isinstance(out, x.MessageReleased)
    assert out.simulated
    assert out.wording.zh.startswith("【演练】")
    assert out.wording.en.startswith("DRILL ")


def test_milder_levels_are_left_in_peace() -> None:
    """A line from level 1 is not due at level 2."""
    state = opened(replace(PLAN, comms=CommsPlan((replace(LINE, from_level=1),))))
    assert comms.next_due(state) is None
    assert run(state, 600) == []
    assert comms_board(state, START) == ()
