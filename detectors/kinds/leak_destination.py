"""``new_destination``: records go where this user has never sent any, and hardly anybody else either."""

from fnmatch import fnmatchcase

import msgspec
from pydantic import Field

from detectors.kinds.leak_people import Group, People, PeopleRule, contributors
from detectors.match import getter
from detectors.memory import Episode
from detectors.numbers import short
from detectors.rule import Names
from incident.domain.said import said
from incident.domain.signal import Evidence, Signal
from incident.domain.words import Text
from incident.intake.event import Event

_KEPT = 40
_PEERS_KEPT = 400
_NIGHTS = 14


class DestinationRule(PeopleRule):
    """``destination``: the field that says where to. ``known``: patterns (``*.our.example``) that are always fine.

    At least ``min_records`` to a place that is new to the user and known to fewer than ``peers`` others alarm, once
    the group was watched for ``learn`` days and the user for ``own_days``; ``limit`` records to it are grave.
    """

    unbudgeted = said("every one must be heard of — list what is fine in 'known', or raise 'min_records'")

    destination: str = "destination"
    known: Names = ()
    min_records: float = Field(default=50, ge=1)
    peers: int = Field(default=3, ge=1)
    own_days: int = Field(default=3, ge=0)
    limit: float = Field(default=5000, gt=0)
    split: str = "destination"


class DestinationUser(msgspec.Struct, array_like=True):
    """Places a user has sent records to with the day of the last time, and what went to new ones today."""

    places: dict[str, int] = {}
    fresh: dict[str, float] = {}
    days: int = 0
    day: int = 0
    last: float = 0.0
    parts: dict[str, float] = {}
    history: list[tuple[float, float]] = []
    episode: Episode = msgspec.field(default_factory=Episode)
    held: float = 0.0


class DestinationState(Group, array_like=True):
    """A group of peers, and how many of them know each place."""

    users: dict[str, DestinationUser] = msgspec.field(default_factory=dict)
    places: dict[str, int] = msgspec.field(default_factory=dict)


class NewDestination(People[DestinationRule, DestinationState, DestinationUser]):
    """A place becomes known at the end of the day on which it was used, unless it alarmed."""

    kind = "new_destination"
    State = DestinationState
    Member = DestinationUser

    def __init__(self, rule: DestinationRule) -> None:
        super().__init__(rule)
        self._place = getter(rule.destination)

    @property
    def allowance(self) -> None:
        """Being new is a fact, not a matter of degree."""
        return None

    def standing(self, state: DestinationState) -> None:
        """Nothing to keep to."""

    def _export(
        self, state: DestinationState, key: str, name: str, user: DestinationUser, event: Event, records: float
    ) -> list[Signal]:
        rule, place = self._rule, self._new_place(state, user, event)
        user.last = max(user.last, event.time)
        if user.day != state.day:
            user.day, user.days = state.day, min(user.days + 1, 1000)
        if not place or (place not in user.fresh and len(user.fresh) >= _KEPT):
            return []
        user.fresh[place] = user.fresh.get(place, 0.0) + records
        if not self._learned(state) or user.days <= rule.own_days or state.places.get(place, 0) >= rule.peers:
            return []
        if user.fresh[place] < rule.min_records:
            return []
        user.parts[place] = user.fresh[place]
        return self._tell(state, key, name, user, event, grave=user.fresh[place] >= rule.limit)

    def _new_place(self, state: DestinationState, user: DestinationUser, event: Event) -> str:
        """Where the records went, if that is new to the user and not always fine; else empty."""
        value = self._place(event)
        place = value.strip().lower()[:80] if isinstance(value, str) else ""
        if place in user.places:
            user.places[place] = state.day
            return ""
        return "" if any(fnmatchcase(place, wanted.lower()) for wanted in self._rule.known) else place

    def _end_day(self, state: DestinationState) -> None:
        for user in state.users.values():
            if user.fresh:
                user.history = [*user.history[1 - _NIGHTS :], (user.last, sum(user.fresh.values()))]
            for place in user.fresh:
                user.places[place] = state.day
                state.places[place] = state.places.get(place, 0) + 1
            user.fresh = {}
            if not user.episode.is_open:
                user.parts = {}
            while len(user.places) > _KEPT:
                del user.places[min(user.places, key=lambda place: user.places[place])]
        while len(state.places) > _PEERS_KEPT:
            del state.places[min(state.places, key=lambda place: state.places[place])]

    def _evidence(self, state: DestinationState, user: DestinationUser) -> Evidence:
        places = sorted(user.places, key=lambda place: -user.places[place])[:3]
        most = max(user.parts, key=lambda place: user.parts[place], default="")
        return Evidence(
            expected=", ".join(places) or "–",
            seen=f"{short(sum(user.parts.values()))} → {most}",
            unusual=f"{state.places.get(most, 0)}/{len(state.users)}",
            meaning=Text(
                f"{len(state.users)} 名同组人员中有 {state.places.get(most, 0)} 人用过该去向",
                f"{state.places.get(most, 0)} of {len(state.users)} peers have ever sent records there",
            ),
            window=(*user.history, (user.last, sum(user.fresh.values()))),
            contributors=contributors(user.parts),
        )
