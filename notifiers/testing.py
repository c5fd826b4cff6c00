"""For rehearsing code that sends: a notifier that records, a message to send, a local server that receives.

Nothing here leaves the machine.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from types import TracebackType
from typing import Any, Self

from incident.domain.message import Action, Fact, Message, MessageKind, Receipt, SendError


class RecordingNotifier:
    """Records messages instead of sending them.

    ``attempts`` holds every message handed over, ``sent`` those that went out. Failures given up front
    or with ``fail_next`` are raised in order, one per attempt; after them every attempt goes out.
    """

    def __init__(self, kind: str = "recording", failures: Iterable[SendError] = ()) -> None:
        self.kind = kind
        self.attempts: list[Message] = []
        self.sent: list[Message] = []
        self.closed = False
        self._failures = deque(failures)
        self._lock = Lock()

    def fail_next(self, *failures: SendError) -> None:
        """Let the next attempts fail with these errors, after those already waiting."""
        with self._lock:
            self._failures.extend(failures)

    def send(self, message: Message) -> Receipt:
        """Record the message, or raise the next failure. The receipt of an edit is that of the original."""
        with self._lock:
            self.attempts.append(message)
            if self._failures:
                raise self._failures.popleft()
            self.sent.append(message)
            return Receipt(ref=message.update or f"{self.kind}:{len(self.sent)}")

    def close(self) -> None:
        """Note that the owner closed it."""
        self.closed = True


def sample(**changes: Any) -> Message:
    """A page about an outage, as the incident service writes it; ``changes`` replace its fields."""
    chinese = changes.get("language", "zh-CN") == "zh-CN"
    message = Message(
        id="out-0001",
        kind=MessageKind.PAGE,
        to="U0000001",
        language="zh-CN",
        timezone="Asia/Shanghai",
        incident_id="INC-2031",
        page_id="pg-77",
        level=1,
        drill=False,
        title="电话平台无法接入" if chinese else "Phone platform takes no calls",
        body="近 5 分钟呼入全部失败。请立即确认。"
        if chinese
        else "All calls failed for 5 minutes. Please acknowledge.",
        at=datetime(2026, 3, 2, 1, 30, tzinfo=UTC),
        facts=(
            Fact("受影响坐席" if chinese else "Agents affected", "128"),
            Fact("岗位" if chinese else "Position", "运营经理" if chinese else "Operations manager"),
        ),
        actions=(
            Action("ack", "我来处理" if chinese else "Acknowledge", "https://tocsin.example/a/signed-token"),
            Action("open", "打开" if chinese else "Open", "https://tocsin.example/incidents/INC-2031"),
        ),
    )
    return replace(message, **changes)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the local server says to one request."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Received:
    """One request that reached the local server; header names are in lower case."""

    path: str
    headers: Mapping[str, str]
    body: bytes


class _Listener(ThreadingHTTPServer):
    request_queue_size = 128  # the default of 5 makes simultaneous senders wait a second for a new SYN


class LocalServer:
    """An HTTP server on 127.0.0.1 that gives prepared answers in order, then ``otherwise``, and keeps requests."""

    def __init__(self, *answers: Answer, otherwise: Answer | None = None) -> None:
        self.received: list[Received] = []
        self._answers = deque(answers)
        self._otherwise = otherwise or Answer()
        self._lock = Lock()
        self._server = _Listener(("127.0.0.1", 0), self._handler())
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        """The root address, without a slash at the end."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def take(self, request: Received) -> Answer:
        """Keep a request and pick its answer."""
        with self._lock:
            self.received.append(request)
            return self._answers.popleft() if self._answers else self._otherwise

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                names = {name.lower(): value for name, value in self.headers.items()}
                answer = owner.take(Received(self.path, names, body))
                self.send_response(answer.status)
                for name, value in {**answer.headers, "Content-Length": str(len(answer.body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it so
                """Stay silent: requests are kept in ``received``."""

        return Handler
