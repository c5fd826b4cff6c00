"""Sparing a million objects that stay the search for garbage: it takes half the time of reading them back, and stops
all threads for seconds later on, so that no sign of life gets out.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def for_long() -> Iterator[None]:
    """What is made meanwhile stays for long."""
    gc.unfreeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.freeze()


def settle() -> None:
    """What there is now stays for long; what was thrown away just now is cleared away first."""
    gc.collect(1)
    gc.freeze()
