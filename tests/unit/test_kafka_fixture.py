"""What the broker the tests start is told must never read as something else."""

from uuid import UUID

from tests.fixtures.kafka import cluster_id_of


def test_no_drawn_cluster_id_reads_as_an_option() -> None:
    every_first_byte = (UUID(bytes=bytes([first]) + bytes(15)) for first in range(256))
    assert not [drawn for drawn in every_first_byte if cluster_id_of(drawn).startswith("-")]
