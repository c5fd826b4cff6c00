"""Whom would these signals have paged? Played through the user's own plan, people and service map, on a pushed clock.

Assumed: whoever is paged first answers at once, and an incident is signed off when its signals are gone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from config.drilling import FastHouse, fast_house
from config.settings import BaseTocsinSettings
from incident.domain.commands import Acknowledge, End, Resolve
from incident.domain.events import IncidentOpened, LevelChanged
from incident.domain.incident import Incident
from incident.domain.signal import Signal
from incident.domain.words import Text
from incident.service.redaction import code_title

CALLS = {"alarm", "convene"}
"""Pages for tasks that nobody did are left out: in a replay nobody does any."""
NIGHT = (22, 7)
_MOST_STEPS = 2_000
"""Timers looked at between two signals."""
_SAID = "back-test"


@dataclass(frozen=True, slots=True)
class Paged:
    """One page: to whom, as what, when, because of which rule. ``level`` is the worst of its incident; ``night`` is
    between 22:00 and 07:00 of the person.
    """

    at: datetime
    person: str
    name: Text
    position: Text
    incident: str
    title: Text
    rule: str
    level: int
    night: bool


def whom(settings: BaseTocsinSettings, signals: Iterable[Signal]) -> list[Paged]:
    """The pages that would have gone out, in order of time; signals of drills are passed over.

    Raises BadInput with the faults of the user's files.
    """
    real = (signal for signal in signals if signal.drill is None)
    first = next(real, None)
    if first is None:
        return []
    rules = {first.rule}
    with fast_house(settings, first.at) as (house, _):
        _take(house, first)
        for signal in real:
            rules.add(signal.rule)
            _take(house, signal)
        _pass(house, house.clock.now() + timedelta(minutes=30))
        # The house watches its store, too: what it misses there is none of the back-test's business.
        mine = (one for one in _incidents(house) if rules.intersection(one.rules))
        return sorted((page for one in mine for page in _pages(house, one)), key=lambda page: page.at)


def _take(house: FastHouse, signal: Signal) -> None:
    _pass(house, max(signal.at, house.clock.now()))
    house.system.intake.accept([signal], (), house.clock.now())
    house.system.step()
    _answer(house)


def _pass(house: FastHouse, until: datetime) -> None:
    """Time goes by; whoever is paged on the way answers."""
    for _ in range(_MOST_STEPS):
        due = house.next_due()
        if due is None or due >= until:
            break
        house.run_until(max(due, house.clock.now() + timedelta(milliseconds=1)))
        _answer(house)
    house.run_until(until)
    _answer(house)


def _answer(house: FastHouse) -> None:
    desk = house.system.desk
    for incident in _incidents(house):
        if incident.ended:
            continue
        for call in incident.calls.values():
            asked = [p for p in incident.pages.values() if p.call_id == call.id and p.delivered_at]
            if call.open and asked:
                desk.do(Acknowledge(incident_id=incident.id, by=asked[0].person, via="web"))
        if incident.acknowledged and not incident.signals_active:
            by = incident.commander or next(iter(incident.pages.values())).person
            desk.do(Resolve(incident_id=incident.id, by=by, cause=_SAID, process=_SAID, after_care=_SAID))
            desk.do(End(incident_id=incident.id, by=by, statement=_SAID, override=_SAID))
    house.system.step()


def _incidents(house: FastHouse) -> list[Incident]:
    with house.database.reading() as store:
        return [store.incidents.get(row.id) for row in store.incidents.rows(limit=10_000)]


def _pages(house: FastHouse, incident: Incident) -> list[Paged]:
    people, found = house.system.rules.roster.people, []
    with house.database.reading() as store:
        log = store.log.entries(incident.id)
    worst = min(x.event.level if isinstance(x.event, IncidentOpened) else x.event.new
                for x in log if isinstance(x.event, IncidentOpened | LevelChanged))  # fmt: skip
    for page in incident.pages.values():
        call = incident.calls.get(page.call_id)
        if call is None or call.reason not in CALLS:
            continue
        person = people.get(page.person)
        hour = page.requested_at.astimezone(ZoneInfo(person.timezone if person else "UTC")).hour
        found.append(
            Paged(
                page.requested_at, page.person, house.system.names.person(page.person),
                house.system.names.position(page.position), incident.id,
                code_title(incident.code_name) if incident.restricted else incident.title,
                incident.rules[0] if incident.rules else "", worst, hour >= NIGHT[0] or hour < NIGHT[1],
            )
        )  # fmt: skip
    return found
