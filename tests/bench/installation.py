"""A real installation for measuring: ``tocsin up`` in its own process, a receiver that counts what arrives."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import defaultdict
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[2]
START_S = 180.0
SECRET = "bench-secret-bench-secret"
POSITIONS = (ROOT / "config" / "defaults" / "people.yaml").read_text("utf-8")

RULE = """
  - {id: job-failed, kind: heartbeat, on: job.reported, by: [slug], labels: {service: "{slug}"}, scenario: other,
     title: {zh: "{slug} fails", en: "{slug} fails"}}
"""
"""Beside the shipped rules: each failing job is an incident of its own, where failing systems are soon one storm."""


class Receiver:
    """Takes webhook messages; ``arrived`` holds (time, message) in order, times by ``time.perf_counter``.

    Everybody has an address of their own, ``/PERSON``; it stands in the message as ``person``.
    """

    def __init__(self) -> None:
        self.arrived: list[tuple[float, dict[str, Any]]] = []
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                owner.arrived.append((time.perf_counter(), {**json.loads(body), "person": self.path.strip("/")}))
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
                """Silent."""

        class Server(ThreadingHTTPServer):
            request_queue_size = 256
            daemon_threads = True

            def handle_error(self, request: object, client_address: object) -> None:
                """Silent: a sender that is killed in mid-request is what some measurements are about."""

        self._server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def pages(self) -> list[tuple[float, dict[str, Any]]]:
        """Pages only, edits left out."""
        return [(at, m) for at, m in self.arrived if m["kind"] == "page" and not m.get("update")]

    def per_page(self) -> dict[str, int]:
        """How often each page id arrived."""
        counts: dict[str, int] = defaultdict(int)
        for _, message in self.pages():
            counts[message["page_id"]] += 1
        return dict(counts)


class Installation:
    """One installation in ``home``; may be killed and started again on the same data.

    ``settings`` are more lines of tocsin.yaml.
    """

    arguments: tuple[str, ...] = ("up", "--no-open")

    def __init__(self, home: Path, receiver: Receiver, settings: str = "") -> None:
        self.home = home
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        home.mkdir(parents=True, exist_ok=True)
        for name in ("services", "detectors"):
            (home / f"{name}.yaml").write_text((ROOT / f"config/defaults/{name}.yaml").read_text("utf-8"), "utf-8")
        with (home / "detectors.yaml").open("a", encoding="utf-8") as rules:
            rules.write(RULE)
        address = f'via: webhook, to: "{receiver.url}/'
        people = POSITIONS.replace("via: console, to: ", address).replace("}]", '"}]')
        (home / "people.yaml").write_text(people, "utf-8")
        listen = f"listen: {{host: 127.0.0.1, port: {self.port}}}"
        text = f"schema: tocsin/v1\n{listen}\nwebhook: {{secret: {SECRET}}}\n{settings}"
        (home / "tocsin.yaml").write_text(text, "utf-8")
        self.process: subprocess.Popen[bytes] | None = None
        self.token = ""

    def cli(self, *arguments: str) -> str:
        """Run a command of this installation; its output."""
        done = subprocess.run(
            [sys.executable, "-m", "config.cli.main", "--config", str(self.home / "tocsin.yaml"), *arguments],
            cwd=ROOT, capture_output=True, text=True, check=False, env=_environment(),
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"tocsin {' '.join(arguments)}: {done.stderr or done.stdout}")
        return done.stdout

    def start(self) -> float:
        """Start and wait until it is ready; how long that took, in seconds."""
        began = time.perf_counter()
        settings = str(self.home / "tocsin.yaml")
        command = [sys.executable, "-m", "config.cli.main", "--config", settings, *self.arguments]
        with (self.home / "up.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, env=_environment()
            )  # fmt: skip
        while time.perf_counter() - began < START_S:
            if self._answers():
                return time.perf_counter() - began
            time.sleep(0.01)
            if self.process.poll() is not None:
                raise RuntimeError((self.home / "up.log").read_text("utf-8")[-2000:])
        raise RuntimeError(f"did not start within {START_S} s")

    def _answers(self) -> bool:
        # By the plainest client there is: what asks must not take the processor from what is being measured.
        connection = HTTPConnection("127.0.0.1", self.port, timeout=1)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def prepare(self) -> None:
        """Make the tables and a token for sending."""
        self.cli("db", "upgrade")
        made = json.loads(self.cli("token", "create", "--name", "bench", "--role", "admin", "--json"))
        self.token = made["secret"] if "secret" in made else made["token"]

    def kill(self) -> None:
        """``kill -9``."""
        if self.process:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def stop(self) -> None:
        """End it in an orderly way."""
        if self.process:
            self.process.terminate()
            self.process.wait(timeout=60)

    def client(self) -> httpx.Client:
        """An HTTP client with the token."""
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {self.token}"}, timeout=30)

    def memory_mb(self) -> float:
        """Peak resident memory of the running process, in MB."""
        if not self.process:
            return 0.0
        status = Path(f"/proc/{self.process.pid}/status").read_text("utf-8")
        return float(status.partition("VmHWM:")[2].split()[0]) / 1024


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def failing(name: str) -> dict[str, Any]:
    """A raw fact that a detector judges at once: a job reports its own failure."""
    return {
        "specversion": "1.0", "id": f"fail-{name}", "source": "bench", "type": "job.reported",
        "data": {"slug": name, "status": "fail"},
    }  # fmt: skip


def alert(name: str, *, scenario: str = "other", **labels: str) -> dict[str, Any]:
    """An alert as Prometheus sends it, firing for ten minutes."""
    now = time.time()
    stamp = "%Y-%m-%dT%H:%M:%SZ"
    return {
        "labels": {"alertname": name, "severity": "warning", "tocsin_scenario": scenario, **labels},
        "annotations": {"summary": f"{name} fires"},
        "startsAt": time.strftime(stamp, time.gmtime(now)),
        "endsAt": time.strftime(stamp, time.gmtime(now + 600)),
    }
