"""The body of a request, read with a bound: neither a flood nor a small bomb of compressed zeros gets in."""

import zlib

from starlette.requests import Request

from incident.intake.results import BadItem, Reason

_WINDOW = {"gzip": zlib.MAX_WBITS | 16, "x-gzip": zlib.MAX_WBITS | 16, "deflate": zlib.MAX_WBITS}


async def read_body(request: Request, most: int) -> bytes:
    """The body, decompressed. Raises BadItem: too_large above ``most`` bytes, bad_encoding for anything broken."""
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared[:20]) > most:
        raise BadItem(Reason.TOO_LARGE, f"> {most} bytes")
    unpack = _unpacker(request.headers.get("content-encoding", ""), most)
    parts: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        part = unpack.feed(chunk, most - size)
        size += len(part)
        if size > most:
            raise BadItem(Reason.TOO_LARGE, f"> {most} bytes")
        parts.append(part)
    unpack.finish()
    return b"".join(parts)


class _Plain:
    def feed(self, chunk: bytes, room: int) -> bytes:  # noqa: ARG002 - the caller measures plain bytes itself
        return chunk

    def finish(self) -> None:
        """Plain bytes have no end to check."""


class _Unzip:
    def __init__(self, window: int, most: int) -> None:
        self._most = most
        self._inflate = zlib.decompressobj(window)

    def feed(self, chunk: bytes, room: int) -> bytes:
        """What ``chunk`` unpacks to; one byte more than ``room`` is enough to know that it is too much."""
        if self._inflate.eof and chunk:
            raise BadItem(Reason.BAD_ENCODING, "bytes after the end")
        try:
            part = self._inflate.decompress(chunk, room + 1)
        except zlib.error:
            raise BadItem(Reason.BAD_ENCODING, "broken compression") from None
        if self._inflate.unconsumed_tail:
            raise BadItem(Reason.TOO_LARGE, f"> {self._most} bytes")
        if self._inflate.unused_data:
            raise BadItem(Reason.BAD_ENCODING, "bytes after the end")
        return part

    def finish(self) -> None:
        if not self._inflate.eof:
            raise BadItem(Reason.BAD_ENCODING, "cut short")


def _unpacker(encoding: str, most: int) -> _Plain | _Unzip:
    name = encoding.strip().lower()
    if name in {"", "identity"}:
        return _Plain()
    if name not in _WINDOW:
        raise BadItem(Reason.BAD_ENCODING, "unknown Content-Encoding")
    return _Unzip(_WINDOW[name], most)
