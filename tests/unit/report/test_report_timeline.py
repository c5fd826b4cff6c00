"""Every entry of the log reads as a sentence, in both languages."""

import dataclasses
import typing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident.domain import crisis_events as x
from incident.domain import events as e
from incident.domain.correlation import Join, Link
from incident.domain.crisis_plan import ClockTerms, CommsPlan, CrisisPlan, Line
from incident.domain.signal import Evidence
from incident.domain.suppression import Reason
from incident.domain.words import Text
from incident.i18n import LANGUAGES, translator
from incident.report import words
from incident.report.names import Names
from incident.report.timeline import DESCRIBE, KINDS, lines
from incident.report.words import reason_text
from tests.unit.report import sample

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def an_entry(event: e.DomainEvent, actor: str = "system") -> e.Entry:
    """An entry with that event."""
    return e.Entry("INC-1", 1, event, actor, NOW, NOW)


def any_event(kind: type[Any]) -> e.DomainEvent:
    """An instance of the class with plausible values in every field."""
    hints = typing.get_type_hints(kind)
    values = {f.name: _value(f.name, hints[f.name]) for f in dataclasses.fields(kind)}
    event: e.DomainEvent = kind(**values)
    return event


def _value(name: str, hint: Any) -> Any:
    known: dict[str, Any] = {
        "plan": sample.OUTAGE_PLAN, "task": sample.OUTAGE_PLAN.tasks[0], "seats": sample.SEATS,
        "evidence": Evidence(), "title": Text("标题", "Title"), "old": 3 if hint is int else NOW, "new": 2,
        "level": 2, "labels": {}, "steps": (e.CallStep("heads", ("supervisor",)),),
        "wording": Text("标题", "Title"),
        "task_id": "verify", "person": "li_na", "by": "li_na", "kind": "note", "why": "storm", "reason": "no_answer",
    }  # fmt: skip
    typed = {CrisisPlan: CrisisPlan(), ClockTerms: ClockTerms("cn-cac-4h", Text("标题", "Title"), ())}
    if hint in typed or name in known:
        return typed[hint] if hint in typed else known[name]
    if hint is datetime or hint == datetime | None:
        return NOW
    if isinstance(hint, type) and issubclass(hint, bool):
        return False
    if isinstance(hint, type) and issubclass(hint, int) and not hasattr(hint, "__members__"):
        return 1
    if isinstance(hint, type) and hasattr(hint, "__members__"):
        return next(iter(hint.__members__.values()))
    return ("x",) if typing.get_origin(hint) is tuple else "x"


