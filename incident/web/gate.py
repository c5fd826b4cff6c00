"""Who is calling: tokens in the Authorization header for programs, a session cookie for people in a browser."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from incident.domain.errors import NotAllowed, TocsinError
from incident.i18n import Translate, translator
from incident.intake.ports import ANONYMOUS, Caller
from incident.service.access import Identity, csrf_for, identify
from incident.service.ports import Clock, UnitOfWork
from incident.service.redaction import Viewer
from incident.web.language import language_of, zone_of
from incident.web.parts import WebParts

_bearer = HTTPBearer(auto_error=False, description="A token made with: tocsin token create")


class NotSignedIn(TocsinError):
    """Nobody has shown valid credentials."""


@dataclass(frozen=True, slots=True)
class Reader:
    """A caller in one request: who, in which language and zone, and what a form of theirs must carry.

    ``identity`` is None for somebody who did not sign in (only a few pages take such readers).
    """

    identity: Identity | None
    language: str
    zone: ZoneInfo
    csrf: str
    now: datetime

    @property
    def viewer(self) -> Viewer:
        """How redaction sees this reader."""
        return self.identity.viewer if self.identity else Viewer()

    @property
    def person(self) -> str:
        """The person's id; empty for a program."""
        return self.identity.person if self.identity else ""

    @property
    def may_act(self) -> bool:
        """True when this reader may change incidents: the role allows it and a person answers for it."""
        return self.identity is not None and self.identity.may_act and bool(self.identity.person)

    @property
    def admin(self) -> bool:
        return self.identity is not None and self.identity.role == "admin"

    @property
    def translate(self) -> Translate:
        return translator(self.language)

    def actor(self) -> str:
        """The person in whose name something is done. Raises NotAllowed for readers and for programs."""
        if self.identity is None or not self.identity.may_act:
            raise NotAllowed("you may look but not act", remedy="ask an administrator for the role responder")
        if not self.identity.person:
            raise NotAllowed(
                "this token belongs to no person", remedy="make one with: tocsin token create --person PERSON"
            )
        return self.identity.person


def session_cookie(request: Request) -> str:
    """The cookie's name. Browsers share cookies between the ports of a host, so that the port must be in it: a demo
    that is still up would sign people out of their own centre.
    """
    return f"tocsin_session_{request.url.port}" if request.url.port else "tocsin_session"


def parts_of(request: Request) -> WebParts:
    """The application's parts."""
    parts: WebParts = request.app.state.parts
    return parts


def authorizer(read: UnitOfWork, clock: Clock) -> Callable[..., Caller]:
    """The intake's dependency: who sends. Somebody without valid credentials is ``ANONYMOUS``, never an error."""

    def authorize(
        bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    ) -> Caller:
        if bearer is None:
            return ANONYMOUS
        try:
            with read() as store:
                known = identify(store, bearer.credentials, clock.now())
        except NotAllowed:
            return ANONYMOUS
        return Caller(name=known.name, may_send=known.may_send, may_drill=known.may_drill)

    return authorize


def program(request: Request, bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> Reader:
    """The API's caller. Raises NotSignedIn without a valid token, NotAllowed when its role may not read."""
    if bearer is None:
        raise NotSignedIn("a token is needed", remedy="send Authorization: Bearer TOKEN (tocsin token create)")
    return _must_read(_reader(request, _identify(request, bearer.credentials), ""))


def browser(request: Request) -> Reader:
    """A page's reader. Raises NotSignedIn without a valid session, NotAllowed when the role may not read."""
    secret = request.cookies.get(session_cookie(request), "")
    if not secret:
        raise NotSignedIn("you are not signed in", remedy="open the sign-in link you were given")
    return _must_read(_reader(request, _identify(request, secret), csrf_for(secret)))


def anyone(request: Request) -> Reader:
    """Whoever it is: the signed-in reader, else a stranger. Pages that need no sign-in use it."""
    try:
        return browser(request)
    except (NotSignedIn, NotAllowed):
        return stranger(request)


def stranger(request: Request) -> Reader:
    """Somebody of whom nothing is known; needs no database."""
    return _reader(request, None, "")


def either(request: Request, bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> Reader:
    """A caller with a token or a session: for what both programs and browsers read."""
    return program(request, bearer) if bearer is not None else browser(request)


def _identify(request: Request, secret: str) -> Identity:
    parts = parts_of(request)
    try:
        with parts.read() as store:
            return identify(store, secret, parts.clock.now())
    except NotAllowed as error:
        raise NotSignedIn(error.message, remedy=error.remedy) from None


def _reader(request: Request, identity: Identity | None, csrf: str) -> Reader:
    parts = parts_of(request)
    person = parts.desk.rules.roster.people.get(identity.person) if identity else None
    return Reader(
        identity, language_of(request, person, parts.language), zone_of(person, parts.timezone), csrf,
        parts.clock.now(),
    )  # fmt: skip


def _must_read(reader: Reader) -> Reader:
    if reader.identity is None or not reader.identity.may_read:
        raise NotAllowed("this token may only send events", remedy="make one with the role viewer or responder")
    return reader


Program = Annotated[Reader, Depends(program)]
Browser = Annotated[Reader, Depends(browser)]
Anyone = Annotated[Reader, Depends(anyone)]
Either = Annotated[Reader, Depends(either)]
Parts = Annotated[WebParts, Depends(parts_of)]
