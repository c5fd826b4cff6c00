"""What a mail looks like: both forms of the text, drill marks, files with Chinese names, stable ids."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from pydantic import ValidationError

from incident.domain.message import Attachment, Message, MessageKind, SendError
from notifiers.mail import MailNotifier, MailSettings, compose
from notifiers.testing import sample

SETTINGS = MailSettings(host="127.0.0.1", sender="tocsin@callcentre.example")


def read(message: Message) -> EmailMessage:
    """The mail as a mail program reads it off the wire."""
    mail = message_from_bytes(compose(message, SETTINGS).as_bytes(), policy=default)
    assert isinstance(mail, EmailMessage)
    return mail


def part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def test_the_same_message_tried_again_is_the_same_mail() -> None:
    """Mail programs and archives drop a double by its Message-ID."""
    assert read(sample())["Message-ID"] == read(sample())["Message-ID"] == "<out-0001@callcentre.example>"


def test_both_forms_hold_everything() -> None:
    """Title, text, facts and links are in the plain and in the HTML form."""
    mail = read(sample())
    for kind in ("plain", "html"):
        text = part(mail, kind)
        for words in ("电话平台无法接入", "呼入全部失败", "受影响坐席", "128", "https://tocsin.example/a/signed-token"):
            assert words in text
    assert '<html lang="zh-CN">' in part(mail, "html")


def test_the_subject_tells_level_and_incident() -> None:
    """A page is readable from the list of mails, and marked as urgent."""
    mail = read(sample())
    assert mail["Subject"] == "电话平台无法接入 [一级 · INC-2031]"
    assert (mail["Importance"], mail["Auto-Submitted"]) == ("high", "auto-generated")
    assert "Importance" not in read(sample(kind=MessageKind.NOTICE))


@pytest.mark.parametrize(("language", "mark"), [("zh-CN", "【演练】"), ("en", "DRILL")])
def test_a_drill_is_marked_in_subject_text_and_header(language: str, mark: str) -> None:
    """The mark comes first in the subject, first and last in both texts."""
    mail = read(sample(drill=True, language=language))
    assert str(mail["Subject"]).startswith(mark)
    assert mail["X-Tocsin-Drill"] == "yes"
    plain = part(mail, "plain").strip()
    assert mark in plain.splitlines()[0]
    assert mark in plain.splitlines()[-1]
    assert part(mail, "html").count(mark) >= 3


def test_markup_in_foreign_text_stays_text() -> None:
    """A monitor's title can't bring a script into somebody's mail program."""
    html = part(read(sample(title="<script>x</script>", body="a < b & c")), "html")
    assert "<script>" not in html
    assert "a &lt; b &amp; c" in html


def test_a_link_that_is_no_web_link_is_not_clickable() -> None:
    """Only http and https become links."""
    action = sample().actions[0]
    bad = type(action)("open", "打开", "javascript:alert(1)")
    assert "javascript:" not in part(read(sample(actions=(bad,))), "html")


def test_a_title_cannot_smuggle_headers() -> None:
    """Line breaks in a title become spaces."""
    mail = read(sample(title="断电\r\nBcc: everybody@callcentre.example"))
    assert mail["Bcc"] is None
    assert "断电 Bcc:" in mail["Subject"]


def test_files_keep_their_chinese_names_and_every_byte() -> None:
    """Reports arrive as they were written."""
    files = (
        Attachment("事件报告 INC-2031.pdf", "application/pdf", bytes(range(256))),
        Attachment("../x\n.csv", "text/csv; charset=utf-8", "坐席,数量\n".encode()),
    )
    mail = read(sample(kind=MessageKind.REPORT, attachments=files))
    got = list(mail.iter_attachments())
    assert [a.get_filename() for a in got] == ["事件报告 INC-2031.pdf", ".._x_.csv"]
    assert got[0].get_content() == bytes(range(256))
    assert mail["Subject"] == "电话平台无法接入"


@pytest.mark.parametrize("to", ["", "not-an-address", "a@b@c", "a@b.example\nBcc: c@d.example", "x y@z.example"])
def test_an_address_that_is_none_is_refused_before_connecting(to: str) -> None:
    """No connection, no retry, and the address is not repeated."""
    with pytest.raises(SendError) as caught:
        MailNotifier(SETTINGS).send(sample(to=to))
    assert (caught.value.reason, caught.value.permanent) == ("bad_address", True)


@pytest.mark.parametrize(
    "changes",
    [
        {"username": "tocsin"},
        {"password": "geheim-geheim"},
        {"username": "tocsin", "password": "geheim-geheim", "security": "none"},
        {"sender": "nobody"},
        {"port": 0},
        {"hots": "typo"},
    ],
)
def test_settings_that_would_fail_or_leak_are_refused(changes: dict[str, object]) -> None:
    """Half a login, a password in the clear, a sender that is no address."""
    with pytest.raises(ValidationError) as caught:
        MailSettings.model_validate({"host": "mail", "sender": "a@b.example", **changes})
    assert "geheim" not in str(caught.value.errors(include_input=False))
