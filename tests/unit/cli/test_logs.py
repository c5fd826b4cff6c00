"""The log of the process: one line per event, nothing in it that must not be there."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from config.logs import redact, set_up_logs


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """A log that is written to memory, and everything as before afterwards."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    set_up_logs(stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


def test_it_writes_json_where_nobody_watches(lines: io.StringIO) -> None:
    """structlog's lines and the standard library's alike."""
    structlog.get_logger("tocsin.test").warning("batch_failed", items=3)
    logging.getLogger("somebody").error("went %s", "wrong")
    first, second = (json.loads(line) for line in lines.getvalue().splitlines())
    assert (first["event"], first["items"], first["level"]) == ("batch_failed", 3, "warning")
    assert second["event"] == "went wrong"


def test_it_masks_personal_data_and_secrets_however_deep(lines: io.StringIO) -> None:
    """Identity numbers, phone numbers, our own keys, Slack's."""
    secret = "toc_a_" + "x" * 30
    log = structlog.get_logger("tocsin.test")
    log.error("oops", who="身份证 11010519491231002X", deep={"list": [f"Bearer {secret}", "xoxb-123456789-abcdef"]})
    try:
        {}["13812345678"]
    except KeyError:
        log.exception("failed")
    shown = lines.getvalue()
    for leaked in ("11010519491231002X", secret, "xoxb-123456789", "13812345678"):
        assert leaked not in shown
    assert "KeyError" in shown


def test_it_keeps_numbers_and_times_as_they_are() -> None:
    """Only text is masked."""
    event = {"event": "x", "items": 13812345678, "timestamp": "2026-01-01T00:00:00Z", "ok": True, "none": None}
    assert redact(None, "info", dict(event)) == event
