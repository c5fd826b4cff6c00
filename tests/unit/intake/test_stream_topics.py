"""Topics that one broker has made and another one does not know yet."""

from collections.abc import Sequence
from typing import Any

from incident.stream.kafka import Topics
from incident.stream.settings import StreamSettings
from incident.stream.topics import wanted


class Slow(Topics):
    """Brokers of which the one that is asked hears of new topics only the third time."""

    def __init__(self, settings: StreamSettings) -> None:
        self._settings = settings
        self.made: dict[str, int] = {}
        self.asked = 0

    def partitions(self, names: Sequence[str]) -> dict[str, int]:
        self.asked += 1
        return dict(self.made) if self.asked > 3 else {}

    def _create(self, missing: dict[str, dict[str, Any]]) -> None:
        self.made = {name: shape["num_partitions"] for name, shape in missing.items()}


def test_a_first_start_waits_until_the_topics_it_made_are_known() -> None:
    """Or the node would go on without knowing how many partitions there are."""
    settings = StreamSettings(brokers=("a:1", "b:1", "c:1"), replication=3)
    topics = wanted(settings)
    found = Slow(settings).ensure(topics)
    assert found == {topic.name: topic.partitions for topic in topics}
