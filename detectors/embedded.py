"""The embedded runner: all detectors in one process, states in memory, changes handed out to be stored."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from heapq import heappop, heappush
from typing import Any

from detectors import keys
from detectors.base import Unreadable
from detectors.complaints.sorting import Prepare
from detectors.elsewhere import Learned, learned
from detectors.feedback import stricter
from detectors.memory import Episode
from detectors.registry import AnyDetector
from incident.domain.opinion import Opinion
from incident.domain.signal import Signal
from incident.domain.trace import made_of
from incident.intake.event import Event

Name = tuple[str, str]
"""Rule id and key: the name of a state."""

MAX_KEYS = 20_000
"""States per rule. Beyond it, events of new keys aren't examined (see ``EmbeddedRunner.skipped``): a label with
endless values must not eat the memory."""


IDLE = 30 * 86400.0
"""A state that was fed nothing for so long belongs to something that is gone."""


def _has_open(state: Any) -> bool:
    values = (getattr(state, name) for name in state.__struct_fields__)
    return any(isinstance(value, Episode) and value.is_open for value in values)


def _traced(signal: Signal, trace: str) -> Signal:
    """A verdict is part of the trace of the fact that settled it; one that silence settled begins its own."""
    return signal if signal.trace else replace(signal, trace=trace or made_of(signal.id))


class EmbeddedRunner:
    """Feeds events to the detectors that want them and ticks the states whose time has come.

    Not thread-safe: one caller at a time.
    """

    def __init__(
        self, detectors: Sequence[AnyDetector], *, max_keys: int = MAX_KEYS, prepare: Prepare | None = None,
        owns: Callable[[Name], bool] | None = None,
    ) -> None:  # fmt: skip
        """``prepare`` is done to every event first (see :mod:`detectors.complaints.sorting`). ``owns`` says which of
        the keys that must report are watched here; None: all of them.
        """
        self._owns = owns
        self._prepare = prepare
        self._detectors = {detector.rule.id: detector for detector in detectors}
        self._by_type: dict[str, list[AnyDetector]] = {}
        for detector in detectors:
            for event_type in dict.fromkeys(detector.rule.on):
                self._by_type.setdefault(event_type, []).append(detector)
        self._max_keys = max_keys
        self._forget()

    def _forget(self) -> None:
        self._states: dict[Name, Any] = {}
        self._sizes: Counter[str] = Counter()
        self._changed: dict[Name, None] = {}
        self._fed: dict[Name, float] = {}
        self._planned: dict[Name, float] = {}
        self._heap: list[tuple[float, Name]] = []
        self._skipped: Counter[str] = Counter()
        self._unreadable: tuple[str, ...] = ()
        self._expect()

    def _expect(self) -> None:
        for rule, detector in self._detectors.items():
            for key in detector.expected():
                if self._owns is None or self._owns((rule, key)):
                    self._state(detector, (rule, key))
                    self._plan(detector, (rule, key))

    def hears(self, event_type: str) -> bool:
        """Whether a rule looks at events of that type."""
        return event_type in self._by_type

    def observe(self, events: Sequence[Event], now: float) -> list[Signal]:
        """Hand each event to every detector it concerns; the signals that follow, in order of first concern."""
        if self._prepare is not None:
            events = [self._prepare(event) for event in events]
        return self.feed(self.sort(events), now)

    def sort(self, events: Sequence[Event]) -> dict[Name, list[Event]]:
        """The events of each state they concern, in order."""
        batches: dict[Name, list[Event]] = {}
        for event in events:
            for detector in self._by_type.get(event.type, ()):
                key = detector.key_of(event)
                if key is not None:
                    batches.setdefault((detector.rule.id, key), []).append(event)
        return batches

    def feed(self, batches: Mapping[Name, Sequence[Event]], now: float) -> list[Signal]:
        """Let the detectors see sorted events; the signals that follow."""
        signals: list[Signal] = []
        for name, batch in batches.items():
            detector = self._detectors[name[0]]
            if self._state(detector, name) is None:
                self._skipped[name[0]] += len(batch)
                continue
            self._states[name], found = detector.observe(self._states[name], name[1], batch, now)
            self._fed[name] = now
            signals += (_traced(signal, batch[-1].trace) for signal in found)
            self._changed[name] = None
            self._plan(detector, name)
        return signals

    def tick(self, now: float) -> list[Signal]:
        """Let time pass for the states that are due by ``now``."""
        return [signal for name in self.come_due(now) for signal in self.pass_time(name, now)]

    def come_due(self, now: float) -> list[Name]:
        """The states that are due by ``now``, each told once: the caller lets their time pass."""
        due: list[Name] = []
        while self._heap and self._heap[0][0] <= now:
            at, name = heappop(self._heap)
            if self._planned.get(name) == at and name in self._states:
                del self._planned[name]
                due.append(name)
        return sorted(due)

    def pass_time(self, name: Name, now: float) -> list[Signal]:
        """Let time pass for one state."""
        detector = self._detectors[name[0]]
        self._states[name], found = detector.tick(self._states[name], name[1], now)
        self._changed[name] = None
        # A detector that is still due has said what it can; asking again at once would spin.
        self._plan(detector, name, not_before=now + 1.0)
        return [_traced(signal, "") for signal in found]

    def next_due(self, now: float) -> float | None:
        """The earliest time at which ``tick`` may have something to say; never before ``now``."""
        return max(now, self._heap[0][0]) if self._heap else None

    def heed(self, opinions: Sequence[Opinion], now: float) -> None:
        """Be as strict as people's opinions ask for; each rule's own parameters stay as written."""
        self.calibrate(stricter(opinions, datetime.fromtimestamp(now, UTC)))

    def calibrate(self, halvings: Mapping[str, float]) -> None:
        """Rule → halvings of its alarm budget (see :func:`detectors.feedback.stricter`); rules not named go back to
        what they say.
        """
        for rule, detector in self._detectors.items():
            detector.calibrate(halvings.get(rule, 0.0))

    def forget_idle(self, now: float, idle: float = IDLE) -> tuple[Name, ...]:
        """Drop the states nobody fed for ``idle`` seconds and that have nothing open; returns their names, for the
        caller to delete what it stored. Keys that must report are never dropped.
        """
        kept = {(rule, key) for rule, detector in self._detectors.items() for key in detector.expected()}
        gone = tuple(
            name
            for name, state in self._states.items()
            if now - self._fed.setdefault(name, now) > idle and name not in kept and not _has_open(state)
        )
        for name in gone:
            del self._states[name], self._fed[name]
            self._sizes[name[0]] -= 1
            self._planned.pop(name, None)
            self._changed.pop(name, None)
        return gone

    def changed(self) -> dict[Name, bytes]:
        """The states changed since the last call, dumped."""
        names, self._changed = self._changed, {}
        return {name: self._detectors[name[0]].dump(self._states[name]) for name in names}

    def restore(self, states: Mapping[Name, bytes]) -> tuple[str, ...]:
        """Drop what is in memory and take these. Returns ``rule/key`` of the states that had to start afresh."""
        self._forget()
        unreadable = [name for name, blob in sorted(states.items()) if not self.put_back(name, blob)]
        self._unreadable = tuple("/".join(name) for name in unreadable)
        return self._unreadable

    def put_back(self, name: Name, blob: bytes | None, *, not_before: float = 0.0) -> bool:
        """Take one state as it was stored (None: as new). False when it couldn't be read and starts afresh."""
        detector = self._detectors.get(name[0])
        if detector is None:
            return True
        readable = True
        try:
            state = detector.new() if blob is None else detector.load(blob)
        except Unreadable:
            readable, state = False, detector.new()
            self._changed[name] = None
        if name not in self._states:
            self._sizes[name[0]] += 1
        self._states[name] = state
        self._plan(detector, name, not_before)
        return readable

    def dump(self, name: Name) -> bytes | None:
        """One state as bytes; None when there is none."""
        state = self._states.get(name)
        return None if state is None else self._detectors[name[0]].dump(state)

    def learned(self) -> dict[str, Learned]:
        """Rule → what its states have learned."""
        states: dict[str, list[tuple[str, Any]]] = {}
        for (rule, key), state in self._states.items():
            states.setdefault(rule, []).append((key, state))
        return {rule: learned(self._detectors[rule], found) for rule, found in states.items()}

    def __len__(self) -> int:
        """How many states there are."""
        return len(self._states)

    @property
    def unreadable(self) -> tuple[str, ...]:
        """What the last ``restore`` couldn't read."""
        return self._unreadable

    @property
    def sizes(self) -> Mapping[str, int]:
        """Keys held in memory, by rule."""
        return dict(self._sizes)

    @property
    def skipped(self) -> Mapping[str, int]:
        """Events not examined because their rule had too many keys, by rule, since the last restore."""
        return dict(self._skipped)

    def _state(self, detector: AnyDetector, name: Name) -> Any:
        state = self._states.get(name)
        if state is None and (self._sizes[name[0]] < self._max_keys or keys.drill_of(name[1])):
            state = self._states[name] = detector.new()
            self._sizes[name[0]] += 1
        return state

    def _plan(self, detector: AnyDetector, name: Name, not_before: float = 0.0) -> None:
        due = detector.due(self._states[name], name[1])
        if due is None:
            self._planned.pop(name, None)
            return
        due = max(due, not_before)
        planned = self._planned.get(name)
        # An entry that comes up too early costs one harmless tick; moving it on every event would cost more.
        if planned is None or due < planned:
            self._planned[name] = due
            heappush(self._heap, (due, name))
