"""What every detector kind must keep, whatever its algorithm."""

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.base import Unreadable
from detectors.embedded import EmbeddedRunner
from detectors.registry import KINDS, AnyDetector
from incident.domain.signal import Signal, SignalState
from incident.intake.event import Event
from tests.unit.detectors.feed import T0, detector, event

HOUR, DAY = 3600.0, 86400.0
ID = "11010519491231002X"

RULES: dict[str, str] = {
    "topics": "on: complaint.received\nbucket: 5m\nlearn: 1\nclear_after: 10m",
    **dict.fromkeys(("auto", "level", "novelty"), "on: metric.sampled\nmissing: 1d\nclear_after: 1m"),
    "export": "limit: 1000",
    "first_answer": "by: [queue]\nmin_count: 5\nclear_after: 5m",
    "heartbeat": "timeout: 60s",
    "honeytoken": "tokens: [13900001234]\nclear_after: 1h",
    "new_destination": "learn: 0\nown_days: 0\nknown: [desk]\nclear_after: 1h",
    "off_hours": "limit: 500\nclear_after: 1h",
    "privileged_export": "min_records: 500\nclear_after: 1h",
    "slow_export": "limit: 5000\nclear_after: 1h",
    "ratio": "on: request.served\nbad: {where: {ok: false}}\nlimit: 50%\nmin_count: 10\nclear_after: 2m",
    "surge": "on: complaint.received\nbucket: 1h\nlimit: 20\nclear_after: 2h",
    "text": "by: [agent]",
    "threshold": "on: metric.sampled\nabove: 10\nclear_after: 1m",
}
Maker = Callable[[float, bool, str | None], Event]
MAKERS: dict[str, Maker] = {
    "topics": lambda at, bad, drill: event(
        "complaint.received", at, drill=drill, text="扣费失败 app crashes" if bad else f"等了{int(at)}分钟"
    ),
    **dict.fromkeys(
        ("auto", "level", "novelty"),
        lambda at, bad, drill: event("metric.sampled", at, drill=drill, value=50 + at % 7 if bad else 1 + at % 30 / 99),
    ),
    "export": lambda at, bad, drill: event("export.made", at, drill=drill, user="u", records=600 if bad else 1),
    "first_answer": lambda at, bad, drill: event(
        "contact.answered", at, drill=drill, queue="q", contact_id=f"c{at}{bad}", waited_s=500 if bad else 5
    ),
    "heartbeat": lambda at, bad, drill: event("heartbeat", at, drill=drill, slug="s", status="fail" if bad else "ok"),
    "honeytoken": lambda at, bad, drill: event(
        "export.made", at, drill=drill, user="u", records=1, customer="139-0000-1234" if bad else "139-0000-1235"
    ),
    "new_destination": lambda at, bad, drill: event(
        "export.made", at, drill=drill, user="u", records=600, destination="usb" if bad else "desk"
    ),
    "off_hours": lambda at, bad, drill: event("export.made", at, drill=drill, user="u", records=600 if bad else 1),
    "privileged_export": lambda at, bad, drill: (
        event("access.changed", at, drill=drill, user="u", change="role admin granted")
        if bad and at % 20 == 0
        else event("export.made", at, drill=drill, user="u", records=600 if bad else 1)
    ),
    "slow_export": lambda at, bad, drill: event("export.made", at, drill=drill, user="u", records=600 if bad else 1),
    "ratio": lambda at, bad, drill: event("request.served", at, drill=drill, ok=not bad),
    "surge": lambda at, bad, drill: event("complaint.received", at, drill=drill, count=3 if bad else 0),
    "text": lambda at, bad, drill: event("message.sent", at, drill=drill, agent="a", text=ID if bad else "您好"),
    "threshold": lambda at, bad, drill: event("metric.sampled", at, drill=drill, value=50 if bad else 1),
}
FIELDS = {
    "topics": ("text",),
    **dict.fromkeys(("auto", "level", "novelty"), ("value",)),
    "export": ("user", "records"),
    "first_answer": ("contact_id", "waited_s", "queue"),
    "heartbeat": ("slug", "status"),
    "honeytoken": ("user", "records", "text", "customer"),
    "new_destination": ("user", "records", "destination"),
    "off_hours": ("user", "records"),
    "privileged_export": ("user", "records", "change"),
    "slow_export": ("user", "records"),
    "ratio": ("ok", "count"),
    "surge": ("count", "class"),
    "text": ("text", "to", "agent"),
    "threshold": ("value",),
}
every_kind = pytest.mark.parametrize("kind", sorted(KINDS))


