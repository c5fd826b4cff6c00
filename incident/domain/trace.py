"""One name for everything that follows from one fact: a W3C trace id, 32 hexadecimal digits."""

import re
from hashlib import sha256

_PARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?")


def from_header(traceparent: str) -> str:
    """The trace id in a ``traceparent`` as W3C writes it; empty when it is none."""
    found = _PARENT.fullmatch(traceparent.strip().lower())
    return found[1] if found and found[1].strip("0") else ""


def made_of(name: str) -> str:
    """A trace id for what nobody gave one; the same for the same name, so that doing it again is no new trace."""
    return sha256(name.encode("utf-8", "replace")).hexdigest()[:32]


def to_header(trace: str, step: str) -> str:
    """``traceparent`` for the next one; ``step`` names what is done now."""
    return f"00-{trace}-{sha256(step.encode('utf-8', 'replace')).hexdigest()[:16]}-01"
