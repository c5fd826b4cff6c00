"""Pieces of state that several kinds share: which events were seen, how late they come, which episode is open."""

from collections.abc import Sequence
from math import inf
from zlib import crc32

import msgspec

from detectors.numbers import SKEW
from incident.intake.event import Event

MAX_LAG = 3600.0


class Recent(msgspec.Struct, array_like=True):
    """The last few hundred events, by checksum, so that one delivered twice counts once.

    Two generations: when the young one is full it becomes the old one. Two different events within reach have the
    same checksum about once in ten million.
    """

    young: dict[int, None] = {}
    old: dict[int, None] = {}

    def fresh(self, events: Sequence[Event], now: float, room: int = 256) -> Sequence[Event]:
        """Those events that are new and whose time can be believed (see :func:`timely`)."""
        horizon = now + SKEW
        if len(events) > 1:
            times = [event.time for event in events]
            latest = max(times)
            if min(times) > 0.0 and latest <= horizon and sum(times) < inf:
                names = [crc32((event.source + event.id).encode()) for event in events]
                if self._all_new(names, room):
                    return events
        found: list[Event] = []
        young, old = self.young, self.old
        for event in events:
            if not 0.0 < event.time <= horizon:
                continue
            name = crc32((event.source + event.id).encode())
            if name in young or name in old:
                continue
            if len(young) >= room:
                old, young = young, {}
                self.old, self.young = old, young
            young[name] = None
            found.append(event)
        return found

    def turn(self) -> None:
        """Forget what came before the last turn: events of buckets that are complete are passed over anyway."""
        self.old, self.young = self.young, {}

    def _all_new(self, names: list[int], room: int) -> bool:
        """Whether none of the names was here before; if so they are now, else nothing has changed."""
        fresh = dict.fromkeys(names)
        if len(fresh) < len(names) or not (self.young.keys().isdisjoint(fresh) and self.old.keys().isdisjoint(fresh)):
            return False
        first = 0
        while first < len(names):
            if len(self.young) >= room:
                self.old, self.young = self.young, {}
            some = names[first : first + room - len(self.young)]
            self.young.update(dict.fromkeys(some))
            first += len(some)
        return True

    def twice(self, text: str, room: int = 256) -> bool:
        """Whether the text was here before; it is now."""
        name = crc32(text.encode())
        if name in self.young or name in self.old:
            return True
        if len(self.young) >= room:
            self.old, self.young = self.young, {}
        self.young[name] = None
        return False


class Pace(msgspec.Struct, array_like=True):
    """How far event time has come, and how far it usually lags behind the clock.

    When the feed is some minutes behind, a tick must not close windows whose events are still on the road.
    """

    seen: float = 0.0
    lag: float = 0.0

    def batch(self, events_end: float, now: float) -> None:
        """After a batch whose latest event was at ``events_end``: adjust the lag, at once up, slowly down."""
        if events_end > 0:
            self.lag = min(MAX_LAG, max(now - events_end, 0.9 * self.lag, 0.0))

    def mark(self, now: float, grace: float) -> float:
        """The time up to which events may be taken as complete, on a tick at ``now``."""
        return max(self.seen, now - self.lag) - grace


class Episode(msgspec.Struct, array_like=True):
    """One finding from raise to clear. ``start`` is 0 while there is none; times are epoch seconds."""

    start: float = 0.0
    ended: float = 0.0
    impact: int = 0
    urgency: int = 0
    good_since: float = 0.0

    @property
    def is_open(self) -> bool:
        """Whether the finding holds."""
        return self.start > 0.0

    def good(self, since: float, until: float, needed: float) -> bool:
        """Note that all was well from ``since`` to ``until``; True when that has lasted ``needed`` seconds."""
        if not self.good_since:
            self.good_since = since
        return until - self.good_since >= needed

    def bad(self) -> None:
        """Note that it isn't well: the wait for the clear starts anew."""
        self.good_since = 0.0


def timely(event: Event, now: float) -> bool:
    """Whether an event's time can be believed (NaN, negative and future times can't)."""
    return 0.0 < event.time <= now + SKEW