def story(kind: str, drill: str | None = None) -> list[Event]:
    """Well, then bad, then well for long: one episode for every kind."""
    make = MAKERS[kind]
    well = [make(10.0 * i, False, drill) for i in range(30)]
    bad = [make(300 + 10.0 * i, True, drill) for i in range(30)]
    return well + bad + [make(600 + 60.0 * i, False, drill) for i in range(240)]


def played(subject: AnyDetector, events: list[Event], *, cuts: bool = False) -> tuple[Any, list[Signal]]:
    """Observe one by one, ticking as time passes, dumping and loading between if ``cuts``."""
    state, key, signals = subject.new(), "*", list[Signal]()
    for one in events:
        found_key = subject.key_of(one)
        if found_key is None:
            continue
        key = found_key
        state, told = subject.observe(state, key, [one], one.time)
        signals += told
        state, told = subject.tick(state, key, one.time)
        signals += told
        if cuts:
            blob = subject.dump(state)
            state = subject.load(blob)
            assert subject.dump(state) == blob
    state, told = subject.tick(state, key, T0 + 3 * DAY)
    return state, signals + told


def test_every_kind_has_its_story_here() -> None:
    """A new kind must join this suite."""
    assert set(RULES) == set(MAKERS) == set(FIELDS) == set(KINDS)


@every_kind
def test_raise_and_clear_share_an_id(kind: str) -> None:
    """One episode: raised first, cleared last, one id throughout, in the right order of time."""
    _, signals = played(detector(kind, RULES[kind]), story(kind))
    first = [one for one in signals if one.id == signals[0].id]
    assert first[0].state is SignalState.RAISED
    assert first[-1].state is SignalState.CLEARED
    assert first[0].at <= first[-1].at
    assert all(one.evidence.seen and one.evidence.expected and one.evidence.since for one in signals)
    assert all(len(one.evidence.window) <= 60 for one in signals)


@every_kind
def test_a_state_survives_a_cut_anywhere(kind: str) -> None:
    """Dumped and loaded after every event, the detector says the same, and dumps are equal bit by bit."""
    subject, events = detector(kind, RULES[kind]), story(kind)
    whole, expected = played(subject, events)
    pieces, signals = played(subject, events, cuts=True)
    assert signals == expected
    assert subject.dump(pieces) == subject.dump(whole)


@every_kind
def test_a_parameter_that_is_a_float_is_one(kind: str) -> None:
    """Also when its default is written as a whole number: states take it over and must come back bit by bit."""
    rule = detector(kind, RULES[kind]).rule
    floats = {name for name, field in type(rule).model_fields.items() if field.annotation in {float, float | None}}
    assert {name for name in floats if type(getattr(rule, name)) is int} == set()


@every_kind
def test_a_replay_says_the_same(kind: str) -> None:
    """A fresh detector over the same events gives the same signals, ids and all."""
    events = story(kind)
    assert played(detector(kind, RULES[kind]), events)[1] == played(detector(kind, RULES[kind]), events)[1]


@every_kind
def test_batches_and_single_events_find_the_same_episodes(kind: str) -> None:
    """How events are cut into batches doesn't change what is found."""
    subject, events = detector(kind, RULES[kind]), story(kind)
    one_by_one, in_one = subject.new(), subject.new()
    key = subject.key_of(events[0])
    assert key is not None
    signals: list[Signal] = []
    for one in events:
        one_by_one, told = subject.observe(one_by_one, key, [one], one.time)
        signals += told
    _, at_once = subject.observe(in_one, key, events, events[-1].time)
    assert [(one.id, one.state) for one in at_once] == [(one.id, one.state) for one in signals]


