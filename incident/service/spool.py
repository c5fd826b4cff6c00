"""What was accepted while the brokers were away: on this disk, in order, until they are back.

A folder of segments. Each ``append`` is one frame (length, CRC-32, records) that counts whole or not at all: what was
written in part when the process died is cut off, since nobody was told that it had been taken.
"""

import fcntl
import os
import struct
import threading
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from incident.domain.errors import Conflict, Unavailable
from incident.domain.said import said
from incident.schema_faults import refusal
from incident.service import metrics

SEGMENT_BYTES = 8 * 1024 * 1024
_HEAD = struct.Struct("<II")
_SIZE = struct.Struct("<I")
_MOST = 1 << 28
_CURSOR = struct.Struct("<QQI")
_REMEDY = "see why the brokers are away, or give the spool more room (spool.limit)"

log = structlog.get_logger("tocsin.spool")


@dataclass(slots=True)
class _Segment:
    """One file: its number, and how many of its bytes hold whole frames."""

    number: int
    size: int


@dataclass(frozen=True, slots=True)
class Batch:
    """The oldest records. Give it to ``done`` once they are where they belong."""

    records: tuple[bytes, ...]
    segment: int
    end: int


@dataclass(slots=True)
class _Place:
    segment: int = 0
    offset: int = 0


@dataclass(slots=True)
class _State:
    segments: list[_Segment] = field(default_factory=list)
    read: _Place = field(default_factory=_Place)
    records: int = 0
    handle: int | None = None


