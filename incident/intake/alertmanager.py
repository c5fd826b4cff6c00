"""Alertmanager's API v2, as Prometheus and amtool speak it, read and answered. Pure.

Source: Alertmanager's ``api/v2/openapi.yaml`` and its handling of missing times: without ``startsAt`` an alert
begins when it ends, or now; without ``endsAt`` it runs out after the resolve timeout; it is resolved when it
ended before now.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any

import msgspec

from incident import celcore as cel
from incident.domain.errors import BadInput
from incident.domain.signal import Signal, SignalState
from incident.domain.words import Text
from incident.intake.episodes import series_of
from incident.intake.jsonread import array, decode, epoch, screen
from incident.intake.limits import Terms
from incident.intake.results import BadItem, Ok, Reason, Result
from incident.intake.verdict import DRILL_LABEL, LINKS, SCENARIO_LABEL, Policy, Verdict, to_signal

MAX_LABELS = 100
MAX_VALUE = 2_000
TITLE_CHARACTERS = 200
SERIES = "alertmanager:"
_MATCHER = re.compile(r'\s*([^\s=!~"{}]+)\s*(=~|!~|!=|=)\s*("?)(.*)\3\s*', re.DOTALL)
_REGEX = cel.compile("value.matches(pattern)")


class Alert(msgspec.Struct):
    """An alert as Alertmanager's API defines it (``postableAlert``)."""

    labels: dict[str, str]
    annotations: dict[str, str] | None = None
    startsAt: datetime | None = None  # noqa: N815 - Alertmanager's own name
    endsAt: datetime | None = None  # noqa: N815 - Alertmanager's own name
    generatorURL: str = ""  # noqa: N815 - Alertmanager's own name


def parse_alerts(body: bytes, terms: Terms, policy: Policy) -> list[Result]:
    """Every alert of one ``POST /api/v2/alerts`` as a signal; each is judged by itself."""
    if len(body) > terms.limits.request_bytes:
        return [BadItem(Reason.TOO_LARGE, f"> {terms.limits.request_bytes} bytes").at(0, body)]
    try:
        items = array(body, terms.limits.items)
    except BadItem as bad:
        return [bad.at(0, body)]
    return [_parse(index, bytes(item), terms, policy) for index, item in enumerate(items)]


def fingerprint(labels: dict[str, str]) -> str:
    """What an alert is about, in 16 hexadecimal digits: the same for the same labels in any order."""
    return blake2b(msgspec.json.encode(sorted(labels.items())), digest_size=8).hexdigest()


def status(version: str, started: datetime) -> dict[str, Any]:
    """The answer to ``GET /api/v2/status``; clients read the version from it."""
    build = dict.fromkeys(("branch", "buildDate", "buildUser", "goVersion", "revision"), "")
    return {
        "cluster": {"name": "tocsin", "status": "disabled", "peers": []},
        "config": {"original": ""},
        "uptime": _time(started),
        "versionInfo": {**build, "version": version},
    }


def gettable(signals: Iterable[Signal], filters: Sequence[str], now: datetime) -> list[dict[str, Any]]:
    """The answer to ``GET /api/v2/alerts``: raised signals whose labels fit all ``filters``.

    Raises BadInput for a filter that can't be read.
    """
    matchers = [_matcher(text) for text in filters]
    shown = [(signal, _labels(signal)) for signal in signals if signal.state is SignalState.RAISED]
    return [
        _gettable(signal, labels, now)
        for signal, labels in shown
        if all(_fits(labels.get(name, ""), operator, value) for name, operator, value in matchers)
    ]


def _parse(index: int, raw: bytes, terms: Terms, policy: Policy) -> Result:
    try:
        screen(raw, terms.limits.event_bytes)
        return Ok(index, _signal(decode(raw, Alert), terms, policy))
    except BadItem as bad:
        return bad.at(index, raw)


def _signal(alert: Alert, terms: Terms, policy: Policy) -> Signal:
    labels = _checked(alert.labels)
    notes = alert.annotations or {}
    start, end, raised = _span(alert, terms.now, policy.resolve_timeout_s)
    rule = labels.get("alertname", "alertmanager")
    verdict = Verdict(
        series=SERIES + fingerprint(labels),
        rule=rule,
        labels=_with_links(labels, alert.generatorURL, notes.get("runbook_url", "")),
        start=start,
        end=end,
        raised=raised,
        title=_title(notes, rule),
        seen=notes.get("description", "")[:MAX_VALUE],
        severity=labels.get(policy.severity_label, ""),
        scenario=labels.get(SCENARIO_LABEL, ""),
        drill=labels.get(DRILL_LABEL),
    )
    return to_signal(verdict, policy, terms)


