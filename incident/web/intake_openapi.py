"""What the API description says about the intake's request bodies, which are read by hand for speed."""

from typing import Any

from incident.intake.catalogue import schemas
from incident.intake.cloudevents import BATCH, JSON, NDJSON, STRUCTURED
from incident.intake.results import SENTENCES

_EVENT_EXAMPLE = {
    "specversion": "1.0",
    "id": "c-20482-abandoned",
    "source": "acd/chengdu",
    "type": "contact.abandoned",
    "time": "2026-03-02T10:15:04+08:00",
    "data": {"contact_id": "c-20482", "queue": "billing", "waited_s": 131},
}
_ALERT_EXAMPLE = {
    "labels": {"alertname": "HighErrorRate", "service": "crm", "severity": "critical", "instance": "crm-3:9100"},
    "annotations": {"summary": "CRM answers one request in four with an error", "summary_zh": "CRM 四分之一请求报错"},
    "startsAt": "2026-03-02T10:15:00Z",
    "generatorURL": "http://prometheus:9090/graph",
}
_TEXTS = {"type": "object", "additionalProperties": {"type": "string"}}
_WHEN = {"type": "string", "format": "date-time"}

RESULT: dict[str, Any] = {
    "type": "object",
    "required": ["accepted", "rejected"],
    "properties": {
        "accepted": {"type": "integer", "description": "How many items were taken; they are durable."},
        "rejected": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["index", "reason", "detail"],
                "properties": {
                    "index": {"type": "integer", "description": "Which item, counted from 0."},
                    "reason": {"type": "string", "enum": [reason.value for reason in SENTENCES]},
                    "detail": {"type": "string", "description": "In words, in the language of Accept-Language."},
                },
            },
        },
    },
}


def events_body() -> dict[str, Any]:
    """The request body of ``POST /api/v1/events``: the CloudEvents envelope with the catalogue's data."""
    one = _cloudevent()
    many = {"type": "array", "items": one}
    return _body(
        {
            STRUCTURED: {"schema": one, "example": _EVENT_EXAMPLE},
            BATCH: {"schema": many, "example": [_EVENT_EXAMPLE]},
            NDJSON: {"schema": {"type": "string", "description": "One CloudEvent a line."}},
            JSON: {"schema": {"anyOf": [one, many]}, "example": [_EVENT_EXAMPLE]},
        },
        "CloudEvents 1.0: structured, batch, binary (attributes in ce-… headers, data in the body), or NDJSON.",
    )


def alerts_body() -> dict[str, Any]:
    """The request body of ``POST /api/v2/alerts``."""
    alert = {
        "type": "object",
        "required": ["labels"],
        "properties": {
            "labels": _TEXTS,
            "annotations": _TEXTS,
            "startsAt": _WHEN,
            "endsAt": _WHEN,
            "generatorURL": {"type": "string"},
        },
    }
    return _body(
        {JSON: {"schema": {"type": "array", "items": alert}, "example": [_ALERT_EXAMPLE]}},
        "Alerts as Prometheus sends them to Alertmanager.",
    )


def webhook_body() -> dict[str, Any]:
    """The request body of ``POST /api/v1/webhooks/{source}``."""
    return _body({JSON: {"schema": {}}}, "Whatever the foreign system sends; its mapping knows how to read it.")


def results() -> dict[int | str, dict[str, Any]]:
    """The answers of the doors that take many items."""
    content = {JSON: {"schema": RESULT}}
    return {
        202: {"description": "Taken and durable; items that could not be taken are listed.", "content": content},
        400: {"description": "Nothing could be taken; every item says why.", "content": content},
        401: {"description": "No valid token or signature."},
        403: {"description": "This token may not send."},
        413: {"description": "Larger than allowed.", "content": content},
        503: {"description": "Can't be kept at the moment; try again after Retry-After seconds."},
    }


def _cloudevent() -> dict[str, Any]:
    text = {"type": "string", "minLength": 1}
    return {
        "type": "object",
        "required": ["specversion", "id", "source", "type"],
        "properties": {
            "specversion": {"const": "1.0"},
            "id": {**text, "maxLength": 256},
            "source": {**text, "maxLength": 512},
            "type": {**text, "maxLength": 128, "examples": list(schemas())},
            "subject": {"type": "string", "maxLength": 512},
            "time": {**_WHEN, "description": "When it happened; when it arrives, if left out."},
            "data": {
                "type": "object",
                "description": "Must fit the type's schema if the type is in the catalogue.",
                "anyOf": [*_data_schemas(), {"type": "object", "title": "any other type"}],
            },
            "tocsindrill": {**text, "description": "Drill run id; only for senders that may run drills."},
        },
    }


def _data_schemas() -> list[dict[str, Any]]:
    return [{key: value for key, value in each.items() if key not in {"$schema", "$id"}} for each in schemas().values()]


def _body(content: dict[str, Any], description: str) -> dict[str, Any]:
    return {"requestBody": {"required": True, "description": description, "content": content}}
