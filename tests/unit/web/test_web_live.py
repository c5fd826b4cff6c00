"""Stories of a page that stays open: it is told when something changed, and let go when it ends."""

import asyncio
from dataclasses import replace

import pytest
from web_house import House

from incident.web import live


async def watch(house: House, values: list[int], *, gone_after: int = 99, stop: bool = False) -> list[bytes]:
    """What a stream says while ``values`` are seen one after the other."""
    looks = iter(values)
    asked = 0

    async def gone() -> bool:
        nonlocal asked
        asked += 1
        return asked > gone_after

    parts = replace(house.parts, stopping=lambda: stop)
    return [event async for event in live.changes(gone, lambda: next(looks), parts, looks=len(values) - 1, every_s=0)]


def test_a_change_is_told_once(house: House) -> None:
    """Twice the same is no change."""
    said = asyncio.run(watch(house, [1, 1, 2, 2, 3]))
    assert [event for event in said if b"changed" in event] == [
        b"event: changed\ndata: 2\n\n", b"event: changed\ndata: 3\n\n",
    ]  # fmt: skip


def test_a_quiet_stream_gives_signs_of_life(house: House) -> None:
    """So that no proxy closes it."""
    said = asyncio.run(watch(house, [1] * 40))
    assert said.count(b": still here\n\n") == 2


@pytest.mark.parametrize("more", [{"gone_after": 0}, {"stop": True}])
def test_a_stream_ends_with_its_reader_or_the_server(house: House, more: dict[str, int]) -> None:
    """Nothing keeps the server from stopping."""
    assert asyncio.run(watch(house, [1, 2, 3], **more)) == [b"retry: 3000\n\n"]
