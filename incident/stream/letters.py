"""Signals and dead letters as messages and back. Pure."""

from collections.abc import Sequence

import msgspec

from incident.domain.errors import BadInput
from incident.domain.said import said
from incident.domain.signal import Signal
from incident.intake.cloudevents import to_wire
from incident.intake.episodes import series_of
from incident.intake.event import Event
from incident.intake.wire import item_to_bytes
from incident.service.records import DeadRow
from incident.stream.binding import in_binary
from incident.stream.ports import Record

SOURCE = "tocsin"
_letter = msgspec.json.Decoder(DeadRow)


def signal_record(topic: str, signal: Signal) -> Record:
    """A verdict: a CloudEvent of type ``tocsin.signal.raised`` or ``….cleared``, keyed by its series."""
    attributes = {
        "specversion": "1.0", "id": signal.id, "source": SOURCE, "type": f"tocsin.signal.{signal.state.value}",
        "time": signal.at.isoformat(),
    }  # fmt: skip
    if signal.drill:
        attributes["tocsindrill"] = signal.drill
    return in_binary(topic, series_of(signal.id), attributes, item_to_bytes(signal))


def fact_record(topic: str, event: Event) -> Record:
    """A fact that command nodes work on themselves: a CloudEvent of its own type, keyed by it."""
    attributes = to_wire(event)
    del attributes["data"]
    return in_binary(topic, event.type, attributes, item_to_bytes(event))


def letter_records(topic: str, rows: Sequence[DeadRow]) -> list[Record]:
    """What could not be taken, keyed by where it came from; bodies are masked already."""
    return [
        in_binary(topic, row.origin, {
            "specversion": "1.0", "id": f"{row.origin}/{row.received_at.timestamp()}/{row.index}", "source": SOURCE,
            "type": "tocsin.deadletter", "time": row.received_at.isoformat(),
        }, msgspec.json.encode(row))
        for row in rows
    ]  # fmt: skip


def letter_of(value: bytes) -> DeadRow:
    """The dead letter in a message. Raises BadInput when there is none."""
    try:
        return _letter.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput(said("the dead letter can't be read ({name})", name=type(error).__name__)) from None
