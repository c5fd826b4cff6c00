"""``text``: personal data or secrets in outgoing text. Nothing raw is kept: samples are masked before anything else."""

from collections.abc import Sequence
from typing import Any

import msgspec
from pydantic import Field, field_validator

from detectors.kit import Kit
from detectors.match import getter
from detectors.memory import Episode, Pace, Recent
from detectors.rule import Duration, Names, Rule
from detectors.scan import Finding, Scanner
from detectors.scan.types import ALL
from incident.domain.errors import BadInput
from incident.domain.said import said
from incident.domain.signal import Contributor, Evidence, Signal
from incident.domain.words import Degree, Text
from incident.i18n import translator
from incident.intake.event import Event

_CHINESE = translator("zh-CN")
_SAMPLES = 5
_WINDOW = 60
MAX_TEXT = 100_000
"""Characters of one text that are scanned."""
MAX_NAMES, MAX_NAME = 100, 400


class TextRule(Rule):
    """``types`` to look for (all by default), but not the ``allow``\\ ed values and mail domains (``@our.example``).

    ``attachments``: the field with names of files that go along: one, a list, or a list of objects with ``name``.
    What equals the field ``recipient`` is no leak: people may be told their own number. ``min_findings`` within
    ``window`` raise; ``grave`` of them (only types that are serious alone) make the impact high.
    """

    unbudgeted = said("every one must be heard of — list what is fine in 'allow', or raise 'min_findings'")

    on: Names = ("message.sent",)
    value: str = "text"
    attachments: str = "attachments"
    types: Names = ()
    allow: Names = ()
    recipient: str = "to"
    window: Duration = 3600.0
    min_findings: int = Field(default=1, ge=1)
    grave: int = Field(default=10, ge=1)
    clear_after: Duration = 3600.0

    @field_validator("types")
    @classmethod
    def _types_exist(cls, types: tuple[str, ...]) -> tuple[str, ...]:
        try:
            Scanner(types)
        except BadInput as error:
            raise ValueError(error.whole) from None
        return types


class TextState(msgspec.Struct, array_like=True):
    """``hits``: (time, findings, grave findings) of texts within the window; ``types`` and ``samples`` of them."""

    hits: list[tuple[float, int, int]] = []
    types: dict[str, int] = {}
    samples: list[str] = []
    last: float = 0.0
    pace: Pace = msgspec.field(default_factory=Pace)
    recent: Recent = msgspec.field(default_factory=Recent)
    episode: Episode = msgspec.field(default_factory=Episode)


class TextLeak(Kit[TextRule, TextState]):
    """An episode lasts from the first finding until none has come for ``clear_after``."""

    kind = "text"
    State = TextState
    restricted = True

    def __init__(self, rule: TextRule) -> None:
        super().__init__(rule)
        self._text, self._recipient = getter(rule.value), getter(rule.recipient)
        self._attachments = getter(rule.attachments) if rule.attachments else None
        self._scanner = Scanner(rule.types, rule.allow)

    def observe(
        self, state: TextState, key: str, events: Sequence[Event], now: float
    ) -> tuple[TextState, list[Signal]]:
        """Scan each text once."""
        signals: list[Signal] = []
        latest = 0.0
        for event in state.recent.fresh(events, now):
            text = self._whole(event)
            if not text:
                continue
            latest = max(latest, event.time)
            state.pace.seen = max(state.pace.seen, event.time)
            findings = self._scanner.scan(text, allow=_addresses(self._recipient(event)))
            late = event.time < state.pace.seen - self._rule.window
            if findings and not late:
                signals += self._found(state, key, event.time, findings)
        state.pace.batch(latest, now)
        return state, signals

    def tick(self, state: TextState, key: str, now: float) -> tuple[TextState, list[Signal]]:
        """Clear when nothing has been found for long enough."""
        quiet = state.last + self._rule.clear_after
        if not state.episode.is_open or state.pace.mark(now, 0.0) < quiet:
            return state, []
        signals = self._clear(state.episode, key, quiet, self._evidence(state))
        state.hits, state.types, state.samples = [], {}, []
        return state, signals

    def due(self, state: TextState, key: str) -> float | None:  # noqa: ARG002 -- the contract's signature
        """When the finding may be cleared."""
        return state.last + self._rule.clear_after + state.pace.lag if state.episode.is_open else None

    def _whole(self, event: Event) -> str:
        """The text, then the names of the attachments, a line each; underscores part words in file names."""
        text = self._text(event)
        parts = [text[:MAX_TEXT]] if isinstance(text, str) else []
        names = self._attachments(event) if self._attachments is not None else None
        for one in (names if isinstance(names, list) else [names])[:MAX_NAMES]:
            name = one.get("name") if isinstance(one, dict) else one
            if isinstance(name, str):
                parts.append(name[:MAX_NAME].replace("_", " "))
        return "\n".join(parts)

    def _found(self, state: TextState, key: str, at: float, findings: list[Finding]) -> list[Signal]:
        if not state.episode.is_open and at - state.last > self._rule.window:
            state.hits, state.types, state.samples = [], {}, []
        state.last = max(state.last, at)
        state.hits.append((at, len(findings), sum(one.grave for one in findings)))
        state.hits = [hit for hit in state.hits if hit[0] > state.last - self._rule.window][-_WINDOW * 4 :]
        for one in findings:
            state.types[one.type] = state.types.get(one.type, 0) + 1
            if len(state.samples) < _SAMPLES:
                state.samples.append(f"{one.type}: {one.masked}")
        count, grave = sum(hit[1] for hit in state.hits), sum(hit[2] for hit in state.hits)
        if count < self._rule.min_findings and not state.episode.is_open:
            return []
        impact = Degree.HIGH if grave >= self._rule.grave else None
        if not self._news(state.episode, impact):
            return []
        first = min(hit[0] for hit in state.hits)
        start = at if state.episode.is_open else first
        return self._raise(state.episode, key, start, self._evidence(state), impact=impact)

    def _evidence(self, state: TextState) -> Evidence:
        total = sum(state.types.values())
        ranked = sorted(state.types.items(), key=lambda item: (-item[1], item[0]))
        return Evidence(
            expected="0",
            seen=f"{total}",
            unusual=", ".join(f"{name} × {count}" for name, count in ranked[:5]),
            meaning=Text(
                "、".join(f"{_CHINESE(ALL[name].label)} {count} 处" for name, count in ranked[:5]),
                ", ".join(f"{count} × {ALL[name].label}" for name, count in ranked[:5]),
            ),
            window=tuple((at, float(count)) for at, count, _ in state.hits[-_WINDOW:]),
            contributors=tuple(Contributor(name, round(count / total, 3)) for name, count in ranked[:5] if total),
            samples=tuple(state.samples),
        )


def _addresses(recipient: Any) -> tuple[str, ...]:
    if isinstance(recipient, str):
        # A recipient's address is theirs; a bare "@domain" would allow a whole domain.
        return () if recipient.startswith("@") else (recipient,)
    if isinstance(recipient, list):
        return tuple(one for one in recipient if isinstance(one, str) and not one.startswith("@"))
    return ()
