"""How a foreign system proves that a webhook is its own: a shared secret in a header, or a signature over the body."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Literal

from pydantic import Field, model_validator

from incident.intake.jsonread import rfc3339
from incident.intake.results import BadItem
from incident.yamlfile import Strict


class Proof(Strict):
    """The ``auth`` part of a webhook mapping.

    ``bearer``: an ordinary Tocsin token in the Authorization header, nothing else.
    ``token``: ``header`` holds the shared secret. ``hmac``: ``header`` holds the HMAC-SHA256 of what ``signed`` names,
    in ``encoding``, after ``prefix``; with ``timestamp_header``, older than ``tolerance_s`` seconds is refused.
    An ordinary token works with every kind, so that a mapping can be tried out.
    """

    kind: Literal["bearer", "token", "hmac"] = "bearer"
    header: str = ""
    prefix: str = ""
    encoding: Literal["hex", "base64"] = "hex"
    signed: Literal["body", "timestamp+body", "timestamp:body"] = "body"
    timestamp_header: str = ""
    tolerance_s: float = Field(default=300.0, gt=0)

    @model_validator(mode="after")
    def _complete(self) -> "Proof":
        if self.kind != "bearer" and not self.header:
            raise ValueError("'header' is missing: name the header that holds the token or signature")
        if self.signed != "body" and not self.timestamp_header:
            raise ValueError("'timestamp_header' is missing: the signature includes it")
        return self

    def holds(self, secret: str, headers: Mapping[str, str], body: bytes, now: float) -> bool:
        """Whether a request with ``headers`` (lower-case names) and ``body`` knows ``secret``."""
        given = headers.get(self.header.lower(), "")
        if self.kind == "bearer" or not secret or not given:
            return False
        if self.kind == "token":
            return _same(given, self.prefix + secret)
        stamp = headers.get(self.timestamp_header.lower(), "") if self.timestamp_header else ""
        if self.timestamp_header and not self._fresh(stamp, now):
            return False
        digest = hmac.new(secret.encode(), self._message(stamp, body), hashlib.sha256).digest()
        wanted = digest.hex() if self.encoding == "hex" else base64.b64encode(digest).decode()
        return _same(given, self.prefix + wanted)

    def _message(self, stamp: str, body: bytes) -> bytes:
        between = {"body": b"", "timestamp+body": stamp.encode(), "timestamp:body": stamp.encode() + b":"}
        return between[self.signed] + body

    def _fresh(self, stamp: str, now: float) -> bool:
        try:
            when = float(stamp) if stamp.isascii() and stamp.isdigit() else rfc3339(stamp)
        except BadItem:
            return False
        return abs(now - when) <= self.tolerance_s


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())
