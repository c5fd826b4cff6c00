"""What happens behind each door of the intake: parse, keep, answer. Runs in a worker thread, knows no framework."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import structlog

from incident.domain.signal import Signal
from incident.domain.trace import from_header, made_of
from incident.i18n import Translate, translator
from incident.intake import alertmanager, cloudevents
from incident.intake.event import Event
from incident.intake.heartbeats import Heartbeat, ping
from incident.intake.limits import Limits, Terms
from incident.intake.mapping import Webhook
from incident.intake.ports import Caller, DeadLetter, IntakePort
from incident.intake.results import Ok, Reason, Rejected, Result
from incident.intake.verdict import Policy
from incident.intake.webhook import parse_webhook

Count = Callable[[str, str, int], None]
"""Told the door, ``accepted`` or the reason of a rejection, and how many: for metrics."""

_WHOLE = {Reason.TOO_LARGE: 413, Reason.MEDIA_TYPE: 415, Reason.BAD_ENCODING: 400}
_ENGLISH = translator("en")
LINES = 10
"""So many traces of one request are told in the log."""

log = structlog.get_logger("tocsin.intake")


def _nobody(_door: str, _outcome: str, _many: int) -> None:
    """Counts nothing."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a door says: an HTTP status, and a body in the shape all doors share."""

    status: int
    accepted: int
    rejected: tuple[Rejected, ...]

    def body(self, translate: Translate) -> dict[str, Any]:
        """``{"accepted": n, "rejected": [{"index", "reason", "detail"}]}``, details in the caller's language."""
        return {
            "accepted": self.accepted,
            "rejected": [
                {"index": each.index, "reason": each.reason.value, "detail": each.explain(translate)}
                for each in self.rejected
            ],
        }


@dataclass(frozen=True, slots=True)
class Intake:
    """Everything the doors need.

    ``clock`` tells the time in UTC. ``secrets`` holds webhook secrets by source, ``heartbeats`` the configured ones by
    slug. ``signals`` gives the signals a caller may see, for ``GET /api/v2/alerts``. ``event_id`` makes up unique ids.
    """

    port: IntakePort
    clock: Callable[[], datetime]
    event_id: Callable[[], str]
    version: str
    started: datetime
    limits: Limits = field(default_factory=Limits)
    policy: Policy = field(default_factory=Policy)
    webhooks: Mapping[str, Webhook] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    heartbeats: Mapping[str, Heartbeat] = field(default_factory=dict)
    signals: Callable[[Caller], Iterable[Signal]] | None = None
    count: Count = _nobody

    def events(self, caller: Caller, headers: Mapping[str, str], body: bytes) -> Answer:
        """``POST /api/v1/events``."""
        now = self.clock()
        terms = self._terms(caller, now, headers)
        return self._keep("events", caller, cloudevents.parse(headers, body, terms), now, _made(headers, terms))

    def alerts(self, caller: Caller, headers: Mapping[str, str], body: bytes) -> Answer:
        """``POST /api/v2/alerts``."""
        now = self.clock()
        terms = self._terms(caller, now, headers)
        results = _traced(alertmanager.parse_alerts(body, terms, self.policy), terms)
        return self._keep("alerts", caller, results, now, _made(headers, terms))

    def webhook(self, webhook: Webhook, caller: Caller, headers: Mapping[str, str], body: bytes) -> Answer:
        """``POST /api/v1/webhooks/{source}``."""
        now = self.clock()
        terms = self._terms(caller, now, headers)
        results = parse_webhook(webhook, headers, body, terms, self.policy)
        return self._keep(f"webhook:{webhook.source}", caller, _traced(results, terms), now, _made(headers, terms))

    def trusted(self, webhook: Webhook, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether a webhook call proves by its own means that it comes from ``webhook.source``."""
        secret = self.secrets.get(webhook.source, "")
        return webhook.proof.holds(secret, headers, body, self.clock().timestamp())

    def ping(self, slug: str, key: str, *, ok: bool) -> None:
        """``/ping/{slug}``. Raises NotFound for an unknown slug or a wrong key."""
        now = self.clock()
        event: Event = ping(self.heartbeats, slug, key, ok=ok, now=now.timestamp(), event_id=self.event_id())
        self._keep("ping", Caller(name="ping", may_send=True), [Ok(0, event)], now)

    def refuse(self, door: str, caller: Caller, rejected: Rejected) -> Answer:
        """A request whose body could not even be read."""
        return self._keep(door, caller, [rejected], self.clock())

    def _terms(self, caller: Caller, now: datetime, headers: Mapping[str, str]) -> Terms:
        trace = _given(headers) or made_of(self.event_id())
        return Terms(now=now.timestamp(), may_drill=caller.may_drill, limits=self.limits, trace=trace)

    def _keep(
        self, door: str, caller: Caller, results: Sequence[Result], now: datetime, made: str = ""
    ) -> Answer:  # fmt: skip
        """``made``: the trace id that was made here for want of one."""
        items = [result.item for result in results if isinstance(result, Ok)]
        rejected = tuple(result for result in results if isinstance(result, Rejected))
        letters = [
            DeadLetter(
                origin=door,
                sender=caller.name,
                index=each.index,
                reason_code=each.reason,
                reason=each.explain(_ENGLISH),
                body=each.body,
                received_at=now,
            )
            for each in rejected
        ]
        if results:
            self.port.accept(items, letters, now)
        # Whoever gave a trace id wants to follow it; a line for every request would be too many.
        for trace in sorted({item.trace for item in items} - {made, ""})[:LINES]:
            log.info("taken", door=door, items=len(items), refused=len(rejected), trace=trace)
        self._tell(door, len(items), rejected)
        return Answer(status_of(items, rejected), len(items), rejected)

    def _tell(self, door: str, accepted: int, rejected: Sequence[Rejected]) -> None:
        tally: dict[str, int] = {"accepted": accepted} if accepted else {}
        for each in rejected:
            tally[each.reason.value] = tally.get(each.reason.value, 0) + 1
        for outcome, many in tally.items():
            self.count(door, outcome, many)


def _given(headers: Mapping[str, str]) -> str:
    """The caller's trace id; empty without one."""
    return from_header(headers.get("traceparent", ""))


def _made(headers: Mapping[str, str], terms: Terms) -> str:
    return "" if _given(headers) else terms.trace


def _traced(results: Sequence[Result], terms: Terms) -> list[Result]:
    """Another monitor's verdicts carry their request's trace."""
    return [
        Ok(each.index, replace(each.item, trace=terms.trace))
        if isinstance(each, Ok) and isinstance(each.item, Signal) and not each.item.trace
        else each
        for each in results
    ]


def status_of(items: Sequence[object], rejected: Sequence[Rejected]) -> int:
    """202 when anything was taken or there was nothing to take; 400, 413 or 415 when nothing could be."""
    if items or not rejected:
        return 202
    return _WHOLE.get(rejected[0].reason, 400) if len(rejected) == 1 else 400
