"""The embedded runner: routing, ticking, states that come and go."""

from detectors import keys
from detectors.embedded import EmbeddedRunner
from incident.domain.signal import SignalState
from tests.unit.detectors.feed import T0, detector, event

SLOW = "on: metric.sampled\nby: [service]\nabove: 100\nsamples: 3"


def slow(count: int, first: int = 0, service: str = "crm") -> list:
    return [event("metric.sampled", first + i, service=service, value=500) for i in range(count)]


def runner() -> EmbeddedRunner:
    return EmbeddedRunner([detector("threshold", SLOW), detector("heartbeat", "timeout: 60s")])


def test_events_reach_the_rules_they_concern_and_are_split_by_label() -> None:
    """Two services rise on their own; a foreign event concerns nobody."""
    signals = runner().observe(slow(3) + slow(3, service="pbx") + [event("weather.changed", 0)], T0 + 10)
    assert [one.labels["service"] for one in signals] == ["crm", "pbx"]


def test_a_restored_runner_goes_on_where_the_other_stopped() -> None:
    """Two samples before the crash and one after it make three."""
    first, second = runner(), runner()
    first.observe(slow(2), T0 + 10)
    stored = first.changed()
    assert first.changed() == {}
    assert second.restore(stored) == ()
    assert len(second.observe(slow(1, first=5), T0 + 10)) == 1


def test_damaged_and_unknown_states_are_survived_and_named() -> None:
    """Garbage starts afresh and is reported; a rule that is gone is ignored."""
    subject = runner()
    names = {("threshold-rule", "service=crm"): b"garbage", ("gone", "*"): b"x"}
    assert subject.restore(names) == ("threshold-rule/service=crm",)
    assert subject.unreadable == ("threshold-rule/service=crm",)
    assert len(subject.observe(slow(3), T0 + 10)) == 1


def test_it_knows_when_it_wants_to_be_ticked() -> None:
    """The next deadline follows the beats; after the raise there is none."""
    subject = runner()
    assert subject.next_due(T0) is None
    subject.observe([event("heartbeat", 0, slug="a"), event("heartbeat", 5, slug="a")], T0 + 5)
    assert subject.tick(T0 + 61) == []
    due = subject.next_due(T0 + 61)
    assert due is not None
    assert due <= T0 + 65
    (signal,) = subject.tick(T0 + 66)
    assert signal.state is SignalState.RAISED
    assert subject.next_due(T0 + 66) is None


def test_endless_labels_do_not_eat_the_memory() -> None:
    """Beyond the limit events of new keys are counted as skipped; known keys go on."""
    subject = EmbeddedRunner([detector("threshold", SLOW)], max_keys=2)
    for name in ("a", "b", "c"):
        subject.observe(slow(1, service=name), T0)
    assert subject.skipped == {"threshold-rule": 1}
    assert len(subject.observe(slow(2, first=2, service="a"), T0 + 5)) == 1


def test_keys_come_apart_again() -> None:
    """Whatever stands in a value, the labels and the drill can be read back."""
    pairs = [("queue", "a|b#c%7C"), ("site", "北京\n")]
    key = keys.make(pairs, "drill#1")
    assert keys.labels_of(key) == dict(pairs)
    assert keys.drill_of(key) == "drill#1"
    assert keys.labels_of(keys.make([], None)) == {}


def test_idle_keys_are_forgotten_once_nothing_of_theirs_is_open() -> None:
    """A queue that was closed down doesn't cost memory for ever; one that must report is never forgotten."""
    runner = EmbeddedRunner([detector("heartbeat", "timeout: 60s\nexpect: [pbx]")])
    runner.observe([event("heartbeat", 0, slug="old"), event("heartbeat", 0, slug="pbx")], T0)
    runner.tick(T0 + 120)
    assert runner.forget_idle(T0 + 40 * 86400) == ()
    runner.observe([event("heartbeat", 130, slug="old")], T0 + 130)
    assert runner.forget_idle(T0 + 40 * 86400) == (("heartbeat-rule", "slug=old"),)
    assert [name for name in runner.changed() if name[1] == "slug=old"] == []
    assert runner.tick(T0 + 40 * 86400) == []


def test_verdicts_reach_the_rules_and_can_be_taken_back() -> None:
    """Stricter by two halvings needs more evidence than before; nothing given goes back to the rule."""
    rule = "on: request.served\nbad: {where: {ok: false}}"
    raised = []
    for halvings in ({"ratio-rule": 4.0}, {}):
        runner = EmbeddedRunner([detector("ratio", rule)])
        runner.calibrate({"ratio-rule": 4.0})
        runner.calibrate(halvings)
        signals = []
        for i in range(60 * 90):
            bad = i >= 60 * 60 and i % 25 == 0
            one = event("request.served", float(i), ok=not bad)
            signals += runner.observe([one], one.time)
        raised.append(signals[0].evidence.window[-1][0] if signals else float("inf"))
    assert raised[1] < raised[0]
