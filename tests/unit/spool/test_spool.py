"""The spool: what was taken is there after any crash, in order, once it was said to be there, and within its bound."""

import resource
import shutil
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incident.domain.errors import BadInput, Conflict, Unavailable
from incident.service.spool import Spool, _frame
from incident.stream.memory import MemoryBroker
from incident.stream.ports import Record
from incident.stream.spool import DiskSpool, Drainer

RECORDS = st.lists(st.binary(max_size=40), max_size=4)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), RECORDS),
        st.tuples(st.just("drain"), st.integers(1, 120)),
        st.tuples(st.just("die"), st.none()),
    ),
    max_size=30,
)
BIG = 1 << 20


@contextmanager
def folder() -> Iterator[Path]:
    """A folder of one example's own."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def rest(spool: Spool) -> list[bytes]:
    """Everything that waits, taken out."""
    found: list[bytes] = []
    while (batch := spool.peek(100)) is not None:
        found += batch.records
        spool.done(batch)
    return found


@settings(max_examples=150)
@given(STEPS, st.integers(20, 200))
def test_it_is_a_queue_whatever_happens_in_between(steps: list[tuple[str, object]], segment: int) -> None:
    """Appended, drained and killed in any order, with segments of any size: the same records in the same order."""
    with folder() as place:
        model: list[bytes] = []
        spool = Spool(place, BIG, segment_bytes=segment)
        for what, value in steps:
            if what == "append":
                assert isinstance(value, list)
                spool.append(value)
                model += value
            elif what == "drain":
                assert isinstance(value, int)
                if (batch := spool.peek(value)) is not None:
                    assert list(batch.records) == model[: len(batch.records)]
                    spool.done(batch)
                    model = model[len(batch.records) :]
            else:
                spool.close()
                spool = Spool(place, BIG, segment_bytes=segment)
        assert rest(spool) == model
        assert spool.empty
        spool.close()


@settings(max_examples=60)
@given(st.lists(RECORDS, max_size=5), RECORDS, st.integers(0, 3), st.data())
def test_a_crash_at_any_byte_of_an_append_loses_nothing_that_was_taken(
    taken: list[list[bytes]], torn: list[bytes], drained: int, data: st.DataObject
) -> None:
    """What was being written is there whole or not at all; so is what comes after the restart."""
    frame = _frame(torn)
    cut = data.draw(st.integers(0, len(frame)))
    garbage = data.draw(st.binary(max_size=12)) if cut < len(frame) else b""
    with folder() as place:
        spool = Spool(place, BIG, segment_bytes=150)
        for records in taken:
            spool.append(records)
        out: list[bytes] = []
        for _ in range(drained):
            if (batch := spool.peek(1)) is not None:
                out += batch.records
                spool.done(batch)
        spool.append([b"before"])
        spool.close()
        newest = max(place.glob("*.seg"))
        written = frame[:cut] + garbage
        newest.write_bytes(newest.read_bytes() + written)
        spool = Spool(place, BIG, segment_bytes=150)
        spool.append([b"after"])
        whole = torn if written.startswith(frame) else []  # garbage may happen to be what is missing
        everything = [record for records in taken for record in records]
        assert out + rest(spool) == [*everything, b"before", *whole, b"after"]
        spool.close()


def test_what_was_handed_on_is_handed_out_again_when_the_cursor_was_lost(tmp_path: Path) -> None:
    """Twice rather than never: ids tell the second from the first. A torn cursor is no cursor."""
    spool = Spool(tmp_path, BIG)
    spool.append([b"a"])
    spool.append([b"b"])
    batch = spool.peek(1)
    assert batch is not None
    spool.done(batch)
    spool.close()
    for content in (None, b"", b"\x01" * 20):
        copy = tmp_path.with_name(f"copy{content!r}"[:12])
        shutil.copytree(tmp_path, copy)
        (copy / "cursor").unlink() if content is None else (copy / "cursor").write_bytes(content)
        again = Spool(copy, BIG)
        assert rest(again) == [b"a", b"b"]
        again.close()
        shutil.rmtree(copy)
    kept = Spool(tmp_path, BIG)
    assert rest(kept) == [b"b"]
    kept.close()


def test_it_keeps_within_its_bound(tmp_path: Path) -> None:
    """What does not fit is refused whole, with what to do; what is there stays, and room that is made is used."""
    spool = Spool(tmp_path, 100)
    spool.append([b"x" * 40])
    with pytest.raises(Unavailable, match=r"the spool is full: 52 of 100 bytes — .*brokers"):
        spool.append([b"y" * 10, b"z" * 40])
    assert rest(spool) == [b"x" * 40]
    spool.append([b"y" * 10, b"z" * 40])
    assert not spool.empty
    spool.close()


@contextmanager
def disk_of(size: int) -> Iterator[None]:
    """Files of this process can't grow beyond ``size`` bytes, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_takes_nothing_by_halves(tmp_path: Path) -> None:
    """The part that was written is cut off again; when there is room it goes on behind what was taken."""
    spool = Spool(tmp_path, BIG)
    spool.append([b"a" * 50])
    with disk_of(100), pytest.raises(Unavailable, match=r"the spool's disk can't be written: .* — free space"):
        spool.append([b"b" * 30, b"c" * 30])
    spool.append([b"d"])
    spool.close()
    again = Spool(tmp_path, BIG)
    assert rest(again) == [b"a" * 50, b"d"]
    again.close()


