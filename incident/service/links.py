"""Signed links by which a person answers a page without signing in.

A link names one page of one person and holds until its call is answered or the link is too old. Opening it shows a
page with a button: mail scanners that follow links acknowledge nothing.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from secrets import token_hex

from incident.domain.errors import NotAllowed
from incident.service.ports import KeyRepo

VALID_FOR = timedelta(hours=24)
_KEY_NAME = "signing_key"


@dataclass(frozen=True, slots=True)
class AckClaim:
    """What a link says: this person answers this page (or this roll call, see ``rollcalls.ROLL``)."""

    incident_id: str
    page_id: str
    person: str


class Links:
    """Makes and reads links. ``base_url`` is where people reach this installation, without a slash at the end."""

    def __init__(self, base_url: str, key: str) -> None:
        self.base_url = base_url.rstrip("/")
        self._key = key.encode()

    def incident(self, incident_id: str) -> str:
        """The incident's page."""
        return f"{self.base_url}/incidents/{incident_id}"

    def report(self, report_id: str) -> str:
        """The report's page."""
        return f"{self.base_url}/reports/{report_id}"

    def ack(self, claim: AckClaim, now: datetime) -> str:
        """A link for one page and person, good for 24 hours from ``now``."""
        return f"{self.base_url}/a/{self.token(claim, now)}"

    def roll(self, claim: AckClaim, now: datetime) -> str:
        """A link by which one person answers one roll call, good for 24 hours from ``now``."""
        return f"{self.base_url}/r/{self.token(claim, now)}"

    def token(self, claim: AckClaim, now: datetime) -> str:
        """The signed part of an acknowledgement link."""
        expires = int((now + VALID_FOR).timestamp())
        body = "\n".join((claim.incident_id, claim.page_id, claim.person, str(expires))).encode()
        return _encode(self._sign(body) + body)

    def read(self, token: str, now: datetime) -> AckClaim:
        """The claim of a token. Raises NotAllowed when it was changed or is too old."""
        try:
            raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
            signature, body = raw[:16], raw[16:]
            incident_id, page_id, person, expires = body.decode().split("\n")
            moment = datetime.fromtimestamp(int(expires), UTC)
        except ValueError:
            raise NotAllowed("this link is not complete", remedy="open it again from the message") from None
        if not hmac.compare_digest(signature, self._sign(body)):
            raise NotAllowed("this link is not genuine", remedy="open it again from the message")
        if now > moment:
            raise NotAllowed("this link is too old", remedy="sign in and open the incident")
        return AckClaim(incident_id, page_id, person)

    def _sign(self, body: bytes) -> bytes:
        return hmac.new(self._key, b"ack\n" + body, hashlib.sha256).digest()[:16]


def signing_key(keys: KeyRepo) -> str:
    """The installation's key, made on first use."""
    return keys.put_if_absent(_KEY_NAME, token_hex(32))


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
