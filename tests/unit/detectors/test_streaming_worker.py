"""A detector worker before it has reached any broker."""

from pathlib import Path

from config.stream_meter import WorkerMeter
from detectors.rules import parse_rules
from detectors.streaming.app import Detecting
from incident.stream.settings import StreamSettings

RULES = """schema: detectors/v1
rules:
- {id: beat, kind: heartbeat, on: job.reported, by: [slug], timeout: 1d, scenario: other, title: {zh: 心跳, en: Beat}}
"""


def test_who_watches_a_worker_that_starts_slowly_does_not_end_it(tmp_path: Path) -> None:
    """Looked at before its consumer exists, it says that it has nothing."""
    settings = StreamSettings(brokers=("127.0.0.1:9",))
    worker = Detecting(settings, tmp_path, tmp_path, 4, parse_rules(RULES, "detectors.yaml"), lambda: 0.0)
    WorkerMeter(worker).look()
    assert worker.behind() == {}
    assert not worker.busy
