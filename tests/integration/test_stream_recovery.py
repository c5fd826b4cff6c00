"""A detector worker that begins where another one ended has all its states, however many."""

from pathlib import Path

import pytest

from tests.fixtures.kafka import Cluster
from tests.stream_stage import Detectors, StreamStage

pytestmark = [
    pytest.mark.integration,
    pytest.mark.usefixtures("kafka_leaves_sockets"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
MANY = 12_000


def held(stage: StreamStage) -> int:
    """States in memory, of all partitions."""
    return sum(len(shard) for shard in stage.detectors.worker.shards.values())


def test_thousands_of_states_come_back_and_go_on(tmp_path: Path, kafka: Cluster) -> None:
    """More than is read at once; a job that fails afterwards is told."""
    stage = StreamStage(tmp_path, kafka)
    try:
        for start in range(0, MANY, 2000):
            stage.send(*(stage.event("heartbeat", slug=f"job-{number}") for number in range(start, start + 2000)))
        before = held(stage)
        assert before >= MANY
        stage.detectors.stop()
        stage.detectors = Detectors(stage)
        stage.detectors.start()
        stage.until(lambda: len(stage.detectors.worker.shards) == 4)
        assert held(stage) == before
        stage.push(seconds=5)
        stage.system.intake.accept([stage.event("heartbeat", slug="job-7", status="fail")], (), stage.clock.now())
        stage.until(lambda: bool(stage.feed.step(0.2)))
        stage.system.step()
        assert "job-7" in stage.incident().title.en
    finally:
        stage.close()
