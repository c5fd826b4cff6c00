"""Every kind of fact has a hearer on both sizes, or is counted as one that no rule looks at."""

from pathlib import Path

import pytest

from incident.intake.catalogue import schemas
from incident.intake.event import Event
from incident.service import metrics
from playbooks.materials_watch import CHECKED, checks_of
from tests.fixtures.kafka import Cluster
from tests.harness import Stage
from tests.stream_stage import StreamStage

pytestmark = [
    pytest.mark.integration,
    pytest.mark.usefixtures("kafka_leaves_sockets"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def catalogue(stage: Stage) -> list[Event]:
    """One fact of each kind in the catalogue, a check of the store, and one of a kind that nobody knows."""
    facts = [stage.event(kind, **schema["examples"][0]) for kind, schema in schemas().items()]
    return [*facts, stage.event(CHECKED, item="radios", count=3), stage.event("lift.stuck", floor=7)]


def unheard() -> float:
    """How many facts were counted as such until now."""
    return metrics.DROPPED.labels("no_rule")._value.get()


def test_every_kind_of_fact_is_heard_or_counted_on_both_sizes(tmp_path: Path, kafka: Cluster) -> None:
    """What is heard in one process is heard on Kafka, and what is not has the same name."""
    embedded = Stage(tmp_path / "embedded")
    facts, before = catalogue(embedded), unheard()
    source = embedded.system.engine._source
    silent = {fact.type for fact in facts if not source.hears(fact.type)}
    assert silent == {"contact.ended", "survey.answered", "lift.stuck"}, "the shipped rules hear the others"
    embedded.send(*facts)
    assert unheard() - before == len(silent)
    stream = StreamStage(tmp_path / "stream", kafka)
    try:
        before = unheard()
        stream.send(*catalogue(stream))
        assert stream.detectors.worker.counts.unheard == len(silent)
        assert unheard() == before, "a command node was handed what it does not hear"
        for stage in (embedded, stream):
            with stage.system.database.reading() as store:
                assert checks_of(store.detectors.load())["radios"].count == 3
    finally:
        stream.close()
        embedded.system.close()


def test_rules_are_known_as_well_on_kafka(tmp_path: Path, kafka: Cluster) -> None:
    """What each has learned, over all partitions, is told to the command nodes and shown there."""
    stage = StreamStage(tmp_path / "stream", kafka)
    try:
        stage.send(*(stage.event("heartbeat", slug=f"job-{number}") for number in range(9)))
        stage.push(minutes=2)
        stage.settle()
        with stage.system.database.reading() as store:
            facts = {one.id: one for one in stage.system.book.facts(store.detectors.load())}
        assert facts["silent"].keys == 9
    finally:
        stage.close()
