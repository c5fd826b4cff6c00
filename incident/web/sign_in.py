"""Signing in by a one-time link, signing out. Opening the link only shows a button: link scanners use nothing up."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from incident.service.access import SESSION_FOR, sign_in, sign_out
from incident.web.bounded import BoundedRoute
from incident.web.forms import OwnForm, SignedForm
from incident.web.gate import Anyone, Parts, session_cookie
from incident.web.templating import page

router = APIRouter(route_class=BoundedRoute, include_in_schema=False)


@router.get("/login")
def how_to_sign_in(request: Request, reader: Anyone) -> HTMLResponse:
    """Says how to get a link."""
    return page(request, "sign_in.html", reader, secret="")


@router.get("/login/{secret}")
def offer(request: Request, secret: str, reader: Anyone) -> HTMLResponse:
    """A button; the link is not looked at yet."""
    return page(request, "sign_in.html", reader, secret=secret)


@router.post("/login/{secret}")
def enter(request: Request, secret: str, _form: OwnForm, parts: Parts) -> Response:
    """Use the link up and begin a session."""
    with parts.uow() as store:
        session = sign_in(store, secret, parts.clock.now())
        store.commit()
    response = RedirectResponse("/", 303)
    response.set_cookie(
        session_cookie(request), session, max_age=int(SESSION_FOR.total_seconds()), httponly=True, samesite="lax",
        secure=parts.links.base_url.startswith("https:"),
    )  # fmt: skip
    return response


@router.post("/logout")
def leave(request: Request, _form: SignedForm, parts: Parts) -> Response:
    """End the session here and on the server."""
    with parts.uow() as store:
        sign_out(store, request.cookies.get(session_cookie(request), ""), parts.clock.now())
        store.commit()
    response = RedirectResponse("/login", 303)
    response.delete_cookie(session_cookie(request))
    return response
