"""CloudEvents in all their shapes, good and bad."""

import base64
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incident.intake.cloudevents import parse, parse_batch, parse_lines, to_wire
from incident.intake.event import Event
from incident.intake.limits import Limits, Terms
from incident.intake.results import Ok, Reason, Rejected, Result

NOW = 1_772_417_700.0
TERMS = Terms(now=NOW)
GOOD: dict[str, Any] = {
    "specversion": "1.0",
    "id": "e-1",
    "source": "acd",
    "type": "metric.sampled",
    "time": "2026-03-02T10:14:00+08:00",
    "data": {"metric": "busy_lines", "value": 184},
}
ENVELOPE = b'{"specversion":"1.0","id":"i","source":"s","type":"t","data":'


def structured(**changes: Any) -> Result:
    """The result of one structured event with some attributes changed."""
    body = json.dumps({**GOOD, **changes}).encode()
    (result,) = parse({"content-type": "application/cloudevents+json; charset=utf-8"}, body, TERMS)
    return result


def event(result: Result) -> Event:
    """The event of a result that must be good."""
    assert isinstance(result, Ok), result
    assert isinstance(result.item, Event)
    return result.item


def reason(result: Result) -> Reason:
    """Why a result is bad."""
    assert isinstance(result, Rejected), result
    return result.reason


def test_a_structured_event_is_taken_whole() -> None:
    """Every attribute arrives, the time as epoch seconds."""
    assert event(structured(subject="line 4")) == Event(
        id="e-1",
        source="acd",
        type="metric.sampled",
        time=NOW - 60,
        subject="line 4",
        data={"metric": "busy_lines", "value": 184},
    )


def test_a_missing_time_means_now() -> None:
    """A sender without a clock is still welcome."""
    assert event(structured(time=None)).time == NOW


def test_a_batch_keeps_the_good_and_names_the_bad() -> None:
    """One bad event costs itself alone."""
    body = json.dumps([GOOD, {**GOOD, "id": ""}, 7, {**GOOD, "id": "e-2"}]).encode()
    results = parse({"content-type": "application/cloudevents-batch+json"}, body, TERMS)
    assert [type(result) for result in results] == [Ok, Rejected, Rejected, Ok]
    assert [reason(results[1]), reason(results[2])] == [Reason.BAD_ATTRIBUTE, Reason.BAD_SHAPE]
    assert [result.index for result in results] == [0, 1, 2, 3]


def test_a_binary_event_reads_its_headers_percent_decoded() -> None:
    """Chinese text survives the trip through headers."""
    headers = {
        "ce-specversion": "1.0",
        "ce-id": "b-1",
        "ce-source": "acd",
        "ce-type": "contact.offered",
        "ce-subject": "%E6%88%90%E9%83%BD",
        "ce-unknownextension": "x",
        "content-type": "application/json",
    }
    taken = event(parse(headers, b'{"contact_id":"c","queue":"q"}', TERMS)[0])
    assert (taken.subject, taken.data) == ("成都", {"contact_id": "c", "queue": "q"})


def test_lines_are_events_of_their_own() -> None:
    """A broken line does not break its neighbours; the index is the line."""
    body = b"\n".join([json.dumps(GOOD).encode(), b"", b"{oops", json.dumps({**GOOD, "id": "e-2"}).encode(), b""])
    results = parse({"content-type": "application/x-ndjson"}, body, TERMS)
    assert [(result.index, isinstance(result, Ok)) for result in results] == [(0, True), (2, False), (3, True)]


@pytest.mark.parametrize("body", [json.dumps(GOOD).encode(), b"  [" + json.dumps(GOOD).encode() + b"]"])
def test_plain_json_is_taken_too(body: bytes) -> None:
    """A sender that knows only application/json may send one event or a list."""
    (result,) = parse({"content-type": "application/json"}, body, TERMS)
    assert event(result).id == "e-1"


def test_base64_data_is_decoded() -> None:
    """JSON that travels as base64 is JSON."""
    data = base64.b64encode(b'{"metric":"m","value":2}').decode()
    assert event(structured(data=None, data_base64=data)).data["value"] == 2


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"specversion": "0.3"}, Reason.BAD_ATTRIBUTE),
        ({"source": ""}, Reason.BAD_ATTRIBUTE),
        ({"type": "a\nb"}, Reason.BAD_ATTRIBUTE),
        ({"id": "x" * 300}, Reason.BAD_ATTRIBUTE),
        ({"id": 7}, Reason.BAD_SHAPE),
        ({"time": "yesterday"}, Reason.BAD_TIME),
        ({"time": "2026-03-02T10:14:00"}, Reason.BAD_TIME),
        ({"time": "2026-03-02T04:14:00Z"}, Reason.TIME_IN_FUTURE),
        ({"time": "9999-12-31T23:59:59-14:00"}, Reason.TIME_IN_FUTURE),
        ({"time": "1970-01-01T00:00:00Z"}, Reason.TIME_TOO_OLD),
        ({"time": "0001-01-01T00:00:00+14:00"}, Reason.TIME_TOO_OLD),
        ({"data": "text"}, Reason.BAD_DATA),
        ({"data": {"metric": "m"}}, Reason.BAD_DATA),
        ({"data": {"metric": "m", "value": 1, "note": "a\x00b"}}, Reason.BAD_DATA),
        ({"data_base64": "%%%"}, Reason.BAD_DATA),
        ({"data_base64": "AAAA", "datacontenttype": "image/png"}, Reason.BAD_DATA),
        ({"tocsindrill": "drill-1"}, Reason.DRILL_NOT_ALLOWED),
    ],
)
def test_a_bad_event_says_why(changes: dict[str, Any], why: Reason) -> None:
    """Every fault has its own reason."""
    assert reason(structured(**changes)) is why


