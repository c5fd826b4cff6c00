"""A foreign system's JSON body made into events and signals by its mapping. Pure."""

from collections.abc import Mapping
from typing import Any

import msgspec

from incident.domain.words import Text
from incident.intake.cloudevents import Wire, to_event
from incident.intake.jsonread import check_depth, decode, moment, screen, utc
from incident.intake.limits import Terms
from incident.intake.mapping import Map, Webhook
from incident.intake.results import BadItem, Item, Ok, Reason, Result
from incident.intake.verdict import Policy, Verdict, to_signal

MAX_ITEMS = 1_000
_SECRET = ("authorization", "cookie", "signature", "token", "secret", "key", "password")


def parse_webhook(
    webhook: Webhook, headers: Mapping[str, str], body: bytes, terms: Terms, policy: Policy
) -> list[Result]:
    """Every item of one call. A body that concerns none of the mapping's ``maps`` gives an empty list."""
    try:
        screen(body, terms.limits.webhook_bytes)
        content = decode(body, Any)
        check_depth(content, terms.limits.depth)
        found = _find(webhook, {"body": content, "headers": _open(headers), "now": terms.now})
    except BadItem as bad:
        return [bad.at(0, body)]
    seen = {"headers": _open(headers), "now": terms.now}
    results: list[Result] = []
    for each, item in found:
        results.extend(_one(len(results), webhook.source, each, {**seen, "item": item}, terms, policy))
    return results


def _find(webhook: Webhook, variables: dict[str, Any]) -> list[tuple[Map, Any]]:
    """Each item with its map. ``items`` that gives null: the body has no such part; one that has none of all is bad."""
    found: list[tuple[Map, Any]] = []
    parts = [(each, each.items.run(variables)) for each in webhook.maps]
    if all(items is None for _, items in parts):
        raise BadItem(Reason.NOT_MAPPED, "the body holds nothing that this mapping reads")
    for each, items in parts:
        if not isinstance(items, list | None):
            raise BadItem(Reason.NOT_MAPPED, "items is not a list")
        found.extend((each, item) for item in items or [])
    if len(found) > MAX_ITEMS:
        raise BadItem(Reason.TOO_MANY, f"{len(found)} > {MAX_ITEMS}")
    return found


def _one(index: int, source: str, each: Map, variables: dict[str, Any], terms: Terms, policy: Policy) -> list[Result]:
    """One result, or none when the mapping says that the item is of no interest."""
    try:
        if each.when.run(variables) is not True:
            return []
        fields = {name: _field(name, expression.run, variables) for name, expression in each.fields.items()}
        return [Ok(index, _make(source, each, fields, terms, policy))]
    except BadItem as bad:
        return [bad.at(index, _bytes(variables["item"]))]


def _field(name: str, run: Any, variables: dict[str, Any]) -> Any:
    try:
        return run(variables)
    except BadItem as bad:
        raise BadItem(bad.reason, f"{name}: {bad.detail}") from None


def _make(source: str, each: Map, fields: dict[str, Any], terms: Terms, policy: Policy) -> Item:
    if each.becomes == "event":
        return to_event(_wire(source, fields), terms)
    return to_signal(_verdict(source, fields), policy, terms)


def _wire(source: str, fields: dict[str, Any]) -> Wire:
    when = moment(fields.get("time"), "time")
    return Wire(
        specversion="1.0",
        id=_text(fields, "id"),
        source=f"webhook:{source}",
        type=_text(fields, "type"),
        subject=_text(fields, "subject") or None,
        time=None if when is None else utc(when).isoformat(),
        data=fields.get("data"),
        tocsindrill=_text(fields, "drill") or None,
    )


def _verdict(source: str, fields: dict[str, Any]) -> Verdict:
    key, rule, title = (_needed(fields, name) for name in ("id", "rule", "title"))
    if not isinstance(fields["raised"], bool):
        raise BadItem(Reason.NOT_MAPPED, "raised: not true or false")
    return Verdict(
        series=f"{source}:{key}"[:256],
        rule=rule[:200],
        labels=_labels(fields.get("labels"), rule),
        start=moment(fields.get("starts_at"), "starts_at"),
        end=moment(fields.get("ends_at"), "ends_at"),
        raised=fields["raised"],
        title=Text(zh=(_text(fields, "title_zh") or title)[:200], en=title[:200]),
        seen=_text(fields, "seen")[:2_000],
        severity=_text(fields, "severity"),
        scenario=_text(fields, "scenario"),
        group_by=_names(fields.get("group_by")),
        drill=_text(fields, "drill") or None,
    )


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise BadItem(Reason.NOT_MAPPED, f"{name}: not a text")
    return str(value)


def _needed(fields: dict[str, Any], name: str) -> str:
    value = _text(fields, name)
    if not value:
        raise BadItem(Reason.NOT_MAPPED, f"{name}: is empty")
    return value


def _labels(value: Any, rule: str) -> dict[str, str]:
    if not isinstance(value, (dict, type(None))) or len(value or {}) > 100:
        raise BadItem(Reason.BAD_LABELS, "labels: not a map of at most 100")
    kept = {str(k)[:200]: str(v)[:2_000] for k, v in (value or {}).items() if isinstance(v, (str, int, float))}
    return {"alertname": rule, **{name: text for name, text in kept.items() if text}}


def _names(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise BadItem(Reason.NOT_MAPPED, "group_by: not a list of texts")
    return tuple(value[:10])


def _open(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers a mapping may see: none that carries a secret."""
    return {name: value for name, value in headers.items() if not any(word in name for word in _SECRET)}


def _bytes(item: Any) -> bytes:
    try:
        return msgspec.json.encode(item)
    except (msgspec.MsgspecError, TypeError, OverflowError, ValueError):
        return b""
