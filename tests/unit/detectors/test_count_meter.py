"""The count meter: what a surge is, whom the witnesses believe, and what teaches nothing."""

import random

from detectors.memory import Recent
from detectors.series.auto import LEVEL_UNIT, AutoMeter
from detectors.series.count import CountMeter, CountState
from detectors.series.level import LevelMeter
from tests.unit.detectors.feed import T0, event

DAY = 86400.0


def poisson(rng: random.Random, mean: float) -> float:
    """A count around ``mean``."""
    return float(max(0, round(rng.gauss(mean, mean**0.5))))


def fed(values: list[float], step: float = DAY) -> tuple[list[float], CountState]:
    """Scores of counts, one each ``step`` seconds from a Monday 00:00 UTC on, and the state at the end."""
    meter, state = CountMeter(), CountMeter().new()
    first = T0 - T0 % DAY
    first -= (int(first // DAY + 3) % 7) * DAY
    return [meter.take(state, first + step * number, value, 0.0) for number, value in enumerate(values)], state


def test_half_as_many_more_for_a_week_is_told_within_it() -> None:
    """A hundred a day, then 150: alarming by the third day; before, never."""
    rng = random.Random(3)
    scores, _ = fed([poisson(rng, 100) for _ in range(120)] + [poisson(rng, 150) for _ in range(7)])
    assert max(scores[30:120]) < 1.0
    assert max(scores[120:123]) > 1.0


def test_a_surge_is_forgotten_within_two_weeks_and_a_new_level_learned() -> None:
    """After a week of twice as many nothing echoes for long; what lasts for two months is the new usual."""
    rng = random.Random(4)
    usual = [poisson(rng, 80) for _ in range(90)]
    scores, _ = fed(usual + [poisson(rng, 160) for _ in range(7)] + [poisson(rng, 80) for _ in range(30)])
    assert max(scores[90:97]) > 5.0
    assert max(scores[104:]) < 1.0
    scores, state = fed(usual + [poisson(rng, 160) for _ in range(60)])
    assert max(scores[-20:]) < 1.0
    assert 140 < state.days.mean(2) < 180


def test_a_feed_that_was_away_teaches_nothing() -> None:
    """Zeros where eighty are usual change no state but the clock."""
    rng = random.Random(5)
    usual = [poisson(rng, 80) for _ in range(60)]
    _, before = fed(usual)
    scores, after = fed([*usual, 0.0, 0.0, 0.0])
    assert scores[-3:] == [0.0] * 3
    assert after.days == before.days


def test_a_week_that_ends_on_thursday_needs_no_telling() -> None:
    """Fridays and Saturdays off: after three weeks a busy Sunday is no surge, and a double Sunday is."""
    rng = random.Random(6)

    def day(weekday: int, factor: float = 1.0) -> list[float]:
        open_ = weekday not in {4, 5}
        return [poisson(rng, factor * (60 if open_ and 16 <= slot < 40 else 1)) for slot in range(48)]

    days = [day(number % 7) for number in range(34)]
    scores, _ = fed([count for one in [*days, day(6)] for count in one], 1800.0)
    assert max(scores[-48:]) < 1.0
    scores, _ = fed([count for one in [*days, day(6, 2.0)] for count in one], 1800.0)
    assert max(scores[-48:-28]) > 1.5


def test_few_calls_are_judged_over_hours() -> None:
    """Three an hour become nine: no single half hour says so, four hours do."""
    rng = random.Random(7)
    usual = [poisson(rng, 1.5) for _ in range(48 * 28)]
    scores, _ = fed([*usual, 5.0, 4.0, 5.0, 4.0, 5.0, 4.0, 5.0, 4.0], 1800.0)
    assert max(scores[-8:]) > 1.3 * max(scores[-8:-7])


def test_a_young_series_is_judged_by_its_level() -> None:
    """Before a season can show, ``auto`` doesn't wait for it."""
    rng = random.Random(8)
    meter, state = AutoMeter(), AutoMeter().new()
    level, alone = LevelMeter(), LevelMeter().new()
    for number in range(300):
        value = 90 + rng.gauss(0, 2) + (40 if number == 299 else 0)
        score = meter.take(state, T0 + 300 * number, value, 0.0)
        wanted = level.take(alone, T0 + 300 * number, value, 0.0)
    assert score >= wanted / LEVEL_UNIT > 0.5


def test_a_batch_remembers_what_single_events_would() -> None:
    """Duplicates are found within a batch and across, and the memory ends up the same."""
    rng = random.Random(9)
    events = [event("complaint.received", number) for number in range(900)]
    mixed = [*events[:300], *rng.choices(events[:300], k=40), *events[300:], events[899]]
    single, batch = Recent(), Recent()
    one_by_one = [one for event_ in mixed for one in single.fresh([event_], T0 + 1000)]
    at_once = [one for first in range(0, len(mixed), 310) for one in batch.fresh(mixed[first : first + 310], T0 + 1000)]
    assert at_once == one_by_one == events
    assert batch == single
