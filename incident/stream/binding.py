"""Events as Kafka messages and back: the CloudEvents 1.0 Kafka binding, and batches. Pure.

Read are, by the header ``content-type``: one CloudEvent (structured, or binary with ``ce_…`` headers), a JSON batch of
them, and Tocsin's own batch in MessagePack, which is what the intake writes: what it holds was checked at the door, so
that a detector worker decodes a thousand events in one call.
"""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

import msgspec

from incident.domain.errors import BadInput
from incident.domain.said import said
from incident.intake.cloudevents import BATCH, JSON, STRUCTURED, parse, to_wire
from incident.intake.event import Event
from incident.intake.limits import Terms
from incident.intake.results import BadItem, Ok, Reason, Rejected
from incident.stream.ports import Headers, Record
from incident.stream.topics import MAX_BYTES

PACKED = "application/vnd.tocsin.events+msgpack"
MAX_EVENTS = 1000
"""Events in one message of ours at most: a message is one dispatch, and one step back after a crash."""

_pack = msgspec.msgpack.Encoder()
_unpack = msgspec.msgpack.Decoder(list[Event])
_PACKED = (("content-type", PACKED.encode()),)


def decode(headers: Headers, value: bytes, terms: Terms) -> tuple[list[Event], list[Rejected]]:
    """The events of one message, and what in it was none."""
    if headers == _PACKED:
        return _packed(value)
    named = {name.lower(): raw.decode("utf-8", "replace") for name, raw in headers}
    if named.get("content-type") == PACKED:
        return _packed(value)
    # In HTTP these values are percent-encoded; in Kafka they are what they are.
    named |= {f"ce-{name[3:]}": quote(text) for name, text in named.items() if name.startswith("ce_")}
    if "content-type" not in named:
        named["content-type"] = JSON
    good: list[Event] = []
    bad: list[Rejected] = []
    for result in parse(named, value, terms):
        if isinstance(result, Ok) and isinstance(result.item, Event):
            good.append(result.item)
        elif isinstance(result, Rejected):
            bad.append(result)
    return good, bad


def _packed(value: bytes) -> tuple[list[Event], list[Rejected]]:
    try:
        return _unpack.decode(value), []
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return [], [BadItem(Reason.BAD_SHAPE, "not a batch of events").at(0, value)]


def packed(topic: str, key: str, events: Sequence[Event], partition: int | None = None) -> Iterator[Record]:
    """Our own batches, as many as it takes. Raises BadInput for an event too large for any message."""
    for start in range(0, len(events), MAX_EVENTS):
        yield from _fitting(topic, key, events[start : start + MAX_EVENTS], partition)


def _fitting(topic: str, key: str, events: Sequence[Event], partition: int | None) -> Iterator[Record]:
    value = _pack.encode(events)
    if len(value) <= MAX_BYTES:
        yield Record(topic, key, value, _PACKED, partition)
    elif len(events) == 1:
        raise BadInput(
            said("an event of {count} bytes is too large for Kafka", count=len(value)), remedy="send smaller events"
        )
    else:
        middle = len(events) // 2
        yield from _fitting(topic, key, events[:middle], partition)
        yield from _fitting(topic, key, events[middle:], partition)


def structured(topic: str, key: str, event: Event) -> Record:
    """One CloudEvent, all in the value."""
    return Record(topic, key, msgspec.json.encode(to_wire(event)), _typed(STRUCTURED))


def batch(topic: str, key: str, events: Sequence[Event]) -> Record:
    """A JSON batch of CloudEvents."""
    return Record(topic, key, msgspec.json.encode([to_wire(event) for event in events]), _typed(BATCH))


def binary(topic: str, key: str, event: Event) -> Record:
    """One CloudEvent, attributes in headers, the data in the value."""
    wire = to_wire(event)
    return in_binary(topic, key, wire, msgspec.json.encode(wire.pop("data")))


def in_binary(topic: str, key: str, attributes: dict[str, Any], data: bytes) -> Record:
    """The same for data that is encoded already."""
    headers = tuple((f"ce_{name}", str(value).encode()) for name, value in attributes.items())
    return Record(topic, key, data, (*_typed(JSON), *headers))


def _typed(media: str) -> Headers:
    return (("content-type", media.encode()),)
