"""Who is calling: tokens for programs, one-time sign-in links, sessions for people. Only hashes are stored."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_urlsafe

from incident.domain.errors import BadInput, NotAllowed
from incident.domain.said import said
from incident.service.ports import Store
from incident.service.records import Token
from incident.service.redaction import Viewer

ROLES = ("admin", "responder", "viewer", "intake")
"""``intake`` may only send events; ``viewer`` reads; ``responder`` acts on incidents; ``admin`` may do everything."""
LOGIN_FOR = timedelta(hours=1)
SESSION_FOR = timedelta(hours=12)
_NEW_LINK = "ask for a new one: tocsin token login PERSON"


@dataclass(frozen=True, slots=True)
class Identity:
    """A caller who has shown credentials."""

    name: str
    role: str
    person: str
    may_drill: bool = False

    @property
    def viewer(self) -> Viewer:
        """How redaction sees this caller."""
        return Viewer(self.person, self.role)

    @property
    def may_read(self) -> bool:
        return self.role in {"admin", "responder", "viewer"}

    @property
    def may_act(self) -> bool:
        return self.role in {"admin", "responder"}

    @property
    def may_send(self) -> bool:
        return self.role in {"admin", "intake", "responder"}


def create_token(
    store: Store, now: datetime, *, name: str, role: str, person: str = "", lasts: timedelta | None = None,
    may_drill: bool = False, kind: str = "api",
) -> str:  # fmt: skip
    """Make a token and return its secret, which is shown once and stored nowhere."""
    if role not in ROLES:
        raise BadInput(
            said("role: '{role}' is not a role", role=role), remedy=said("one of {names}", names=", ".join(ROLES))
        )
    if role == "responder" and not person:
        raise BadInput("person: is missing", remedy="a responder acts in somebody's name: give --person")
    if not name.strip():
        raise BadInput("name: is empty", remedy="say what the token is for")
    secret = f"toc_{kind[0]}_{token_urlsafe(32)}"
    expires = now + lasts if lasts else None
    store.tokens.add(
        Token(hash=_hash(secret), name=name, kind=kind, role=role, person=person, created_at=now, expires_at=expires,
              may_drill=may_drill)
    )  # fmt: skip
    return secret


def login_link(store: Store, now: datetime, *, base_url: str, person: str, role: str = "admin") -> str:
    """A link that signs one person in, once, within the hour."""
    secret = create_token(store, now, name=f"login:{person}", role=role, person=person, lasts=LOGIN_FOR, kind="login",
                          may_drill=True)  # fmt: skip
    return f"{base_url.rstrip('/')}/login/{secret}"


def sign_in(store: Store, secret: str, now: datetime) -> str:
    """Use up a one-time link; the secret of the session that begins. Raises NotAllowed when it is used or too old."""
    token = _valid(store, secret, now, kind="login")
    if not store.tokens.use(token.hash, now):
        raise NotAllowed("this link was used before", remedy=_NEW_LINK)
    return create_token(store, now, name=token.name, role=token.role, person=token.person, lasts=SESSION_FOR,
                        kind="session", may_drill=token.may_drill)  # fmt: skip


def identify(store: Store, secret: str, now: datetime) -> Identity:
    """The caller behind a token or session. Raises NotAllowed when it is unknown, revoked or too old."""
    token = _valid(store, secret, now, kind="")
    if token.kind == "login":
        raise NotAllowed("a sign-in link is not a token", remedy="open it in a browser")
    return Identity(token.name, token.role, token.person, token.may_drill)


def csrf_for(secret: str) -> str:
    """What a form of this session must carry, so that another site can't post in its name."""
    return hashlib.sha256(b"csrf\n" + secret.encode()).hexdigest()[:32]


def sign_out(store: Store, secret: str, now: datetime) -> None:
    """End one session; the token's name is shared by a person's sessions, so the hash decides."""
    store.tokens.revoke_hash(_hash(secret), now)


def _valid(store: Store, secret: str, now: datetime, *, kind: str) -> Token:
    token = store.tokens.find(_hash(secret))
    if token is None or token.revoked_at is not None or (kind and token.kind != kind):
        if kind == "login":
            raise NotAllowed("this link is not known", remedy=_NEW_LINK)
        raise NotAllowed("this key is not known", remedy="create one: tocsin token create")
    if token.expires_at is not None and now >= token.expires_at:
        raise NotAllowed("this key is too old", remedy="ask for a new one")
    return token


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
