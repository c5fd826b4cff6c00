"""Alerts as Prometheus and amtool send them."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incident.domain.errors import BadInput
from incident.domain.signal import Signal, SignalState
from incident.domain.words import Degree, Scenario
from incident.intake.alertmanager import gettable, parse_alerts
from incident.intake.episodes import join_episode, series_of
from incident.intake.limits import Terms
from incident.intake.results import Ok, Reason, Rejected, Result
from incident.intake.verdict import Policy
from incident.intake.wire import dedupe_key

MOMENT = datetime(2026, 3, 2, 2, 15, tzinfo=UTC)
TERMS = Terms(now=MOMENT.timestamp())
POLICY = Policy()
LABELS = {"alertname": "HighErrorRate", "job": "crm", "instance": "crm-1:9100", "severity": "critical"}


def send(*alerts: Any, terms: Terms = TERMS) -> list[Result]:
    """The results of one request."""
    return parse_alerts(json.dumps(list(alerts)).encode(), terms, POLICY)


def signal(result: Result) -> Signal:
    """The signal of a result that must be good."""
    assert isinstance(result, Ok), result
    assert isinstance(result.item, Signal)
    return result.item


def one(terms: Terms = TERMS, **fields: Any) -> Signal:
    """The signal of one alert."""
    return signal(send({"labels": LABELS, **fields}, terms=terms)[0])


def test_an_alert_becomes_a_signal_with_everything_a_responder_needs(sample: Any) -> None:
    """Prometheus' own payload: title, level, group, times, links."""
    made = signal(send(*sample("prometheus"))[0])
    assert (made.state, made.rule, made.scenario) == (SignalState.RAISED, "HighErrorRate", Scenario.SYSTEM_OUTAGE)
    assert made.title.en == "CRM answers one request in four with an error"
    assert (made.impact, made.urgency) == (Degree.HIGH, Degree.HIGH)
    assert made.correlation_key == "job=crm"
    assert made.at == datetime(2026, 3, 2, 2, 14, 0, 123_000, UTC)
    assert made.ends_at == datetime(2026, 3, 2, 2, 19, 0, 123_000, UTC)
    assert made.labels["runbook_url"] == "https://wiki.example/crm"
    assert made.labels["generator_url"].startswith("http://prometheus")


def test_an_alert_that_ended_clears() -> None:
    """The clear carries the id of the raise."""
    start = "2026-03-02T02:00:00Z"
    raised, cleared = one(startsAt=start), one(startsAt=start, endsAt="2026-03-02T02:15:00Z")
    assert (cleared.state, cleared.at, cleared.ends_at) == (SignalState.CLEARED, MOMENT, None)
    assert cleared.id == raised.id


def test_an_alert_without_an_end_runs_out_after_the_resolve_timeout() -> None:
    """Go's year 1 and a missing field both mean: no end given."""
    nothing = "0001-01-01T00:00:00Z"
    for made in (one(), one(startsAt=nothing, endsAt=nothing)):
        assert (made.at, made.ends_at) == (MOMENT, MOMENT + timedelta(minutes=5))


def test_a_resend_is_the_same_episode_but_not_the_same_delivery() -> None:
    """A resend prolongs; the same request once more changes nothing."""
    first = one(startsAt="2026-03-02T02:00:00Z", endsAt="2026-03-02T02:18:00Z")
    resent = one(startsAt="2026-03-02T02:00:00Z", endsAt="2026-03-02T02:19:00Z")
    assert first.id == resent.id
    assert dedupe_key(first) != dedupe_key(resent)
    assert dedupe_key(first) == dedupe_key(one(startsAt="2026-03-02T02:00:00Z", endsAt="2026-03-02T02:18:00Z"))


