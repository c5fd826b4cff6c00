"""What one partition's detectors do with messages, pure: no Kafka, no clock, no I/O.

After a crash messages come again from the last committed offset. Every stored state says up to which position of
which source it has seen everything, so that nothing is counted twice and nothing is left out.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from detectors.complaints.sorting import Prepare
from detectors.elsewhere import Learned
from detectors.embedded import MAX_KEYS, EmbeddedRunner, Name
from detectors.numbers import SKEW
from detectors.registry import AnyDetector
from detectors.streaming.plan import Plan
from incident.domain.signal import Signal
from incident.intake.event import Event
from incident.stream.topics import partition_of

POISON = (ArithmeticError, LookupError, TypeError, ValueError, AttributeError)
"""What a detector may stumble over in an event: put aside with its reason, the rest goes on."""
WATERMARK: Name = ("", "watermark")
AFTER_POISON_S = 60.0
_CACHED = 200_000
Positions = dict[int, int]
"""Source partition → the last position taken from it."""


class Saved(msgspec.Struct, array_like=True):
    """A state as it is stored. ``newest`` is the event time reached, in the entry called ``WATERMARK``."""

    positions: Positions
    blob: bytes = b""
    newest: float = 0.0


class _Seen(msgspec.Struct, array_like=True):
    """The beginning of a ``Saved``."""

    positions: Positions


def _later(one: Positions, other: Positions) -> Positions:
    """What has been seen when both have."""
    return {source: max(one.get(source, -1), other.get(source, -1)) for source in one.keys() | other.keys()}


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Saved).decode
_decode_seen = msgspec.msgpack.Decoder(_Seen).decode


def seen_from(raw: bytes) -> Positions:
    """What a state has seen that ``Shard.changes`` wrote. Raises msgspec.DecodeError."""
    return _decode_seen(raw).positions


@dataclass(slots=True)
class Taken:
    """What follows from a message: verdicts, events for other partitions, and what was put aside."""

    signals: list[Signal] = field(default_factory=list)
    elsewhere: dict[int, list[Event]] = field(default_factory=dict)
    late: list[Event] = field(default_factory=list)
    poison: list[tuple[Name, Event | None, str]] = field(default_factory=list)
    repeated: int = 0


class Shard:
    """The states of one partition. ``stored`` gives back what was stored last under a name."""

    def __init__(
        self, number: int, count: int, detectors: Sequence[AnyDetector], plan: Plan, *,
        stored: Callable[[Name], bytes | None], lateness: float, max_keys: int = MAX_KEYS,
        prepare: Prepare | None = None,
    ) -> None:  # fmt: skip
        """``number`` of ``count`` partitions. ``lateness``: seconds of event time behind the newest event. ``prepare``
        is done to every event of this partition's own first.
        """
        self._prepare = prepare
        self.number = number
        self._plan = plan
        self._stored = stored
        self._lateness = lateness
        place = self._place = Places(plan, count).of
        self._far = frozenset(plan.regrouped)
        # Two runners, because their clocks differ: see ``tick``.
        near, far = (
            EmbeddedRunner(chosen, max_keys=max_keys, owns=lambda name: place(name) == number)
            for chosen in (
                [one for one in detectors if one.rule.id not in self._far],
                [one for one in detectors if one.rule.id in self._far],
            )
        )
        self._runners = (near, far)
        self._positions: Positions = {}
        self._newest = 0.0
        self._restored: dict[Name, Positions] = {}
        self._until: Positions = {}
        self._since: dict[Name, list[Sequence[Event]]] = {}
        self._moved = False

    @property
    def newest(self) -> float:
        """The event time this partition has reached."""
        return self._newest

    @property
    def skipped(self) -> Mapping[str, int]:
        """Events not examined because their rule has too many keys, by rule."""
        return {**self._runners[0].skipped, **self._runners[1].skipped}

    def __len__(self) -> int:
        """How many states there are."""
        return sum(len(runner) for runner in self._runners)

    def learned(self) -> dict[str, Learned]:
        """Rule → what its states here have learned."""
        return self._runners[0].learned() | self._runners[1].learned()

    def restore(self, entries: Iterator[tuple[Name, bytes]]) -> tuple[int, list[Name]]:
        """Take the stored states: how many, and which of them couldn't be read and start afresh.

        States that live elsewhere under the rules as they are now are left alone.
        """
        count, unreadable = 0, []
        shared: dict[tuple[tuple[int, int], ...], Positions] = {}
        for name, raw in entries:
            try:
                saved = _decode(raw)
            except msgspec.DecodeError:
                unreadable.append(name)
                continue
            if name == WATERMARK:
                self._newest = saved.newest
            elif self._plan.knows(name[0]) and self._place(name) == self.number:
                count += 1
                if not self._runner(name).put_back(name, saved.blob):
                    unreadable.append(name)
                known = tuple(saved.positions.items())
                if known not in shared:
                    shared[known] = saved.positions
                    self._until = _later(self._until, saved.positions)
                self._restored[name] = shared[known]
        return count, unreadable

    def take(self, source: int, position: int, events: Sequence[Event], now: float) -> Taken:
        """The next message of a source: this partition's own events, or those another one sent here."""
        taken = Taken()
        own = source == self.number
        if own:
            events = self._in_time(events, now, taken)
            if self._prepare is not None:
                events = [self._prepare(event) for event in events]
        replayed = self._is_replayed(source, position)
        elsewhere: dict[int, dict[int, Event]] = {}
        for name, batch in self._sorted(events):
            place = self._place(name)
            if place == self.number:
                if replayed and self._restored.get(name, {}).get(source, -1) >= position:
                    taken.repeated += len(batch)
                    continue
                self._feed(name, batch, now, taken)
            elif own:
                elsewhere.setdefault(place, {}).update((id(event), event) for event in batch)
        if elsewhere:
            order = {id(event): at for at, event in enumerate(events)}
            for place, found in elsewhere.items():
                taken.elsewhere[place] = sorted(found.values(), key=lambda event: order[id(event)])
        # While a replay runs this is less than what some states have seen: ``changes`` knows which.
        self._positions[source] = position
        return taken

    def tick(self, near: float | None, far: float | None) -> Taken:
        """Let time pass for the states that are due: to ``near`` where events lie in this partition, to ``far`` where
        they come from others as well. None while nobody knows whether events are still on the road: a silence is only
        one when everything up to then was read.
        """
        taken = Taken()
        for runner, now in zip(self._runners, (near, far), strict=True):
            if now is None:
                continue
            for name in runner.come_due(now):
                try:
                    taken.signals += runner.pass_time(name, now)
                except POISON as error:
                    runner.put_back(name, self._blob(name), not_before=now + AFTER_POISON_S)
                    taken.poison.append((name, None, type(error).__name__))
        return taken

    def changes(self) -> list[tuple[Name, bytes]]:
        """What must be stored now, in this order: the event time reached comes last, since a replay that knew it
        too early would take for late what was not.
        """
        self._since.clear()
        now, before = self._positions, self._restored
        found = [
            (name, _encode(Saved(_later(before[name], now) if name in before else now, blob)))
            for runner in self._runners
            for name, blob in runner.changed().items()
        ]
        if self._moved:
            self._moved = False
            found.append((WATERMARK, _encode(Saved({}, newest=self._newest))))
        return found

    def _runner(self, name: Name) -> EmbeddedRunner:
        return self._runners[name[0] in self._far]

    def _sorted(self, events: Sequence[Event]) -> Iterator[tuple[Name, list[Event]]]:
        for runner in self._runners:
            yield from runner.sort(events).items()

    def _is_replayed(self, source: int, position: int) -> bool:
        """Whether some state may have seen this position before the restart."""
        if not self._until:
            return False
        if position <= self._until.get(source, -1):
            return True
        self._until.pop(source, None)
        if not self._until:
            self._restored = {}
        return False

    def _in_time(self, events: Sequence[Event], now: float, taken: Taken) -> Sequence[Event]:
        newest, horizon = self._newest, now + SKEW
        oldest = newest - self._lateness
        good = []
        for event in events:
            at = event.time
            if at > newest:
                if at <= horizon:
                    newest = at
                    oldest = newest - self._lateness
            elif at < oldest:
                taken.late.append(event)
                continue
            good.append(event)
        self._moved = self._moved or newest > self._newest
        self._newest = newest
        return good

    def _feed(self, name: Name, batch: Sequence[Event], now: float, taken: Taken) -> None:
        self._since.setdefault(name, []).append(batch)
        try:
            taken.signals += self._runner(name).feed({name: batch}, now)
        except POISON:
            self._one_by_one(name, now, taken)

    def _one_by_one(self, name: Name, now: float, taken: Taken) -> None:
        """A batch holds something the detector stumbles over: from the stored state on, event by event."""
        runner = self._runner(name)
        runner.put_back(name, self._blob(name))
        good: list[Event] = []
        for event in [event for batch in self._since[name] for event in batch]:
            before = runner.dump(name)
            try:
                taken.signals += runner.feed({name: [event]}, now)
                good.append(event)
            except POISON as error:
                runner.put_back(name, before)
                taken.poison.append((name, event, type(error).__name__))
        self._since[name] = [good]

    def _blob(self, name: Name) -> bytes | None:
        raw = self._stored(name)
        return None if raw is None else _decode(raw).blob


class Places:
    """Which partition a state lives in."""

    def __init__(self, plan: Plan, count: int) -> None:
        self._plan = plan
        self._count = count
        self._known: dict[Name, int] = {}

    def of(self, name: Name) -> int:
        """Its number."""
        place = self._known.get(name)
        if place is None:
            if len(self._known) >= _CACHED:
                self._known.clear()
            place = self._known[name] = partition_of(self._plan.home_of(*name), self._count)
        return place
