"""A thread that belongs to a part: begun once, told to end, waited for."""

import threading
from collections.abc import Callable

PATIENCE_S = 35.0


class Background:
    """Runs ``work`` in a thread until it returns, which it must soon after ``ending`` is set."""

    def __init__(self, name: str, work: Callable[[], None], *, patience_s: float = PATIENCE_S) -> None:
        """``patience_s``: how long ``end`` waits for the step in hand."""
        self.ending = threading.Event()
        self._patience_s = patience_s
        self._thread = threading.Thread(target=work, name=name, daemon=True)

    @property
    def name(self) -> str:
        """The thread's name."""
        return self._thread.name

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def end(self) -> None:
        """Tell it to end and wait for it. Harmless when it never began."""
        self.ending.set()
        if self._thread.ident is not None:
            self._thread.join(timeout=self._patience_s)
