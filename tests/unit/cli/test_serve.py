"""The running process: one per data directory, a clean start and a clean end."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from config.serve import Process, listen, only_instance, running
from config.settings import load_settings
from config.wiring import build
from incident.domain.errors import BadInput, Conflict, Unavailable
from notifiers.testing import RecordingNotifier

ROOT = Path(__file__).parents[3]


def test_only_one_process_holds_a_data_directory(tmp_path: Path) -> None:
    """The second is told who has it; when the first is gone the next one may."""
    assert not running(tmp_path)
    with only_instance(tmp_path):
        assert running(tmp_path)
        with pytest.raises(Conflict, match=str(os.getpid())), only_instance(tmp_path):
            pass
    with only_instance(tmp_path):
        pass


def test_a_data_directory_that_cannot_be_used_is_named_with_the_way_out(tmp_path: Path) -> None:
    """A file stands where the directory should be; a directory of somebody else's looks the same."""
    (tmp_path / "data").write_text("not a directory", "utf-8")
    with pytest.raises(Unavailable, match="data") as caught, only_instance(tmp_path / "data"):
        pass
    assert "tocsin.yaml" in str(caught.value)


def test_a_port_in_use_is_said_plainly() -> None:
    """With the way out."""
    with listen("127.0.0.1", 0) as first:
        with pytest.raises(Unavailable, match="is in use") as caught:
            listen("127.0.0.1", first.getsockname()[1])
        assert "--port" in str(caught.value)
    with pytest.raises(BadInput, match=r"listen\.host"):
        listen("no such host", 0)


def test_readiness_names_what_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that never began, a database that went away."""
    monkeypatch.chdir(tmp_path)
    system = build(load_settings(None), notifiers={"console": RecordingNotifier()}, sending_threads=0)
    process = Process(system)
    found = {check.name: check.ok for check in process.readiness().checks}
    assert found == {"database": True, "inbox": True, "disk": True, "worker": False}
    system.close()
    (tmp_path / "tocsin-data" / "tocsin.db").unlink()
    assert not {c.name: c.ok for c in process.readiness().checks}["database"]


def test_a_full_disk_is_not_ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the first sender is turned away: what comes next may find no room."""
    monkeypatch.chdir(tmp_path)
    system = build(load_settings(None), notifiers={"console": RecordingNotifier()}, sending_threads=0)
    process = Process(system, free=lambda _: 9_999_999)
    assert ("disk", False, "only 10.0 MB are free") in {(c.name, c.ok, c.detail) for c in process.readiness().checks}
    system.close()


def test_a_dead_worker_ends_the_process_with_code_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A supervisor then starts it afresh; nothing accepted is lost."""
    monkeypatch.chdir(tmp_path)
    system = build(load_settings(None), notifiers={"console": RecordingNotifier()}, sending_threads=0)
    process = Process(system)
    process.worker._on_crash(RuntimeError("boom"))
    with listen("127.0.0.1", 0) as socket:
        assert process.run(socket) == 1


def test_a_signal_before_the_site_is_up_is_not_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever stops it in its first instant has stopped it."""
    monkeypatch.chdir(tmp_path)
    system = build(load_settings(None), notifiers={"console": RecordingNotifier()}, sending_threads=0)
    process = Process(system, companions=[_Impatient()])
    with listen("127.0.0.1", 0) as socket:
        assert process.run(socket) == 0


class _Impatient:
    """Something beside the site that sends SIGTERM as soon as it is started."""

    routers = ()

    def start(self) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    def close(self) -> None:
        """Nothing to give back."""

    def checks(self) -> tuple[()]:
        return ()


@pytest.mark.integration
def test_init_then_up_serves_and_ends_cleanly(tmp_path: Path) -> None:
    """In a fresh directory: a link to sign in, a ready site, a second one refused, a clean end on SIGTERM."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "LANG": "en_US.UTF-8", "PYTHONUNBUFFERED": "1"}
    tocsin = [sys.executable, "-m", "config.cli.main"]
    subprocess.run([*tocsin, "init"], cwd=tmp_path, env=env, check=True, capture_output=True)
    up = [*tocsin, "up", "--port", "0", "--no-open", "--lang", "en"]
    with subprocess.Popen(
        up, cwd=tmp_path, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as one:
        assert one.stdout is not None
        head = ""
        while "Ctrl-C" not in head:
            line = one.stdout.readline()
            assert line, head
            head += line
        link = re.search(r"(http://127\.0\.0\.1:\d+)/login/toc_l_\S+", head)
        assert link
        assert _ready(link[1])["ready"]
        second = subprocess.run(up, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
        assert second.returncode == 1
        assert "running already" in second.stderr
        one.send_signal(signal.SIGTERM)
        rest = one.stdout.read()
        assert one.wait(15) == 0, rest
        assert "Traceback" not in head + rest


def _ready(base: str) -> dict[str, bool]:
    pause = threading.Event()
    until = time.monotonic() + timedelta(seconds=15).total_seconds()
    while time.monotonic() < until:
        try:
            return dict(httpx.get(f"{base}/readyz", timeout=2).json())
        except httpx.TransportError:
            pause.wait(0.1)
    raise AssertionError("never ready")
