"""A real server with a real browser before it. The installation is the one that the web's unit tests use."""

import socket
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from time import monotonic, sleep

import pytest
import uvicorn

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "web"))

from crisis_house import make_crisis_house
from web_house import House, make_house

CHROMIUM = "/usr/bin/chromium"


@dataclass
class Site:
    """A served installation."""

    house: House
    url: str


@pytest.fixture(scope="session")
def chromium() -> Iterator[object]:
    """One browser for all tests."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A server on a free port."""
    for house in make_house(tmp_path):
        yield from served(house)


@pytest.fixture
def crisis_site(tmp_path: Path) -> Iterator[Site]:
    """A server of an installation in which command runs."""
    for house in make_crisis_house(tmp_path):
        yield from served(house)


def served(house: House) -> Iterator[Site]:
    """The installation behind a real server, until the test is over."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port = door.getsockname()[1]
        config = uvicorn.Config(
            house.client.app, log_level="warning", timeout_graceful_shutdown=1, ws="none", loop="asyncio"
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
        thread.start()
        end = monotonic() + 10
        while not server.started and monotonic() < end:
            sleep(0.01)
        yield Site(house, f"http://127.0.0.1:{port}")
        server.should_exit = True
        thread.join(timeout=timedelta(seconds=10).total_seconds())
