"""The HTTP doors by which facts come in: events, Alertmanager alerts, webhooks, heartbeat pings.

Bodies are read here, asynchronously and with a bound; parsing and the durable commit run in a worker thread.
"""

from collections.abc import Callable
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.concurrency import run_in_threadpool

from incident.domain.errors import BadInput, NotFound, Unavailable
from incident.i18n import nearest, translator
from incident.intake import alertmanager
from incident.intake.ports import Caller
from incident.intake.results import BadItem
from incident.web import intake_openapi as openapi
from incident.web.intake_body import read_body
from incident.web.intake_doors import Answer, Intake, status_of

RETRY_AFTER_S = 5


def intake_router(intake: Intake, authorize: Callable[..., Caller]) -> APIRouter:
    """The router.

    ``authorize`` is a FastAPI dependency. It must not raise for somebody without valid credentials but return
    ``ports.ANONYMOUS``: webhooks may prove themselves by a signature instead, and pings by their key.
    """
    router = APIRouter(tags=["intake"])
    _add_events(router, intake, authorize)
    _add_alerts(router, intake, authorize)
    _add_alert_queries(router, intake, authorize)
    _add_webhooks(router, intake, authorize)
    _add_pings(router, intake)
    return router


def _add_events(router: APIRouter, intake: Intake, authorize: Callable[..., Caller]) -> None:
    @router.post(
        "/api/v1/events",
        status_code=202,
        summary="Send events",
        responses=openapi.results(),
        openapi_extra=openapi.events_body(),
    )
    async def post_events(request: Request, caller: Annotated[Caller, Depends(authorize)]) -> Response:
        """Takes CloudEvents, each judged by itself. 202 means: what is counted as accepted is durable."""
        _may_send(caller)
        headers = dict(request.headers)
        return await _through(
            request, intake, "events", caller, lambda body: intake.events(caller, headers, body), _answer
        )


def _add_alerts(router: APIRouter, intake: Intake, authorize: Callable[..., Caller]) -> None:
    @router.post(
        "/api/v2/alerts",
        summary="Send alerts (Alertmanager's API)",
        responses={400: {"description": "Some alerts were not valid; the others were taken."}},
        openapi_extra=openapi.alerts_body(),
    )
    async def post_alerts(request: Request, caller: Annotated[Caller, Depends(authorize)]) -> Response:
        """Takes alerts as Prometheus and amtool send them to Alertmanager; point Prometheus here unchanged."""
        _may_send(caller)
        headers = dict(request.headers)
        return await _through(
            request, intake, "alerts", caller, lambda body: intake.alerts(caller, headers, body), _alert_answer
        )


def _add_alert_queries(router: APIRouter, intake: Intake, authorize: Callable[..., Caller]) -> None:
    @router.get("/api/v2/status", summary="Status (Alertmanager's API)")
    def get_status(caller: Annotated[Caller, Depends(authorize)]) -> Response:
        """What amtool asks to learn whom it talks to."""
        _may_send(caller)
        return JSONResponse(alertmanager.status(intake.version, intake.started))

    @router.get("/api/v2/alerts", summary="Active alerts (Alertmanager's API)")
    def get_alerts(
        caller: Annotated[Caller, Depends(authorize)],
        filters: Annotated[list[str] | None, Query(alias="filter")] = None,
        active: bool = True,
    ) -> Response:
        """Active signals as alerts, for ``amtool alert query``."""
        _may_send(caller)
        signals = intake.signals(caller) if intake.signals is not None and active else ()
        try:
            return JSONResponse(alertmanager.gettable(signals, filters or [], intake.clock()))
        except BadInput as error:
            return JSONResponse(str(error), 400)


