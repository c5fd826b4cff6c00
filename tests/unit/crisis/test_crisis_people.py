"""People first: roll calls, who is on the floor, and care that leaves no names."""

import pytest

from incident.domain import crisis_commands as k
from incident.domain import crisis_events as x
from incident.domain import events as e
from incident.domain.crisis_views import care_counts, roll_status, strain
from incident.domain.errors import BadInput
from incident.domain.incident import Incident
from incident.domain.work import blockers
from playbooks import rollcall
from tests.unit.crisis.crisis_cast import at, give, kinds, opened, tell


def answer(state: Incident, person: str, said: str, minutes: float = 1, by: str = "") -> list[e.DomainEvent]:
    command = k.AnswerRollCall(incident_id="", by=by or person, rollcall_id="r1", person=person, answer=said)
    return list(give(state, command, minutes))


def called(*people: str) -> Incident:
    state = opened()
    give(state, k.StartRollCall(incident_id="", by="shift_lead-1", shift="night", people=people))
    return state


def run(state: Incident, minutes: float) -> list[e.DomainEvent]:
    events = rollcall.advance(state, at(minutes))
    tell(state, *events, minutes=minutes)
    assert rollcall.advance(state, at(minutes)) == []
    return events


def test_a_roll_call_counts_answers_and_names_the_silent() -> None:
    """Safe, able to work, in need, away; whoever is not heard of is silent."""
    state = called("an", "bo", "cy", "di", "ed")
    for person, said in (("an", "safe"), ("bo", "can_work"), ("cy", "need_help"), ("di", "away")):
        answer(state, person, said)
    status = roll_status(state.crisis.rollcalls["r1"])
    assert status.counts == {"safe": 1, "can_work": 1, "need_help": 1, "away": 1, "silent": 1}
    assert (status.silent, status.in_need, status.share) == (("ed",), ("cy",), 0.8)


def test_silence_calls_people_three_times() -> None:
    """After ten minutes, and twice again; an answer ends it."""
    state = called("an", "bo")
    answer(state, "an", "safe")
    assert rollcall.next_due(state) == at(10)
    chased, call = run(state, 10)
    assert isinstance(chased, x.RollCallChased)
    assert chased.silent == 1
    assert isinstance(call, e.CallOpened)
    assert (call.reason, call.steps[0].positions) == ("rollcall_silent", ("shift_lead",))
    assert kinds(run(state, 20)) == ["RollCallChased", "CallClosed", "CallOpened"]
    assert kinds(run(state, 30)) == ["RollCallChased", "CallClosed", "CallOpened"]
    assert rollcall.next_due(state) is None
    assert kinds(answer(state, "bo", "safe", 31)) == ["RollCallAnswered", "CallClosed"]


def test_whoever_needs_help_is_called_for_at_once_each_one() -> None:
    """Nobody waits for the roll call to end."""
    state = called("an", "bo")
    _, call = answer(state, "an", "need_help")
    assert isinstance(call, e.CallOpened)
    assert (call.reason, call.steps[0].positions) == ("help_needed", ("care",))
    assert kinds(answer(state, "bo", "need_help")) == ["RollCallAnswered", "CallOpened"]
    assert answer(state, "an", "need_help") == []


def test_the_end_waits_until_everyone_is_accounted_for() -> None:
    """Silent or in need blocks; help sent, or a closed roll call with its reason, does not."""
    state = called("an", "bo")
    assert blockers(state) == ("rollcall:r1",)
    answer(state, "an", "safe")
    answer(state, "bo", "need_help")
    assert blockers(state) == ("rollcall:r1",)
    close = k.CloseRollCall(incident_id="", by="hr-1", rollcall_id="r1")
    with pytest.raises(BadInput, match="1 wait for help"):
        give(state, close, 5)
    give(state, k.SendHelp(incident_id="", by="care-1", rollcall_id="r1", person="bo", note="taken home"), 6)
    assert blockers(state) == ()
    give(state, close, 7)
    assert rollcall.next_due(state) is None


def test_somebody_else_can_report_for_a_person_and_a_visitor_can_be_heard_of() -> None:
    """Who reported stands in the log; names outside the list are counted too."""
    state = called("an")
    (heard, *_) = answer(state, "visitor Li", "safe", by="shift_lead-1")
    assert isinstance(heard, x.RollCallAnswered)
    assert heard.via == "shift_lead-1"


def test_without_names_those_on_the_floor_are_asked() -> None:
    """The floor list is kept by coming and going."""
    state = opened()
    for person, here in (("an", True), ("bo", True), ("an", False), ("visitor Li", True)):
        give(state, k.MarkFloor(incident_id="", by="shift_lead-1", person=person, here=here, place="3F"))
    give(state, k.StartRollCall(incident_id="", by="shift_lead-1", shift="day"))
    assert state.crisis.rollcalls["r1"].people == ("bo", "visitor Li")


def test_an_empty_roll_call_is_refused() -> None:
    """There is nobody to ask."""
    with pytest.raises(BadInput, match="people"):
        give(opened(), k.StartRollCall(incident_id="", by="shift_lead-1", shift="day"))


def test_care_is_counted_and_never_named() -> None:
    """Neither event nor state has a place for a name; reports get numbers."""
    state = opened()
    give(state, k.OfferCare(incident_id="", by="care-1", kind="counsellor"))
    give(state, k.OfferCare(incident_id="", by="care-1"))
    give(state, k.AnswerCare(incident_id="", by="care-1", offer_id="care1", accepted=True))
    assert care_counts(state) == {"offered": 2, "accepted": 1, "declined": 0}
    assert set(x.CareOffered.__dataclass_fields__) == {"offer_id", "kind"}
    assert set(x.CareAnswered.__dataclass_fields__) == {"offer_id", "accepted"}


def test_the_end_lets_everybody_go() -> None:
    """Who led to the end isn't told a week later to be relieved."""
    state = opened()
    give(state, k.ReportDuty(incident_id="", by="shift_lead-1", person="an", what="start"))
    assert {one.person: one.advice for one in strain(state, at(9 * 60))}["an"] == "relieve"
    tell(state, e.IncidentEnded("centre_director-1"), minutes=9 * 60)
    assert strain(state, at(7 * 24 * 60)) == ()