def test_a_drill_mark_counts_only_for_those_who_may() -> None:
    """A mark is honoured or refused, never ignored: ignored, it would make a rehearsal real."""
    body = json.dumps({**GOOD, "tocsindrill": "drill-1"}).encode()
    (allowed,) = parse({"content-type": "application/json"}, body, replace(TERMS, may_drill=True))
    assert event(allowed).drill == "drill-1"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"[" * 100_000, Reason.TOO_DEEP),
        (ENVELOPE + b'{"a":' * 40 + b"1" + b"}" * 41, Reason.TOO_DEEP),
        (b'{"data":NaN}', Reason.NOT_JSON),
        (b'{"data":{"x":1e999}}', Reason.BAD_SHAPE),
        (b'{"id":"\xff"}', Reason.NOT_JSON),
        (b'{"id":"\\ud800x"}', Reason.NOT_JSON),
        (b"", Reason.NOT_JSON),
        (b"null", Reason.BAD_SHAPE),
    ],
)
def test_hostile_json_is_refused_by_name(body: bytes, why: Reason) -> None:
    """Depth, NaN, numbers out of range, broken UTF-8: named, and nothing falls over."""
    (result,) = parse({"content-type": "application/json"}, body, TERMS)
    assert reason(result) is why


def test_of_duplicate_keys_the_last_one_counts() -> None:
    """As in most JSON readers."""
    body = json.dumps(GOOD).encode()[:-1] + b',"id":"last"}'
    (result,) = parse({"content-type": "application/json"}, body, TERMS)
    assert event(result).id == "last"


def test_too_large_and_too_many_are_refused() -> None:
    """Limits hold for each event and for the request."""
    tight = replace(TERMS, limits=Limits(event_bytes=100, items=2, request_bytes=2_000))
    assert reason(parse_batch(json.dumps([GOOD]).encode(), tight)[0]) is Reason.TOO_LARGE
    assert reason(parse_batch(b"[1,2,3]", tight)[0]) is Reason.TOO_MANY
    assert reason(parse_lines(b"\n" * 9, tight)[0]) is Reason.TOO_MANY
    assert reason(parse({"content-type": "application/json"}, b" " * 3_000, tight)[0]) is Reason.TOO_LARGE


def test_an_unknown_media_type_is_refused() -> None:
    """Nobody's picture is taken for an event."""
    assert reason(parse({"content-type": "image/png"}, b"x", TERMS)[0]) is Reason.MEDIA_TYPE


def test_a_rejected_body_is_kept_up_to_a_bound() -> None:
    """Enough to see what came, not enough to fill a disk."""
    (result,) = parse({"content-type": "application/json"}, b"{" + b"x" * 100_000, TERMS)
    assert isinstance(result, Rejected)
    assert len(result.body) == 16_384


def test_an_event_survives_the_trip_out_and_back() -> None:
    """What ``to_wire`` writes, ``parse`` reads."""
    first = event(structured(subject="s"))
    (again,) = parse({"content-type": "application/json"}, json.dumps(to_wire(first)).encode(), TERMS)
    assert event(again) == first


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)
ATTRIBUTES = st.dictionaries(st.sampled_from([*GOOD, "subject", "data_base64", "tocsindrill"]), JSON_VALUES, max_size=4)


@settings(max_examples=60)
@given(st.lists(ATTRIBUTES, max_size=5))
def test_good_events_are_kept_whatever_comes_along(changes: list[dict[str, Any]]) -> None:
    """Between any neighbours the good event is taken, and nothing else than results comes out."""
    body = json.dumps([{**GOOD, **change} for change in changes] + [GOOD]).encode()
    results = parse_batch(body, TERMS)
    assert len(results) == len(changes) + 1
    assert isinstance(results[-1], Ok)
    assert all(isinstance(result, (Ok, Rejected)) for result in results)


MEDIA = st.sampled_from(
    [
        "",
        "application/json",
        "application/x-ndjson",
        "application/cloudevents+json",
        "application/cloudevents-batch+json",
    ]
)
HEADERS = st.dictionaries(
    st.sampled_from(["ce-id", "ce-specversion", "ce-type", "ce-time", "ce-data"]), st.text(max_size=9)
)


@settings(max_examples=100)
@given(MEDIA, HEADERS, st.binary(max_size=60) | JSON_VALUES.map(lambda value: json.dumps(value).encode()))
def test_no_bytes_make_the_parser_fall_over(media: str, headers: dict[str, str], body: bytes) -> None:
    """Whatever comes, the answer is a list of results."""
    for result in parse({"content-type": media, **headers}, body, TERMS):
        assert isinstance(result, (Ok, Rejected))
