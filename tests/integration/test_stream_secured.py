"""Brokers that ask for a name and a password over TLS, by an authority of one's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from config.detect import in_time
from config.settings import load_settings
from config.streamside import Stream
from incident.domain.errors import TocsinError
from tests.fixtures.kafka import Cluster, Secured, free_ports, running_kafka, sockets_collected
from tests.stream_stage import StreamStage

pytestmark = [
    pytest.mark.integration,
    pytest.mark.usefixtures("kafka_leaves_sockets"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
PASSWORD = "correct-horse-battery"


@pytest.fixture(scope="module")
def secured() -> Iterator[tuple[Secured, Cluster]]:
    """A broker whose second way in is for those who know the password."""
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    key = load_pem_private_key(issued.private_key_pem.bytes(), None)
    (port,) = free_ports(1)
    way = Secured(
        port, b"".join(blob.bytes() for blob in issued.cert_chain_pems).decode(),
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
        authority.cert_pem.bytes().decode(), "tocsin", PASSWORD,
    )  # fmt: skip
    # Clients that were refused are still at work when their test ends: their sockets are collected with the broker.
    with sockets_collected(), running_kafka(secured=way, group__min__session__timeout__ms="6000") as cluster:
        yield way, cluster


def sign_in(way: Secured, home: Path, mechanism: str, **changes: object) -> dict[str, object]:
    """The part of the settings about it."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "ca.pem").write_text(way.authority, "ascii")
    sasl = {"mechanism": mechanism, "username": way.username, "password": PASSWORD}
    return {"brokers": [way.address], "sasl": sasl, "tls": {"ca": "ca.pem"}, **changes}


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"])
def test_facts_go_all_the_way_over_secured_brokers(
    mechanism: str, tmp_path: Path, secured: tuple[Secured, Cluster]
) -> None:
    """The intake, a detector worker and a command node sign in, and somebody is paged."""
    way, cluster = secured
    stage = StreamStage(tmp_path, cluster, stream=sign_in(way, tmp_path, mechanism))
    try:
        stage.send(stage.event("heartbeat", slug="pbx", status="fail"))
        stage.send(stage.signal())
        assert stage.paged()
    finally:
        stage.close()


def test_a_session_is_as_short_as_the_brokers_allow(
    tmp_path: Path, secured: tuple[Secured, Cluster], kafka: Cluster
) -> None:
    """Two and a half seconds, or what brokers allow that nobody has told otherwise."""
    (tmp_path / "tocsin.yaml").write_text("schema: tocsin/v1\n", "utf-8")
    for cluster, seconds in ((secured[1], 6.0), (kafka, 2.5)):
        settings = load_settings(tmp_path / "tocsin.yaml", stream={"brokers": cluster.addresses})
        assert in_time(settings).session_timeout_s == seconds


@pytest.mark.parametrize("wrong", ["password", "authority"])
def test_who_is_not_proven_gets_nothing(wrong: str, tmp_path: Path, secured: tuple[Secured, Cluster]) -> None:
    """A wrong password, or a broker that another authority vouches for: a clear error that names neither."""
    way, _ = secured
    chosen = sign_in(way, tmp_path, "SCRAM-SHA-512")
    if wrong == "password":
        chosen["sasl"] = {"username": way.username, "password": "wrong-horse"}
    else:
        trustme.CA().cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    (tmp_path / "tocsin.yaml").write_text("schema: tocsin/v1\n", "utf-8")
    settings = load_settings(tmp_path / "tocsin.yaml", stream=chosen)
    with pytest.raises(TocsinError) as told:
        Stream.connect(settings)
    assert "horse" not in str(told.value)