@every_kind
def test_what_is_well_stays_quiet_however_it_arrives(kind: str) -> None:
    """Duplicates, late and future events, and a shuffled order raise nothing."""
    subject, make = detector(kind, RULES[kind]), MAKERS[kind]
    well = [make(10.0 * i, False, None) for i in range(60)]
    odd = well + well[:30] + [well[0]] * 50 + well[::-1] + [make(40 * DAY, False, None), make(-DAY, False, None)]
    state, key = subject.new(), subject.key_of(well[0])
    assert key is not None
    state, signals = subject.observe(state, key, odd, T0 + 600)
    assert signals == []


@every_kind
def test_a_future_event_does_not_poison_the_state(kind: str) -> None:
    """After an event dated next month the ordinary episode is found as ever."""
    subject = detector(kind, RULES[kind])
    events = story(kind)
    future = MAKERS[kind](40 * DAY, True, None)
    key = subject.key_of(future)
    assert key is not None
    state, signals = subject.observe(subject.new(), key, [future], T0)
    for one in events:
        state, told = subject.observe(state, key, [one], one.time)
        signals += told
    state, told = subject.tick(state, key, T0 + 900)
    assert any(one.state is SignalState.RAISED for one in signals + told)


@every_kind
def test_old_and_damaged_states_are_unreadable(kind: str) -> None:
    """Another version, other bytes, nothing at all: Unreadable, and nothing else."""
    subject = detector(kind, RULES[kind])
    blob = subject.dump(subject.new())
    for bad in (b"", b"\xff" + blob[1:], blob[:-1], blob[:5] + b"\xc1"):
        with pytest.raises(Unreadable):
            subject.load(bad)


@every_kind
def test_a_drill_stays_a_drill(kind: str) -> None:
    """Drill events live in their own state; every signal of theirs carries the drill, none of the real ones does."""
    runner = EmbeddedRunner([detector(kind, RULES[kind])])
    signals: list[Signal] = []
    for one, drilled in zip(story(kind), story(kind, drill="q1"), strict=True):
        signals += runner.observe([one, drilled], one.time) + runner.tick(one.time)
    signals += runner.tick(T0 + 3 * DAY)
    real, drill = ({one.id for one in signals if one.drill == name} for name in (None, "q1"))
    assert real
    assert drill
    assert not real & drill


SIMPLE = {
    "count of a day": ("surge", "on: complaint.received", 3 * HOUR),
    "heartbeat": ("heartbeat", "by: [slug]", 307.0),
    "level": ("level", "on: metric.sampled", 307.0),
    "ratio": ("ratio", "on: request.served\nbad: {where: {ok: false}}\nalarms: 1/week", 17.0),
    "threshold": ("threshold", "on: metric.sampled\nabove: 10", 307.0),
}


