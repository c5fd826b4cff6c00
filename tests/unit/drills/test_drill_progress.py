"""Whatever the moments at which a process looks, dies and forgets: each inject goes out, and goes out once."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drills.loader import Loaded
from drills.people import Cast
from drills.progress import all_out, due, ends_at, events_of, marked_sent, new_run, next_due, spec_of
from incident.domain.roster import Roster
from incident.service.records import DrillRun
from tests.unit.drills.rehearsing import small_drill

START = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def drill(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    """The small drill."""
    return small_drill(tmp_path_factory.mktemp("drill"))


def begun(drill: Loaded) -> DrillRun:
    return new_run(drill, "r1", START, by="li", mode="live", book={})


Looks = st.lists(st.tuples(st.integers(0, 3700), st.booleans()), max_size=30)


@given(Looks)
def test_each_event_goes_out_once_whoever_looks_when(drill: Loaded, looks: list[tuple[int, bool]]) -> None:
    """At each look what is due is sent; sometimes the process dies before noting it. Known by their names, events
    are never lost and never two."""
    run, kept, sent = begun(drill), set[str](), 0
    for second, dies in [*sorted(looks), (3700, False)]:
        now = START + timedelta(seconds=second)
        for one in list(due(run, drill.spec, now)):
            for event in events_of(run, one):
                assert event.drill == "r1"
                assert event.time <= now.timestamp()
                kept.add(event.id)
                sent += 1
            if dies:
                break
            run = marked_sent(run, one, now)

    assert kept == {f"failures-{n}" for n in range(5)}
    assert all_out(run, drill.spec)
    assert sent >= len(kept)


@given(st.integers(0, 3600))
def test_nothing_is_due_before_next_due_says_so(drill: Loaded, second: int) -> None:
    """After working through what is due, nothing more comes until the moment that was named."""
    run, now = begun(drill), START + timedelta(seconds=second)
    for one in list(due(run, drill.spec, now)):
        run = marked_sent(run, one, now)

    following = next_due(run, drill.spec)

    assert following > now or following == ends_at(run, drill.spec)
    assert not list(due(run, drill.spec, following - timedelta(microseconds=1)))


def test_a_run_keeps_its_own_copy_of_the_drill(drill: Loaded) -> None:
    """What a run is played by comes back from its record, word for word."""
    assert spec_of(begun(drill)) == drill.spec


def test_another_seed_gives_other_times_and_the_same_seed_the_same(drill: Loaded) -> None:
    """How long somebody takes follows from seed, person and matter alone, and strays by at most the jitter."""
    casts = [Cast(drill.spec, Roster(), seed, START, "en") for seed in (1, 1, 2)]

    first, again, other = (cast._varied(timedelta(minutes=10), "ack", "li", "p1") for cast in casts)

    assert first == again
    assert first != other
    assert abs(first - timedelta(minutes=10)) <= timedelta(minutes=2)
