"""Command: meetings with a quorum, orders read back, hand-overs that both sign, and who carries too much."""

from datetime import timedelta

import pytest

from incident.domain import crisis_commands as k
from incident.domain import crisis_events as x
from incident.domain import events as e
from incident.domain.crisis_plan import CrisisPlan
from incident.domain.crisis_views import card, doubles, spans, strain
from incident.domain.errors import BadInput, NotAllowed
from incident.domain.words import Group
from playbooks.clockbook.run import advance
from tests.unit.crisis.crisis_cast import ROSTER, START, at, clock, give, kinds, opened, tell


def test_a_meeting_calls_everybody_of_the_group_and_waits_for_its_quorum() -> None:
    """The call is closed by the quorum, not by the first who comes."""
    state = opened()
    called, call = give(state, k.ConveneMeeting(incident_id="", by="ops-1", place="Room 3"), 5)
    assert isinstance(called, x.MeetingCalled)
    assert called.quorum == 2
    assert isinstance(call, e.CallOpened)
    assert call.steps[0].positions == ("director", "ops", "legal", "dpo", "spokesperson")
    assert give(state, k.ConveneMeeting(incident_id="", by="director-1"), 6) == []
    assert kinds(give(state, _attend("ops-1"), 7)) == ["AttendanceMarked"]
    assert give(state, _attend("ops-1"), 7) == []
    assert kinds(give(state, _attend("legal-1", present=False), 8)) == ["AttendanceMarked"]
    assert kinds(give(state, _attend("director-1"), 9)) == ["AttendanceMarked", "QuorumReached", "CallClosed"]
    assert kinds(give(state, _attend("legal-1"), 10)) == ["AttendanceMarked"]
    assert state.crisis.meetings["m1"].quorum_at == at(9)
    give(state, k.CloseMeeting(incident_id="", by="director-1", meeting_id="m1", minutes="fail over"), 20)
    assert kinds(give(state, k.ConveneMeeting(incident_id="", by="director-1"), 30)) == ["MeetingCalled", "CallOpened"]


def test_convening_a_group_that_has_not_met_yet_brings_it_in() -> None:
    """Logistics is convened with its meeting."""
    state = opened()
    events = give(state, k.ConveneMeeting(incident_id="", by="director-1", group=Group.LOGISTICS), 5)
    assert kinds(events) == ["GroupConvened", "MeetingCalled", "CallOpened"]


def test_objectives_count_periods_and_end_in_the_future() -> None:
    """One to five, each in words."""
    state = opened()
    set_them = k.SetObjectives(incident_id="", by="director-1", texts=("keep callers told", " "), until=at(120))
    give(state, set_them, 10)
    assert (state.crisis.objectives, state.crisis.period) == (("keep callers told",), 1)
    assert give(state, set_them, 11) == []
    for texts, until in (((), None), (("a",) * 6, None), (("a",), at(5))):
        with pytest.raises(BadInput):
            give(state, k.SetObjectives(incident_id="", by="director-1", texts=texts, until=until), 12)


def test_an_order_is_received_when_it_was_read_back_and_heard_right() -> None:
    """Its call goes on until somebody reads it back; a wrong read-back calls again."""
    state = opened()
    given, call = give(state, k.GiveOrder(incident_id="", by="director-1", text="divert calls", position="shift_lead"))
    assert isinstance(given, x.OrderGiven)
    assert isinstance(call, e.CallOpened)
    assert call.steps[0].positions == ("shift_lead",)
    with pytest.raises(BadInput, match="read back"):
        give(state, k.ConfirmOrder(incident_id="", by="director-1", order_id="o1"))
    read = k.ReadBackOrder(incident_id="", by="shift_lead-1", order_id="o1", words="close the hotline")
    assert kinds(give(state, read, 2)) == ["OrderReadBack", "CallClosed"]
    with pytest.raises(NotAllowed):
        give(state, k.ConfirmOrder(incident_id="", by="shift_lead-1", order_id="o1"), 3)
    wrong = k.ConfirmOrder(incident_id="", by="director-1", order_id="o1", right=False, note="divert, not close")
    assert kinds(give(state, wrong, 3)) == ["OrderConfirmed", "CallOpened"]
    give(state, k.ReadBackOrder(incident_id="", by="shift_lead-1", order_id="o1", words="divert calls"), 4)
    give(state, k.ConfirmOrder(incident_id="", by="director-1", order_id="o1"), 5)
    assert state.crisis.orders["o1"].status == "confirmed"
    give(state, k.CarryOutOrder(incident_id="", by="shift_lead-1", order_id="o1"), 9)
    assert (state.crisis.orders["o1"].status, state.crisis.orders["o1"].done_at) == ("done", at(9))


def test_the_same_open_order_is_given_once() -> None:
    """A double click gives no second order."""
    state = opened()
    order = k.GiveOrder(incident_id="", by="director-1", text="divert calls", position="shift_lead")
    give(state, order)
    assert give(state, order, 1) == []


