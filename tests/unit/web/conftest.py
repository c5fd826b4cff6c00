"""The installation that the web's tests act in."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from web_house import House, make_house


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A fresh installation."""
    yield from make_house(tmp_path)
