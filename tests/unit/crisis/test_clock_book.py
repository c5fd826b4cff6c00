"""The clock book: what ships with Tocsin holds together, and a faulty page is told by line."""

import pytest

from incident.domain.errors import BadInput
from playbooks.clockbook.book import book_from, load_book
from playbooks.clockbook.schema import ClockUse
from playbooks.command import usual_plans
from playbooks.comms.book import load_comms

GOOD = """\
schema: clockbook/v1
jurisdiction: XX
title: {zh: 某地, en: Somewhere}
timezone: Asia/Shanghai
calendar: CN
questions:
  hit: {ask: {zh: 受影响吗？, en: Are we hit?}}
clocks:
  - id: first
    title: {zh: 首报, en: First report}
    limits: [{from: aware, in: 2h}]
    authority: {zh: 主管部门, en: The authority}
    article: Art. 1
    source: https://law.example
    verified_on: 2026-01-31
    confidence: high
    questions: [hit]
  - id: second
    title: {zh: 续报, en: Second report}
    limits: [{after: first, in: 1mo}]
    authority: {zh: 主管部门, en: The authority}
    article: Art. 2
    source: https://law.example
    confidence: low
"""


def test_every_shipped_clock_names_its_source_and_how_sure_it_is() -> None:
    """Article, source and confidence stand on each; what was not compared with its source is not called certain."""
    for terms in load_book().clocks.values():
        assert terms.article
        assert terms.source
        assert terms.confidence in {"high", "medium", "low"}
        assert terms.verified_on is not None or terms.confidence != "high"
        assert terms.authority.zh != terms.authority.en
        assert terms.rule.count("@") == 1


def test_the_usual_clocks_have_owner_and_backup() -> None:
    """No clock starts by itself without two positions behind it."""
    for plan in usual_plans(load_book(), load_comms()).values():
        assert plan.clocks
        for terms in plan.clocks:
            assert terms.owner
            assert terms.backup
            assert terms.owner != terms.backup


def test_a_contracts_own_figure_replaces_the_books() -> None:
    """The client's contract says 30 minutes."""
    terms = load_book().terms(
        ClockUse.model_validate({"use": "contract-notice", "owner": "a", "backup": "b", "in": "30m"})
    )
    assert (terms.limits[0].unit, terms.limits[0].amount) == ("elapsed", 30)


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("in: 2h}", "in: 2 hours}", 11, "not a limit"),
        ("in: 2h}", "in: 0h}", 11, "not a limit"),
        ("from: aware", "from: awoke", 11, "unknown anchor 'awoke'"),
        ("{from: aware, in: 2h}", "{in: 2h}", 11, "needs either 'from'"),
        ("after: first", "after: frist", 20, "unknown clock 'frist'"),
        ("after: first", "after: second", 20, "waits for itself"),
        ("questions: [hit]", "questions: [hot]", 17, "unknown question 'hot'"),
        ("in: 2h}", "in: immediately}", 9, "says immediately without a target"),
        ("calendar: CN", "calendar: QQ", 5, "no holiday calendar for 'QQ'"),
        ("verified_on: 2026-01-31", "verified_on: 2026-02-31", 15, "is not a date"),
        ("confidence: low", "confidence: sure", 24, "high, medium, low"),
        ("id: second", "id: first", 18, "stands here twice"),
    ],
)
def test_a_fault_names_its_line(old: str, new: str, line: int, said: str) -> None:
    """One changed place in a good page."""
    with pytest.raises(BadInput) as raised:
        book_from(GOOD.replace(old, new, 1), "xx.yaml")
    assert any(fault.startswith(f"xx.yaml:{line}:") and said in fault for fault in raised.value.faults)


def test_business_days_need_a_calendar() -> None:
    """Without one nobody knows which days are worked."""
    with pytest.raises(BadInput, match="business days without a calendar"):
        book_from(GOOD.replace("calendar: CN\n", "").replace("in: 2h", "in: 2bd"))
