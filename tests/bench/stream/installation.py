"""Settings for a measurement: the shipped rules, topics of their own."""

from config.settings import BaseTocsinSettings, load_settings
from tests.fixtures.kafka import Cluster


def settings_for(cluster: Cluster | str, prefix: str, partitions: int, **more: object) -> BaseTocsinSettings:
    """Settings on a cluster, or on the address of a broker."""
    brokers = [cluster] if isinstance(cluster, str) else cluster.addresses
    stream = {"brokers": brokers, "prefix": prefix, "topics": {"events": {"partitions": partitions}}, **more}
    return load_settings(None, stream=stream)
