"""Prometheus and amtool, unchanged, point at Tocsin."""

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.bench.installation import Installation, Receiver

pytestmark = pytest.mark.integration


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Installation]:
    """A running installation with a token."""
    found = Installation(tmp_path / "house", Receiver())
    found.prepare()
    found.start()
    yield found
    found.stop()


def program(name: str) -> str:
    """A peer's program; .ci/run installs its Debian package."""
    path = shutil.which(name)
    assert path, f"{name} is missing: apt-get install prometheus prometheus-alertmanager"
    return path


def wait_for(client: httpx.Client, count: int) -> list[dict[str, object]]:
    """The incidents, once there are as many as wanted."""
    for _ in range(300):
        rows: list[dict[str, object]] = client.get("/api/v1/incidents").json()
        if len(rows) >= count:
            return rows
        time.sleep(0.1)
    raise AssertionError(f"{count} incidents wanted, {rows} found")


def test_amtool_adds_queries_and_resolves(house: Installation, tmp_path: Path) -> None:
    """`amtool alert add` opens an incident, `alert query` shows it, and the end it is given clears it."""
    config = tmp_path / "http.yml"
    config.write_text(f"authorization: {{credentials: {house.token}}}\n")
    amtool = [program("amtool"), f"--alertmanager.url={house.url}", f"--http.config.file={config}"]
    labels = ["alertname=CrmDown", "service=crm", "severity=critical"]

    subprocess.run([*amtool, "alert", "add", *labels, "--annotation=summary=CRM is down"], check=True)
    with house.client() as client:
        [opened] = wait_for(client, 1)
        query = subprocess.run([*amtool, "alert", "query", "-o", "json"], check=True, capture_output=True, text=True)
        shown = json.loads(query.stdout)
        ended = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 2))
        subprocess.run([*amtool, "alert", "add", *labels, f"--end={ended}"], check=True)
        for _ in range(100):
            state = client.get(f"/api/v1/incidents/{opened['id']}").json()
            if state["signals_active"] == 0:
                break
            time.sleep(0.1)

    assert opened["scenario"] == "system-outage"
    assert [one["labels"]["alertname"] for one in shown] == ["CrmDown"]
    assert state["signals"] == 1
    assert state["signals_active"] == 0


def test_a_prometheus_that_points_at_tocsin_opens_one_incident(house: Installation, tmp_path: Path) -> None:
    """A rule fires on three machines; its resends join, so that one incident stands, not one per resend."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (tmp_path / "rules.yml").write_text(
        "groups:\n- name: g\n  interval: 1s\n  rules:\n"
        + "".join(
            f"  - alert: NodeDown\n    expr: vector(1)\n    labels: {{service: ivr, instance: h{n}}}\n"
            for n in range(3)
        )
    )
    (tmp_path / "prometheus.yml").write_text(
        "global: {evaluation_interval: 1s}\n"
        f"rule_files: [{tmp_path / 'rules.yml'}]\n"
        "alerting:\n  alertmanagers:\n  - scheme: http\n    authorization: {credentials: " + house.token + "}\n"
        f"    static_configs: [{{targets: ['127.0.0.1:{house.port}']}}]\n"
    )
    prometheus = subprocess.Popen(
        [
            program("prometheus"), f"--config.file={tmp_path / 'prometheus.yml'}",
            f"--storage.tsdb.path={tmp_path / 'tsdb'}", f"--web.listen-address=127.0.0.1:{port}",
            "--rules.alert.resend-delay=1s",
        ],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        with house.client() as client:
            [opened] = wait_for(client, 1)
            time.sleep(5)
            rows = wait_for(client, 1)
            state = client.get(f"/api/v1/incidents/{opened['id']}").json()
    finally:
        prometheus.terminate()
        prometheus.wait(timeout=20)

    assert len(rows) == 1
    assert state["signals"] == 3
    assert state["signals_active"] == 3