def test_a_hand_over_is_signed_by_both() -> None:
    """The giver names the worries, the receiver says in own words how things stand; then command has passed."""
    state = opened()
    assert state.commander == "supervisor-1"
    give(state, k.GiveOrder(incident_id="", by="director-1", text="divert calls", position="shift_lead"))
    offer = k.OfferHandover(incident_id="", by="supervisor-1", group=Group.RESPONSE, receiver="shift_lead-1",
                            worries=("the vendor is silent",))  # fmt: skip
    offered, called = give(state, offer, 60)
    assert isinstance(offered, x.HandoverOffered)
    assert isinstance(called, e.CallOpened)
    assert [step.positions for step in called.steps[:2]] == [("shift_lead",), ("director",)]
    assert (offered.orders, offered.decisions) == (("o1",), ("which_site",))
    assert give(state, offer, 61) == []
    assert state.leads[Group.RESPONSE] == "supervisor-1"
    with pytest.raises(NotAllowed):
        give(state, k.SignHandover(incident_id="", by="ops-1", handover_id="h1", words="ok"), 62)
    with pytest.raises(BadInput, match="words"):
        give(state, k.SignHandover(incident_id="", by="shift_lead-1", handover_id="h1", words=" "), 62)
    signed, assumed, closed = give(
        state, k.SignHandover(incident_id="", by="shift_lead-1", handover_id="h1", words="calls diverted"), 63
    )
    assert isinstance(signed, x.HandoverSigned)
    assert isinstance(assumed, e.PositionAssumed)
    assert assumed.acting
    assert isinstance(closed, e.CallClosed)
    assert (state.leads[Group.RESPONSE], state.commander) == ("shift_lead-1", "shift_lead-1")


def test_only_the_leader_can_hand_over() -> None:
    """Nor to oneself."""
    state = opened()
    with pytest.raises(NotAllowed):
        give(state, k.OfferHandover(incident_id="", by="care-1", group=Group.RESPONSE, receiver="ops-1"))
    with pytest.raises(BadInput):
        give(state, k.OfferHandover(incident_id="", by="supervisor-1", group=Group.RESPONSE, receiver="supervisor-1"))


def test_the_hand_over_card_holds_what_the_next_one_must_know() -> None:
    """Objectives, open decisions and orders, clocks, people, things out, worries: one fold of the log."""
    state = opened(CrisisPlan(clocks=(clock(),)))
    tell(state, *advance(state, START))
    tell(state, *advance(state, START))
    give(state, k.SetObjectives(incident_id="", by="director-1", texts=("keep callers told",)))
    give(state, k.GiveOrder(incident_id="", by="director-1", text="divert calls", position="shift_lead"))
    give(state, k.TakeMaterial(incident_id="", by="admin-1", item="radios", count=2, person="shift_lead-1"))
    give(state, k.OfferHandover(incident_id="", by="supervisor-1", group=Group.RESPONSE, receiver="ops-1",
                                worries=("the vendor is silent",)))  # fmt: skip
    shown = card(state, at(60))
    assert shown.objectives == ("keep callers told",)
    assert shown.decisions == ("which_site",)
    assert [order.id for order in shown.orders] == ["o1"]
    assert [(line.clock.terms.id, line.left) for line in shown.clocks] == [("c", timedelta(hours=3))]
    assert [taking.item for taking in shown.out] == ["radios"]
    assert shown.worries == ("the vendor is silent",)
    assert shown.leaders[Group.LEADERSHIP] == "director-1"


def test_a_span_wider_than_one_person_can_lead_is_shown() -> None:
    """Four people answer to the director, three would do."""
    found = {span.group: (span.people, span.too_wide) for span in spans(opened())}
    assert found == {Group.RESPONSE: (1, False), Group.LEADERSHIP: (4, True)}


def test_long_duty_asks_for_a_break_and_then_for_relief() -> None:
    """Four hours without a break, eight on duty; a break starts the count anew, relief ends it."""
    state = opened()
    advice = lambda minutes: {s.person: s.advice for s in strain(state, at(minutes))}["director-1"]  # noqa: E731 - read three times below
    assert advice(239) == ""
    assert advice(240) == "rest"
    give(state, k.ReportDuty(incident_id="", by="director-1", person="director-1", what="break"), 241)
    assert advice(300) == ""
    assert advice(480) == "relieve"
    give(state, k.ReportDuty(incident_id="", by="ops-1", person="director-1", what="end"), 481)
    assert "director-1" not in {s.person for s in strain(state, at(490))}
    with pytest.raises(BadInput, match="not on duty"):
        give(state, k.ReportDuty(incident_id="", by="ops-1", person="director-1", what="break"), 490)


def test_one_person_in_two_critical_places_is_flagged() -> None:
    """Leading two groups at once."""
    state = opened()
    assert doubles(state) == ()
    tell(state, e.PositionAssumed(Group.RESPONSE, "head", "supervisor", "director-1", acting=True))
    (double,) = doubles(state)
    assert double.person == "director-1"
    assert set(double.places) == {"group:leadership", "group:response"}


def test_leading_a_group_and_being_the_only_one_for_a_clock_is_flagged() -> None:
    """With a backup it would be fine."""
    alone, backed = clock("a", owner="director", backup=""), clock("b", owner="director", backup="dpo")
    for terms, flagged in ((alone, True), (backed, False)):
        state = opened(CrisisPlan(clocks=(terms,)))
        tell(state, *advance(state, START))
        assert bool(doubles(state)) is flagged
    assert ROSTER.holders("dpo", START)


def _attend(person: str, *, present: bool = True) -> k.MarkAttendance:
    return k.MarkAttendance(incident_id="", by="scribe-1", meeting_id="m1", person=person, present=present)
