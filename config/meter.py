"""What the embedded detectors hold and what they had to leave out, told to Prometheus and to the log."""

import structlog

from detectors.elsewhere import Elsewhere
from detectors.embedded import EmbeddedRunner
from incident.service import metrics

log = structlog.get_logger("tocsin.detectors")


class Meter:
    """Looks at the detectors after each batch."""

    def __init__(self, runner: EmbeddedRunner | Elsewhere) -> None:
        self._runner = runner
        self._skipped = 0

    def look(self) -> None:
        """Tell the size of each rule's state, and what was dropped because a rule has too many keys."""
        metrics.keys(self._runner.sizes)
        skipped = sum(self._runner.skipped.values())
        if skipped > self._skipped:
            if not self._skipped:
                log.warning("too_many_keys", rules=sorted(self._runner.skipped))
            metrics.dropped("too_many_keys", skipped - self._skipped)
        self._skipped = skipped