class Spool:
    """One process at a time has the folder. May be used by several threads."""

    def __init__(self, folder: Path, limit: int, *, segment_bytes: int = SEGMENT_BYTES) -> None:
        """Take up what is in ``folder``; it may hold ``limit`` bytes. Raises Conflict when another process has it,
        Unavailable when the disk can't be used.
        """
        self._folder = folder
        self._limit = limit
        self._segment_bytes = segment_bytes
        self._lock = threading.Lock()
        self._state = _State()
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._owned = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
            self._own()
            self._take_up()
        except OSError as error:
            raise _unusable(error) from error
        self._tell()

    @property
    def waiting(self) -> int:
        """How many bytes wait."""
        return sum(s.size for s in self._state.segments) - self._state.read.offset

    @property
    def records(self) -> int:
        """How many records wait."""
        return self._state.records

    @property
    def empty(self) -> bool:
        """Nothing waits."""
        return self.waiting == 0

    @property
    def full(self) -> bool:
        """There is hardly room for another request."""
        return self.waiting >= self._limit * 0.95

    @property
    def limit(self) -> int:
        """How much may wait."""
        return self._limit

    def append(self, records: Sequence[bytes]) -> None:
        """Keep ``records``, all or none, on the disk when this returns. Raises Unavailable when there is no room."""
        frame = _frame(records)
        with self._lock:
            if self.waiting + len(frame) > self._limit:
                raise Unavailable(
                    said("the spool is full: {waiting} of {limit} bytes", waiting=self.waiting, limit=self._limit),
                    remedy=_REMEDY,
                )
            try:
                self._write(frame)
            except OSError as error:
                raise _unusable(error) from error
            self._state.records += len(records)
        metrics.SPOOLED.labels("in").inc(len(records))
        self._tell()

    def peek(self, most: int = 1 << 20) -> Batch | None:
        """The oldest records, about ``most`` bytes of them; None when nothing waits."""
        with self._lock:
            read = self._state.read
            here = next((s for s in self._state.segments if s.number == read.segment), None)
            if here is None or here.size == read.offset:
                return None
            with self._path(here.number).open("rb") as file:
                file.seek(read.offset)
                content = file.read(here.size - read.offset)
            found: list[bytes] = []
            end = 0
            for records, end in _frames(content):
                found += records
                if end >= most:
                    break
            return Batch(tuple(found), here.number, read.offset + end)

    def done(self, batch: Batch) -> None:
        """These records are where they belong; forgotten when this process dies at once, and then handed out again."""
        with self._lock:
            state = self._state
            state.read = _Place(batch.segment, batch.end)
            state.records -= len(batch.records)
            first = state.segments[0]
            if batch.end >= first.size:
                self._drop(first)
            self._save_cursor()
        metrics.SPOOLED.labels("out").inc(len(batch.records))
        self._tell()

    def close(self) -> None:
        """Let another process have the folder."""
        with self._lock:
            self._end_segment()
            os.close(self._owned)

    # --- the files --------------------------------------------------------------------------------------------------

    def _own(self) -> None:
        try:
            fcntl.flock(self._owned, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._owned)
            raise Conflict(
                said("another process uses the spool in {folder}", folder=self._folder),
                remedy="give each node a data directory of its own",
            ) from None

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:016d}.seg"

    def _write(self, frame: bytes) -> None:
        state = self._state
        if state.handle is None or state.segments[-1].size >= self._segment_bytes:
            self._new_segment()
        assert state.handle is not None  # noqa: S101 - just opened
        here = state.segments[-1]
        try:
            _write_all(state.handle, frame, here.size)
            os.fsync(state.handle)
        except OSError:
            # What a failed fsync has left is unknown: nothing more is written to this file, and what is in it beyond
            # its whole frames is cut off, now or when it is next opened.
            try:
                os.truncate(state.handle, here.size)
            finally:
                self._end_segment()
            raise
        here.size += len(frame)

    def _new_segment(self) -> None:
        self._end_segment()
        state = self._state
        number = state.segments[-1].number + 1 if state.segments else state.read.segment + 1
        state.handle = os.open(self._path(number), os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        self._sync_folder()
        if not state.segments:
            state.read = _Place(number, 0)
        state.segments.append(_Segment(number, 0))

    def _end_segment(self) -> None:
        if self._state.handle is not None:
            os.close(self._state.handle)
            self._state.handle = None
        if self._state.segments and self._state.segments[-1].size == 0:
            self._drop(self._state.segments[-1])

    def _drop(self, segment: _Segment) -> None:
        state = self._state
        if state.handle is not None and segment is state.segments[-1]:
            os.close(state.handle)
            state.handle = None
        state.segments.remove(segment)
        state.read = _Place(state.segments[0].number if state.segments else segment.number, 0)
        self._path(segment.number).unlink(missing_ok=True)

    def _sync_folder(self) -> None:
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    # --- after a restart --------------------------------------------------------------------------------------------

    def _take_up(self) -> None:
        state = self._state
        numbers = sorted(int(path.stem) for path in self._folder.glob("*.seg"))
        state.read = self._load_cursor()
        for number in numbers:
            if number < state.read.segment:
                self._path(number).unlink()  # handed out whole; the process died before it could remove it
                continue
            size = self._whole(number, last=number == numbers[-1])
            if size:
                state.segments.append(_Segment(number, size))
            else:
                self._path(number).unlink()
        first = state.segments[0] if state.segments else None
        if first is None:
            state.read = _Place(max(numbers, default=state.read.segment), 0)
        elif first.number != state.read.segment or not self._is_a_frames_start(first, state.read.offset):
            state.read = _Place(first.number, 0)
        elif state.read.offset == first.size:
            self._drop(first)
        for segment in state.segments:
            start = state.read.offset if segment.number == state.read.segment else 0
            content = self._path(segment.number).read_bytes()[start : segment.size]
            state.records += sum(len(records) for records, _ in _frames(content))

    def _whole(self, number: int, *, last: bool) -> int:
        """How many bytes of a segment are whole frames; what follows is cut off, or put aside if it was complete."""
        path = self._path(number)
        content = path.read_bytes()
        size = 0
        for _, size in _frames(content):  # noqa: B007 - the end of the last one is what is needed
            pass
        if size < len(content):
            if not last:
                # Not torn by a crash, since later segments exist: the disk gave back something else than was written.
                path.with_suffix(".damaged").write_bytes(content[size:])
                metrics.dropped("spool_damaged")
                log.error("spool_damaged", segment=path.name, bytes=len(content) - size)
            os.truncate(path, size)
        return size

    def _is_a_frames_start(self, segment: _Segment, offset: int) -> bool:
        content = self._path(segment.number).read_bytes()[: segment.size]
        return offset == 0 or any(end == offset for _, end in _frames(content))

    def _load_cursor(self) -> _Place:
        try:
            content = (self._folder / "cursor").read_bytes()
        except FileNotFoundError:
            return _Place()
        if len(content) != _CURSOR.size or zlib.crc32(content[:16]) != _CURSOR.unpack(content)[2]:
            return _Place()
        segment, offset, _ = _CURSOR.unpack(content)
        return _Place(segment, offset)

    def _save_cursor(self) -> None:
        # Not synchronised: after a power cut some records are handed out twice, and their ids tell.
        read = self._state.read
        content = struct.pack("<QQ", read.segment, read.offset)
        new = self._folder / "cursor.new"
        try:
            new.write_bytes(content + _SIZE.pack(zlib.crc32(content)))
            new.replace(self._folder / "cursor")
        except OSError as error:
            log.warning("spool_cursor", reason=error.strerror)  # a full disk must not keep it from being emptied

    def _tell(self) -> None:
        metrics.SPOOL_BYTES.set(self.waiting)
        metrics.SPOOL_LIMIT.set(self._limit)


def _write_all(handle: int, content: bytes, at: int) -> None:
    view = memoryview(content)
    while view:
        written = os.pwrite(handle, view, at)
        at, view = at + written, view[written:]


def _frame(records: Sequence[bytes]) -> bytes:
    body = b"".join(_SIZE.pack(len(record)) + record for record in records)
    size = _SIZE.pack(len(body))
    return size + _SIZE.pack(zlib.crc32(size + body)) + body


def _frames(content: bytes) -> Iterator[tuple[list[bytes], int]]:
    """The records of each whole frame, and where it ends; stops at the first that is not whole."""
    at = 0
    while at + _HEAD.size <= len(content):
        size, crc = _HEAD.unpack_from(content, at)
        start, end = at + _HEAD.size, at + _HEAD.size + size
        if size > _MOST or end > len(content) or zlib.crc32(_SIZE.pack(size) + content[start:end]) != crc:
            return
        yield list(_records(content[start:end])), end
        at = end


def _records(body: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(body):
        (size,) = _SIZE.unpack_from(body, at)
        yield body[at + _SIZE.size : at + _SIZE.size + size]
        at += _SIZE.size + size


def _unusable(error: OSError) -> Unavailable:
    return Unavailable(
        said("the spool's disk can't be written: {why}", why=refusal(error)[0]),
        remedy="free space on the disk with the data directory, or move it (data: in tocsin.yaml)",
    )
