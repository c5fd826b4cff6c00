"""What command owes by the clock: whom time calls about orders, meetings, objectives and tired people."""

from collections.abc import Sequence

from incident.domain import commands as c
from incident.domain import crisis_commands as k
from incident.domain import events as e
from incident.domain.calls import answer
from incident.domain.incident import Incident
from incident.domain.words import Group
from playbooks.duties import advance, next_due
from tests.unit.crisis.crisis_cast import at, give, kinds, opened, tell


def begun() -> Incident:
    """The director leads four people where three are the limit; that stands in the log."""
    state = opened()
    found = advance(state, at(0))
    assert [(event.kind, event.person) for event in found] == [("span", "director-1")]  # type: ignore[union-attr]
    tell(state, *found)
    return state


def time_comes(state: Incident, minutes: float) -> Sequence[e.DomainEvent]:
    """What is due by then happens; asking again at once yields nothing."""
    found = advance(state, at(minutes))
    tell(state, *found, minutes=minutes)
    assert advance(state, at(minutes)) == []
    return found


def answers(state: Incident, person: str, minutes: float) -> None:
    """Somebody takes every call that is open."""
    tell(state, *answer(state, person, "slack"), minutes=minutes)


def order(state: Incident, minutes: float, due: float | None = None) -> None:
    give(state, k.GiveOrder(incident_id="", by="director-1", text="divert calls", position="shift_lead",
                            due_at=at(due) if due else None), minutes)  # fmt: skip


def test_an_order_that_was_taken_but_not_read_back_is_called_about_again() -> None:
    """Ten minutes after somebody answered; while people are being called about it anyway, time waits."""
    state = begun()
    order(state, 0)
    assert next_due(state) != at(10)
    assert time_comes(state, 30) == []
    answers(state, "shift_lead-1", 31)
    assert next_due(state) == at(41)
    assert kinds(time_comes(state, 41)) == ["OrderChased", "CallOpened"]
    assert state.calls["order:o1:unread:1"].steps[0].positions == ("shift_lead",)
    answers(state, "shift_lead-1", 42)
    give(state, k.ReadBackOrder(incident_id="", by="shift_lead-1", order_id="o1", words="divert"), 43)
    assert time_comes(state, 90) == []


def offer(state: Incident, receiver: str, minutes: float) -> None:
    give(state, k.OfferHandover(incident_id="", by="supervisor-1", group=Group.RESPONSE, receiver=receiver), minutes)


def test_a_hand_over_that_nobody_signs_is_called_about() -> None:
    """Its receiver at once, then the leadership; ten minutes later again, until it is signed."""
    state = begun()
    offer(state, "shift_lead-1", 0)
    assert time_comes(state, 30) == []
    answers(state, "shift_lead-1", 31)
    assert kinds(time_comes(state, 31)) == ["CallOpened"]
    assert [step.positions for step in state.calls["handover:h1:2"].steps[:2]] == [("shift_lead",), ("director",)]
    give(state, k.SignHandover(incident_id="", by="shift_lead-1", handover_id="h1", words="all quiet"), 32)
    assert not state.calls["handover:h1:2"].open
    assert time_comes(state, 90) == []


def test_a_hand_over_to_somebody_without_a_position_calls_the_leadership() -> None:
    """After ten minutes, three times; and no more when somebody else has taken the group meanwhile."""
    state = begun()
    offer(state, "visitor", 0)
    assert next_due(state) == at(10)
    assert kinds(time_comes(state, 10)) == ["CallOpened"]
    assert state.calls["handover:h1:1"].steps[0].positions == ("director",)
    answers(state, "director-1", 11)
    tell(state, e.PositionAssumed(Group.RESPONSE, "head", "supervisor", "ops-1"), minutes=12)
    assert time_comes(state, 60) == []


def test_an_order_is_chased_three_times_and_no_more() -> None:
    """Whoever has not read it back by then is known to all; the card goes on showing it."""
    state = begun()
    order(state, 0)
    for minute in range(1, 300):
        answers(state, "shift_lead-1", minute)
        time_comes(state, minute)
    assert [one for one in state.calls if ":unread:" in one] == [f"order:o1:unread:{n}" for n in (1, 2, 3)]


