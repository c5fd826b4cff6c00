"""Live updates: a stream of server-sent events that says *that* something changed. The page then reads itself again."""

from collections.abc import AsyncIterator, Awaitable, Callable

import anyio
from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from incident.web.gate import Browser, Parts
from incident.web.parts import WebParts

EVERY_S = 1.0
SIGN_OF_LIFE = 15
"""A comment is sent after so many looks without a change, so that proxies keep the connection."""
LOOKS = 600
"""After so many looks the stream ends; the browser comes back and shows its credentials again."""

router = APIRouter(include_in_schema=False)


@router.get("/stream")
async def everything(request: Request, _reader: Browser, parts: Parts) -> StreamingResponse:
    """Says when anything changed anywhere, not what."""
    return _stream(changes(request.is_disconnected, parts.changes, parts))


@router.get("/incidents/{incident_id}/stream")
async def one(request: Request, incident_id: str, reader: Browser, parts: Parts) -> StreamingResponse:
    """Says when this incident changed."""
    await run_in_threadpool(_version, parts, reader, incident_id)
    last: tuple[int | str, int] = ("", 0)

    def version() -> int:
        nonlocal last
        seen = parts.changes()
        if seen != last[0]:
            last = (seen, _version(parts, reader, incident_id))
        return last[1]

    return _stream(changes(request.is_disconnected, version, parts))


async def changes(
    gone: Callable[[], Awaitable[bool]],
    look: Callable[[], int | str],
    parts: WebParts,
    *,
    looks: int = LOOKS,
    every_s: float = EVERY_S,
) -> AsyncIterator[bytes]:
    """Server-sent events: ``changed`` whenever ``look`` answers something new. Ends when the reader is ``gone``."""
    yield b"retry: 3000\n\n"
    before = await run_in_threadpool(look)
    for number in range(1, looks + 1):
        if parts.stopping() or await gone():
            return
        now = await run_in_threadpool(look)
        if now != before:
            before = now
            yield f"event: changed\ndata: {now}\n\n".encode()
        elif number % SIGN_OF_LIFE == 0:
            yield b": still here\n\n"
        await anyio.sleep(every_s)


def _version(parts: WebParts, reader: Browser, incident_id: str) -> int:
    return parts.views.incident(reader.viewer, incident_id).version


def _stream(events: AsyncIterator[bytes]) -> StreamingResponse:
    return StreamingResponse(
        events, media_type="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )
