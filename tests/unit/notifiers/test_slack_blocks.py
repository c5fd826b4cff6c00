"""A message for Slack stays within Slack's rules whatever its text, and a drill can't be overlooked."""

import json
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_sdk.models.basic_objects import JsonObject
from slack_sdk.models.blocks import Block

from incident.domain.message import Action, Fact, Message, MessageKind
from notifiers.slack.blocks import acknowledged, escape, render
from notifiers.testing import sample

TEXTS = st.text(alphabet=st.one_of(st.characters(), st.sampled_from("&<>*_`|电话\n ")), max_size=4000)
MESSAGES = st.builds(
    sample,
    kind=st.sampled_from(MessageKind),
    language=st.sampled_from(["zh-CN", "en"]),
    level=st.integers(1, 4),
    drill=st.booleans(),
    title=TEXTS,
    body=TEXTS,
    page_id=st.one_of(st.none(), st.just("pg-1")),
    facts=st.lists(st.builds(Fact, TEXTS, TEXTS), max_size=25).map(tuple),
    actions=st.lists(
        st.builds(
            Action,
            st.sampled_from(["ack", "open", "judge"]),
            TEXTS,
            st.sampled_from(["https://t.example/x?a=1&b=<", ""]),
        ),
        max_size=7,
    ).map(tuple),
)


def check(blocks: tuple[dict[str, Any], ...]) -> None:
    """Slack's own models, applied to every nested part, and the five rules the models don't know."""
    for parsed in Block.parse_all(list(blocks)):
        assert parsed is not None
        _validate(parsed)
    assert len(blocks) <= 50
    ids = [block["block_id"] for block in blocks]
    assert len(ids) == len(set(ids))
    for part in _parts(blocks):
        if part.get("type") in {"mrkdwn", "plain_text"}:
            assert part["text"].strip()
        if "fields" in part:
            assert 1 <= len(part["fields"]) <= 10
            assert all(len(text["text"]) <= 2000 for text in part["fields"])
        if part.get("type") == "actions":
            names = [button["action_id"] for button in part["elements"]]
            assert len(names) == len(set(names)) <= 25
    assert len(json.dumps(blocks)) > 2


def _validate(part: object) -> None:
    if isinstance(part, JsonObject):
        part.validate_json()
        for value in vars(part).values():
            _validate(value)
    elif isinstance(part, list | tuple):
        for value in part:
            _validate(value)


def _parts(node: object) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from _parts(value)
    elif isinstance(node, list | tuple):
        for value in node:
            yield from _parts(value)


@settings(max_examples=30)
@given(MESSAGES)
def test_any_message_stays_within_slacks_rules(message: Message) -> None:
    """Titles, bodies and facts of any length and content make a message that Slack takes."""
    rendered = render(message)
    check(rendered.blocks)
    assert 0 < len(rendered.text) <= 4000


@given(TEXTS, st.integers(10, 200))
def test_cut_text_keeps_whole_escapes(text: str, limit: int) -> None:
    """What is left is a beginning of the original; nothing in it can be read as Slack markup."""
    cut = escape(text, limit)
    assert len(cut) <= limit
    assert "<" not in cut
    assert ">" not in cut
    plain = cut.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert plain == text or text.startswith(plain.removesuffix("…"))


def test_more_facts_than_slack_takes_are_left_out() -> None:
    """Fifty blocks are the limit, so facts beyond three hundred are not shown."""
    facts = tuple(Fact(f"标签{n}", f"值{n}") for n in range(900))
    check(render(sample(facts=facts, drill=True)).blocks)


def test_a_page_has_one_big_acknowledge_button_with_its_ids() -> None:
    """The button carries page and incident id, and is the only coloured one."""
    actions = next(b for b in render(sample()).blocks if b["type"] == "actions")
    elements = list(_parts(actions["elements"]))
    ack = next(e for e in elements if e.get("action_id") == "ack")
    assert ack["style"] == "primary"
    assert json.loads(ack["value"]) == {"page": "pg-77", "incident": "INC-2031"}
    assert "url" not in ack
    opened = next(e for e in elements if e.get("action_id") == "open")
    assert opened["url"] == "https://tocsin.example/incidents/INC-2031"
    assert "style" not in opened