def _checked(labels: dict[str, str]) -> dict[str, str]:
    """The labels that have a value; an empty value means the label is not there, as in Prometheus."""
    kept = {name: value for name, value in labels.items() if value}
    if not kept:
        raise BadItem(Reason.BAD_LABELS, "at least one label pair required")
    if len(kept) > MAX_LABELS:
        raise BadItem(Reason.BAD_LABELS, f"more than {MAX_LABELS} labels")
    if not all(name.isprintable() and 0 < len(name) <= MAX_VALUE for name in kept):
        raise BadItem(Reason.BAD_LABELS, "a label name is empty, too long or not printable")
    if any(len(value) > MAX_VALUE for value in kept.values()):
        raise BadItem(Reason.BAD_LABELS, f"a label value is longer than {MAX_VALUE} characters")
    return kept


def _span(alert: Alert, now: float, timeout: float) -> tuple[float, float, bool]:
    """When the alert began, when it ends, and whether it is firing."""
    start, end = _moment(alert.startsAt), _moment(alert.endsAt)
    if start is None:
        start = now if end is None else min(end, now)
    if end is None:
        return start, now + timeout, True
    if start > end:
        raise BadItem(Reason.BAD_TIME, "start time must be before end time")
    return start, end, end > now


def _moment(when: datetime | None) -> float | None:
    """Go writes a missing time as the year 1."""
    return None if when is None or when.year == 1 else epoch(when)


def _title(notes: dict[str, str], rule: str) -> Text:
    plain = notes.get("summary") or notes.get("description") or rule
    chinese, english = notes.get("summary_zh") or plain, notes.get("summary_en") or plain
    return Text(zh=chinese[:TITLE_CHARACTERS], en=english[:TITLE_CHARACTERS])


def _with_links(labels: dict[str, str], generator: str, runbook: str) -> dict[str, str]:
    links = {"generator_url": generator[:MAX_VALUE], "runbook_url": runbook[:MAX_VALUE]}
    return {**{name: url for name, url in links.items() if url}, **labels}


def _labels(signal: Signal) -> dict[str, str]:
    own = {name: value for name, value in signal.labels.items() if name not in LINKS}
    own.setdefault("alertname", signal.rule)
    return own


def _gettable(signal: Signal, labels: dict[str, str], now: datetime) -> dict[str, Any]:
    notes = {"summary": signal.title.en, "summary_zh": signal.title.zh, "description": signal.evidence.seen}
    notes["runbook_url"] = signal.labels.get("runbook_url", "")
    return {
        "annotations": {name: text for name, text in notes.items() if text},
        "endsAt": _time(signal.ends_at or now),
        "fingerprint": series_of(signal.id).removeprefix(SERIES),
        "generatorURL": signal.labels.get("generator_url", ""),
        "labels": labels,
        "receivers": [{"name": "tocsin"}],
        "startsAt": _time(signal.at),
        "status": {"inhibitedBy": [], "mutedBy": [], "silencedBy": [], "state": "active"},
        "updatedAt": _time(now),
    }


def _time(when: datetime) -> str:
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _matcher(text: str) -> tuple[str, str, str]:
    found = _MATCHER.fullmatch(text)
    if found is None or len(text) > MAX_VALUE:
        raise BadInput("bad matcher format", remedy='write name="value", with one of = != =~ !~')
    name, operator, value = found.group(1), found.group(2), found.group(4)
    if operator in {"=~", "!~"}:
        _matches("", value)
    return name, operator, value


def _fits(have: str, operator: str, want: str) -> bool:
    if operator in {"=", "!="}:
        return (have == want) is (operator == "=")
    return _matches(have, want) is (operator == "=~")


def _matches(value: str, pattern: str) -> bool:
    """CEL's regular expressions take linear time, whatever a caller asks for."""
    try:
        return bool(_REGEX.execute({"value": value, "pattern": f"^(?:{pattern})$"}))
    except (ValueError, RuntimeError, TypeError):
        raise BadInput("bad regular expression in a matcher", remedy="use RE2 syntax") from None
