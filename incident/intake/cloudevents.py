"""CloudEvents 1.0 over HTTP and in files: structured, batch, binary, NDJSON. Pure: bytes in, results out.

Source: CloudEvents 1.0.2 JSON format and HTTP protocol binding.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import msgspec

from incident.domain.trace import from_header, to_header
from incident.intake import catalogue
from incident.intake.event import Event
from incident.intake.jsonread import array, check_depth, decode, rfc3339, screen, utc
from incident.intake.limits import Terms
from incident.intake.results import BadItem, Ok, Reason, Result

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
NDJSON = "application/x-ndjson"
JSON = "application/json"

_LONGEST = {"id": 256, "source": 512, "type": 128, "subject": 512, "tocsindrill": 128}


class Wire(msgspec.Struct):
    """A CloudEvent as it travels; other extension attributes are taken and dropped."""

    specversion: str = ""
    id: str = ""
    source: str = ""
    type: str = ""
    subject: str | None = None
    time: str | None = None
    datacontenttype: str | None = None
    data: Any = None
    data_base64: str | None = None
    tocsindrill: str | None = None
    traceparent: str | None = None


def parse(headers: Mapping[str, str], body: bytes, terms: Terms) -> list[Result]:
    """Every event of one request. ``headers`` have lower-case names; ``body`` is decompressed."""
    if len(body) > terms.limits.request_bytes:
        return [BadItem(Reason.TOO_LARGE, f"> {terms.limits.request_bytes} bytes").at(0, body)]
    media = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media == BATCH:
        return parse_batch(body, terms)
    if media == STRUCTURED:
        return [parse_one(0, body, terms)]
    if "ce-specversion" in headers or "ce-id" in headers:
        return [parse_binary(headers, body, terms)]
    return _parse_plain(media, body, terms)


def _parse_plain(media: str, body: bytes, terms: Terms) -> list[Result]:
    if media == NDJSON:
        return parse_lines(body, terms)
    if media == JSON:
        return parse_batch(body, terms) if body.lstrip()[:1] == b"[" else [parse_one(0, body, terms)]
    return [BadItem(Reason.MEDIA_TYPE, media[:100]).at(0, body)]


def parse_batch(body: bytes, terms: Terms) -> list[Result]:
    """A JSON array of events; each is judged by itself."""
    try:
        items = array(body, terms.limits.items)
    except BadItem as bad:
        return [bad.at(0, body)]
    return [parse_one(index, bytes(item), terms) for index, item in enumerate(items)]


def parse_lines(body: bytes, terms: Terms) -> list[Result]:
    """One event a line; ``index`` counts all lines from 0, empty ones are skipped."""
    lines = body.split(b"\n")
    if len(lines) > terms.limits.items + 1:
        return [BadItem(Reason.TOO_MANY, f"{len(lines)} > {terms.limits.items}").at(0, body)]
    return [parse_one(index, line, terms) for index, line in enumerate(lines) if line.strip()]


def parse_one(index: int, raw: bytes, terms: Terms) -> Result:
    """One event in JSON."""
    try:
        return Ok(index, read_event(raw, terms))
    except BadItem as bad:
        return bad.at(index, raw)


def read_event(raw: bytes, terms: Terms) -> Event:
    """One event in JSON. Raises BadItem."""
    screen(raw, terms.limits.event_bytes)
    return to_event(decode(raw, Wire), terms)


def parse_binary(headers: Mapping[str, str], body: bytes, terms: Terms) -> Result:
    """An event whose attributes are ``ce-…`` headers and whose data is the body."""
    attributes = {name[3:]: _header(value) for name, value in headers.items() if name.startswith("ce-")}
    known = {name: value for name, value in attributes.items() if name in Wire.__struct_fields__}
    try:
        screen(body, terms.limits.event_bytes)
        _require_json(headers.get("content-type"))
        wire = msgspec.convert({**known, "data": decode(body, Any) if body.strip() else None}, Wire)
        return Ok(0, to_event(wire, terms))
    except BadItem as bad:
        return bad.at(0, body)


def to_event(wire: Wire, terms: Terms) -> Event:
    """A checked event of a decoded one. Raises BadItem."""
    if wire.specversion != "1.0":
        raise BadItem(Reason.BAD_ATTRIBUTE, "specversion must be 1.0")
    for name in ("id", "source", "type"):
        _check_attribute(name, getattr(wire, name))
    for name in ("subject", "tocsindrill"):
        if getattr(wire, name):
            _check_attribute(name, getattr(wire, name))
    data = _data(wire, terms)
    check_depth(data, terms.limits.depth)
    catalogue.check(wire.type, data)
    return Event(
        id=wire.id,
        source=wire.source,
        type=wire.type,
        time=terms.sane(rfc3339(wire.time)) if wire.time else terms.now,
        subject=wire.subject or "",
        data=data,
        drill=terms.drill(wire.tocsindrill),
        trace=(from_header(wire.traceparent) if wire.traceparent else "") or terms.trace,
    )


def to_wire(event: Event) -> dict[str, Any]:
    """The event as a structured CloudEvent, ready for JSON."""
    wire: dict[str, Any] = {
        "specversion": "1.0",
        "id": event.id,
        "source": event.source,
        "type": event.type,
        "time": utc(event.time).isoformat().replace("+00:00", "Z"),
        "data": event.data,
    }
    if event.subject:
        wire["subject"] = event.subject
    if event.drill:
        wire["tocsindrill"] = event.drill
    if event.trace:
        wire["traceparent"] = to_header(event.trace, event.id)
    return wire


def _check_attribute(name: str, value: str) -> None:
    if not value:
        raise BadItem(Reason.BAD_ATTRIBUTE, f"{name} is missing")
    if len(value) > _LONGEST[name]:
        raise BadItem(Reason.BAD_ATTRIBUTE, f"{name} is longer than {_LONGEST[name]} characters")
    if not value.isprintable():
        raise BadItem(Reason.BAD_ATTRIBUTE, f"{name} holds control characters")


def _data(wire: Wire, terms: Terms) -> dict[str, Any]:
    data = wire.data
    if wire.data_base64 is not None:
        _require_json(wire.datacontenttype)
        try:
            raw = base64.b64decode(wire.data_base64, validate=True)
        except (binascii.Error, ValueError):
            raise BadItem(Reason.BAD_DATA, "data_base64 is not base64") from None
        screen(raw, terms.limits.event_bytes)
        data = decode(raw, Any)
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise BadItem(Reason.BAD_DATA, "data must be a JSON object")
    return data


def _require_json(media: str | None) -> None:
    kind = (media or JSON).partition(";")[0].strip().lower()
    if kind != JSON and not kind.endswith("+json"):
        raise BadItem(Reason.BAD_DATA, "data must be JSON (datacontenttype)")


def _header(value: str) -> str:
    """A header value with quotes and percent-encoding undone; broken UTF-8 shows as U+FFFD."""
    if len(value) >= 2 and value[0] == value[-1] == '"':
        value = value[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    return unquote(value, errors="replace")
