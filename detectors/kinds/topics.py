"""``topics``: words that suddenly turn up in many complaints, in Chinese and in English, whatever their class.

Counts in how many texts each piece occurs, and compares with its usual share of the texts: a general surge is no new
topic, a word nobody used last month in a tenth of today's complaints is one.
"""

from collections.abc import Sequence

import msgspec
from pydantic import Field

from detectors.budget import Allowance, BudgetState, Standing
from detectors.complaints.grams import grams, phrases
from detectors.kit import Kit
from detectors.match import getter
from detectors.memory import Episode, Pace, Recent
from detectors.numbers import short, span, surprise
from detectors.rule import Duration
from detectors.strictness import BudgetRule, Strictness
from incident.domain.signal import Contributor, Evidence, Signal
from incident.domain.words import Text
from incident.intake.event import Event

_OPEN_MOST, _KNOWN_MOST = 3000, 1500
_RATE = 0.15
_FORGOTTEN = 0.02
_SPREAD = 0.3
_SHOWN = 5
_WINDOW = 40
_UNSEEN = 0.5
"""Texts a bucket that a word nobody has used so far is expected in."""


class TopicsRule(BudgetRule):
    """``value``: the field with the text. A piece in at least ``min_count`` texts of a ``bucket``, ``factor`` times its
    usual share, and less likely than e^-``surprise`` raises, once ``learn`` buckets are known.
    """

    value: str = "text"
    bucket: Duration = 86400.0
    learn: int = Field(default=7, ge=1)
    min_count: int = Field(default=5, ge=2)
    factor: float = Field(default=3.0, gt=1)
    surprise: float = Field(default=10.0, gt=0)
    clear_after: Duration = 86400.0

    def shape(self) -> tuple[object, ...]:
        """Counts belong to buckets of one length."""
        return (self.bucket,)


class TopicsState(msgspec.Struct, array_like=True):
    """``open``: piece → texts of this bucket; ``usual``: piece → texts of a usual bucket of ``size`` texts.

    ``risen`` holds the pieces already told in this bucket, ``growth`` how the commonest of them came to its number.
    """

    start: float = 0.0
    texts: int = 0
    open: dict[str, int] = {}
    usual: dict[str, float] = {}
    size: float = 0.0
    known: int = 0
    risen: dict[str, int] = {}
    history: list[tuple[float, float]] = []
    pace: Pace = msgspec.field(default_factory=Pace)
    recent: Recent = msgspec.field(default_factory=Recent)
    episode: Episode = msgspec.field(default_factory=Episode)
    budget: BudgetState = msgspec.field(default_factory=BudgetState)
    growth: list[tuple[float, float]] = []