def test_a_second_prometheus_joins_the_open_episode() -> None:
    """A pair of Prometheus servers tells one alert with two starts; it stays one episode with the earlier start."""
    open_episode = one(startsAt="2026-03-02T02:10:15Z")
    twin = one(startsAt="2026-03-02T02:10:00Z")
    assert twin.id != open_episode.id
    joined = join_episode(twin, open_episode)
    assert (joined.id, joined.at) == (open_episode.id, twin.at)


def test_amtool_clears_what_it_raised_without_naming_the_start() -> None:
    """``amtool alert add --end=now`` knows no start; the clear finds the open episode by its series."""
    raised = one()
    later = replace(TERMS, now=TERMS.now + 60)
    cleared = one(terms=later, endsAt="2026-03-02T02:15:30Z")
    assert join_episode(cleared, raised).id == raised.id


def test_a_late_clear_does_not_end_a_newer_episode() -> None:
    """The clear of the earlier episode keeps its own id."""
    newer = one(startsAt="2026-03-02T02:12:00Z")
    late = one(startsAt="2026-03-02T02:00:00Z", endsAt="2026-03-02T02:05:00Z")
    assert join_episode(late, newer).id == late.id


def test_an_alert_after_the_open_one_ran_out_is_a_new_episode() -> None:
    """Nobody prolonged the old one, so this is news."""
    old = one(startsAt="2026-03-02T01:00:00Z", endsAt="2026-03-02T02:15:01Z")
    fresh = one(terms=replace(TERMS, now=TERMS.now + 600), startsAt="2026-03-02T02:20:00Z")
    assert join_episode(fresh, old).id == fresh.id


def test_other_series_and_drills_never_join() -> None:
    """Same moment, other labels: another matter. A drill: never reality."""
    open_episode = one()
    other = signal(send({"labels": {**LABELS, "instance": "crm-2"}, "startsAt": "2026-03-02T02:01:00Z"})[0])
    assert join_episode(other, open_episode) is other
    drill = replace(one(startsAt="2026-03-02T02:01:00Z"), drill="d-1")
    assert join_episode(drill, open_episode) is drill
    assert series_of("plain") == "plain"


def test_twenty_thousand_alerts_of_one_cause_have_one_key() -> None:
    """Only ``instance`` differs: one incident, not twenty thousand."""
    body = json.dumps([{"labels": {**LABELS, "instance": f"crm-{n}"}} for n in range(20_000)]).encode()
    signals = [signal(result) for result in parse_alerts(body, TERMS, POLICY)]
    assert len({each.id for each in signals}) == 20_000
    assert {each.correlation_key for each in signals} == {"job=crm"}


@pytest.mark.parametrize(
    ("labels", "key"),
    [
        ({"alertname": "A", "service": "ivr", "job": "j"}, "service=ivr"),
        ({"alertname": "A", "cluster": "c"}, "cluster=c"),
        ({"alertname": "A", "instance": "i"}, "alertname=A"),
        ({"instance": "i"}, "rule=alertmanager"),
    ],
)
def test_the_first_label_present_decides_what_joins(labels: dict[str, str], key: str) -> None:
    """Service before job before cluster before the alert's name; never the instance."""
    assert signal(send({"labels": labels})[0]).correlation_key == key


def test_a_label_may_choose_the_scenario() -> None:
    """``tocsin_scenario`` overrides; a scenario that does not exist is refused."""
    assert signal(send({"labels": {**LABELS, "tocsin_scenario": "data-leak"}})[0]).scenario is Scenario.DATA_LEAK
    (bad,) = send({"labels": {**LABELS, "tocsin_scenario": "zombies"}})
    assert isinstance(bad, Rejected)
    assert bad.reason is Reason.BAD_LABELS


def test_summaries_in_two_languages_make_a_title_in_two_languages() -> None:
    """``summary_zh`` and ``summary_en`` win over ``summary``."""
    title = one(annotations={"summary": "CRM down", "summary_zh": "CRM 宕机"}).title
    assert (title.zh, title.en) == ("CRM 宕机", "CRM down")


