"""The export detector: bulk exports per user against own history, peers, and a hard limit."""

import random

from incident.domain.signal import Signal, SignalState
from incident.domain.words import Degree
from incident.intake.event import Event
from tests.unit.detectors.feed import Play, detector, event

DAY = 86400.0
RULE = "limit: 5000\nmin_records: 100\nclear_after: 12h"


def export(at: float, user: str, records: object) -> Event:
    return event("export.made", at, user=user, records=records, system="crm")


def worked(days: int = 20, users: int = 8) -> tuple[Play, list[Signal]]:
    play, rng = Play(detector("export", RULE, "data-leak")), random.Random(2)
    events = [
        export(DAY * n + 36000 + 60 * u, f"u{u}", rng.randrange(20, 60)) for n in range(days) for u in range(users)
    ]
    return play, play.send(*events)


def test_ordinary_days_raise_nothing() -> None:
    """Twenty days of eight users' everyday exports are quiet."""
    assert worked()[1] == []


def test_far_more_than_ever_raises_for_that_user() -> None:
    """Twenty times a usual day, well under the hard limit, is found; the signal is restricted and names the user."""
    play, _ = worked()
    (raised,) = play.send(export(20 * DAY + 40000, "u3", 900))
    assert raised.restricted
    assert raised.labels["user"] == "u3"
    assert raised.evidence.contributors[0].name == "crm"


def test_many_small_exports_add_up() -> None:
    """Ninety times ten records is nine hundred records."""
    play, _ = worked()
    assert len(play.send(*[export(20 * DAY + 40000 + i, "u3", 10) for i in range(90)])) == 1


def test_a_newcomer_is_measured_by_the_peers() -> None:
    """Somebody without history has the group's usual day."""
    play, _ = worked()
    assert play.send(export(20 * DAY + 40000, "new", 60)) == []
    assert len(play.send(export(20 * DAY + 41000, "new", 1500))) == 1


def test_the_hard_limit_holds_from_the_first_export() -> None:
    """Nothing need be learned to see five thousand records leave."""
    play = Play(detector("export", RULE))
    (raised,) = play.send(export(0, "u1", 5000))
    assert raised.impact is Degree.HIGH


def test_it_grows_graver_and_clears_when_quiet() -> None:
    """Beyond the limit the same episode is raised again; half a day without exports clears it."""
    play, _ = worked()
    first, graver = play.send(export(20 * DAY + 40000, "u3", 900), export(20 * DAY + 40100, "u3", 6000))
    (cleared,) = play.tick(20 * DAY + 40100 + 12 * 3600)
    assert first.id == graver.id == cleared.id
    assert cleared.state is SignalState.CLEARED


def test_garbage_is_passed_over() -> None:
    """No user, no number, negative or not finite: no export."""
    play = Play(detector("export", RULE))
    odd = [export(0, "u1", value) for value in (None, "9999", -1, float("nan"), float("inf"), True)]
    assert play.send(*odd, event("export.made", 1, records=99999), export(2, "", 99999)) == []
