"""The log of a running Tocsin: one line per event on standard error, JSON unless a person watches, masked."""

import logging
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor

from detectors.scan import mask

_SECRETS = re.compile(r"toc_[a-z]_[\w-]{16,}|xox[a-z]-[\w-]{8,}|xapp-[\w-]{8,}|(?<=/a/)[\w-]{24,}")
_KEPT = frozenset({"timestamp", "level", "logger"})
_QUIET = {
    "slack_sdk": logging.ERROR,
    "kafka": logging.CRITICAL,
    "aiokafka": logging.CRITICAL,
    "faust": logging.ERROR,
    "mode": logging.ERROR,
    "detectors.streaming": logging.ERROR,
    "asyncio": logging.ERROR,
    "alembic": logging.WARNING,
    "apscheduler": logging.WARNING,
    "httpcore": logging.WARNING,
    "httpx": logging.WARNING,
    "uvicorn": logging.WARNING,
}
"""Libraries whose own lines may hold addresses, message texts or tokens, or say nothing of use."""


def set_up_logs(stream: TextIO | None = None, *, level: int = logging.INFO) -> None:
    """Send structlog's and the standard library's log lines to ``stream`` (standard error), each value masked.

    Call it once, before work begins.
    """
    stream = stream or sys.stderr
    pretty = stream.isatty()
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper("iso", utc=not pretty),
        structlog.processors.format_exc_info,
    ]
    shown: Processor = (
        # A plain traceback: the pretty one shows the values of local variables.
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if pretty
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, redact, shown],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name, quiet in _QUIET.items():
        logging.getLogger(name).setLevel(max(level, quiet))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )  # fmt: skip


@contextmanager
def hushed() -> Iterator[None]:
    """Nothing but errors meanwhile: for a command whose answer is not what the house would log of a month."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    try:
        yield
    finally:
        structlog.configure(**before)


def redact(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """A structlog processor: personal data and secrets in any string, however deep, are masked."""
    return {key: value if key in _KEPT else _masked(value) for key, value in event.items() if key != "color_message"}


def _masked(value: object) -> object:
    if isinstance(value, str):
        return _SECRETS.sub("***", mask(value))
    if isinstance(value, Mapping):
        return {key: _masked(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(inner) for inner in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return _masked(str(value))
