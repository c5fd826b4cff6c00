"""What is written can be read back."""

import hashlib
import math
import sys
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incident.domain.errors import BadInput
from incident.domain.events import EVENT_TYPES, DomainEvent, NoteAdded, SignalsJoined, TaskDone
from incident.domain.incident import Incident
from incident.domain.signal import Evidence, Signal
from incident.domain.words import Degree, Text
from incident.intake.event import Event
from incident.store.codec import (
    chain,
    decode,
    decode_event,
    decode_item,
    encode,
    encode_event,
    encode_fast,
    encode_item,
    shape,
)
from tests.contract.store_sample import NOW, signal

st.register_type_strategy(str, st.text(st.characters(codec="utf-8"), max_size=12))
st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))
st.register_type_strategy(int, st.integers(-(2**60), 2**60))
st.register_type_strategy(datetime, st.datetimes(timezones=st.just(UTC)))
st.register_type_strategy(timedelta, st.timedeltas(timedelta(0), timedelta(days=3000)))

EVENTS = st.sampled_from(sorted(EVENT_TYPES.items())).flatmap(lambda named: st.from_type(named[1]))


@settings(max_examples=100)
@given(EVENTS)
def test_any_domain_event_comes_back_as_it_was(written: DomainEvent) -> None:
    """Every class of event, whatever its fields hold."""
    name, body = encode_event(written)
    assert decode_event(name, body, "here") == written


@pytest.mark.parametrize("name", sorted(EVENT_TYPES))
def test_every_kind_of_event_is_known_by_its_stored_name(name: str) -> None:
    """The name in the table leads back to the class."""
    assert EVENT_TYPES[name].__name__ == name


@settings(max_examples=20)
@given(st.from_type(Incident))
def test_any_snapshot_comes_back_as_it_was(state: Incident) -> None:
    """A whole incident: enums as keys, tuples, times, nested plans."""
    assert decode(encode_fast(state), Incident) == state


@settings(max_examples=20)
@given(st.from_type(Signal))
def test_any_signal_comes_back_from_the_inbox(item: Signal) -> None:
    """Tagged as a signal."""
    assert decode_item(encode_item(item)) == item


def test_an_event_comes_back_from_the_inbox() -> None:
    """Tagged as an event, its data untouched."""
    item = Event(id="1", source="s", type="t", time=1.5, data={"a": [1, None, {"b": "\x00"}], "n": 2**70}, drill="d")
    assert decode_item(encode_item(item)) == item


def test_the_same_value_has_one_spelling() -> None:
    """Keys are sorted and times are in UTC, whatever the order and zone they came in."""
    china = timezone(timedelta(hours=8))
    one = signal("s", labels={"b": "2", "a": "1"}, at=NOW)
    other = signal("s", labels={"a": "1", "b": "2"}, at=NOW.astimezone(china))
    assert encode(one) == encode(other)


def test_numbers_json_cannot_spell_do_not_make_an_entry_unreadable() -> None:
    """NaN and infinities in evidence are stored as the nearest number there is."""
    evidence = Evidence(window=((1.0, math.nan), (2.0, math.inf), (3.0, -math.inf)))
    joined = SignalsJoined(("s",), "new", "r", Text.same("t"), Degree.LOW, Degree.LOW, evidence=evidence)
    back: Any = decode_event(*encode_event(joined), "here")
    most = sys.float_info.max
    assert [value for _, value in back.evidence.window] == [0.0, most, -most]


def test_half_a_character_does_not_stop_a_note() -> None:
    """A lone surrogate, as a broken terminal sends it, becomes a question mark."""
    assert decode_event(*encode_event(NoteAdded("a\ud800b")), "here") == NoteAdded("a?b")


def test_a_time_without_a_zone_is_refused() -> None:
    """Nobody could tell which moment it names."""
    with pytest.raises(ValueError, match="no time zone"):
        encode(signal("s", at=NOW.replace(tzinfo=None)))


def test_fields_of_a_newer_version_are_ignored_and_missing_ones_take_their_defaults() -> None:
    """Logs outlive versions."""
    assert decode_event("TaskDone", '{"task_id":"t","colour":"red"}', "here") == TaskDone("t")


def test_an_unknown_entry_type_says_what_to_do() -> None:
    """A log written by a newer version is not misread."""
    with pytest.raises(BadInput, match="INC-1 entry 3: this version doesn't know the entry type 'TaskSung' — run"):
        decode_event("TaskSung", "{}", "INC-1 entry 3")


@pytest.mark.parametrize("body", ["", "{", '{"task_id": 7}', "[]"])
def test_a_damaged_body_says_which_entry_it_is(body: str) -> None:
    """And how to find out more."""
    with pytest.raises(BadInput, match=r"INC-1 entry 3 \(TaskDone\) can't be read: .*audit verify"):
        decode_event("TaskDone", body, "INC-1 entry 3")


def test_no_byte_can_wander_between_hashed_fields() -> None:
    """``ab`` + ``c`` and ``a`` + ``bc`` are different entries."""
    assert chain("", (b"ab", b"c")) != chain("", (b"a", b"bc"))


def test_the_hash_is_the_documented_one() -> None:
    """Outsiders recompute it from ADR 0002; it must not change."""
    fields = (
        b"INC-2026-0001",
        b"1",
        b"NoteAdded",
        b"system",
        b"2026-01-02T03:04:05.000006Z",
        b"2026-01-02T03:04:06.000000Z",
        b'{"kind":"note","text":"x"}',
    )
    spelled = b"".join(b"%d:%b" % (len(part), part) for part in (b"f00d", *fields))
    assert chain("f00d", fields) == hashlib.sha256(spelled).hexdigest()
    assert chain("", fields) == "bec72ef7ad8f6c5522c098b8dccc60f8eda6a8f41d961a67a59075e70b56df6e"


def test_the_snapshots_form_has_a_fingerprint() -> None:
    """Stable within a version."""
    assert shape() == shape()
    assert len(shape()) == 16
