"""The HTTPS side of the Slack app: ``/slack/interactions``, ``/slack/commands``, ``/slack/events``.

Every request must bear Slack's signature, not older than five minutes. Answers come within Slack's three
seconds because only storing happens before them; what people then see is sent afterwards.
"""

import json
import time
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, BackgroundTasks, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response
from pydantic import SecretStr
from slack_sdk.signature import Clock, SignatureVerifier

from incident.domain.errors import BadInput
from notifiers.slack.desk import SlackDesk
from notifiers.slack.interactions import form_of, genuine, payload_of

MAX_BODY = 1_000_000
"""Bytes; Slack's own payloads stay below 200 kB."""


class _Clock(Clock):
    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock

    def now(self) -> float:
        return self._clock()


def slack_router(signing_secret: SecretStr, desk: SlackDesk, *, clock: Callable[[], float] = time.time) -> APIRouter:
    """The routes to mount at the application's root. ``clock`` gives epoch seconds."""
    verifier = SignatureVerifier(signing_secret.get_secret_value(), _Clock(clock))
    router = APIRouter(prefix="/slack", include_in_schema=False)

    @router.post("/interactions")
    async def interactions(request: Request, later: BackgroundTasks) -> Response:
        body = await _signed_body(request, verifier)
        with _BadRequest():
            handled = await run_in_threadpool(desk.interact, payload_of(form_of(body)))
        if handled.follow_up:
            later.add_task(handled.follow_up)
        return Response(status_code=200 if handled.accepted else 503, background=later)

    @router.post("/commands")
    async def commands(request: Request) -> Response:
        body = await _signed_body(request, verifier)
        with _BadRequest():
            return JSONResponse(await run_in_threadpool(desk.command, form_of(body)))

    @router.post("/events")
    async def events(request: Request) -> Response:
        body = await _signed_body(request, verifier)
        with _BadRequest():
            event = _event(body)
        # Tocsin subscribes to no events; this answers Slack's ownership check and swallows the rest.
        if event.get("type") == "url_verification":
            return JSONResponse({"challenge": str(event.get("challenge", ""))})
        return Response(status_code=200)

    return router


async def _signed_body(request: Request, verifier: SignatureVerifier) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise HTTPException(413, "too large")
    if not genuine(verifier, bytes(body), request.headers):
        raise HTTPException(401, "not signed by Slack, or older than five minutes")
    return bytes(body)


class _BadRequest:
    """Turns BadInput into HTTP 400."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, BadInput):
            raise HTTPException(400, error.message) from None


def _event(body: bytes) -> dict[str, Any]:
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        event = None
    if not isinstance(event, dict):
        raise BadInput("Slack event: not a JSON object")
    return event
