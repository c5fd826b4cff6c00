"""The running process: site, worker and Slack's side together, from start to a clean end."""

import errno
import fcntl
import os
import shutil
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import structlog
import uvicorn
from fastapi import APIRouter

from config.crisis_site import crisis_ports
from config.drill_programme import Programme, planned
from config.drilling import House, drills_of
from config.wiring import System
from config.worker import Worker
from drills.ticker import DrillTicker
from incident.domain.errors import BadInput, Conflict, TocsinError, Unavailable
from incident.domain.said import said
from incident.schema_faults import refusal
from incident.web.app import create_app
from incident.web.gate import authorizer
from incident.web.intake_api import intake_router
from incident.web.parts import Check, PlannedDrill, Readiness, WebParts

LOCK = "tocsin.lock"
BEAT_OLD = timedelta(seconds=60)
"""The worker looks four times a second; a minute without a look means that it hangs."""
BACKLOG = 20_000
"""Facts waiting to be worked on, above which senders should try another node or wait."""
ROOM = 20_000_000
"""Bytes that must be free on the data directory's disk: with less, what comes in may be refused at any moment."""
GRACE_S = 10

log = structlog.get_logger("tocsin.serve")


@contextmanager
def only_instance(directory: Path) -> Iterator[None]:
    """Hold the data directory for this process.

    Raises Conflict when another one holds it, Unavailable when it can't be written.

    The system lets go of the lock when the process ends, however it ends: there is never a stale one.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise Unavailable(
            said("the data directory {folder} can't be used ({why})", folder=directory, why=refusal(error)[0]),
            remedy="check that it belongs to the user Tocsin runs as, or set another: data in tocsin.yaml",
        ) from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(handle, 32).decode("ascii", "replace").strip() or "?"
            raise Conflict(
                said(
                    "Tocsin is running already with the data in {folder} (process {holder})",
                    folder=directory,
                    holder=holder,
                ),
                remedy="stop that one first, or give this one another data directory",
            ) from None
        os.ftruncate(handle, 0)
        os.write(handle, str(os.getpid()).encode())
        yield
    finally:
        os.close(handle)


def running(directory: Path) -> bool:
    """Whether some process holds the data directory now."""
    try:
        handle = os.open(directory / LOCK, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes any free one. Raises BadInput or Unavailable with the remedy."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=2048)
    except socket.gaierror:
        raise BadInput(
            said("listen.host: '{host}' is not an address of this machine", host=host), remedy="use 127.0.0.1"
        ) from None
    except PermissionError:
        raise Unavailable(
            said("port {port} needs special rights", port=port), remedy="choose one above 1023: --port 8420"
        ) from None
    except OSError as error:
        what = said("{host} port {port} can't be had ({why})", host=host, port=port, why=refusal(error)[0])
        if error.errno == errno.EADDRINUSE:
            what = said("{host} port {port} is in use", host=host, port=port)
        raise Unavailable(what, remedy="stop the other program, or choose another port: --port") from None


class Companion(Protocol):
    """Something that runs beside the site, such as Slack's way back."""

    @property
    def routers(self) -> tuple[APIRouter, ...]: ...
    def start(self) -> None: ...
    def close(self) -> None: ...
    def checks(self) -> tuple[Check, ...]: ...


class Process:
    """A system with its worker, its drills and its site.

    ``crash`` is what ended the worker, None while all is well. ``works`` False: only the site; others do the work.
    ``free`` tells the bytes that are free on a path's disk.
    """

    def __init__(
        self, system: System, companions: Sequence[Companion] = (), *, works: bool = True,
        free: Callable[[Path], int] = lambda path: shutil.disk_usage(path).free,
    ) -> None:  # fmt: skip
        self.system = system
        self.companions = tuple(companions)
        self.drills = drills_of(system)
        self.crash: BaseException | None = None
        self._free = free
        programme = Programme(system, self.drills)
        tick = DrillTicker(House.of(system)).tick
        self.worker = Worker(self.system, self._on_crash, tick, programme.follow) if works else None
        config = uvicorn.Config(
            create_app(self._parts()), log_config=None, access_log=False, lifespan="off", server_header=False,
            ws="none", timeout_graceful_shutdown=GRACE_S,
        )  # fmt: skip
        self._server = uvicorn.Server(config)

    def run(self, at: socket.socket) -> int:
        """Serve until told to stop (SIGTERM, SIGINT) or until the worker dies; the exit code.

        Must be called in the main thread.
        """
        # Heard also before uvicorn listens for signals; and uvicorn raises them once more after its own clean end,
        # which must not kill us before ours.
        before = {number: signal.signal(number, self._on_signal) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            if self.worker is not None:
                self.worker.start()
            for companion in self.companions:
                companion.start()
            self._server.run(sockets=[at])
        finally:
            self._stop()
            for number, handler in before.items():
                signal.signal(number, handler)
        return 1 if self.crash else 0

    def stop(self) -> None:
        """Ask a running process to end; returns at once."""
        self._server.should_exit = True

    def readiness(self) -> Readiness:
        """What ``/readyz`` answers from."""
        beside = (check for companion in self.companions for check in companion.checks())
        return Readiness((*self._database(), self._disk(), *self._worker(), *beside))

    def _parts(self) -> WebParts:
        system, settings = self.system, self.system.settings
        read = system.database.reading
        beside = (router for companion in self.companions for router in companion.routers)
        return WebParts(
            desk=system.desk, views=system.views, uow=system.database.unit, read=read, links=system.links,
            clock=system.clock, language=settings.language, timezone=settings.timezone, ready=self.readiness,
            programme=self._planned, changes=system.database.data_version,
            stopping=lambda: self._server.should_exit, book=system.book, crisis=crisis_ports(system),
            routers=(intake_router(system.doors, authorizer(read, system.clock)), *beside),
        )  # fmt: skip

    def _database(self) -> tuple[Check, ...]:
        try:
            with self.system.database.reading() as store:
                waiting = store.inbox.count()
        except TocsinError as error:
            log.warning("database_not_ready", reason=error.message)
            return (Check("database", False, "can't be read"),)
        backlog = Check("inbox", waiting < BACKLOG, f"{waiting} facts are waiting")
        return (Check("database", True), backlog)

    def _disk(self) -> Check:
        settings = self.system.settings
        free = self._free(settings.path(settings.data))
        return Check("disk", free >= ROOM, "" if free >= ROOM else f"only {free / 1e6:.1f} MB are free")

    def _worker(self) -> tuple[Check, ...]:
        if self.worker is None:
            return ()
        beat = self.worker.beat
        if not self.worker.alive:
            return (Check("worker", False, "has stopped"),)
        late = beat is None or self.system.clock.now() - beat > BEAT_OLD
        return (Check("worker", not late, "has not looked for a minute" if late else ""),)

    def _on_signal(self, _number: int, _frame: object) -> None:
        self.stop()

    def _planned(self) -> tuple[PlannedDrill, ...]:
        return planned(self.drills, self.system.clock.now())

    def _on_crash(self, error: BaseException) -> None:
        self.crash = error
        self.stop()

    def _stop(self) -> None:
        for companion in self.companions:
            companion.close()
        if self.worker is not None:
            self.worker.stop()
        self.system.close()
