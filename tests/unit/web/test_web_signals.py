"""Signals and rules in the browser: evidence to believe, buttons to judge, and what that does."""

import pytest
from web_house import House

from detectors.rules import parse_rules
from detectors.standing import RuleBook
from incident.domain.signal import Contributor, Evidence, Signal, SignalState
from incident.domain.suppression import Service
from incident.domain.words import Scenario, Text
from incident.service.records import StoredSignal
from incident.service.signals import SignalTaker

RULES = """\
schema: detectors/v1
rules:
  - id: slow
    kind: level
    on: metric.sampled
    by: [service]
    alarms: 2/week
    scenario: system-outage
    title: {zh: "{service} 变慢", en: "{service} is slow"}
"""


def put(house: House, *, scenario: Scenario = Scenario.SYSTEM_OUTAGE) -> None:
    """A signal with all evidence there can be."""
    now = house.clock.now()
    evidence = Evidence(
        expected="≈ 120 ms", seen="930 ms", since=now, unusual="× 3",
        meaning=Text("为告警线的 3 倍", "3 × the threshold"),
        window=((now.timestamp() - 60, 118.0), (now.timestamp(), 930.0)), contributors=(Contributor("q<1>", 0.75),),
    )  # fmt: skip
    signal = Signal("s/1", "slow", scenario, SignalState.RAISED, now, Text("慢", "crm is slow"), evidence=evidence)
    with house.database.unit() as store:
        store.signals.save([StoredSignal(signal, "raised", None, "", "", now, now, None, None, None)])
        store.commit()


def test_a_signal_shows_all_one_needs_to_believe_it(house: House) -> None:
    """Expected, seen, how unusual in words, a drawing, the numbers, where it comes from; nothing unescaped."""
    put(house)
    page = house.sign_in().get("/signals/s%2F1?lang=en").text
    for words in (
        "930 ms",
        "expected ≈ 120 ms",
        "3 × the threshold",
        "<svg",
        "75%",
        "q&lt;1&gt;",
        "118",
        "The numbers",
    ):
        assert words in page
    assert "为告警线的 3 倍" in house.sign_in().get("/signals/s%2F1?lang=zh-CN").text


def test_a_person_judges_and_takes_it_back(house: House) -> None:
    """On the list or on the signal's own page."""
    put(house)
    browser = house.sign_in()
    answer = browser.submit("/signals/judge", "/signals", signal="s/1", verdict="not_useful", back="/signals/s%2F1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/signals/s%2F1")
    assert "You: not useful" in browser.get("/signals?lang=en").text
    assert browser.submit("/signals/judge", "/signals", signal="s/1", verdict="undo").status_code == 303
    assert "You: not useful" not in browser.get("/signals?lang=en").text
    assert browser.submit("/signals/judge", "/signals", signal="s/1", verdict="meh").status_code == 422


def test_a_foreign_address_is_not_led_to(house: House) -> None:
    """What a form says of the way back is not trusted."""
    put(house)
    answer = house.sign_in().submit("/signals/judge", "/signals", signal="s/1", verdict="useful", back="//evil.example")
    assert answer.headers["location"] == "/signals"


def test_a_restricted_signal_is_not_there_for_outsiders(house: House) -> None:
    """Neither on the list, nor by its address, nor to be judged."""
    put(house, scenario=Scenario.DATA_LEAK)
    browser = house.sign_in()
    assert "crm is slow" not in browser.get("/signals?lang=en").text
    assert browser.get("/signals/s%2F1").status_code == 404
    assert browser.submit("/signals/judge", "/silences", signal="s/1", verdict="useful").status_code == 404


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_rules_are_listed_with_budget_and_verdicts(house: House, language: str) -> None:
    """What was told, by which rule, and how strict verdicts have made it."""
    put(house)
    object.__setattr__(house.parts, "book", RuleBook(parse_rules(RULES, "detectors.yaml")))
    browser = house.sign_in()
    browser.submit("/signals/judge", "/signals", signal="s/1", verdict="not_useful")
    page = browser.get(f"/rules?lang={language}").text
    assert ("… is slow" if language == "en" else "… 变慢") in page
    assert ("2 a week" if language == "en" else "每周 2 次") in page
    assert "0 · 0 · 0 · 1" in page
    assert ("stricter by 0.5" if language == "en" else "已收紧 0.5 级") in page


def joined(house: House) -> str:
    """Two signals about one service that have become one incident; its number."""
    now = house.clock.now()
    signals = [
        Signal(name, name, Scenario.SYSTEM_OUTAGE, SignalState.RAISED, now, Text(f"{name} 异常", f"{name} is wrong"),
               labels={"service": "crm"}, evidence=Evidence(expected="1 s", seen="9 s"))
        for name in ("slow", "tls")
    ]  # fmt: skip
    with house.database.unit() as store:
        outcome = SignalTaker(store, house.parts.desk.rules, now).take(signals)
        store.commit()
    return outcome.opened[0]


def test_a_signal_is_split_out_on_the_incidents_page(house: House) -> None:
    """Ticked, with a reason; the new incident is shown, linked to the old one."""
    browser, number = house.sign_in(), joined(house)
    page = browser.get(f"/incidents/{number}?lang=en").text
    assert "Split signals out" in page
    assert "same cause key" in page
    answer = browser.submit(
        f"/incidents/{number}/split", f"/incidents/{number}", reason="certificate", **{"signal:tls": "yes"}
    )
    assert answer.status_code == 303
    assert answer.headers["location"] != f"/incidents/{number}"
    fresh = browser.get(answer.headers["location"]).text
    assert "tls is wrong" in fresh
    assert number in fresh
    assert "Split signals out" not in fresh
    assert "split out by a person" in browser.get("/signals/tls").text


def test_the_page_names_what_is_probably_behind_it_without_any_evidence(house: House) -> None:
    """Another monitor's alerts come without measurements; what stands on what is known all the same."""
    services = house.parts.desk.rules.services.services
    services |= {name: Service(name, Text.same(name), ("crm",)) for name in ("shop", "desk")}
    now = house.clock.now()
    signals = [
        Signal(name, name, Scenario.SYSTEM_OUTAGE, SignalState.RAISED, now, Text.same(name), labels={"service": name})
        for name in ("shop", "desk")
    ]
    with house.database.unit() as store:
        number = SignalTaker(store, house.parts.desk.rules, now).take(signals).opened[0]
        store.commit()
    assert "Probably behind it: crm" in house.sign_in().get(f"/incidents/{number}?lang=en").text


def test_a_program_splits_signals_out(house: House) -> None:
    """It is told the new incident's number; the last signal can't be split out."""
    number = joined(house)
    path = f"/api/v1/incidents/{number}/split"
    answer = house.client.post(path, headers=house.token(), json={"signals": ["tls"], "reason": "certificate"})
    assert answer.status_code == 200
    assert answer.json()["id"] != number
    refused = house.client.post(path, headers=house.token(), json={"signals": ["slow"], "reason": "x"})
    assert refused.status_code == 422
    assert "nothing would be left" in refused.text


def test_a_person_is_told_in_words_why_nothing_was_split(house: House) -> None:
    """Nothing ticked, or everything."""
    browser, number = house.sign_in(), joined(house)
    everything = {"signal:tls": "yes", "signal:slow": "yes"}
    place = f"/incidents/{number}"
    assert "未选择信号" in browser.submit(f"{place}/split", place, reason="x").text
    assert "不能把全部信号都拆走" in browser.submit(f"{place}/split", place, reason="x", **everything).text
