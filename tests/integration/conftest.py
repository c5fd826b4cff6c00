"""Real parts that several tests share."""

from collections.abc import Iterator

import pytest

from tests.fixtures.kafka import Cluster, running_kafka, sockets_collected


@pytest.fixture(scope="session")
def kafka() -> Iterator[Cluster]:
    """One broker; tests use topics of their own."""
    with running_kafka() as cluster:
        yield cluster


@pytest.fixture
def kafka_leaves_sockets() -> Iterator[None]:
    """For tests in which kafka-python is used."""
    with sockets_collected():
        yield
