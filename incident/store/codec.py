"""Domain objects ↔ JSON, and the hash that chains log entries."""

import hashlib
import math
import sys
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar

import msgspec

from incident.domain.errors import BadInput
from incident.domain.events import EVENT_TYPES, DomainEvent
from incident.domain.incident import Incident
from incident.domain.said import said
from incident.domain.signal import Signal
from incident.intake.event import Event

T = TypeVar("T")

_ENCODER = msgspec.json.Encoder(order="sorted")
_FAST = msgspec.json.Encoder()
FOLD_REVISION = 1
"""Raise it when ``evolve`` comes to mean something else: stored snapshots are then rebuilt from the log."""


_DECODERS: dict[object, msgspec.json.Decoder[Any]] = {}


def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    if kind not in _DECODERS:
        _DECODERS[kind] = msgspec.json.Decoder(kind)
    return _DECODERS[kind]


def encode(value: object) -> str:
    """``value`` as canonical JSON text: sorted keys, times in UTC, no byte that can't be stored or read back.

    A NaN becomes 0 and an infinity the largest float: JSON has neither, and an entry that can't be read back would
    take its whole incident with it. Raises ValueError for a datetime without a zone.
    """
    builtin = msgspec.to_builtins(value, builtin_types=(datetime,), str_keys=True)
    return _ENCODER.encode(_canonical(builtin)).decode()


def encode_fast(value: object) -> str:
    """``value`` as JSON text, keys as they come: for snapshots and the intake's hot path, which nothing hashes."""
    return _FAST.encode(value).decode()


def decode(text: str | bytes, kind: type[T]) -> T:
    """The value back. Unknown fields are ignored, missing ones take their defaults.

    Raises msgspec.DecodeError (ValidationError is one) when the text is no ``kind``.
    """
    value: T = _decoder(kind).decode(text)
    return value


def encode_event(event: DomainEvent) -> tuple[str, str]:
    """A domain event's stored type name and body."""
    return type(event).__name__, encode(event)


def decode_event(name: str, body: str, where: str) -> DomainEvent:
    """The event back; ``where`` names the entry in an error. Raises BadInput when it can't be read."""
    kind = EVENT_TYPES.get(name)
    if kind is None:
        raise BadInput(
            said("{where}: this version doesn't know the entry type '{name}'", where=where, name=name),
            remedy="run the Tocsin version that wrote it, or a newer one",
        )
    try:
        event: DomainEvent = _decoder(kind).decode(body)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise BadInput(
            said("{where} ({name}) can't be read: {error}", where=where, name=name, error=error),
            remedy="run `tocsin audit verify`; restore the database from a backup if the log was changed",
        ) from error
    return event


def encode_signal(signal: Signal) -> str:
    """A signal as JSON text. Without numbers that may be NaN there is nothing to mend: the fast way is safe."""
    evidence = signal.evidence
    if evidence.window or evidence.contributors or signal.at.tzinfo is None:
        return encode(signal)
    try:
        return encode_fast(signal)
    except UnicodeEncodeError:
        return encode(signal)


def encode_item(item: Event | Signal) -> str:
    """An inbox item, tagged with what it is: ``e`` and an Event's or ``s`` and a Signal's JSON."""
    if not isinstance(item, Event):
        return "s" + encode_signal(item)
    try:
        return "e" + (encode_fast(item) if math.isfinite(item.time) else encode(item))
    except UnicodeEncodeError:
        return "e" + encode(item)


def decode_item(text: str) -> Event | Signal:
    """The inbox item back."""
    return decode(text[1:], Event) if text.startswith("e") else decode(text[1:], Signal)


@cache
def shape() -> str:
    """Fingerprint of the snapshot's form; one of another form is rebuilt from the log instead of being trusted."""
    schema = msgspec.json.encode([FOLD_REVISION, msgspec.json.schema(Incident)], order="sorted")
    return hashlib.sha256(schema).hexdigest()[:16]


def chain(previous: str, fields: tuple[bytes, ...]) -> str:
    """The hash of an entry, in hex: SHA-256 over the previous entry's and the entry's own columns.

    ``fields`` are stream, seq (decimal), type, actor, occurred_at, recorded_at and body, as stored, in UTF-8. Each
    is preceded by its length in bytes and a colon, so that no byte can wander from one field to the next.
    """
    digest = hashlib.sha256()
    for field in (previous.encode(), *fields):
        digest.update(b"%d:" % len(field))
        digest.update(field)
    return digest.hexdigest()


def _canonical(value: Any) -> Any:
    # By exact type, which is all that ``to_builtins`` makes: it runs for every value of every entry.
    kind = type(value)
    if kind is str:
        return value if value.isascii() else value.encode("utf-8", "replace").decode()
    if kind is dict:
        return {_canonical(key): _canonical(inner) for key, inner in value.items()}
    if kind is list or kind is tuple:
        return [_canonical(inner) for inner in value]
    if kind is float and not math.isfinite(value):
        return 0.0 if math.isnan(value) else math.copysign(sys.float_info.max, value)
    return _utc(value) if kind is datetime else value


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        msg = f"{moment.isoformat()} has no time zone"
        raise ValueError(msg)
    return moment.astimezone(UTC)
