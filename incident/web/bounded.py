"""Routes whose request bodies are bounded, so that nobody fills the memory with a form."""

import json
from collections.abc import Callable, Coroutine
from typing import Any

import anyio
from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.types import Message, Receive

from incident.domain.errors import BadInput
from incident.domain.said import said

MOST_BYTES = 256 * 1024
WITHIN_S = 30.0
"""Longer than the slowest telephone line needs for a form; nobody keeps a connection waiting by sending nothing."""


class TooLarge(BadInput):
    """A body is larger than anything a page or command sends."""


class BoundedRoute(APIRoute):
    """A route that reads at most ``MOST_BYTES``. Raises TooLarge."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler, reading through a bound."""
        handler = super().get_route_handler()

        async def bounded(request: Request) -> Response:
            try:
                with anyio.fail_after(WITHIN_S):
                    body = await _read(request)
            except TimeoutError:
                raise TooSlow("the request came too slowly", remedy="send it again") from None
            return await handler(_Plain(request.scope, _again(body, request.receive)))

        return bounded


class TooSlow(BadInput):
    """A body did not come within its time."""


class _Plain(Request):
    """A request whose JSON holds only text that can be written as UTF-8."""

    async def json(self) -> Any:
        """The body. Raises JSONDecodeError also for half a character (a lone surrogate), which nothing could store."""
        found = await super().json()
        try:
            json.dumps(found, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise json.JSONDecodeError("half a character", "", 0) from None
        return found


async def _read(request: Request) -> bytes:
    """The body, as long as it keeps within the bound, whatever its declared length."""
    declared = request.headers.get("content-length", "0")
    if declared.isascii() and declared.isdigit() and int(declared[:20]) > MOST_BYTES:
        raise _too_large()
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise _too_large()
    return bytes(body)


def _again(body: bytes, receive: Receive) -> Receive:
    """Gives the body that was read once more, then what else comes (the end of the connection)."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _too_large() -> TooLarge:
    return TooLarge(said("the request is larger than {most} KiB", most=MOST_BYTES // 1024), remedy="shorten it")