@pytest.mark.parametrize(
    ("alert", "why"),
    [
        ({"labels": {}}, Reason.BAD_LABELS),
        ({"labels": {"alertname": ""}}, Reason.BAD_LABELS),
        ({"labels": {"a\nb": "x"}}, Reason.BAD_LABELS),
        ({"labels": {"a": "x" * 3_000}}, Reason.BAD_LABELS),
        ({"labels": {f"l{n}": "x" for n in range(101)}}, Reason.BAD_LABELS),
        ({"labels": {"a": 1}}, Reason.BAD_SHAPE),
        ({}, Reason.BAD_SHAPE),
        ({"labels": LABELS, "startsAt": "2026-03-02T02:00:00Z", "endsAt": "2026-03-02T01:00:00Z"}, Reason.BAD_TIME),
        ({"labels": LABELS, "startsAt": "soon"}, Reason.BAD_SHAPE),
        ({"labels": LABELS, "startsAt": "2026-03-02T09:00:00Z"}, Reason.TIME_IN_FUTURE),
        ({"labels": LABELS, "endsAt": "9999-12-31T23:59:59-14:00"}, Reason.BAD_TIME),
        ({"labels": {**LABELS, "tocsin_drill": "d-1"}}, Reason.DRILL_NOT_ALLOWED),
    ],
)
def test_a_bad_alert_is_refused_and_its_neighbours_kept(alert: Any, why: Reason) -> None:
    """As in Alertmanager, one bad alert costs itself alone."""
    bad, good = send(alert, {"labels": LABELS})
    assert isinstance(bad, Rejected)
    assert bad.reason is why
    assert isinstance(good, Ok)


def test_a_drill_alert_is_marked_when_the_sender_may() -> None:
    """And its series differs from the real one, by its label."""
    (result,) = send({"labels": {**LABELS, "tocsin_drill": "d-1"}}, terms=replace(TERMS, may_drill=True))
    assert signal(result).drill == "d-1"
    assert series_of(signal(result).id) != series_of(one().id)


def test_queries_show_active_alerts_that_fit_every_matcher() -> None:
    """What ``amtool alert query`` prints."""
    signals = [one(generatorURL="http://p/g"), one(endsAt="2026-03-02T02:14:00Z")]
    (shown,) = gettable(signals, ['job="crm"', 'instance=~"crm-[0-9].*"', 'severity!="info"', "job!~web"], MOMENT)
    assert shown["labels"] == LABELS
    assert shown["generatorURL"] == "http://p/g"
    assert shown["startsAt"] == "2026-03-02T02:15:00.000Z"
    assert shown["status"]["state"] == "active"
    assert gettable(signals, ["job=web"], MOMENT) == []


@pytest.mark.parametrize("matcher", ["nonsense", 'job=~"("', "=x", "a=~" + "(" * 3_000])
def test_a_matcher_that_cannot_be_read_is_refused(matcher: str) -> None:
    """With a message, not a fall."""
    with pytest.raises(BadInput):
        gettable([one()], [matcher], MOMENT)


VALUES = st.none() | st.integers() | st.text(max_size=20) | st.dictionaries(st.text(max_size=5), st.text(max_size=5))
TIMES = st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat)


@settings(max_examples=80)
@given(
    st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                "labels": VALUES,
                "annotations": VALUES,
                "startsAt": VALUES | TIMES,
                "endsAt": VALUES | TIMES,
                "generatorURL": VALUES,
            },
        ),
        max_size=5,
    )
)
def test_any_alerts_leave_the_good_one_alone(alerts: list[dict[str, Any]]) -> None:
    """Fuzzed neighbours; only results come out, and a raise always ends after now."""
    results = send(*alerts, {"labels": LABELS})
    assert len(results) == len(alerts) + 1
    assert isinstance(results[-1], Ok)
    for result in results:
        if isinstance(result, Ok) and signal(result).state is SignalState.RAISED:
            ends_at = signal(result).ends_at
            assert ends_at is not None
            assert ends_at > MOMENT
