"""The text detector: personal data in what goes out."""

from detectors.complaints.classes import NAMES
from detectors.scan.types import ALL
from incident.domain.signal import SignalState
from incident.domain.words import Degree, Text
from incident.i18n import translator
from incident.intake.event import Event
from incident.report.findings import PARTS, part_text, sample_text
from tests.unit.detectors.feed import Play, detector, event

ID = "11010519491231002X"
RULE = "by: [agent]\nallow: ['@our.example']\ngrave: 3\nclear_after: 1h"


def message(at: float, text: object, **more: object) -> Event:
    return event("message.sent", at, agent="a7", channel="chat", text=text, **more)


def play() -> Play:
    return Play(detector("text", RULE, "data-leak"))


def test_an_identity_number_raises_and_is_never_shown() -> None:
    """The sample is masked, the signal restricted."""
    (raised,) = play().send(message(0, f"客户身份证号{ID}请查收"))
    assert raised.restricted
    assert raised.evidence.unusual == "resident_id × 1"
    assert ID not in repr(raised)
    assert "1949" not in repr(raised)


def test_the_stored_state_holds_nothing_raw() -> None:
    """What is dumped to the database is masked as well."""
    subject = play()
    subject.send(message(0, f"卡号6222021234567890128，身份证{ID}，邮箱 wang@customer.example"))
    (state,) = subject.states.values()
    blob = subject.detector.dump(state)
    assert ID.encode() not in blob
    assert b"wang" not in blob


def test_recipients_may_be_told_their_own_number_and_allowed_domains_pass() -> None:
    """Neither the recipient's own number nor our own addresses are leaks."""
    own = message(0, "您登记的手机号是138-1234-5678", to="+8613812345678")
    ours = message(1, "请发邮件至 service@our.example")
    assert play().send(own, ours) == []


def test_many_make_it_grave_and_quiet_clears_it() -> None:
    """Three identity numbers raise the impact; an hour without findings closes the episode."""
    subject = play()
    signals = subject.send(*[message(i, f"证件 {ID}") for i in range(4)])
    assert [one.impact for one in signals] == [Degree.MEDIUM, Degree.HIGH]
    (cleared,) = subject.tick(3 + 3600)
    assert (cleared.state, cleared.id) == (SignalState.CLEARED, signals[0].id)


def test_ordinary_and_odd_messages_raise_nothing() -> None:
    """Order numbers, amounts, dates and missing texts are fine."""
    odd = [message(i, text) for i, text in enumerate(["订单20260105000123已发货", "合计1299.00元", None, 5, ["x"], ""])]
    assert play().send(*odd) == []


def test_names_of_attachments_are_looked_at() -> None:
    """One name, a list, or objects with a name; underscores part words."""
    for files in (
        f"客户_{ID}_资料.xlsx",
        ["无关.pdf", f"{ID}.jpg"],
        [{"name": f"copy {ID}.png", "size": 5}, {"size": 1}],
    ):
        (raised,) = play().send(message(0, "请查收", attachments=files))
        assert raised.evidence.unusual == "resident_id × 1"
    assert play().send(message(0, None, attachments=[None, 5, {"name": 7}])) == []


def test_evidence_names_what_was_found_in_both_languages() -> None:
    """No identifier is left where people read; whatever detectors find has a name there."""
    (raised,) = play().send(message(0, "卡号 6222021234567890128"))
    chinese = translator("zh-CN")
    assert raised.evidence.meaning == Text("银行卡号 1 处", "1 × bank card number")
    assert sample_text(raised.evidence.samples[0], chinese).startswith("银行卡号: ")
    assert part_text(raised.evidence.contributors[0].name, chinese) == "银行卡号"
    assert part_text("queue 7", chinese) == "queue 7"
    assert {name: one.label for name, one in ALL.items()} | {name: text.en for name, text in NAMES.items()} == PARTS
    assert [text for text in PARTS.values() if chinese(text) == text] == []