def test_it_has_a_sentence_for_every_event_there_is() -> None:
    """A new event class can't be forgotten in the timeline."""
    assert set(DESCRIBE) == set(e.EVENT_TYPES.values())
    assert {kind for kind, _ in DESCRIBE.values()} <= set(KINDS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", e.EVENT_TYPES.values(), ids=lambda kind: kind.__name__)
def test_it_tells_every_event_in_every_language(kind: type[Any], language: str) -> None:
    """No event leaves a gap unfilled, and Chinese readers get Chinese."""
    [line] = lines([an_entry(any_event(kind))], sample.NAMES, language)
    assert line.text
    assert "{" not in line.text
    assert any("\u4e00" <= ch <= "\u9fff" for ch in line.text) == (language == "zh-CN" or "标题" in line.text)


def test_it_reads_like_a_sentence() -> None:
    """People, positions and channels appear by name."""
    told = {line.text for line in lines(sample.outage(), sample.NAMES, "en")}
    assert "Page to Li Na by text message delivered" in told
    assert "Nobody on duty as Head of IT" in told
    assert "Level raised from Level 2 (major) to Level 1 (critical): signals show that it is getting worse" in told
    assert "Wang Wei leads the Leadership group as acting Centre director" in told
    assert "Task overdue, reminder 1: Fail over to the standby telephony platform" in told


def test_it_names_clocks_lines_and_things_by_their_titles() -> None:
    """Whoever reads the log need not know the ids of the clock book, the messages and the store."""
    line = Line("ivr", "reassurance", Text("来电客户", "Callers"), "ivr", "shift_lead", "supervisor")
    terms = ClockTerms("cn-cac-4h", Text("网络安全事件报告", "Cyber incident report"), ())
    events = [
        x.CrisisPlanned(CrisisPlan(clocks=(terms,), comms=CommsPlan(lines=(line,)))),
        x.ClockCalled("cn-cac-4h", 2, NOW),
        x.MessageOverdue("ivr", "update", NOW),
        x.MaterialTaken("t1", "radios", 3, "li_na", ""),
        x.MaterialExplained("t1", 1, "lost"),
    ]
    names = Names(sample.NAMES.people, items={"radios": Text("对讲机", "Radios")})
    told = [line.text for line in lines(map(an_entry, events), names, "zh-CN")]
    assert told[1] == "时限“网络安全事件报告”：正在呼叫负责人（第 2 次）"
    assert told[2].startswith("来电客户（ivr）：进展更新超时未发布")
    assert told[3:] == ["李娜领用对讲机 3 件（t1）", "对讲机 1 件不再归还（t1）：lost"]


def test_it_reads_like_a_sentence_in_chinese() -> None:
    """The Chinese timeline is written for people on the floor."""
    told = {line.text for line in lines(sample.outage(), sample.NAMES, "zh-CN")}
    assert "通过短信通知李娜，已送达" in told
    assert "IT 负责人岗位无人值守" in told
    assert "王伟代行中心主任职责，负责应急处理领导小组" in told


def test_it_names_every_reason_the_code_gives() -> None:
    """Reasons of suppression and correlation are in the table, so no reader sees a bare code."""
    for code in [*Reason, "same_key", "service_map", "storm", "complaints_after_outage", "outage_behind_complaints"]:
        assert str(code) in words.REASONS
    assert Join("INC-1", "storm").why in words.REASONS
    assert Link("INC-1", "caused_by", "complaints_after_outage").relation in words.RELATIONS


@pytest.mark.parametrize("code", words.REASONS)
def test_it_translates_every_reason(code: str) -> None:
    """Every reason reads differently in Chinese and holds no underscore."""
    chinese = reason_text(code, translator("zh-CN"))
    assert chinese != reason_text(code, translator("en"))
    assert "_" not in chinese + reason_text(code, translator("en"))


def test_it_shows_reasons_with_a_detail_and_reasons_in_free_words() -> None:
    """``level 2`` and ``real_incident:ID`` are told; what a person wrote stands as written."""
    t = translator("en")
    assert reason_text("level 2", t) == "called for at level 2"
    assert reason_text("real_incident:INC-7", t) == "a real incident opened: INC-7"
    assert reason_text("the boss: wants it", t) == "the boss: wants it"


@pytest.mark.parametrize(
    ("actor", "shown"),
    [
        ("person:li_na", "Li Na"), ("person:gone", "gone"), ("system", "Tocsin"), ("detector:abandon",
            "Detector abandon"),
        ("drill:Q1", "Drill Q1"), ("token:pbx", "Program pbx"), ("odd", "odd"),
    ],
)  # fmt: skip
def test_it_names_who_acted(actor: str, shown: str) -> None:
    """People by name, parts of the house by what they are."""
    assert lines([an_entry(e.AllSignalsCleared(), actor)], sample.NAMES, "en")[0].actor == shown


@given(st.floats(0, 600, allow_nan=False))
def test_it_marks_entries_that_were_entered_late(seconds: float) -> None:
    """Two minutes between happening and recording make a late entry."""
    entry = e.Entry("i", 1, e.AllSignalsCleared(), "system", NOW, NOW + timedelta(seconds=seconds))
    assert lines([entry], Names(), "en")[0].late == (timedelta(seconds=seconds) >= timedelta(minutes=2))


def test_it_keeps_braces_that_people_wrote() -> None:
    """Free text never takes part in filling the gaps of a sentence."""
    [line] = lines([an_entry(e.NoteAdded("{person} {0} %s {{"))], Names(), "zh-CN")
    assert line.text == "备注：{person} {0} %s {{"
