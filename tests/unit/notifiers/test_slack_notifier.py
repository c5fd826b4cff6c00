"""Posting to Slack, editing in place, files in the thread, and what Slack's refusals mean."""

import json
from collections.abc import Iterator
from urllib.parse import parse_qs

import pytest

from incident.domain.message import Attachment, MessageKind, SendError
from notifiers.slack.notifier import SlackNotifier
from notifiers.slack.settings import SlackSettings
from notifiers.testing import Answer, LocalServer, Received, sample


def ok(**fields: object) -> Answer:
    return Answer(body=json.dumps({"ok": True, "channel": "C1", "ts": "1700000000.1", **fields}).encode())


def no(word: str, **headers: str) -> Answer:
    return Answer(body=json.dumps({"ok": False, "error": word}).encode(), headers=headers)


@pytest.fixture
def server() -> Iterator[LocalServer]:
    with LocalServer(otherwise=ok()) as running:
        yield running


def notifier(server: LocalServer) -> SlackNotifier:
    return SlackNotifier(SlackSettings(bot_token="xoxb-1-abc", base_url=f"{server.url}/api/", timeout=2))


def paths(server: LocalServer) -> list[str]:
    return [request.path for request in server.received]


def content(request: Received) -> dict[str, object]:
    found = json.loads(request.body)
    assert isinstance(found, dict)
    return found


def failing(word: str, **headers: str) -> SendError:
    with LocalServer(no(word, **headers)) as server, pytest.raises(SendError) as caught:
        notifier(server).send(sample())
    return caught.value


def test_it_posts_a_page_to_the_person(server: LocalServer) -> None:
    """Blocks and text go to the user id; links are not opened by Slack's preview robot; the id goes along."""
    receipt = notifier(server).send(sample())
    sent = content(server.received[0])
    assert receipt.ref == "C1:1700000000.1"
    assert (sent["channel"], sent["unfurl_links"], sent["unfurl_media"]) == ("U0000001", False, False)
    assert sent["metadata"] == {"event_type": "tocsin_message", "event_payload": {"id": "out-0001"}}
    assert sent["blocks"]


def test_it_edits_the_board_in_place(server: LocalServer) -> None:
    """With a receipt the same message changes; no second one appears."""
    receipt = notifier(server).send(sample(kind=MessageKind.BOARD, to="C1", update="C1:1700000000.1"))
    assert paths(server) == ["/api/chat.update"]
    assert receipt.ref == "C1:1700000000.1"


@pytest.mark.parametrize("word", ["message_not_found", "cant_update_message", "edit_window_closed"])
def test_it_posts_the_board_anew_when_somebody_deleted_it(word: str) -> None:
    """A board that is gone comes back, and later edits follow the new one."""
    with LocalServer(no(word), ok(ts="1700000009.9")) as server:
        receipt = notifier(server).send(sample(kind=MessageKind.BOARD, to="C1", update="C1:1.1"))
        assert paths(server) == ["/api/chat.update", "/api/chat.postMessage"]
    assert receipt.ref == "C1:1700000009.9"


def test_it_does_not_post_a_second_board_when_an_edit_merely_fails() -> None:
    """A rate limit on an edit is reported, not worked around."""
    with LocalServer(no("ratelimited")) as server:
        with pytest.raises(SendError):
            notifier(server).send(sample(kind=MessageKind.BOARD, update="C1:1.1"))
        assert paths(server) == ["/api/chat.update"]


@pytest.mark.parametrize(
    ("word", "reason", "permanent"),
    [
        ("invalid_auth", "unauthorized", True),
        ("missing_scope", "unauthorized", True),
        ("account_inactive", "unauthorized", True),
        ("channel_not_found", "bad_address", True),
        ("is_archived", "bad_address", True),
        ("messages_tab_disabled", "bad_address", True),
        ("invalid_blocks", "rejected", True),
        ("internal_error", "server_error", False),
        ("fatal_error", "server_error", False),
        ("a_word_slack_adds_next_year", "server_error", False),
        ("ratelimited", "rate_limited", False),
    ],
)
def test_it_tells_slacks_words_in_ours(word: str, reason: str, permanent: bool) -> None:
    """What an administrator must mend is permanent; Slack's own trouble is not."""
    error = failing(word)
    assert (error.reason, error.permanent, error.detail) == (reason, permanent, word)


def test_it_passes_on_how_long_slack_wants_to_be_left_alone() -> None:
    """The wait comes from the header; the notifier itself does not wait."""
    answer = Answer(429, b'{"ok":false,"error":"ratelimited"}', {"Retry-After": "30"})
    with LocalServer(answer) as server, pytest.raises(SendError) as caught:
        notifier(server).send(sample())
    assert (caught.value.reason, caught.value.retry_after) == ("rate_limited", 30.0)


@pytest.mark.parametrize("body", [b"<html>login to the guest network</html>", b"[]", b"", b"null"])
def test_it_is_not_fooled_by_an_answer_that_is_not_slacks(body: bytes) -> None:
    """A captive portal's page is a passing trouble, and its text is not repeated."""
    with LocalServer(Answer(200, body)) as server, pytest.raises(SendError) as caught:
        notifier(server).send(sample())
    assert (caught.value.reason, caught.value.permanent) == ("server_error", False)
    assert "login" not in str(caught.value)


REPORT = sample(
    kind=MessageKind.REPORT,
    to="C1",
    attachments=(Attachment("事件报告 INC-2031.html", "text/html", "<p>报告</p>".encode()),),
)


def test_a_reports_files_go_into_its_thread(server: LocalServer) -> None:
    """Message first, then the file below it, under its Chinese name."""
    with LocalServer(otherwise=ok(upload_url=f"{server.url}/upload", file_id="F1", files=[])) as slack:
        notifier(slack).send(REPORT)
        named = parse_qs(slack.received[1].body.decode())
        completed = parse_qs(slack.received[-1].body.decode())
    assert paths(slack)[0] == "/api/chat.postMessage"
    assert named["filename"] == ["事件报告 INC-2031.html"]
    assert completed["thread_ts"] == ["1700000000.1"]
    assert "报告".encode() in server.received[0].body


def test_a_report_tried_again_after_a_failed_upload_is_not_posted_twice(server: LocalServer) -> None:
    """The second attempt only brings the files."""
    good = ok(upload_url=f"{server.url}/upload", file_id="F1", files=[])
    with LocalServer(ok(), no("internal_error"), otherwise=good) as slack:
        sender = notifier(slack)
        with pytest.raises(SendError):
            sender.send(REPORT)
        receipt = sender.send(REPORT)
        assert paths(slack).count("/api/chat.postMessage") == 1
    assert receipt.ref == "C1:1700000000.1"
