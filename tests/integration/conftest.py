"""Real parts that several tests share."""

import gc
import warnings
from collections.abc import Iterator

import pytest

from tests.fixtures.kafka import Cluster, running_kafka


@pytest.fixture(scope="session")
def kafka() -> Iterator[Cluster]:
    """One broker; tests use topics of their own."""
    with running_kafka() as cluster:
        yield cluster


@pytest.fixture
def kafka_leaves_sockets() -> Iterator[None]:
    """kafka-python leaves sockets to the garbage collector; they are collected here, not in somebody else's test."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        yield
        gc.collect()