def test_two_processes_never_share_one(tmp_path: Path) -> None:
    """The second is told so."""
    spool = Spool(tmp_path, BIG)
    with pytest.raises(Conflict, match="another process uses the spool"):
        Spool(tmp_path, BIG)
    spool.close()
    Spool(tmp_path, BIG).close()


def test_a_damaged_segment_costs_its_rest_and_is_put_aside(tmp_path: Path) -> None:
    """A disk that gives back something else than was written: named, kept for a person, and the others go on."""
    spool = Spool(tmp_path, BIG, segment_bytes=60)
    for letter in (b"a", b"b", b"c", b"d"):
        spool.append([letter * 30])
    spool.close()
    first = min(tmp_path.glob("*.seg"))
    content = bytearray(first.read_bytes())
    content[50] ^= 1
    first.write_bytes(content)
    again = Spool(tmp_path, BIG)
    assert rest(again) == [b"a" * 30, b"c" * 30, b"d" * 30]
    assert [path.suffix for path in tmp_path.glob("*.damaged")] == [".damaged"]
    again.close()


def test_its_files_are_for_its_owner_only(tmp_path: Path) -> None:
    """They hold what callers said."""
    spool = Spool(tmp_path / "spool", BIG)
    spool.append([b"a"])
    assert {path.stat().st_mode & 0o077 for path in [tmp_path / "spool", *(tmp_path / "spool").iterdir()]} == {0}
    spool.close()


def record(number: int) -> Record:
    """A message of one key."""
    return Record("tocsin.events", "k", f"{number}".encode(), (("content-type", b"x"),), partition=3)


def test_records_come_back_in_order_with_their_partitions_open(tmp_path: Path) -> None:
    """By the time they go there may be more partitions; the key tells."""
    broker, spool = MemoryBroker(away=True), DiskSpool(Spool(tmp_path, BIG))
    spool.put([record(1), record(2)])
    spool.put([record(3)])
    with pytest.raises(Unavailable):
        spool.drain(broker.send)
    assert spool.waiting() == 3
    assert spool.ready == (True, "the brokers are away; records waiting on the disk: 3 (0.0 of 1 MB)")
    broker.away = False
    assert spool.drain(broker.send) == 3
    assert broker.records == [replace(record(n), partition=None) for n in (1, 2, 3)]
    assert (spool.waiting(), spool.ready) == (0, (True, ""))
    spool.disk.close()


def test_what_waits_survives_the_process_and_goes_when_the_brokers_are_back(tmp_path: Path) -> None:
    """Also what the brokers refuse waits for somebody to mend that: it was accepted."""
    spool = DiskSpool(Spool(tmp_path, BIG))
    spool.put([record(1)])
    spool.disk.close()
    broker, spool = MemoryBroker(), DiskSpool(Spool(tmp_path, BIG))
    assert spool.waiting() == 1
    refusals = iter([BadInput("Kafka refuses records"), Unavailable("no broker")])
    gone = threading.Event()

    def send(records: Sequence[Record]) -> None:
        if (error := next(refusals, None)) is not None:
            raise error
        broker.send(records)
        gone.set()

    drainer = Drainer(spool, send, retry_s=0.01)
    drainer.start()
    assert gone.wait(10)
    drainer.stop()
    assert [one.value for one in broker.records] == [b"1"]


def test_a_full_spool_is_not_ready(tmp_path: Path) -> None:
    """And takes nothing, so that the sender tries another node or waits."""
    spool = DiskSpool(Spool(tmp_path, 100))
    spool.disk.append([b"x" * 84])
    assert spool.ready == (False, "the brokers are away; records waiting on the disk: 1 (0.0 of 0 MB)")
    with pytest.raises(Unavailable, match="spool is full"):
        spool.put([record(1)])
    spool.disk.close()
