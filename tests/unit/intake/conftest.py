"""What the intake's tests share: a fixed moment, the samples of foreign systems, an intake that remembers."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request

from incident.intake.heartbeats import Heartbeat
from incident.intake.limits import Limits, Terms
from incident.intake.mapping import load_webhooks
from incident.intake.memory import MemoryIntake
from incident.intake.ports import ANONYMOUS, Caller
from incident.web.intake_api import intake_router
from incident.web.intake_doors import Intake

MOMENT = datetime(2026, 3, 2, 2, 15, tzinfo=UTC)
SAMPLES = Path(__file__).parent / "samples"
CALLERS = {
    "Bearer acd": Caller(name="acd", may_send=True),
    "Bearer coach": Caller(name="coach", may_send=True, may_drill=True),
    "Bearer reader": Caller(name="reader", may_send=False),
}


class AppTransport(httpx.BaseTransport):
    """Speaks to an ASGI application in this process, each request in an event loop of its own."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        async def call() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(self._app)) as client:
                wanted = httpx.Request(request.method, request.url, headers=request.headers, content=request.read())
                response = await client.send(wanted)
                return httpx.Response(response.status_code, headers=response.headers, content=response.content)

        return asyncio.run(call())


@pytest.fixture
def terms() -> Terms:
    """Ordinary terms at a fixed moment."""
    return Terms(now=MOMENT.timestamp())


@pytest.fixture
def sample() -> Callable[[str], Any]:
    """A foreign system's payload by file name."""
    return lambda name: json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))


@pytest.fixture
def inbox() -> MemoryIntake:
    """Where accepted items end up."""
    return MemoryIntake()


@pytest.fixture
def intake(inbox: MemoryIntake) -> Intake:
    """All doors open, small limits."""
    return Intake(
        port=inbox,
        clock=lambda: MOMENT,
        event_id=iter(f"ping-{n}" for n in range(1000)).__next__,
        version="0.1.0",
        started=MOMENT,
        limits=Limits(request_bytes=200_000, event_bytes=20_000, webhook_bytes=50_000),
        webhooks=load_webhooks(),
        secrets={"sentry": "s-secret", "zendesk": "z-secret", "grafana": "g-secret", "zabbix": "shared-secret"},
        heartbeats={
            "nightly-backup": Heartbeat("nightly-backup", 86_400, key="k-1"),
            "zq81mmx0c47vtyp2rw95": Heartbeat("zq81mmx0c47vtyp2rw95"),
        },
    )


@pytest.fixture
def client(intake: Intake) -> httpx.Client:
    """A client without credentials; send ``SENDER`` headers to be somebody."""

    def authorize(request: Request) -> Caller:
        return CALLERS.get(request.headers.get("authorization", ""), ANONYMOUS)

    app = FastAPI(openapi_url="/api/openapi.json")
    app.include_router(intake_router(intake, authorize))
    return httpx.Client(transport=AppTransport(app), base_url="http://tocsin.test")
