"""Who holds a position now: people, positions, rotations. Pure; ``now`` is an argument."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from incident.domain.words import Text


@dataclass(frozen=True, slots=True)
class Contact:
    """One way to reach a person: ``via`` is a notifier kind (slack, email …), ``to`` an address."""

    via: str
    to: str


@dataclass(frozen=True, slots=True)
class Person:
    """A person on the roster. ``contacts`` by preference; ``drill_contacts`` is the drill address book."""

    id: str
    name: Text
    language: str = "zh-CN"
    timezone: str = "Asia/Shanghai"
    contacts: tuple[Contact, ...] = ()
    drill_contacts: tuple[Contact, ...] = ()
    away: tuple[tuple[datetime, datetime], ...] = ()

    def present(self, now: datetime) -> bool:
        """False during one of the person's absences."""
        return not any(start <= now < end for start, end in self.away)


@dataclass(frozen=True, slots=True)
class Rotation:
    """People taking turns: ``people[i]`` holds from ``start + i·every``, for ``every``, and round again.

    ``start`` is wall-clock time in ``timezone``; turns change at that wall-clock time across daylight saving.
    """

    people: tuple[str, ...]
    start: datetime
    every: timedelta
    timezone: str = "Asia/Shanghai"

    def turn(self, now: datetime) -> int:
        """The index of the turn that ``now`` falls into (negative before the start)."""
        zone = ZoneInfo(self.timezone)
        wall_now = now.astimezone(zone).replace(tzinfo=None)
        wall_start = self.start.astimezone(zone).replace(tzinfo=None)
        return (wall_now - wall_start) // self.every

    def holder(self, now: datetime) -> str:
        """The person whose turn it is."""
        return self.people[self.turn(now) % len(self.people)]

    def next_change(self, now: datetime) -> datetime:
        """When the next turn begins."""
        zone = ZoneInfo(self.timezone)
        wall_start = self.start.astimezone(zone).replace(tzinfo=None)
        return (wall_start + self.every * (self.turn(now) + 1)).replace(tzinfo=zone)


@dataclass(frozen=True, slots=True)
class Override:
    """Somebody stands in for a position from ``start`` until ``end``."""

    position: str
    person: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Position:
    """A duty (``ops_manager``), held by fixed people or by rotation, in order of who is asked first."""

    id: str
    title: Text
    people: tuple[str, ...] = ()
    rotation: Rotation | None = None


@dataclass(frozen=True, slots=True)
class Roster:
    """All people and positions. ``management`` are the positions that receive reports."""

    people: dict[str, Person] = field(default_factory=dict)
    positions: dict[str, Position] = field(default_factory=dict)
    overrides: tuple[Override, ...] = ()
    management: tuple[str, ...] = ()

    def holders(self, position: str, now: datetime) -> tuple[Person, ...]:
        """Everyone who holds ``position`` now, first to be asked first; empty when nobody does.

        An override comes before the rotation, the rotation before the fixed people; absent people are left out.
        """
        known = self.positions.get(position)
        ids = [o.person for o in self.overrides if o.position == position and o.start <= now < o.end]
        if known is not None and known.rotation is not None and known.rotation.people:
            ids.append(known.rotation.holder(now))
        if known is not None:
            ids.extend(known.people)
        unique = dict.fromkeys(ids)
        return tuple(self.people[i] for i in unique if i in self.people and self.people[i].present(now))

    def title(self, position: str) -> Text:
        """The position's title; its id when the roster does not know it."""
        known = self.positions.get(position)
        return known.title if known else Text.same(position)
