"""The demo's site: the real application behind a real HTTP server on this machine, in a thread of its own."""

import socket
import threading
from datetime import timedelta
from secrets import token_urlsafe
from time import monotonic, sleep

import uvicorn
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse

from config.crisis_site import crisis_ports
from config.wiring import System
from incident.domain.errors import NotFound, Unavailable
from incident.service.access import create_token
from incident.web.app import create_app
from incident.web.gate import authorizer, session_cookie
from incident.web.intake_api import intake_router
from incident.web.parts import WebParts

START_WITHIN_S = 10.0
SESSION_FOR = timedelta(days=365)
"""The demo's clock runs days in seconds: an ordinary session would be over before anybody has looked."""


class Site:
    """Serves a system until closed. ``door`` signs somebody in for as long as the demo lives."""

    def __init__(self, system: System, at: socket.socket) -> None:
        self.url = system.settings.public_url
        self._system = system
        self._socket = at
        self._doors: dict[str, str] = {}
        config = uvicorn.Config(
            create_app(self._parts()), log_config=None, access_log=False, lifespan="off", server_header=False,
            timeout_graceful_shutdown=1,
        )  # fmt: skip
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([at],), name="demo-site", daemon=True)

    def start(self) -> None:
        """Begin to serve. Raises Unavailable when the server does not come up."""
        self._thread.start()
        until = monotonic() + START_WITHIN_S
        while not self._server.started:
            if monotonic() > until or not self._thread.is_alive():
                raise Unavailable("the demo's site did not start", remedy="try again")
            sleep(0.005)

    def close(self) -> None:
        """Stop serving and give the port back."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(timeout=5)
        self._socket.close()

    def door(self, person: str) -> str:
        """A link that signs a person of the demo in, any number of times."""
        with self._system.database.unit() as store:
            session = create_token(
                store, self._system.clock.now(), name=f"demo:{person}", role="responder", person=person,
                lasts=SESSION_FOR, kind="session",
            )  # fmt: skip
            store.commit()
        secret = token_urlsafe(16)
        self._doors[secret] = session
        return f"{self.url}/demo/{secret}"

    def _parts(self) -> WebParts:
        system, settings, read = self._system, self._system.settings, self._system.database.reading
        return WebParts(
            desk=system.desk, views=system.views, uow=system.database.unit, read=read, links=system.links,
            clock=system.clock, language=settings.language, timezone=settings.timezone,
            changes=system.database.data_version, stopping=lambda: self._server.should_exit,
            crisis=crisis_ports(system),
            routers=(intake_router(system.doors, authorizer(read, system.clock)), self._door_router()),
            book=system.book,
        )  # fmt: skip

    def _door_router(self) -> APIRouter:
        router = APIRouter(include_in_schema=False)

        @router.get("/demo/{secret}")
        def enter(request: Request, secret: str) -> RedirectResponse:
            """Sign in and go to the incident list."""
            if secret not in self._doors:
                raise NotFound("this link belongs to another run of the demo", remedy="use the link it printed last")
            response = RedirectResponse("/", 303)
            response.set_cookie(session_cookie(request), self._doors[secret], httponly=True, samesite="lax")
            return response

        return router
