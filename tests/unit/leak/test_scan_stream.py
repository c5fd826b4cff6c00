"""Files are read piece by piece, and nothing is lost or doubled between the pieces."""

import io
import tracemalloc

import pytest

from detectors.scan import Scanner
from detectors.scan.prefilter import available
from detectors.scan.stream import BLOCK, hits
from tests.bench.leak.texts import chinese, logs

ID = "11010519491231002X"


def test_places_are_right_far_into_a_file() -> None:
    """Line and column of findings in later pieces."""
    line = "平平无奇的一行 nothing here\n"
    count = 2 * BLOCK // len(line.encode())
    text = line * count + f"号码{ID}\n" + line * count + f"再来{ID}"
    found = list(hits(io.BytesIO(text.encode()), Scanner()))
    assert [(one.line, one.column) for one in found] == [(count + 1, 3), (2 * count + 2, 3)]
    assert [text[one.offset : one.offset + one.length] for one in found] == [ID, ID]


def test_a_line_longer_than_any_piece_is_searched_whole() -> None:
    """No newline at all: findings at every cut are seen once."""
    gap = "某" * 9973
    text = gap.join(f"号码{ID}" for _ in range(120))
    found = list(hits(io.BytesIO(text.encode()), Scanner()))
    assert len(found) == 120
    assert [one.column - 1 for one in found] == [one.offset for one in found]
    assert all(text[one.offset : one.offset + one.length] == ID for one in found)


class Endless(io.RawIOBase):
    """A pipe that gives so many bytes of harmless text."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.left = size

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        size = min(size, self.left)
        self.left -= size
        return (b"all quiet on this line\n" * (size // 23 + 1))[:size]


def test_memory_does_not_grow_with_the_input() -> None:
    """Five times the text needs no more memory."""
    peaks = []
    for size in (2 * BLOCK, 10 * BLOCK):
        tracemalloc.start()
        assert list(hits(Endless(size), Scanner(types=["resident_id"]))) == []
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.3 * peaks[0]


@pytest.mark.integration
def test_hyperscan_changes_the_time_and_not_the_findings() -> None:
    """The extra is installed where this runs: the same findings, types and places, on texts full of them."""
    assert available()
    for text in ("\n".join(one.text for one in chinese(5, 4000)), "\n".join(logs(5, 4000)), f"\u200b{ID}\n" * 900):
        assert Scanner(fast=True).scan(text) == Scanner().scan(text)
