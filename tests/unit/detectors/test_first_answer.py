"""The first-answer detector: the two-minute service level."""

from incident.domain.signal import SignalState
from incident.intake.event import Event
from tests.unit.detectors.feed import Play, detector, event

RULE = "by: [queue]\nmin_count: 10\ntarget: 80%\nclear_after: 5m"


def offered(at: float, name: str) -> Event:
    return event("contact.offered", at, queue="sales", contact_id=name)


def answered(at: float, name: str, waited: object) -> Event:
    return event("contact.answered", at, queue="sales", contact_id=name, waited_s=waited)


def play() -> Play:
    return Play(detector("first_answer", RULE, "system-outage"))


def test_late_answers_below_target_raise() -> None:
    """Half of twenty contacts answered after three minutes miss the target."""
    (raised,) = play().send(*[answered(10 * i, f"c{i}", 180 if i % 2 else 20) for i in range(20)])
    assert raised.evidence.expected == "≥ 80 % ≤ 2 min"


def test_contacts_still_waiting_count_at_the_tick() -> None:
    """Nobody answers at all: the finding doesn't wait for the first answer."""
    subject = play()
    assert subject.send(*[offered(i, f"c{i}") for i in range(12)]) == []
    assert subject.tick(100) == []
    assert len(subject.tick(140)) >= 1


def test_a_contact_counts_once() -> None:
    """Found late by the tick and answered afterwards is one late contact."""
    subject = play()
    subject.send(*[offered(i, f"c{i}") for i in range(9)])
    subject.tick(200)
    assert subject.send(*[answered(210 + i, f"c{i}", 209) for i in range(9)]) == []


def test_good_service_is_quiet_and_clears() -> None:
    """Back at target with margin for five minutes closes the episode."""
    subject = play()
    (raised,) = subject.send(*[answered(10 * i, f"a{i}", 300) for i in range(10)])[:1]
    signals = subject.send(*[answered(2000 + 20 * i, f"b{i}", 5) for i in range(40)])
    assert [one.state for one in signals] == [SignalState.CLEARED]
    assert signals[0].id == raised.id


def test_hanging_up_early_is_nobodys_fault() -> None:
    """A caller who leaves within the limit is not counted."""
    events = [event("contact.abandoned", i, queue="sales", contact_id=f"c{i}", waited_s=15) for i in range(30)]
    assert play().send(*events) == []


def test_a_missing_wait_is_worked_out() -> None:
    """Without ``waited_s`` the times of offer and answer decide."""
    subject = play()
    for i in range(12):
        subject.send(offered(300 * i, f"c{i}"))
        signals = subject.send(answered(300 * i + 100, f"c{i}", None))
    assert signals == []
