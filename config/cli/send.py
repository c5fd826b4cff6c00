"""``tocsin send``: events from a file or a pipe, to a server or straight into this installation's inbox."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer

from config.cli.base import command
from config.cli.context import Cli

if TYPE_CHECKING:
    from incident.intake.results import Rejected, Result

SHOWN = 20
"""So many rejected lines are printed for people; ``--json`` lists more."""
KEPT = 10_000
BATCH = 500


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    command(
        app, "send", example="tocsin send events.ndjson\ntocsin send - --url https://tocsin.example.com < calls.csv"
    )(send)


@dataclass
class Tally:
    """What became of the rows so far. ``rejected`` are (line, why), the first ``KEPT`` of them."""

    accepted: int = 0
    duplicates: int = 0
    refused: int = 0
    rejected: list[tuple[int, str]] = field(default_factory=list)

    def reject(self, line: int, why: str) -> None:
        """One more row that was not taken."""
        self.refused += 1
        if len(self.rejected) < KEPT:
            self.rejected.append((line, why))


def send(
    cli: Cli,
    file: Annotated[str, typer.Argument(metavar="FILE", help="NDJSON, JSON array or CSV, .gz too; - reads a pipe")],
    url: Annotated[str, typer.Option("--url", envvar="TOCSIN_URL", metavar="URL", help="Send to this server")] = "",
    token: Annotated[str, typer.Option("--token", envvar="TOCSIN_TOKEN", metavar="TOKEN", help="Key for --url")] = "",
    from_line: Annotated[int, typer.Option("--from-line", min=1, metavar="N", help="Begin at this line")] = 1,
) -> None:
    """Send events from a file

    Without --url they go into this installation's own inbox, where a running "tocsin up" takes them from. Sending the
    same file twice counts once. Ends with 1 when a row was rejected.
    """
    from time import time

    from incident.intake.limits import Terms
    from incident.intake.replay import open_events, read_events

    tally = Tally()
    with open_events(file) as (stream, name), _progress(cli, file, stream, tally) as watch:
        rows = watch(read_events(stream, name, Terms(now=time(), may_drill=True)))
        if url:
            _over_http(cli, rows, tally, url, token, from_line)
        else:
            _into_inbox(cli, rows, tally, name, from_line)
    _told(cli, tally)
    if tally.refused:
        raise typer.Exit(1)


def _over_http(cli: Cli, rows: Iterable["Result"], tally: Tally, url: str, token: str, from_line: int) -> None:
    from time import sleep

    import httpx

    from incident.intake.sending import Progress, Sender

    if not url.startswith(("http://", "https://")):
        cli.misuse("--url must begin with http:// or https://")

    def on_progress(progress: Progress) -> None:
        tally.accepted = progress.accepted

    headers = {"authorization": f"Bearer {token}"} if token else {}
    try:
        client = httpx.Client(base_url=url, headers=headers, timeout=30)
    except (httpx.InvalidURL, UnicodeEncodeError):
        cli.misuse("the address or the token can't be used in a request")
    with client:
        sender = Sender(client, sleep, cli.t, on_progress, tally.reject, batch=BATCH, tries=4)
        tally.accepted = sender.send(rows, after_line=from_line - 1).accepted


def _into_inbox(cli: Cli, rows: Iterable["Result"], tally: Tally, name: str, from_line: int) -> None:
    from config.cli.house import house
    from detectors.scan import mask
    from incident.intake.results import Item, Ok
    from incident.service.intake import Intake

    with house(cli) as parts:
        door = Intake(parts.database.unit, mask)
        items: list[Item] = []
        bad: list[Rejected] = []

        def deliver() -> None:
            letters = [_letter(one, name, cli, parts.clock.now()) for one in bad]
            if items or letters:
                kept = door.accept(items, letters, parts.clock.now())
                tally.accepted += kept.new + kept.duplicates
                tally.duplicates += kept.duplicates
            items.clear()
            bad.clear()

        for row in rows:
            if row.index < from_line:
                continue
            if isinstance(row, Ok):
                items.append(row.item)
            else:
                tally.reject(row.index, row.explain(cli.t))
                bad.append(row)
            if len(items) + len(bad) >= BATCH:
                deliver()
        deliver()


def _letter(bad: "Rejected", name: str, cli: Cli, now: Any) -> Any:
    from incident.intake.ports import DeadLetter

    return DeadLetter("file", name, bad.index, bad.reason, bad.explain(cli.t), bad.body, now)


@contextmanager
def _progress(
    cli: Cli, file: str, stream: BinaryIO, tally: Tally
) -> Iterator[Callable[[Iterable["Result"]], Iterable["Result"]]]:
    """A bar on standard error while rows pass; none where nobody watches."""
    console = cli.console(error=True)
    if cli.json or not console.is_terminal:
        yield lambda rows: rows
        return
    from rich.progress import BarColumn, Progress, TextColumn

    plain = file != "-" and not file.endswith(".gz")
    with Progress(TextColumn("{task.description}"), BarColumn(), console=console, transient=True) as bar:
        task = bar.add_task(Path(file).name, total=Path(file).stat().st_size if plain else None)

        def watched(rows: Iterable["Result"]) -> Iterator["Result"]:
            for number, row in enumerate(rows):
                if number % 100 == 0:
                    done = stream.tell() if plain and not stream.closed else None
                    bar.update(task, completed=done, description=f"{number} · ✗ {tally.refused}")
                yield row

        yield watched


def _told(cli: Cli, tally: Tally) -> None:
    if cli.json:
        cli.data({
            "accepted": tally.accepted, "duplicates": tally.duplicates, "rejected_count": tally.refused,
            "rejected": [{"line": line, "reason": why} for line, why in tally.rejected],
        })  # fmt: skip
        return
    known = cli.t("; {count} of them known already").format(count=tally.duplicates) if tally.duplicates else ""
    cli.say(cli.t("Accepted: {count}").format(count=tally.accepted) + known)
    if tally.refused:
        cli.note(cli.t("Rejected: {count}").format(count=tally.refused), style="red")
        for line, why in tally.rejected[:SHOWN]:
            cli.note(cli.t("  line {line}: {why}").format(line=line, why=why), style="")
        if tally.refused > SHOWN:
            cli.note(cli.t("  … and {count} more; --json lists them").format(count=tally.refused - SHOWN), style="")
