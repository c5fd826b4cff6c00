"""The web application: pages, API, intake doors and health checks behind one set of rules."""

from pathlib import Path

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.staticfiles import StaticFiles

from incident.web import (
    answer,
    api_commands,
    api_crisis,
    api_incidents,
    api_lists,
    api_silences,
    crisis_pages,
    drill_pages,
    health,
    incident_actions,
    incident_page,
    list_pages,
    live,
    report_pages,
    roll_answer,
    sign_in,
    signal_pages,
    watch_pages,
)
from incident.web.errors import add_handlers
from incident.web.gate import either
from incident.web.headers import SecurityHeaders
from incident.web.parts import WebParts
from incident.web.templating import STATIC

VERSION = "1"
_DESCRIPTION = """\
Incidents, tasks, pages, signals, drills and reports of a call centre's incident command.

Send `Authorization: Bearer TOKEN`; make tokens with `tocsin token create`. Tokens with the role *viewer* read,
*responder* and *admin* act in the name of the person they belong to, *intake* only sends events.
Texts come in the language of `?lang=` (`zh-CN` or `en`), else of the person, else of `Accept-Language`.
Times are ISO 8601 with offset. A restricted incident shows outsiders its code name and nothing else.
Errors are `{"error": {"message", "remedy"}}`.
"""


def create_app(parts: WebParts) -> FastAPI:
    """The application of an installation. Starting and stopping what works behind it is the caller's business."""
    routers = (*parts.routers, health.router, *_API, _description, sign_in.router, answer.router, roll_answer.router,
               live.router, list_pages.router, report_pages.router, incident_page.router, incident_actions.router,
               crisis_pages.router, drill_pages.router, signal_pages.router, watch_pages.router)  # fmt: skip
    app = FastAPI(
        title="Tocsin", version=VERSION, description=_DESCRIPTION, docs_url=None, redoc_url=None, openapi_url=None,
        # As they are: include_router would build every route's models a second time, while the first request waits.
        routes=[route for router in routers for route in router.routes],
    )  # fmt: skip
    app.state.parts = parts
    app.add_middleware(SecurityHeaders)
    add_handlers(app)
    app.mount("/static", StaticFiles(directory=Path(STATIC)), name="static")
    return app


_API = (api_incidents.router, api_crisis.router, api_commands.router, api_lists.router, api_silences.router)


_description = APIRouter(include_in_schema=False)


@_description.get("/api/openapi.json", dependencies=[Depends(either)])
def openapi(request: Request) -> JSONResponse:
    """The API's description (OpenAPI 3.1)."""
    return JSONResponse(request.app.openapi())
