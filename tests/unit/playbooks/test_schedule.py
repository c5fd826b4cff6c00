"""Duty schedule: turns, stand-ins, absences, gaps."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from incident.domain.roster import Override, Person, Position, Roster, Rotation
from incident.domain.words import Text
from playbooks.schedule import Gap, gaps, shifts

DAY = datetime(2026, 3, 2, tzinfo=UTC)


def hours(count: float) -> datetime:
    return DAY + timedelta(hours=count)


def roster(*away: tuple[datetime, datetime], overrides: tuple[Override, ...] = ()) -> Roster:
    people = {name: Person(name, Text.same(name), away=away if name == "an" else ()) for name in ("an", "bo", "cy")}
    turns = Rotation(("an", "bo"), DAY, timedelta(hours=12), "UTC")
    positions = {"duty": Position("duty", Text.same("Duty"), rotation=turns)}
    return Roster(people, positions, overrides)


def test_turns_are_told_with_their_bounds() -> None:
    """Half days in turn, cut off at the ends of the time asked about."""
    assert shifts(roster(), "duty", hours(6), hours(30)) == [
        ("an", hours(6), hours(12)),
        ("bo", hours(12), hours(24)),
        ("an", hours(24), hours(30)),
    ]


def test_a_stand_in_cuts_a_turn_in_two() -> None:
    """Before and after, whose turn it was has the duty."""
    stand_in = (Override("duty", "cy", hours(3), hours(5)),)
    assert shifts(roster(overrides=stand_in), "duty", DAY, hours(12)) == [
        ("an", DAY, hours(3)),
        ("cy", hours(3), hours(5)),
        ("an", hours(5), hours(12)),
    ]


def test_an_absence_nobody_covers_is_a_gap() -> None:
    """Leave during one's turn shows before it begins."""
    assert gaps(roster((hours(2), hours(20))), DAY, hours(24)) == [Gap("duty", hours(2), hours(12))]


def test_a_position_that_is_not_on_the_roster_has_no_shifts() -> None:
    """Asking about an unknown position is answered, not a crash."""
    assert shifts(roster(), "none", DAY, hours(24)) == []


@given(st.integers(0, 400 * 24), st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Shanghai"]))
def test_turns_leave_no_hole_across_daylight_saving(offset: int, zone: str) -> None:
    """Whatever the day of the year, spans join end to start and cover the time asked about."""
    start = DAY + timedelta(hours=offset)
    turns = Rotation(("an", "bo"), datetime(2026, 1, 5, 1, 30, tzinfo=ZoneInfo(zone)), timedelta(hours=1), zone)
    known = Roster({n: Person(n, Text.same(n)) for n in ("an", "bo")}, {"p": Position("p", Text.same("P"), (), turns)})
    spans = shifts(known, "p", start, start + timedelta(hours=30))
    assert spans[0][1] == start
    assert spans[-1][2] == start + timedelta(hours=30)
    assert all(one[2] == two[1] and one[0] != two[0] for one, two in pairwise(spans))
