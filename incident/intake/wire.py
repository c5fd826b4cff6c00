"""How an item lies in the inbox: JSON bytes, tagged by kind; and the key by which a repeat is known."""

from hashlib import blake2b

import msgspec

from incident.domain.errors import BadInput
from incident.domain.said import said
from incident.domain.signal import Signal
from incident.intake.event import Event
from incident.intake.results import Item


class _Kept(msgspec.Struct, omit_defaults=True):
    event: Event | None = None
    signal: Signal | None = None


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Kept).decode


def item_to_bytes(item: Item) -> bytes:
    """``{"event": …}`` or ``{"signal": …}`` in JSON, times in UTC."""
    return _encode(_Kept(event=item) if isinstance(item, Event) else _Kept(signal=item))


def item_from_bytes(raw: bytes) -> Item:
    """The item that ``item_to_bytes`` wrote. Raises BadInput when the bytes are nothing of the kind."""
    try:
        kept = _decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput(said("inbox entry can't be read ({name})", name=type(error).__name__)) from None
    item = kept.event or kept.signal
    if item is None:
        raise BadInput("inbox entry is neither an event nor a signal")
    return item


def dedupe_key(item: Item) -> str:
    """The same for the same delivery, so that a request sent twice counts once.

    An event is named by source and id. A signal is named by its id, its state and when it runs out: a resend that
    prolongs an alert is news, the same request once more is not.
    """
    if isinstance(item, Event):
        parts = ["event", item.source, item.id, item.drill or ""]
    else:
        ends = item.ends_at.isoformat() if item.ends_at else ""
        parts = ["signal", item.id, item.state.value, item.at.isoformat(), ends, item.drill or ""]
    return blake2b(msgspec.json.encode(parts), digest_size=16).hexdigest()
