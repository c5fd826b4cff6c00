"""Events as Kafka messages: every form comes back as it went, and what is broken is named."""

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from incident.domain.errors import BadInput
from incident.domain.signal import Signal
from incident.intake.event import Event
from incident.intake.limits import Terms
from incident.intake.results import Reason
from incident.intake.wire import item_from_bytes
from incident.service.intake import dead_row
from incident.stream.binding import MAX_EVENTS, batch, binary, decode, packed, structured
from incident.stream.letters import letter_of, letter_records, signal_record
from incident.stream.topics import MAX_BYTES, partition_of
from tests.contract.test_intake_port import LETTER, SIGNAL

NOW = 1_795_000_000.0
TERMS = Terms(NOW, may_drill=True)
EVENT = Event(
    id="1", source="acd", type="a.b", time=NOW - 1, subject="客户", data={"深": [1, {"x": None}]}, drill="d-1"
)


@given(st.text(min_size=1, max_size=50).filter(str.isprintable), st.one_of(st.none(), st.just("d-1")))
@example('"quoted"', None)
@example("100%41", None)
def test_one_event_comes_back_from_every_form(text: str, drill: str | None) -> None:
    """Structured, binary, a batch of CloudEvents, and our own batch."""
    event = msgspec.structs.replace(EVENT, id=text, subject=text, drill=drill)
    records = [
        structured("t", "k", event),
        binary("t", "k", event),
        batch("t", "k", [event]),
        *packed("t", "k", [event]),
    ]
    for record in records:
        assert decode(record.headers, record.value, TERMS) == ([event], [])


def test_a_message_without_headers_is_read_as_json() -> None:
    """What simple producers send: one event or an array of them."""
    for record in (structured("t", "k", EVENT), batch("t", "k", [EVENT, EVENT])):
        events, bad = decode((), record.value, TERMS)
        assert {e.id for e in events} == {"1"}
        assert bad == []


@pytest.mark.parametrize("value", [b"", b"{", b"[{}]", b"\xff", b"[" * 5000, b"{}"])
def test_what_is_no_event_is_named(value: bytes) -> None:
    """In a batch the good ones are kept."""
    events, bad = decode((), value, TERMS)
    assert events == []
    assert len(bad) == 1
    mixed = b"[" + structured("t", "k", EVENT).value + b",{}]"
    events, bad = decode((), mixed, TERMS)
    assert [e.id for e in events] == ["1"]
    assert [(one.index, one.reason) for one in bad] == [(1, Reason.BAD_ATTRIBUTE)]


def test_a_broken_batch_of_ours_is_named() -> None:
    """It never takes the worker with it."""
    (record,) = packed("t", "k", [EVENT])
    assert decode(record.headers, record.value[:-1], TERMS)[1][0].reason is Reason.BAD_SHAPE


def test_large_batches_are_split_and_a_giant_is_refused() -> None:
    """No message is larger than brokers take; order stays."""
    many = [Event(id=str(n), source="s", type="t", time=NOW) for n in range(2 * MAX_EVENTS + 1)]
    found = list(packed("t", "k", many, 3))
    assert [len(decode(r.headers, r.value, TERMS)[0]) for r in found] == [MAX_EVENTS, MAX_EVENTS, 1]
    assert {record.partition for record in found} == {3}
    heavy = [Event(id=str(n), source="s", type="t", time=NOW, data={"x": "y" * 300_000}) for n in range(8)]
    found = list(packed("t", "k", heavy))
    assert all(len(record.value) <= MAX_BYTES for record in found)
    assert [e.id for r in found for e in decode(r.headers, r.value, TERMS)[0]] == [e.id for e in heavy]
    with pytest.raises(BadInput, match="too large"):
        list(packed("t", "k", [Event(id="1", source="s", type="t", time=NOW, data={"x": "y" * 1_100_000})]))


def test_partitions_are_those_of_librdkafka() -> None:
    """Its default partitioner is the CRC-32 of the key."""
    assert partition_of("123456789", 1000) == 0xCBF43926 % 1000


def test_signals_and_dead_letters_come_back() -> None:
    """Raise and clear of one series share their key."""
    record = signal_record("s", SIGNAL)
    assert item_from_bytes(record.value) == SIGNAL
    assert isinstance(SIGNAL, Signal)
    assert record.key == "alertmanager:ab"
    row = dead_row(LETTER, str)
    assert letter_of(letter_records("d", [row])[0].value) == row
    with pytest.raises(BadInput):
        letter_of(b"{")
