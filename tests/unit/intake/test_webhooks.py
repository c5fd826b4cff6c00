"""Foreign systems' webhooks, read by their mapping files."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incident.domain.errors import BadInput
from incident.domain.signal import Signal, SignalState
from incident.domain.words import Degree, Scenario
from incident.intake.event import Event
from incident.intake.limits import Limits, Terms
from incident.intake.mapping import load_webhook, load_webhooks
from incident.intake.results import Ok, Reason, Rejected, Result
from incident.intake.verdict import Policy
from incident.intake.webhook import parse_webhook

WEBHOOKS = load_webhooks()
NOW = 1_772_418_600.0
TERMS = Terms(now=NOW)


def call(source: str, body: Any, headers: dict[str, str] | None = None, terms: Terms = TERMS) -> list[Result]:
    """The results of one webhook call."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return parse_webhook(WEBHOOKS[source], headers or {}, raw, terms, Policy())


def signal(result: Result) -> Signal:
    """The signal of a result that must be good."""
    assert isinstance(result, Ok), result
    assert isinstance(result.item, Signal)
    return result.item


def test_grafana_alerts_raise_and_clear(sample: Callable[[str], Any]) -> None:
    """One notification holds both; the raise has no end, because Grafana says when it is over."""
    raised, cleared = (signal(result) for result in call("grafana", sample("grafana")))
    assert (raised.state, raised.title.zh, raised.correlation_key) == (
        SignalState.RAISED,
        "IVR 排队超过 120 已持续 5 分钟",
        "service=ivr",
    )
    assert (raised.impact, raised.ends_at) == (Degree.HIGH, None)
    assert raised.id.startswith("grafana:c6eadffa33fcdf37@")
    assert (cleared.state, cleared.at.timestamp()) == (SignalState.CLEARED, 1_772_417_640.0)


def test_a_zabbix_recovery_clears_the_problem(sample: Callable[[str], Any]) -> None:
    """Problem and recovery share one id."""
    (problem,) = (signal(result) for result in call("zabbix", sample("zabbix_problem")))
    (recovery,) = (signal(result) for result in call("zabbix", sample("zabbix_recovery")))
    assert (problem.state, recovery.state) == (SignalState.RAISED, SignalState.CLEARED)
    assert problem.id == recovery.id
    assert problem.labels["service"] == "telephony"
    assert (problem.impact, problem.urgency) == (Degree.HIGH, Degree.MEDIUM)
    assert recovery.at.timestamp() == 1_772_418_000.0


def test_a_sentry_alert_becomes_a_signal_that_runs_out_in_an_hour(sample: Callable[[str], Any]) -> None:
    """Sentry repeats an alert while it lasts; silence for an hour means it is over."""
    (raised,) = (
        signal(result) for result in call("sentry", sample("sentry_alert"), {"sentry-hook-resource": "event_alert"})
    )
    assert (raised.rule, raised.correlation_key) == ("Logins time out", "service=agent-desktop")
    assert raised.ends_at is not None
    assert raised.ends_at.timestamp() == NOW + 3_600


def test_a_resolved_sentry_issue_clears_its_series(sample: Callable[[str], Any]) -> None:
    """The clear names the same issue."""
    (cleared,) = (
        signal(result) for result in call("sentry", sample("sentry_resolved"), {"sentry-hook-resource": "issue"})
    )
    assert cleared.state is SignalState.CLEARED
    assert cleared.id.startswith("sentry:1170820242@")


def test_a_zendesk_complaint_ticket_becomes_a_complaint(sample: Callable[[str], Any]) -> None:
    """The class comes from the tag."""
    (result,) = call("zendesk", sample("zendesk_ticket"))
    assert isinstance(result, Ok)
    assert isinstance(result.item, Event)
    assert (result.item.type, result.item.id, result.item.source) == (
        "complaint.received",
        "01HNXYZ-TICKET",
        "webhook:zendesk",
    )
    assert result.item.data == {
        "complaint_id": "35436",
        "class": "price",
        "channel": "web",
        "text": "本月话费比套餐多扣了 40 元",
    }


def test_a_ticket_that_is_no_complaint_is_of_no_interest(sample: Callable[[str], Any]) -> None:
    """Neither taken nor rejected."""
    ticket = sample("zendesk_ticket")
    ticket["detail"]["tags"] = ["question"]
    assert call("zendesk", ticket) == []


def test_the_generic_webhook_takes_events_and_signals(sample: Callable[[str], Any]) -> None:
    """Both lists, times in any usual form."""
    event, ups = call("generic", sample("generic"))
    assert isinstance(event, Ok)
    assert isinstance(event.item, Event)
    assert event.item.time == 1_772_417_640.0
    made = signal(ups)
    assert (made.scenario, made.correlation_key, made.at.timestamp()) == (
        Scenario.DISASTER,
        "site=chengdu",
        1_772_417_640.0,
    )


@pytest.mark.parametrize("body", [{}, {"event": [{"id": "1"}]}, [], [{"id": "1", "type": "x"}]])
def test_a_generic_call_that_holds_neither_list_is_refused(body: Any) -> None:
    """A sender that mistyped ``events`` hears of it; nothing would have come of the call."""
    (refused,) = call("generic", body)
    assert isinstance(refused, Rejected)
    assert (refused.reason, refused.detail) == (Reason.NOT_MAPPED, "the body holds nothing that this mapping reads")
    assert call("generic", {"events": []}) == []


