"""The other side of the door: sends events to a running Tocsin over HTTP, in batches, patiently."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import httpx
import msgspec

from incident.domain.errors import BadInput, NotAllowed, Unavailable
from incident.domain.said import said
from incident.i18n import Translate
from incident.intake.cloudevents import BATCH, to_wire
from incident.intake.event import Event
from incident.intake.results import Ok, Result

_MOST_BYTES = 2_000_000
_AWAY = {429, 502, 503, 504}
_LONGEST_WAIT = 60.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a file got. ``line`` is the last line the server has answered for: resume after it."""

    line: int = 0
    accepted: int = 0
    rejected: int = 0


class _Fault(msgspec.Struct):
    index: int
    reason: str
    detail: str = ""


class _Answer(msgspec.Struct):
    accepted: int
    rejected: list[_Fault]


@dataclass(slots=True)
class _Batch:
    lines: list[int] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    size: int = 0

    def add(self, line: int, event: Event) -> None:
        body = msgspec.json.encode(to_wire(event))
        self.lines.append(line)
        self.bodies.append(body)
        self.size += len(body) + 1


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends results of ``read_events``.

    ``client`` carries the base address and the token. ``sleep`` waits some seconds. ``batch`` is events per request.
    ``on_progress`` is told after each batch; ``on_reject`` gets the line and why, for each row that was not taken.
    """

    client: httpx.Client
    sleep: Callable[[float], None]
    translate: Translate
    on_progress: Callable[[Progress], None] = lambda _: None
    on_reject: Callable[[int, str], None] = lambda _line, _why: None
    batch: int = 500
    tries: int = 8

    def send(self, results: Iterable[Result], *, after_line: int = 0) -> Progress:
        """Send every row after line ``after_line``; returns the final progress.

        Raises Unavailable when the server stays away (the message says where to resume), NotAllowed when it doesn't
        take this sender, BadInput when it doesn't understand us at all.
        """
        progress, waiting = Progress(line=after_line), _Batch()
        for result in results:
            if result.index <= after_line:
                continue
            if isinstance(result, Ok):
                if isinstance(result.item, Event):
                    waiting.add(result.index, result.item)
            else:
                self.on_reject(result.index, result.explain(self.translate))
                progress = Progress(progress.line, progress.accepted, progress.rejected + 1)
            if len(waiting.lines) >= self.batch or waiting.size >= _MOST_BYTES:
                progress, waiting = self._deliver(waiting, progress), _Batch()
        return self._deliver(waiting, progress) if waiting.lines else progress

    def _deliver(self, batch: _Batch, before: Progress) -> Progress:
        answer = self._answer(self._post(b"[" + b",".join(batch.bodies) + b"]", before))
        if answer.accepted + len(answer.rejected) != len(batch.lines):
            raise BadInput(
                said("the server refused a whole batch; everything up to line {line} is in", line=before.line),
                remedy=said("send smaller batches, with --from-line {line}", line=before.line + 1),
            )
        for fault in answer.rejected:
            if 0 <= fault.index < len(batch.lines):
                self.on_reject(batch.lines[fault.index], fault.detail or fault.reason)
        after = Progress(
            line=batch.lines[-1],
            accepted=before.accepted + answer.accepted,
            rejected=before.rejected + len(answer.rejected),
        )
        self.on_progress(after)
        return after

    def _post(self, body: bytes, progress: Progress) -> httpx.Response:
        wait, why = 1.0, ""
        for attempt in range(self.tries):
            try:
                response = self.client.post("/api/v1/events", content=body, headers={"content-type": BATCH})
            except httpx.TransportError as error:
                why, pause = type(error).__name__, wait
            else:
                if response.status_code not in _AWAY:
                    return response
                why, pause = f"HTTP {response.status_code}", _retry_after(response, wait)
            if attempt + 1 < self.tries:
                self.sleep(min(pause, _LONGEST_WAIT))
            wait *= 2
        raise Unavailable(
            said("the server stays away ({why}); everything up to line {line} is in", why=why, line=progress.line),
            remedy=said("send again later with --from-line {line}", line=progress.line + 1),
        )

    def _answer(self, response: httpx.Response) -> _Answer:
        if response.status_code in {401, 403}:
            raise NotAllowed("the server does not let this token send events", remedy="see 'tocsin token create'")
        try:
            return msgspec.json.decode(response.content, type=_Answer)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise BadInput(
                said("unexpected answer (HTTP {status})", status=response.status_code),
                remedy="check that the address is Tocsin's",
            ) from None


def _retry_after(response: httpx.Response, otherwise: float) -> float:
    """Seconds from the Retry-After header; dates are rare enough to be left to our own patience."""
    value = response.headers.get("retry-after", "")
    return float(value) if value.isascii() and value.isdigit() else otherwise
