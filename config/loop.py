"""A thread that does one thing again and again."""

from collections.abc import Callable

import structlog

from config.worker import BACK_OFF_S, LOOK_EVERY_S
from incident.domain.errors import Conflict, Unavailable
from incident.service.background import Background

log = structlog.get_logger("tocsin.work")


class Loop:
    """A thread that does a step again and again. Parts that are away are waited for; any other error is told."""

    def __init__(
        self, name: str, step: Callable[[], int], on_crash: Callable[[BaseException], None], *,
        before: Callable[[], None] = lambda: None, rest_s: float,
    ) -> None:  # fmt: skip
        """``before`` runs first, again after each failure; ``rest_s`` is the pause after a step with nothing to do."""
        self._step = step
        self._before = before
        self._rest_s = rest_s
        self._on_crash = on_crash
        self._thread = Background(name, self._run)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the step in hand and end."""
        self._thread.end()

    def _run(self) -> None:
        ready = False
        try:
            while not self._thread.ending.is_set():
                try:
                    if not ready:
                        self._before()
                        ready = True
                    if not self._step() and self._rest_s:
                        self._thread.ending.wait(self._rest_s)
                except (Unavailable, Conflict) as error:
                    log.warning("try_again", part=self._thread.name, error=type(error).__name__, reason=error.message)
                    ready = False
                    self._thread.ending.wait(BACK_OFF_S if isinstance(error, Unavailable) else LOOK_EVERY_S)
        except BaseException as error:
            log.critical("part_died", part=self._thread.name, error=type(error).__name__, exc_info=error)
            self._on_crash(error)
            raise