def _add_webhooks(router: APIRouter, intake: Intake, authorize: Callable[..., Caller]) -> None:
    @router.post(
        "/api/v1/webhooks/{source}",
        status_code=202,
        summary="Call a webhook",
        responses={**openapi.results(), 404: {"description": "No mapping for this source."}},
        openapi_extra=openapi.webhook_body(),
    )
    async def post_webhook(source: str, request: Request, caller: Annotated[Caller, Depends(authorize)]) -> Response:
        """Takes what another system sends, as its mapping file says. Needs a token, or the system's own signature."""
        webhook = intake.webhooks.get(source)
        if webhook is None:
            raise HTTPException(404, "no such webhook source")
        headers = dict(request.headers)

        def take(body: bytes) -> Answer:
            known = caller
            if not caller.may_send and intake.trusted(webhook, headers, body):
                known = Caller(name=f"webhook:{source}", may_send=True)
            _may_send(known, "a valid token or signature is needed")
            return intake.webhook(webhook, known, headers, body)

        return await _through(request, intake, f"webhook:{source}", caller, take, _answer)


def _add_pings(router: APIRouter, intake: Intake) -> None:
    def answer(slug: str, key: str, *, ok: bool) -> Response:
        try:
            intake.ping(slug, key, ok=ok)
        except NotFound as error:
            raise HTTPException(404, error.message) from None
        except Unavailable as error:
            return _unavailable(error)
        return PlainTextResponse("OK")

    def ping(slug: str, key: str = "") -> Response:
        """A heartbeat. The slug must be configured; ``key`` must match when it has one."""
        return answer(slug, key, ok=True)

    def ping_fail(slug: str, key: str = "") -> Response:
        """A heartbeat that reports a failure."""
        return answer(slug, key, ok=False)

    for method in ("GET", "POST"):
        name = method.lower()
        router.add_api_route(
            "/ping/{slug}",
            ping,
            methods=[method],
            summary="I am alive",
            name=f"{name}_ping",
            response_class=PlainTextResponse,
        )
        router.add_api_route(
            "/ping/{slug}/fail",
            ping_fail,
            methods=[method],
            summary="I failed",
            name=f"{name}_ping_fail",
            response_class=PlainTextResponse,
        )


def _may_send(caller: Caller, otherwise: str = "a valid token is needed") -> None:
    if caller.may_send:
        return
    if caller.name:
        raise HTTPException(403, "this token may not send")
    raise HTTPException(401, otherwise, headers={"WWW-Authenticate": "Bearer"})


async def _through(
    request: Request,
    intake: Intake,
    door: str,
    caller: Caller,
    take: Callable[[bytes], Answer],
    show: Callable[[Request, Answer], Response],
) -> Response:
    """Read, take and answer; a server that can't keep anything says when to come back."""
    most = intake.limits.webhook_bytes if door.startswith("webhook:") else intake.limits.request_bytes
    try:
        try:
            body = await read_body(request, most)
        except BadItem as bad:
            take = partial(_refused, intake, door, caller, bad)
            body = b""
        answer = await run_in_threadpool(take, body)
    except Unavailable as error:
        return _unavailable(error)
    return show(request, answer)


def _refused(intake: Intake, door: str, caller: Caller, bad: BadItem, body: bytes) -> Answer:
    """The answer to a body that could not be read; what an unproven caller sent is not worth keeping."""
    rejected = bad.at(0, body)
    if not caller.may_send:
        return Answer(status_of((), (rejected,)), 0, (rejected,))
    return intake.refuse(door, caller, rejected)


def _answer(request: Request, answer: Answer) -> Response:
    translate = translator(nearest(request.headers.get("accept-language")))
    return JSONResponse(answer.body(translate), answer.status)


def _alert_answer(_request: Request, answer: Answer) -> Response:
    """Alertmanager says nothing when all is well, and otherwise one JSON text with every fault."""
    if not answer.rejected:
        return Response(status_code=200)
    english = translator("en")
    faults = "; ".join(f"alert {each.index}: {each.explain(english)}" for each in answer.rejected[:100])
    return JSONResponse(faults, answer.status if answer.status == 413 else 400)


def _unavailable(error: Unavailable) -> Response:
    body = {"accepted": 0, "rejected": [], "error": error.message}
    return JSONResponse(body, 503, headers={"Retry-After": str(RETRY_AFTER_S)})
