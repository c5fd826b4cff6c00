"""Verdicts on signals: how they move a rule's budget, and how they are taken back."""

from datetime import UTC, datetime, timedelta

from detectors.feedback import BACK, KEPT, MOST, STEP, current, stricter
from incident.domain.opinion import Opinion, Usefulness

START = datetime(2026, 3, 2, tzinfo=UTC)
NO, YES = Usefulness.NOT_USEFUL, Usefulness.USEFUL


def opinion(signal: str, person: str, at: float, verdict: Usefulness = NO) -> Opinion:
    return Opinion("slow", signal, person, moment(at), verdict)


def moment(at: float) -> datetime:
    return START + timedelta(seconds=at)


def test_each_signal_found_useless_makes_the_rule_stricter_by_one_step() -> None:
    """Two people about one signal are one step, two signals are two."""
    assert stricter([opinion("a", "li", 1), opinion("a", "wang", 2)], moment(10)) == {"slow": STEP}
    assert stricter([opinion("a", "li", 1), opinion("b", "li", 2)], moment(10)) == {"slow": 2 * STEP}


def test_a_useful_one_takes_a_smaller_step_back_and_never_below_the_rule() -> None:
    """Praise can't make a rule louder than its owner wrote it."""
    found = [opinion("a", "li", 1), opinion("b", "li", 2, YES)]
    assert stricter(found, moment(10)) == {"slow": STEP - BACK}
    assert stricter([opinion("b", "li", 2, YES)], moment(10)) == {"slow": 0.0}


def test_a_change_of_mind_replaces_the_earlier_verdict() -> None:
    """The latest word of a person on a signal counts, in whatever order they are stored."""
    found = [opinion("a", "li", 5, YES), opinion("a", "li", 1)]
    assert [one.verdict for one in current(found, moment(10))] == [YES]
    assert stricter(found, moment(10)) == {"slow": 0.0}


def test_verdicts_grow_old_and_there_is_a_limit() -> None:
    """After ninety days a verdict has had its say; no rule is made sixteen times deafer by clicks."""
    assert stricter([opinion("a", "li", 1)], START + KEPT + timedelta(seconds=2)) == {}
    assert stricter([opinion(str(i), "li", i) for i in range(99)], moment(86400)) == {"slow": MOST}


def test_a_disagreement_changes_nothing() -> None:
    """One yes, one no."""
    assert stricter([opinion("a", "li", 1), opinion("a", "wang", 2, YES)], moment(10)) == {"slow": 0.0}