def test_a_late_order_calls_its_position_and_is_never_done_by_time() -> None:
    """At its deadline, and again as tasks are; carried out, it is quiet."""
    state = begun()
    order(state, 0, due=60)
    give(state, k.ReadBackOrder(incident_id="", by="shift_lead-1", order_id="o1", words="divert"), 5)
    assert next_due(state) == at(60)
    assert kinds(time_comes(state, 60)) == ["OrderChased", "CallOpened"]
    answers(state, "shift_lead-1", 61)
    assert kinds(time_comes(state, 75)) == ["OrderChased", "CallOpened"]
    assert state.crisis.orders["o1"].status == "read_back"
    assert "CallClosed" in kinds(give(state, k.CarryOutOrder(incident_id="", by="shift_lead-1", order_id="o1"), 80))
    assert time_comes(state, 200) == []


def test_a_meeting_without_a_quorum_calls_its_group_again() -> None:
    """Ten minutes after somebody took the call; with the quorum it is quiet."""
    state = begun()
    give(state, k.ConveneMeeting(incident_id="", by="ops-1"), 0)
    answers(state, "ops-1", 2)
    assert next_due(state) == at(12)
    assert kinds(time_comes(state, 12)) == ["MeetingChased", "CallOpened"]
    assert state.calls["meeting:m1:2"].steps[0].positions == ("director", "ops", "legal", "dpo", "spokesperson")
    for person in ("ops-1", "legal-1"):
        give(state, k.MarkAttendance(incident_id="", by="ops-1", meeting_id="m1", person=person), 15)
    assert not state.calls["meeting:m1:2"].open
    assert time_comes(state, 100) == []


def test_objectives_that_have_run_out_call_the_leadership_once() -> None:
    """New ones begin a new period."""
    state = begun()
    give(state, k.SetObjectives(incident_id="", by="director-1", texts=("hotline back",), until=at(60)), 0)
    assert next_due(state) == at(60)
    assert kinds(time_comes(state, 60)) == ["PeriodOver", "CallOpened"]
    assert state.calls["period:1"].steps[0].positions == ("director",)
    assert time_comes(state, 100) == []
    give(state, k.SetObjectives(incident_id="", by="director-1", texts=("backlog done",), until=at(160)), 101)
    assert kinds(time_comes(state, 160)) == ["PeriodOver", "CallOpened"]


def test_a_break_is_noted_and_relief_is_called_for() -> None:
    """Four hours without a break stand in the log; after eight, whoever looks after the shift is called, once."""
    state = begun()
    assert kinds(time_comes(state, 240)) == ["StrainNoted", "StrainNoted"]
    give(state, k.ReportDuty(incident_id="", by="director-1", person="director-1", what="break"), 250)
    assert kinds(time_comes(state, 480)) == ["StrainNoted", "StrainNoted", "CallOpened"]
    assert state.calls["strain:1"].steps[0].positions == ("shift_lead",)
    assert time_comes(state, 700) == []


def test_whoever_answered_once_and_was_not_seen_since_is_not_worn_out() -> None:
    """They have gone; only leaders and those reported on duty stay until told otherwise."""
    state = begun()
    tell(state, e.CallAnswered("x", "legal-1", "slack"), minutes=0)
    time_comes(state, 480)
    assert state.crisis.duties["legal-1"].noted == ()
    give(state, k.ReportDuty(incident_id="", by="hr-1", person="care-1", what="start"), 481)
    time_comes(state, 481 + 480)
    assert "relieve" in state.crisis.duties["care-1"].noted


def test_people_stand_down_when_things_have_recovered() -> None:
    """Nobody is called about tired people during the clean-up."""
    state = begun()
    give(state, c.Resolve(incident_id="", by="director-1"), 200)
    assert time_comes(state, 600) == []
    assert next_due(state) is None


def test_one_person_in_two_critical_places_is_flagged_once() -> None:
    """Leading two groups; it stands in the log as soon as it is so."""
    state = begun()
    give(state, c.TakeLead(incident_id="", by="director-1", group=Group.RESPONSE), 10)
    flagged = time_comes(state, 10)
    assert kinds(flagged) == ["CommandFlagged"]
    assert set(flagged[0].places) == {"group:response", "group:leadership"}  # type: ignore[union-attr]
    assert time_comes(state, 20) == []
