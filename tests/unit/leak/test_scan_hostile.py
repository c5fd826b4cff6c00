"""Whatever text comes, scanning and masking end soon, and masking is final."""

import gc
import math
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.scan import Scanner, mask, scan
from detectors.scan.types import ALL

ID, CARD, AWS = "11010519491231002X", "6222021234567890128", "AKIA" + "IOSFODNN7EXAMPLE"
_TRIES = 3
_PIECES = st.sampled_from([
    *"0123456789 -.xX@:/+_='\"\n*aKI中文号路区京是：１２\u200b\u3000", ID, CARD, AWS, "13812345678", "a@b.cn",
    "密码:", "token=", "://u:", "-----BEGIN ", "PRIVATE KEY-----", "eyJ", "护照", "电话", "tel", "+86",
    "DE89370400440532013000", "京A12345", "0x", "***", "ghp_", "sk_live_", "SSN ", "北京市海淀区中关村大街27号",
    "İ",
])  # fmt: skip
_TEXTS = st.lists(_PIECES, max_size=40).map("".join)


@settings(deadline=2000)
@given(_TEXTS)
def test_masking_is_final_and_spans_are_true(text: str) -> None:
    """A masked text has nothing left to mask; findings are ordered, apart, inside the text, and what stands there."""
    found = Scanner(ALL).scan(text)
    once = mask(text)
    assert mask(once) == once
    assert scan(once) == []
    ends = [place for one in found for place in (one.start, one.end)]
    assert ends == sorted(ends)
    assert all(0 <= one.start < one.end <= len(text) for one in found)


@settings(deadline=2000)
@given(st.text(max_size=200))
def test_any_text_at_all_is_scanned(text: str) -> None:
    """Lone surrogates, other scripts, control characters."""
    assert mask(mask(text)) == mask(text)


_SEEDS = (
    "密码是 ", "eyJ", "1 ", "a@", "://:", "-----BEGIN PRIVATE KEY-----a", "6222-", "138 ", "+1 ", "(010) ", "tel:",
    "护照", "北京市路1号", "AB12 3456 ", "token=a", "a.a-", "password='", "::", "1.1.", "0", "京A", "sk-", "xoxb-",
    "password password=", "电话\n", "中", "a@a.a.", "SG.aaaaaaaaaaaaaaaa.", "12:AA", "hooks.slack.com/services/A",
    "1-1 ", "İ", "\u200b1", "１", "****", "密码:***",
)  # fmt: skip


@pytest.mark.parametrize("seed", _SEEDS, ids=range(len(_SEEDS)))
def test_no_repeated_text_makes_it_slow(seed: str) -> None:
    """Texts written to make patterns backtrack cost no more than their length: twice the text, about twice the time."""
    scanner = Scanner(ALL)
    short, long = ((seed * (size // len(seed) + 1))[:size] for size in (20_000, 80_000))
    few = many = math.inf
    # A busy machine may take its time once; a pattern that backtracks takes it every time.
    for _ in range(_TRIES):
        few, many = min(few, _seconds(scanner, short)), min(many, _seconds(scanner, long))
        if many < 8 * max(few, 0.02):
            return
    pytest.fail(f"{many:.2f} s for four times the text of {few:.2f} s, {_TRIES} times over")


def _seconds(scanner: Scanner, text: str) -> float:
    gc.disable()  # another test's rubbish is not this text's cost
    try:
        begin = time.thread_time()
        scanner.scan(text)
        return time.thread_time() - begin
    finally:
        gc.enable()


@pytest.mark.parametrize("seed", _SEEDS, ids=range(len(_SEEDS)))
def test_masking_repeated_text_comes_to_an_end(seed: str) -> None:
    """And a second time changes nothing."""
    once = mask((seed * 3000)[:6000])
    assert mask(once) == once