def test_good_items_are_kept_beside_bad_ones(sample: Callable[[str], Any]) -> None:
    """The bad one says which field could not be read."""
    body = sample("grafana")
    del body["alerts"][0]["fingerprint"]
    bad, good = call("grafana", body)
    assert isinstance(bad, Rejected)
    assert (bad.reason, bad.detail) == (Reason.NOT_MAPPED, "id: KeyError")
    assert b"IVR" in bad.body
    assert isinstance(good, Ok)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"{", Reason.NOT_JSON),
        ({"alerts": 7}, Reason.NOT_MAPPED),
        ({}, Reason.NOT_MAPPED),
        ({"alerts": [{}] * 1_001}, Reason.TOO_MANY),
        (b'{"a":' * 40 + b"1" + b"}" * 40, Reason.TOO_DEEP),
        (b'{"alerts":"\\u0000"}', Reason.BAD_DATA),
    ],
)
def test_a_body_of_another_shape_is_refused(body: Any, why: Reason) -> None:
    """With the reason."""
    (result,) = call("grafana", body)
    assert isinstance(result, Rejected)
    assert result.reason is why


def test_a_body_that_is_too_large_is_refused() -> None:
    """Expressions never see it."""
    (result,) = call("grafana", b" " * 200, terms=replace(TERMS, limits=Limits(webhook_bytes=100)))
    assert isinstance(result, Rejected)
    assert result.reason is Reason.TOO_LARGE


def test_a_drill_by_webhook_needs_the_right_too() -> None:
    """A signature proves who sends, not that they may run drills."""
    body = {"signals": [{"id": "1", "rule": "r", "title": "t", "drill": "d-1"}]}
    (refused,) = call("generic", body)
    assert isinstance(refused, Rejected)
    assert refused.reason is Reason.DRILL_NOT_ALLOWED
    (taken,) = call("generic", body, terms=replace(TERMS, may_drill=True))
    assert signal(taken).drill == "d-1"


def write(folder: Path, **changes: str) -> Path:
    """A mapping file, good but for the changed lines."""
    parts = {
        "source": "source: own",
        "items": "  - items: body.list",
        "becomes": "    becomes: event",
        "id": "      id: item.id",
        "type": "      type: \"'shop.opened'\"",
        "extra": "",
    }
    lines = {**parts, **changes}
    head = ["schema: webhook/v1", lines.pop("source"), "title: {zh: 自有系统, en: Our own}", "maps:"]
    rule = [lines.pop("items"), lines.pop("becomes"), "    fields:", *lines.values()]
    path = folder / "own.yaml"
    path.write_text("\n".join([*head, *rule]), encoding="utf-8")
    return path


def test_a_users_own_mapping_is_loaded_beside_the_shipped_ones(tmp_path: Path) -> None:
    """And replaces a shipped one of the same source."""
    write(tmp_path)
    found = load_webhooks([tmp_path])
    assert {"own", "zabbix"} <= found.keys()
    (result,) = parse_webhook(found["own"], {}, b'{"list":[{"id":"1"}]}', TERMS, Policy())
    assert isinstance(result, Ok)
    write(tmp_path, source="source: zabbix")
    assert load_webhooks([tmp_path])["zabbix"].title.en == "Our own"


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"items": "  - items: 'body.('"}, "own.yaml:5: maps.0.items: not a CEL expression"),
        ({"id": "      id: item.id.frobnicate()"}, "own.yaml:8: maps.0.fields.id: no such function: frobnicate"),
        ({"id": "      id: body.id"}, "own.yaml:8: maps.0.fields.id: 'body' is not known here"),
        ({"id": "      name: item.id"}, "own.yaml:7: maps.0.fields: 'id' is missing"),
        ({"extra": "      colour: item.c"}, "own.yaml:10: maps.0.fields.colour: unknown field"),
        ({"becomes": "    becomes: poem"}, "own.yaml:6: maps.0.becomes"),
        ({"source": "source: Own System"}, "own.yaml:2: source"),
        ({"source": "source: own\nauth: {kind: hmac}"}, "own.yaml:3: auth: 'header' is missing"),
        ({"extra": "      data: '" + "1+" * 3_000 + "1'"}, "expression is longer than"),
    ],
)
def test_a_faulty_mapping_names_file_line_and_field(tmp_path: Path, changes: dict[str, str], fault: str) -> None:
    """Before anything runs."""
    with pytest.raises(BadInput) as caught:
        load_webhook(write(tmp_path, **changes))
    assert fault in str(caught.value)


def test_two_mappings_of_one_source_in_one_folder_are_a_fault(tmp_path: Path) -> None:
    """Which of them would win, nobody could tell; a missing folder is a fault as well."""
    (tmp_path / "other.yaml").write_text(write(tmp_path).read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(BadInput, match="'own' is in other"):
        load_webhooks([tmp_path])
    with pytest.raises(BadInput, match="no such folder"):
        load_webhooks([tmp_path / "gone"])


SOME_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["alerts", "status", "labels", "detail", "tags", "id", "data", "event"]), inner
        )
    ),
    max_leaves=10,
)


@settings(max_examples=150)
@given(st.sampled_from(sorted(WEBHOOKS)), st.sampled_from(["event_alert", "issue"]), SOME_JSON)
def test_no_body_makes_a_mapping_fall_over(source: str, resource: str, body: Any) -> None:
    """Whatever a stranger sends, the answer is a list of results."""
    for result in call(source, body, {"sentry-hook-resource": resource}):
        assert isinstance(result, (Ok, Rejected))


@settings(max_examples=100)
@given(st.fixed_dictionaries(dict.fromkeys(("id", "rule", "title", "state", "starts_at", "labels"), SOME_JSON)))
def test_no_values_make_a_signal_fall_over(fields: dict[str, Any]) -> None:
    """Wrong types in every field of the generic mapping are named, not raised."""
    (result,) = call("generic", {"signals": [fields]})
    assert isinstance(result, (Ok, Rejected))
