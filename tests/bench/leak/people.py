"""Three hundred users who export records for ninety days, and three kinds of theft among them.

Roles with their own volumes and hours, working weeks and shifts, leave, month ends on which everybody exports more,
and harmless bursts and late evenings. Everything comes from one seed.
"""

import random
from dataclasses import dataclass
from math import exp, log

from incident.intake.event import Event

DAY, HOUR = 86400.0, 3600.0
START = 1_767_542_400.0
"""Monday 5 January 2026, 00:00 in Shanghai."""
DESTINATIONS = ("desk", "report-share", "bi", "mail")


@dataclass(frozen=True, slots=True)
class Theft:
    """What was planted: ``kind`` is mass, off_hours or slow; times are epoch seconds."""

    kind: str
    user: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class World:
    """Shape of the simulation; the second set of worlds differs in all of it, not in the seed alone."""

    users: int = 300
    days: int = 90
    learn: int = 28
    scatter: float = 0.55
    """Standard deviation of the logarithm of a day's volume."""
    sessions: float = 4.0
    """Exports on a working day."""
    shift_share: float = 0.12
    bursts: float = 0.004
    """Harmless days with three to six times the usual volume, per user and day."""
    late: float = 0.012
    """Evenings on which somebody works on, per user and day."""
    thefts: int = 30


@dataclass(slots=True)
class _User:
    name: str
    volume: float
    scatter: float
    first: float
    length: float
    weekend: float
    presence: float


def simulate(seed: int, world: World | None = None) -> tuple[list[Event], list[Theft]]:
    """Events in order of time, and the thefts planted after the learning weeks, ``thefts`` of each kind."""
    shape, rng = world or World(), random.Random(seed)
    people = [_user(rng, shape, place) for place in range(shape.users)]
    thefts = _thefts(rng, shape, people)
    events = [event for user in people for event in _life(rng, shape, user, thefts)]
    events.sort(key=lambda one: one.time)
    return events, thefts


def _user(rng: random.Random, shape: World, place: int) -> _User:
    shift = rng.random() < shape.shift_share
    return _User(
        name=f"u{place:03d}",
        volume=exp(rng.gauss(log(120), 1.0)),
        scatter=max(0.2, rng.gauss(shape.scatter, 0.15)),
        first=rng.uniform(14, 22) if shift else rng.gauss(8.75, 0.6),
        length=rng.uniform(7, 9.5),
        weekend=rng.choice([0.0, 0.0, 0.02, 0.3]) if not shift else 0.6,
        presence=rng.uniform(0.75, 0.97),
    )


def _thefts(rng: random.Random, shape: World, people: list[_User]) -> list[Theft]:
    found: list[Theft] = []
    chosen = rng.sample(people, min(len(people), 3 * shape.thefts))
    for place, user in enumerate(chosen):
        kind = ("mass", "off_hours", "slow")[place % 3]
        day = rng.randrange(shape.learn, shape.days - 8)
        if kind == "slow":
            found.append(Theft(kind, user.name, START + day * DAY, START + (day + 7) * DAY))
        else:
            found.append(Theft(kind, user.name, START + day * DAY, START + (day + 2) * DAY))
    return found


def _life(rng: random.Random, shape: World, user: _User, thefts: list[Theft]) -> list[Event]:
    events: list[Event] = []
    mine = [theft for theft in thefts if theft.user == user.name]
    away = set()
    for _ in range(rng.choice([0, 1, 1, 2])):
        begin = rng.randrange(shape.days)
        away |= set(range(begin, begin + rng.randint(2, 9)))
    slow_left = {theft.start: 5 for theft in mine if theft.kind == "slow"}
    for day in range(shape.days):
        midnight = START + day * DAY
        theft = next((one for one in mine if one.start <= midnight < one.end), None)
        weekday = day % 7
        works = rng.random() < (user.presence if weekday < 5 else user.weekend)
        works = works and day not in away
        factor = 1.8 if day % 30 in (24, 25) else 1.0
        if rng.random() < shape.bursts:
            factor *= rng.uniform(3, 6)
        if theft is not None and theft.kind == "slow" and slow_left[theft.start] and weekday < 5:
            works, factor = True, factor * 3
            slow_left[theft.start] -= 1
        if works:
            events += _day(rng, shape, user, midnight, factor)
        if theft is not None and theft.kind == "mass" and midnight == theft.start:
            at = midnight + (user.first + rng.uniform(0.2, user.length - 0.5)) * HOUR
            events.append(_export(rng, user.name, at, user.volume * rng.uniform(8, 30)))
        if theft is not None and theft.kind == "off_hours" and midnight == theft.start:
            at = midnight + _night_hour(rng, user) * HOUR
            for _ in range(rng.randint(1, 3)):
                events.append(_export(rng, user.name, at, user.volume * rng.uniform(0.3, 1.5)))
                at += rng.uniform(60, 1500)
    return events


def _night_hour(rng: random.Random, user: _User) -> float:
    """An hour outside the user's own working time, which for a shift is another than for the others."""
    hours = [hour / 4 for hour in range(96)]
    end = user.first + user.length
    outside = [
        hour
        for hour in hours
        if not any(user.first - 2 <= hour + turn <= end + 2.5 for turn in (0.0, 24.0)) and hour < 6
    ]
    fallback = [hour for hour in hours if not any(user.first - 1 <= hour + turn <= end + 1 for turn in (0.0, 24.0))]
    return rng.choice(outside or fallback)


def _day(rng: random.Random, shape: World, user: _User, midnight: float, factor: float) -> list[Event]:
    total = user.volume * factor * exp(rng.gauss(-(user.scatter**2) / 2, user.scatter))
    count = max(1, round(rng.gammavariate(4, shape.sessions / 4)))
    shares = [rng.gammavariate(0.8, 1.0) for _ in range(count)]
    length = user.length + (rng.uniform(1.5, 5.0) if rng.random() < shape.late else rng.gauss(0, 0.4))
    times = sorted(midnight + (user.first + rng.gauss(0, 0.2) + rng.random() * max(1.0, length)) * HOUR for _ in shares)
    whole = sum(shares)
    return [
        _export(rng, user.name, at, total * share / whole) for at, share in zip(times, shares, strict=True) if share > 0
    ]


def _export(rng: random.Random, user: str, at: float, records: float) -> Event:
    data = {"user": user, "records": max(1, round(records)), "system": "crm", "destination": rng.choice(DESTINATIONS)}
    return Event(id=f"{user}-{at:.3f}-{rng.random():.6f}", source="bench", type="export.made", time=at, data=data)
