"""``tocsin scan``: personal data and secrets in files and pipes, by the same engine that watches outgoing messages."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from config.cli.base import command
from config.cli.context import Cli, plain

if TYPE_CHECKING:
    from detectors.scan.engine import Scanner
    from detectors.scan.stream import Hit

FOUND, TROUBLE = 1, 2
LONG_WORK = 4_000_000
"""Bytes from which a bar shows how far it is."""


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    command(app, "scan", example="tocsin scan export.csv chat.log\njournalctl -u crm | tocsin scan - --json")(scan)


def scan(
    cli: Cli,
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="FILE…", help="Texts, folders or .gz; - reads a pipe", show_default=False),
    ] = None,
    types: Annotated[
        str, typer.Option("--types", metavar="TYPE,TYPE", help="Look for these only; 'all' adds what logs are full of")
    ] = "",
    allow: Annotated[
        Path | None,
        typer.Option("--allow", metavar="FILE", help="Values and @mail.domains that are no findings, one a line"),
    ] = None,
) -> None:
    """Find personal data and secrets in files

    Every finding is printed with its place, masked. Ends with 1 when something was found, with 2 when something could
    not be read. Binary files are passed over and named.
    """
    names = files or ([] if sys.stdin.isatty() else ["-"])
    if not names:
        cli.misuse("name a file, or - for a pipe")
    run = _Run(cli, _scanner(cli, types, allow))
    code = run.all(names)
    if code:
        raise typer.Exit(code)


class _Run:
    """One run over all files: prints as it goes, so that nothing piles up."""

    def __init__(self, cli: Cli, scanner: "Scanner") -> None:
        self._cli, self._scanner = cli, scanner
        self._found = self._trouble = 0

    def all(self, names: list[str]) -> int:
        """Scan everything; the exit code."""
        if self._cli.json:
            sys.stdout.write("[")
        with _progress(self._cli, names) as moved:
            for name in names:
                for path in _within(name):
                    self._one(path, moved)
        if self._cli.json:
            sys.stdout.write("\n]\n" if self._found else "]\n")
        elif self._found:
            self._cli.note(self._cli.t("Found: {count}").format(count=self._found), style="red")
        return TROUBLE if self._trouble else FOUND if self._found else 0

    def _one(self, name: str, moved: Callable[[int], None]) -> None:
        from detectors.scan.stream import Binary, hits, open_text
        from incident.domain.errors import BadInput
        from incident.domain.said import said
        from incident.schema_faults import refusal

        try:
            with open_text(name, sys.stdin.buffer) as stream:
                for hit in hits(stream, self._scanner, moved):
                    self._print(name, hit)
        except Binary:
            self._cli.note(self._cli.t("{file}: no text, passed over").format(file=name))
        except (OSError, EOFError) as error:
            self._trouble += 1
            damaged = said("the file is damaged"), said("fetch it again")
            why, remedy = refusal(error) if isinstance(error, OSError) and error.strerror else damaged
            self._cli.fail(BadInput.at(name, why, remedy=remedy))

    def _print(self, name: str, hit: "Hit") -> None:
        from detectors.scan.types import ALL

        self._found += 1
        if self._cli.json:
            row = {"file": name, "line": hit.line, "column": hit.column, "offset": hit.offset, "length": hit.length,
                   "type": hit.type, "masked": hit.masked, "grave": hit.grave}  # fmt: skip
            sys.stdout.write(("," if self._found > 1 else "") + "\n  " + json.dumps(row, ensure_ascii=False))
            return
        label = self._cli.t(ALL[hit.type].label)
        masked = " ".join(hit.masked.split())
        sys.stdout.write(plain(f"{name}:{hit.line}:{hit.column}: {hit.type} ({label}): {masked}") + "\n")


def _scanner(cli: Cli, types: str, allow: Path | None) -> "Scanner":
    from detectors.scan.engine import Scanner
    from detectors.scan.types import ALL
    from incident.domain.errors import BadInput
    from incident.yamlfile import text_of

    wanted = [name.strip() for name in types.split(",") if name.strip()]
    allowed: list[str] = []
    if allow is not None:
        try:
            lines = text_of(allow).removeprefix("\ufeff").splitlines()
        except BadInput as error:
            cli.misuse("--allow: {fault}", fault=error.whole)
        allowed = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    try:
        return Scanner(ALL if wanted == ["all"] else wanted, allowed, fast=True)
    except BadInput as error:
        cli.misuse("--types: {fault}", fault=error.whole)


def _within(name: str) -> Iterator[str]:
    """The file itself, or the files of a folder, hidden ones left out."""
    path = Path(name)
    if name == "-" or not path.is_dir():
        yield name
        return
    for one in sorted(path.rglob("*")):
        if one.is_file() and not any(part.startswith(".") for part in one.relative_to(path).parts):
            yield str(one)


@contextmanager
def _progress(cli: Cli, names: list[str]) -> Iterator[Callable[[int], None]]:
    """A bar on standard error for long work; none where nobody watches."""
    sizes = [Path(name).stat().st_size for name in names if name != "-" and Path(name).is_file()]
    console = cli.console(error=True)
    shown = not cli.json and console.is_terminal and not sys.stdout.isatty()
    if not shown or (sum(sizes) < LONG_WORK and "-" not in names):
        yield lambda _size: None
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("scan", total=sum(sizes) if "-" not in names else None)

        yield lambda size: bar.advance(task, size)