@pytest.mark.parametrize("name", SIMPLE)
def test_states_of_simple_keys_are_under_a_kilobyte(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A rule over ten thousand keys costs ten megabytes, not a hundred: at every moment of two thousand events.

    A ratio keeps two numbers for each hour of the day and its last twenty buckets: half a kilobyte more.
    """
    kind, body, step = SIMPLE[name]
    subject, make, largest = detector(kind, body), MAKERS[kind], 0
    state, key = subject.new(), subject.key_of(make(0.0, False, None))
    assert key is not None
    for number in range(2000):
        one = make(step * number, number % 100 == 99, None)
        state, _ = subject.observe(state, key, [one], one.time)
        if number % 7 == 0:
            largest = max(largest, len(subject.dump(state)))
    with capsys.disabled():
        print(f"\n{name}: {largest} bytes")
    assert largest < (1500 if name == "ratio" else 1024)


@every_kind
def test_states_are_small(kind: str) -> None:
    """A state after hundreds of events fits into a few kilobytes."""
    subject = detector(kind, RULES[kind])
    state, _ = played(subject, story(kind))
    assert len(subject.dump(state)) < 16_000


_GARBAGE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(),
    st.text(max_size=20),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)
_TIMES = st.one_of(
    st.floats(-HOUR, 2 * HOUR), st.sampled_from([math.nan, math.inf, -math.inf, -T0 - 1, -T0, 1e300, 40 * DAY])
)


@every_kind
@settings(max_examples=40)
@given(data=st.data())
def test_garbage_never_crashes_nor_breaks_the_state(kind: str, data: st.DataObject) -> None:
    """Whatever values and times come, observing, ticking, dumping and loading go on, and evidence stays finite."""
    subject = detector(kind, RULES[kind])
    state = subject.new()
    types = st.sampled_from(sorted(subject.rule.on))
    for _ in range(data.draw(st.integers(1, 12))):
        fields = data.draw(st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS[kind], _GARBAGE)))
        one = event(data.draw(types), data.draw(_TIMES))
        one.data.update(fields)
        key = subject.key_of(one)
        assert key is not None
        now = T0 + data.draw(st.floats(0, 2 * HOUR))
        state, told = subject.observe(state, key, [one], now)
        state, more = subject.tick(state, key, now)
        due = subject.due(state, key)
        assert due is None or math.isfinite(due)
        assert all(math.isfinite(at + value) for signal in told + more for at, value in signal.evidence.window)
        blob = subject.dump(state)
        assert subject.dump(subject.load(blob)) == blob


@every_kind
@settings(max_examples=25)
@given(data=st.data())
def test_episodes_are_well_formed(kind: str, data: st.DataObject) -> None:
    """In any mix of good and bad, each id is raised before it is cleared, cleared once, and never comes back."""
    subject, make = detector(kind, RULES[kind]), MAKERS[kind]
    runs = data.draw(st.lists(st.tuples(st.booleans(), st.integers(1, 40), st.sampled_from([5, 60, 3700])), max_size=8))
    at, events = 0.0, list[Event]()
    for bad, count, step in runs:
        for _ in range(count):
            at += step
            events.append(make(at, bad, None))
    _, signals = played(subject, events)
    is_open: set[str] = set()
    over: set[str] = set()
    for one in signals:
        assert one.id not in over
        if one.state is SignalState.RAISED:
            is_open.add(one.id)
        else:
            assert one.id in is_open
            over.add(one.id)


@pytest.mark.parametrize("kind", ["auto", "level", "novelty"])
@pytest.mark.parametrize("value", [0.0, -5.0, 7.0, 1e12, -1e-9])
def test_a_value_that_never_changes_is_no_finding(kind: str, value: float) -> None:
    """Whatever it is: nothing was ever expected to move."""
    subject = detector(kind, RULES[kind])
    _, signals = played(subject, [event("metric.sampled", 60.0 * i, value=value) for i in range(1500)])
    assert [one for one in signals if one.at.timestamp() < T0 + DAY] == []


@pytest.mark.parametrize("kind", ["auto", "level", "novelty", "ratio"])
def test_the_scale_of_what_is_measured_does_not_matter(kind: str) -> None:
    """A hundred times the values, or the traffic, raises at the same moments."""
    found = []
    for scale in (1, 100):
        subject = detector(kind, RULES[kind])
        key = subject.key_of(MAKERS[kind](0.0, False, None))
        assert key is not None
        state, signals = subject.new(), list[Signal]()
        for i in range(900):
            bad = 700 <= i < 720
            if kind == "ratio":
                one = event("request.served", 10.0 * i, ok=not bad, count=scale * 10)
            else:
                one = event("metric.sampled", 60.0 * i, value=scale * (90.0 if bad else 10 + i % 7))
            state, told = subject.observe(state, key, [one], one.time)
            signals += told
        found.append([(one.state, one.at) for one in signals if one.state is SignalState.RAISED][:1])
    assert found[0] == found[1] != []


@every_kind
def test_everything_at_once_after_a_pause_is_no_finding(kind: str) -> None:
    """A feed that was away delivers an hour of ordinary facts in one burst, then several of one moment."""
    subject, make = detector(kind, RULES[kind]), MAKERS[kind]
    well = [make(10.0 * i, False, None) for i in range(60)]
    late = [make(600 + 10.0 * i, False, None) for i in range(360)]
    one_moment = [make(4200.0, False, None) for _ in range(15)]
    key = subject.key_of(well[0])
    assert key is not None
    state, signals = subject.observe(subject.new(), key, well, T0 + 600)
    for batch in (late, one_moment):
        state, told = subject.observe(state, key, batch, T0 + 4600)
        signals += told
    assert [one for one in signals if one.labels.get("finding") is None] == []
