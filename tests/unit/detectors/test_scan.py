"""Finding and masking personal data and secrets in text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.scan import Scanner, mask, scan
from detectors.scan.checks import bank_card, iban, resident_id
from detectors.scan.types import ALL
from incident.domain.errors import BadInput
from incident.i18n import translator

ID = "11010519491231002X"
CARD = "6222021234567890128"
AWS = "AKIA" + "IOSFODNN7EXAMPLE"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (f"身份证{ID}已核实", "resident_id"),
        ("身份证１１０１０５１９４９１２３１００２Ｘ", "resident_id"),
        ("号码110105-19491231-002x", "resident_id"),
        ("1101\u200b0519491231\u200b002X", "resident_id"),
        ("打我电话13812345678谢谢", "cn_mobile"),
        ("电话 +86 138-1234-5678", "cn_mobile"),
        (f"卡号{CARD}户名张三", "bank_card"),
        ("card 4111 1111 1111 1111.", "bank_card"),
        ("amex 3782 822463 10005", "bank_card"),
        ("邮箱zhang.san＠example．com发我", "email"),
        ("IBAN GB82 WEST 1234 5698 7654 32", "iban"),
        ("iban de89370400440532013000", "iban"),
        ("SSN 536-22-1234", "us_ssn"),
        ("护照号：E12345678", "passport"),
        ("-----BEGIN RSA PRIVATE KEY-----", "private_key"),
        (AWS, "aws_key"),
        ("xoxb-" + "123456789012-abcdefghijkl", "slack_token"),
        ("密码是：Abc12345!", "credential"),
        ("password=hunter2hunter2", "credential"),
    ],
)
def test_it_finds(text: str, kind: str) -> None:
    """Each type, in the disguises it comes in, and beside Chinese characters."""
    assert [one.type for one in scan(text)] == [kind]


@pytest.mark.parametrize(
    "text",
    [
        "订单号202601051234567890",
        "身份证110105194912310021",
        "时间2026-01-05 12:30:45",
        "卡号6222021234567890127",
        "电话 400-800-8888",
        "单号138123456789",
        "合计 1,299.00 元，编号 0000000000000000",
        "IBAN GB82 WEST 1234 5698 7654 33",
        "密码请勿告诉他人",
    ],
)
def test_it_leaves_alone(text: str) -> None:
    """Order numbers, wrong checksums, dates, hotlines and talk about passwords are no findings."""
    assert scan(text) == []


def test_two_numbers_side_by_side_are_both_found() -> None:
    """A space between two numbers doesn't make them one."""
    assert [one.type for one in scan(f"13812345678 {ID}")] == ["cn_mobile", "resident_id"]


def test_masking_keeps_the_rest_of_the_text() -> None:
    """Only the finding is made unreadable, in the original's own characters."""
    assert mask(f"您好，身份证{ID}，收到。") == "您好，身份证110***************，收到。"
    assert mask("电话１３８１２３４５６７８！") == "电话138******78！"
    assert mask("a\u200bb 138\u200b12345678 c") == "a\u200bb 138******78 c"
    assert mask("wang@example.com") == "w***@example.com"
    assert mask("没有敏感信息") == "没有敏感信息"


def test_allowed_values_are_no_findings() -> None:
    """Own numbers, with any separators, and own mail domains."""
    scanner = Scanner(allow=["138-0000-0000", "@our.example"])
    assert scanner.scan("13800000000 service@our.example") == []
    assert len(scanner.scan("13800000000", allow=["x"]) + scanner.scan("a@other.example")) == 1


def test_an_unknown_type_is_a_fault() -> None:
    """The remedy lists the types there are."""
    with pytest.raises(BadInput, match="resident_id"):
        Scanner(["passports"])


def test_a_finding_does_not_print_its_value() -> None:
    """A stray log line of a finding leaks nothing."""
    assert ID not in repr(scan(ID))


def test_checksums() -> None:
    """Known good and bad numbers."""
    assert resident_id(ID)
    assert not resident_id("110105194913310021")
    assert bank_card("4111111111111111")
    assert not bank_card("4111111111111112")
    assert iban("DE89370400440532013000")
    assert not iban("DE8937040044053201300")


_PIECES = st.sampled_from([*"0123456789 -xX@.aKI中文号：１２\u200b", ID, CARD, "13812345678", "a@b.cn", "密码:", AWS])
_TEXTS = st.lists(_PIECES, max_size=30).map("".join)


@given(_TEXTS)
def test_masking_is_final_and_spans_are_true(text: str) -> None:
    """A masked text has nothing left to mask; spans are ordered, apart and inside the text."""
    found = scan(text)
    assert mask(mask(text)) == mask(text)
    ends = [place for one in found for place in (one.start, one.end)]
    assert ends == sorted(ends)
    assert all(0 <= one.start < one.end <= len(text) for one in found)


def test_every_type_has_a_chinese_name() -> None:
    """People read what was found in their own language."""
    chinese = translator("zh-CN")
    assert [one.name for one in ALL.values() if chinese(one.label) == one.label] == []


@pytest.mark.parametrize(
    "hostile", ["密码是" + " " * 90_000, "eyJ" * 30_000, "1 " * 45_000, "a@" * 40_000, "密码:******中1"]
)
def test_no_text_makes_it_slow(hostile: str) -> None:
    """Text written to make patterns backtrack is scanned in a moment, and masking comes to an end."""
    assert mask(hostile) == mask(mask(hostile))