class Topics(Kit[TopicsRule, TopicsState]):
    """A text that comes after its bucket was closed is passed over."""

    kind = "topics"
    State = TopicsState
    heeds = True

    def __init__(self, rule: TopicsRule) -> None:
        super().__init__(rule)
        self._text = getter(rule.value)
        self._strictness = Strictness(rule, 1.5 * rule.bucket)

    @property
    def allowance(self) -> Allowance | None:
        """The rule's budget, if it has one."""
        return self._strictness.allowance

    def standing(self, state: TopicsState) -> Standing | None:
        """How the rule keeps to its budget for this key."""
        return self._strictness.standing(state.budget)

    def calibrate(self, stricter: float) -> None:
        """Halve the budget, or ask for more surprise."""
        self._strictness.calibrate(stricter)

    def observe(
        self, state: TopicsState, key: str, events: Sequence[Event], now: float
    ) -> tuple[TopicsState, list[Signal]]:
        """Count each text once for each of its pieces."""
        signals: list[Signal] = []
        latest = 0.0
        for event in state.recent.fresh(events, now):
            text = self._text(event)
            if not isinstance(text, str) or not text:
                continue
            latest = max(latest, event.time)
            state.pace.seen = max(state.pace.seen, event.time)
            signals += self._close(state, key, event.time)
            if event.time >= state.start:
                signals += self._count(state, key, event.time, text)
        state.pace.batch(latest, now)
        return state, signals

    def tick(self, state: TopicsState, key: str, now: float) -> tuple[TopicsState, list[Signal]]:
        """Close the bucket that is over."""
        return state, self._close(state, key, state.pace.mark(now, 0.0)) if state.start else []

    def due(self, state: TopicsState, key: str) -> float | None:  # noqa: ARG002 -- the contract's signature
        """When the bucket is over; nothing to say while there is neither a text nor an open finding."""
        if not state.start or not (state.texts or state.episode.is_open):
            return None
        return state.start + self._rule.bucket + state.pace.lag

    def _count(self, state: TopicsState, key: str, at: float, text: str) -> list[Signal]:
        state.texts += 1
        rose, most, wanted = False, 0.0, self._strictness.times(state.budget)
        for piece in dict.fromkeys(grams(text)):
            count = state.open.get(piece, 0) + 1
            if count == 1 and len(state.open) >= _OPEN_MOST:
                continue
            state.open[piece] = count
            score = self._news_in(state, piece, count) if count >= self._rule.min_count else 0.0
            most = max(most, score)
            if score >= wanted and piece not in state.risen:
                state.risen[piece] = count
                rose = True
        if state.risen:
            highest = float(max(state.open.get(piece, 0) for piece in state.risen))
            state.growth = [*(state.growth or [(state.start, 0.0)])[1 - _WINDOW :], (at, highest)]
        self._strictness.learn(state.budget, at, most, told=rose and not state.episode.is_open)
        if not rose:
            return []
        state.episode.bad()
        return self._raise(state.episode, key, at, self._evidence(state))

    def _news_in(self, state: TopicsState, piece: str, count: int) -> float:
        """How surprising so many texts with this piece are, in multiples of what the rule asks for."""
        if state.known < self._rule.learn:
            return 0.0
        expected = self._expected(state, piece)
        if count < self._rule.factor * expected:
            return 0.0
        return surprise(count, expected, _SPREAD) / self._rule.surprise

    def _expected(self, state: TopicsState, piece: str) -> float:
        share = max(state.usual.get(piece, 0.0), _UNSEEN) / max(state.size, 1.0)
        return max(share * state.texts, _UNSEEN)

    def _close(self, state: TopicsState, key: str, at: float) -> list[Signal]:
        bucket = self._rule.bucket
        if not state.start:
            state.start = at // bucket * bucket
        signals: list[Signal] = []
        if at >= state.start + bucket:
            signals = self._judge(state, key, state.start + bucket)
            self._learn(state)
            state.history = [*state.history[1 - _WINDOW :], (state.start, float(state.texts))]
            state.texts, state.open, state.risen, state.growth = 0, {}, {}, []
            empty = at // bucket * bucket
            if empty > state.start + bucket:
                signals += self._judge(state, key, empty)
            state.start = empty
        return signals

    def _judge(self, state: TopicsState, key: str, end: float) -> list[Signal]:
        if not state.episode.is_open:
            return []
        still = any(state.open.get(piece, 0) >= self._rule.min_count for piece in state.risen)
        if still and end <= state.start + self._rule.bucket:
            state.episode.bad()
            return []
        if not state.episode.good(state.start, end, self._rule.clear_after):
            return []
        return self._clear(state.episode, key, end, self._evidence(state))

    def _learn(self, state: TopicsState) -> None:
        if not state.texts:
            return
        rate = max(_RATE, 1 / (state.known + 1))
        usual = {piece: (1 - rate) * count for piece, count in state.usual.items()}
        for piece, count in state.open.items():
            usual[piece] = usual.get(piece, 0.0) + rate * count
        ranked = sorted(((-count, piece) for piece, count in usual.items() if count >= _FORGOTTEN))[:_KNOWN_MOST]
        state.usual = {piece: -count for count, piece in ranked}
        state.size += rate * (state.texts - state.size)
        state.known += 1

    def _evidence(self, state: TopicsState) -> Evidence:
        rose = phrases({piece: float(state.open.get(piece, count)) for piece, count in state.risen.items()})
        top = list(rose.items())[:_SHOWN]
        first = next(iter(state.risen), "")
        return Evidence(
            expected=f"≈ {short(round(self._expected(state, first), 1))} / {span(self._rule.bucket)}",
            seen=", ".join(f"{phrase} × {short(count)}" for phrase, count in top) or "–",
            unusual=f"{len(rose)} ↑ / {state.texts}",
            meaning=Text(
                f"{state.texts} 条文本中明显增多的词语：{'、'.join(phrase for phrase, _ in top) or '–'}",
                f"words that rose in {state.texts} texts: {', '.join(phrase for phrase, _ in top) or '–'}",
            ),
            window=tuple(sorted(state.growth)) or (*state.history[1 - _WINDOW :], (state.start, float(state.texts))),
            contributors=tuple(Contributor(phrase, round(count / max(state.texts, count), 3)) for phrase, count in top),
        )