def test_the_signed_link_stands_by_when_buttons_do_not_answer() -> None:
    """The link is in the message and in the text that a phone's lock screen shows."""
    rendered = render(sample())
    assert "<https://tocsin.example/a/signed-token|我来处理>" in json.dumps(rendered.blocks, ensure_ascii=False)
    assert "https://tocsin.example/a/signed-token" in rendered.text


@pytest.mark.parametrize(("language", "mark"), [("zh-CN", "【演练】"), ("en", "DRILL")])
def test_a_drill_says_so_first_and_last(language: str, mark: str) -> None:
    """First block, last block, headline and lock-screen text all bear the mark."""
    rendered = render(sample(drill=True, language=language))
    texts = [json.dumps(block, ensure_ascii=False) for block in rendered.blocks]
    assert mark in texts[0]
    assert mark in texts[-1]
    assert mark in next(text for text in texts if '"header"' in text)
    assert rendered.text.startswith(mark)


def test_a_drill_mark_already_in_the_title_is_not_doubled() -> None:
    """A drill's script may write the mark itself."""
    assert render(sample(drill=True, title="【演练】断电")).text.startswith("【演练】断电")


def test_markup_in_foreign_text_has_no_effect() -> None:
    """A monitor's text can't mention the whole channel or hide a link."""
    rendered = render(sample(title="<!channel>", body="<https://evil.example|click> & @here"))
    shown = json.dumps(rendered.blocks, ensure_ascii=False)
    assert "<!channel>" not in shown
    assert "<https://evil.example" not in shown
    assert "<!channel>" not in rendered.text
    assert "<!channel>" in unescape(rendered.text)
    assert all(part["verbatim"] for part in _parts(rendered.blocks) if part.get("type") == "mrkdwn")


def test_a_link_that_is_no_link_gets_no_button() -> None:
    """Slack refuses the whole message over one bad address."""
    blocks = render(sample(actions=(Action("open", "打开", "javascript:alert(1)"),))).blocks
    assert not [block for block in blocks if block["type"] == "actions"]


def test_after_an_acknowledgement_the_buttons_give_way_to_a_name() -> None:
    """Buttons and fallback link go, the name comes, a drill's banner stays last."""
    blocks = acknowledged(render(sample(drill=True)).blocks, "王芳 已于 09:31:07 确认接手")
    check(blocks)
    assert not [block for block in blocks if block["type"] == "actions"]
    assert "signed-token" not in json.dumps(blocks)
    assert "王芳" in json.dumps(blocks[-2], ensure_ascii=False)
    assert blocks[-1]["block_id"] == "tocsin-drill-bottom"


def test_a_level_nobody_planned_for_is_shown_all_the_same() -> None:
    """The sign is neutral, the message goes out."""
    check(render(sample(level=9)).blocks)


def test_the_question_about_the_signal_keeps_its_answers_folded_away() -> None:
    """It is no button beside the big one, and stays when somebody has acknowledged."""
    plain = sample()
    message = replace(plain, actions=(*plain.actions, Action("judge", "信号有用吗？", "https://tocsin.example/s")))
    rendered = render(message)
    check(rendered.blocks)
    (asked,) = [b for b in rendered.blocks if b.get("block_id") == "tocsin-judge"]
    values = [json.loads(option["value"]) for option in asked["accessory"]["options"]]  # type: ignore[index]
    assert [value["verdict"] for value in values] == ["useful", "not_useful"]
    assert {value["incident"] for value in values} == {message.incident_id}
    assert "tocsin.example/s" not in rendered.text
    assert asked in acknowledged(rendered.blocks, "done")
    assert all(b.get("block_id") != "tocsin-judge" for b in render(plain).blocks)
