"""For machines that watch the machine: alive, ready, metrics."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.responses import Response

from incident.service.metrics import CONTENT_TYPE_LATEST, exposition
from incident.web.gate import Parts, Reader, program

router = APIRouter(tags=["health"])


@router.get("/healthz", summary="Alive", response_class=PlainTextResponse)
def healthz() -> str:
    """200 as long as the process answers."""
    return "ok\n"


@router.get("/readyz", summary="Ready", responses={503: {"description": "Something Tocsin needs is away."}})
def readyz(parts: Parts) -> JSONResponse:
    """200 when work can be taken, 503 otherwise; names each check."""
    found = parts.ready()
    checks: list[dict[str, Any]] = [{"name": c.name, "ok": c.ok, "detail": c.detail} for c in found.checks]
    return JSONResponse({"ready": found.ok, "checks": checks}, 200 if found.ok else 503)


@router.get("/metrics", summary="Metrics", response_class=PlainTextResponse)
def metrics(parts: Parts, _reader: Annotated[Reader, Depends(program)]) -> Response:
    """Prometheus's text format.

    A token with the role viewer is needed, also from the machine itself: behind a reverse proxy on the same host
    everyone looks local.
    """
    with parts.read() as store:
        return Response(exposition(store, parts.clock.now()), media_type=CONTENT_TYPE_LATEST)
